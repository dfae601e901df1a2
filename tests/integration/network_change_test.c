/*
 * A node whose network goes and comes back, in a network namespace of this process's own: it does
 * not sit out the pause that it had come to. Where that is not permitted it is skipped, and says
 * so.
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

#include "bridge/node.h"
#include "tests/integration/core_world.h"
#include "tests/integration/daemon.h"

static int refusal; /* errno of what was not permitted */

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

struct changes {
    struct bell bell;
    enum via_link_state states[64];
};

static void on_link(void *user, const struct via_link_change *change)
{
    struct changes *changes = user;
    changes->states[bell_count(&changes->bell) % 64] = change->state;
    bell_ring(&changes->bell);
}

static struct via_node *connect_to(const struct daemon *daemon, struct changes *changes)
{
    char address[64];
    struct via_node *node;
    (void)snprintf(address, sizeof address, "wss://127.0.0.1:%u", daemon->port);
    const struct via_node_options options = {
        .size = sizeof options,
        .gateway = address,
        .ca = certificates_cert(daemon->certificates, "ca"),
        .cert = certificates_cert(daemon->certificates, "client"),
        .key = certificates_key(daemon->certificates, "client"),
        .keepalive_ms = 1000,
        .timeout_ms = 1000,
        .link_changed = on_link,
        .link_user = changes};
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    assert_int_equal(via_node_connect(node, 0), VIA_OK);
    return node;
}

/* As after many attempts: the next one is a minute away. False while one is under way. */
static bool put_off(struct via_node *node)
{
    struct connection *connection = &node->connection;
    node_lock(node);
    bool waits = connection->state == CONNECTION_NONE && connection->n_failures > 0 &&
                 connection->network.loop != NULL;
    if (waits) {
        connection->n_failures = 20;
        assert_int_equal(loop_arm(node->loop, &connection->retry, loop_now() + 60000), VIA_OK);
    }
    node_unlock(node);
    return waits;
}

static void a_network_that_comes_back_ends_the_pause(void **state)
{
    (void)state;
    struct daemon daemon;
    struct changes changes = {.bell = BELL_INIT};
    if (refusal != 0) {
        fprintf(stderr, "SKIPPED: no network namespace of its own (%s)\n", strerror(refusal));
        skip();
    }
    set_loopback(true);
    daemon_prepare(&daemon);
    (void)snprintf(daemon.limits, sizeof daemon.limits, "\"grace_ms\": 100,");
    daemon_start(&daemon);
    struct via_node *node = connect_to(&daemon, &changes);
    set_loopback(false);
    assert_true(bell_wait(&changes.bell, 2));
    assert_int_equal(changes.states[0], VIA_LINK_BROKEN);
    assert_int_equal(changes.states[1], VIA_LINK_ENDED);
    while (!put_off(node))
        (void)sched_yield();
    set_loopback(true);
    assert_true(bell_wait(&changes.bell, 3));
    assert_int_equal(changes.states[2], VIA_LINK_RESTORED);
    assert_int_equal(via_node_ping(node, 0, NULL), VIA_OK);
    assert_null(node->connection.network.loop); /* nobody listens while there is a link */
    via_node_destroy(node);
    daemon_stop(&daemon);
    daemon_clean(&daemon);
}

int main(void)
{
    refusal = unshare(CLONE_NEWNET) == 0 ? 0 : errno;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_that_comes_back_ends_the_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
