/*
 * Changes of the network, in a network namespace of this process's own. Where that is not permitted
 * the tests that need one are skipped, and say so.
 */
#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/network.h"
#include "tests/unit/bridge/descriptors.h"

static int refusal; /* errno of what was not permitted */
static unsigned n_changes;

static void on_changed(struct network *network)
{
    (void)network;
    n_changes++;
}

static void set_loopback(bool up)
{
    struct ifreq request = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "lo");
    request.ifr_flags = up ? IFF_UP : 0;
    assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
    assert_int_equal(close(fd), 0);
}

static void needs_own_network(void)
{
    if (refusal == 0)
        return;
    fprintf(stderr, "SKIPPED: no network namespace of its own (%s)\n", strerror(refusal));
    skip();
}

static void a_link_that_comes_up_is_a_change(void **state)
{
    (void)state;
    needs_own_network();
    size_t before = count_descriptors();
    struct loop *loop;
    struct network network = {.changed = on_changed};
    assert_int_equal(loop_create(&loop), VIA_OK);
    n_changes = 0;
    network_watch(&network, loop);
    network_watch(&network, loop);
    assert_ptr_equal(network.loop, loop);
    set_loopback(true);
    while (n_changes == 0)
        assert_int_equal(loop_turn(loop, 5000, NULL), VIA_OK);
    /* All the rest that comes with it is part of it. */
    set_loopback(false);
    set_loopback(true);
    assert_int_equal(loop_turn(loop, 5000, NULL), VIA_OK);
    assert_int_equal(n_changes, 1);
    network_unwatch(&network);
    network_unwatch(&network);
    set_loopback(false);
    loop_destroy(loop);
    assert_int_equal(count_descriptors(), before);
}

static void what_goes_away_is_none(void **state)
{
    (void)state;
    needs_own_network();
    struct loop *loop;
    struct network network = {.changed = on_changed};
    assert_int_equal(loop_create(&loop), VIA_OK);
    set_loopback(true);
    n_changes = 0;
    network_watch(&network, loop);
    set_loopback(false);
    assert_int_equal(loop_turn(loop, 5000, NULL), VIA_OK); /* its news have come */
    assert_int_equal(n_changes, 0);
    network_unwatch(&network);
    loop_destroy(loop);
}

int main(void)
{
    refusal = unshare(CLONE_NEWNET) == 0 ? 0 : errno;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_that_comes_up_is_a_change),
        cmocka_unit_test(what_goes_away_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
