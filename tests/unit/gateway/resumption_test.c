/*
 * Sessions whose link is gone, as the gateway counts them: each gives its place back, however it
 * ends. There are no links here: the peers are fed by hand, and the loop is turned by hand.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/binary.h"
#include "gateway/gateway.h"
#include "gateway/resumption.h"

#define GRACE_MS 20u
#define TURN_MS 1000

static struct via_gateway *via;
static struct gateway *gateway;
static char folder[64], config_path[96], socket_path[96];

static int start(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/viaduct-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(config_path, sizeof config_path, "%s/config", folder);
    (void)snprintf(socket_path, sizeof socket_path, "%s/sock", folder);
    FILE *file = fopen(config_path, "we");
    assert_non_null(file);
    assert_true(fputs("{}", file) >= 0);
    assert_int_equal(fclose(file), 0);
    const struct via_gateway_options options = {
        .size = sizeof options, .config = config_path, .socket = socket_path};
    char words[1024] = "";
    if (via_gateway_create(&options, words, sizeof words, &via) != VIA_OK)
        fail_msg("no gateway: %s", words);
    gateway = gateway_of_via(via);
    gateway->config.limits.grace_ms = GRACE_MS;
    gateway->config.limits.max_detached = 1;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    while (gateway->binaries != NULL)
        (void)binary_destroy(gateway->binaries);
    via = via_gateway_destroy(via);
    (void)unlink(config_path);
    char lock[112];
    (void)snprintf(lock, sizeof lock, "%s.lock", socket_path);
    (void)unlink(lock);
    return rmdir(folder);
}

/* A session from another host, which has been welcomed. */
static struct binary *session(void)
{
    struct principal principal;
    struct binary *binary;
    uint8_t octets[FRAME_HEADER_SIZE];
    const struct frame hello = {.kind = FRAME_HELLO, .code = HELLO_VERSION};
    principal_set_remote(&principal, "CN=lamp", "192.0.2.7:4711");
    assert_int_equal(binary_create(&binary, gateway, &principal), VIA_OK);
    assert_int_equal(frame_size(&hello), sizeof octets);
    frame_encode(&hello, octets);
    size_t used;
    assert_int_equal(peer_feed(binary->peer, octets, sizeof octets, &used), VIA_OK);
    assert_true(peer_is_resumable(binary->peer));
    return binary;
}

static void await_no_session(void)
{
    while (gateway->binaries != NULL)
        assert_int_equal(loop_turn(gateway->loop, TURN_MS, NULL), VIA_OK);
}

static void one_that_nobody_comes_back_to_leaves_its_place(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(resumption_detach(session()));
        assert_int_equal(gateway->n_detached, 1);
        await_no_session();
        assert_int_equal(gateway->n_detached, 0);
    }
}

static void one_that_is_ended_leaves_its_place(void **state)
{
    (void)state;
    struct binary *binary = session();
    assert_true(resumption_detach(binary));
    binary_dismiss(binary, FRAME_BYE_EVICTED, VIA_LINK_LOST, "enough");
    assert_int_equal(gateway->n_detached, 0);
    await_no_session();
    assert_int_equal(gateway->n_detached, 0);
}

static void more_than_max_detached_are_not_kept(void **state)
{
    (void)state;
    struct binary *other = session();
    assert_true(resumption_detach(session()));
    assert_false(resumption_detach(other));
    assert_int_equal(gateway->n_detached, 1);
    (void)binary_destroy(other);
    assert_int_equal(gateway->n_detached, 1);
    await_no_session();
}

static void none_is_kept_when_the_gateway_stops(void **state)
{
    (void)state;
    gateway->is_stopping = true;
    assert_false(resumption_detach(session()));
    assert_int_equal(gateway->n_detached, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_nobody_comes_back_to_leaves_its_place, start,
                                        stop),
        cmocka_unit_test_setup_teardown(one_that_is_ended_leaves_its_place, start, stop),
        cmocka_unit_test_setup_teardown(more_than_max_detached_are_not_kept, start, stop),
        cmocka_unit_test_setup_teardown(none_is_kept_when_the_gateway_stops, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
