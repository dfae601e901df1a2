/*
 * Two peers that carry each other's octets, and single ones that are fed frames made by hand.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "bridge/peer.h"
#include "tests/unit/bridge/peer_pair.h"

static struct thing lamp = {"lamp"}, door = {"door"};

static void hello_and_welcome_introduce_both_ends(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, &(struct peer_limits){.frame_max = 8192, .calls_max = 5});
    const struct hello hello = {.name = "client"};
    assert_int_equal(peer_hello(pair.client.peer, &hello), VIA_OK);
    assert_false(peer_is_ready(pair.client.peer));
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "hello client\n");
    assert_string_equal(take_log(&pair.client), "hello gateway\n");
    assert_true(peer_is_ready(pair.client.peer));
    assert_true(peer_is_ready(pair.gateway.peer));
    const struct hello *theirs = peer_their_hello(pair.client.peer);
    assert_int_equal(theirs->version, HELLO_VERSION);
    assert_int_equal(theirs->frame_max, 8192);
    assert_int_equal(theirs->calls_max, 5);
    assert_int_equal(theirs->handles_max, PEER_HANDLES_MAX_DEFAULT);
    pair_deinit(&pair);
}

static void a_call_is_answered_once(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    struct frame call = make_frame(0, 7, "ping");
    call.time = 500;
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 42, &id), VIA_OK);
    assert_int_equal(peer_n_sent(pair.client.peer), 1);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "call directory 7 'ping'\n");
    assert_true(peer_is_waiting(pair.gateway.peer, id));
    assert_int_equal(peer_n_received(pair.gateway.peer), 1);

    const struct frame answer = {
        .code = VIA_OK, .time = 9, .body = (const uint8_t *)"pong", .body_size = 4};
    assert_int_equal(peer_reply(pair.gateway.peer, id, &answer, NULL), VIA_OK);
    assert_int_equal(peer_reply(pair.gateway.peer, id, &answer, NULL), VIA_NOT_FOUND);
    assert_int_equal(peer_answer(pair.gateway.peer, id, VIA_TIMEOUT, 0), VIA_NOT_FOUND);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "reply 42 ok 9 'pong'\n");
    assert_int_equal(peer_n_sent(pair.client.peer), 0);
    assert_int_equal(peer_n_received(pair.gateway.peer), 0);
    pair_deinit(&pair);
}

static void a_reference_can_be_called_until_it_is_released(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    pair.gateway.keeps = true;
    uint32_t handle = give(&pair.client, &lamp);
    uint8_t refs[FRAME_REF_SIZE];
    struct frame publish = make_frame(0, 1, "lamp");
    add_ref(&publish, refs, handle, 0);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &publish, NULL, NULL, 1, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "call directory 1 'lamp' theirs:1\n");
    assert_int_equal(peer_import_count(pair.gateway.peer, handle), 1);

    const struct frame on = make_frame(handle, 3, "on");
    assert_int_equal(peer_call(pair.gateway.peer, &on, NULL, NULL, 2, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "call lamp 3 'on'\n");
    assert_int_equal(peer_answer(pair.client.peer, id, VIA_OK, 5), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "reply 2 ok 5\n");

    peer_release(pair.gateway.peer, (struct their_handle){handle}, UINT32_MAX);
    assert_null(peer_imported(pair.gateway.peer, handle));
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "unexported lamp\n");
    assert_int_equal(peer_call(pair.gateway.peer, &on, NULL, NULL, 3, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "reply 3 not_found 0\n");
    pair_deinit(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_and_welcome_introduce_both_ends),
        cmocka_unit_test(a_call_is_answered_once),
        cmocka_unit_test(a_reference_can_be_called_until_it_is_released),
    };
    (void)door;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
