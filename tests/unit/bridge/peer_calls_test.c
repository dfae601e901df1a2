/*
 * Calls and oneways: one reply each, limits, what is refused, META.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/peer.h"
#include "tests/unit/bridge/peer_pair.h"

static struct thing lamp = {"lamp"}, door = {"door"};

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

static void oneways_number_apart_and_wait_for_nothing(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    const struct frame call = make_frame(0, 7, "tell");
    uint32_t id, first, second;
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &first), VIA_OK);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_OK);
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &second), VIA_OK);
    assert_int_equal(second, first + 1);
    assert_int_equal(peer_n_sent(pair.client.peer), 1);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway),
                        "oneway directory 7 'tell'\ncall directory 7 'tell'\n"
                        "oneway directory 7 'tell'\n");
    assert_int_equal(peer_n_received(pair.gateway.peer), 1);
    peer_refuse(pair.gateway.peer, second, 0x10005, VIA_DENIED);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "refused 2 of 10005 denied\n");
    pair_deinit(&pair);
}

static void handles_that_are_no_objects_are_answered_for(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    uint32_t handle = give(&client, &lamp);
    peer_unexport(client.peer, (struct our_handle){handle});
    assert_string_equal(take_log(&client), "unexported lamp\n");
    const struct {
        uint32_t object;
        enum via_status status;
    } cases[] = {{0, VIA_NOT_FOUND}, {handle, VIA_NOT_FOUND}, {handle + 1, VIA_BAD_HANDLE}};
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame call = make_frame(cases[i].object, 7, "hello");
        call.kind = FRAME_CALL;
        call.id = i;
        uint8_t refs[FRAME_REF_SIZE];
        add_ref(&call, refs, 5, 0);
        for (int is_oneway = 0; is_oneway <= 1; is_oneway++) {
            call.flags = is_oneway ? FRAME_ONEWAY : 0;
            assert_int_equal(feed_frame(&client, &call), VIA_OK);
            assert_string_equal(take_log(&client), "");
            struct frame release = take_frame(&client);
            assert_int_equal(release.kind, FRAME_RELEASE);
            assert_int_equal(release.object, 5);
            assert_int_equal(release.code, 1);
            struct frame reply = take_frame(&client);
            assert_int_equal(reply.kind, FRAME_REPLY);
            assert_int_equal(reply.flags, call.flags);
            assert_int_equal(reply.id, i);
            assert_int_equal(reply.code, cases[i].status);
        }
        assert_false(peer_is_waiting(client.peer, i));
    }
    assert_int_equal(peer_import_count(client.peer, 5), 0);
    end_deinit(&client);
}

static void a_call_id_in_flight_is_a_fault(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    struct frame call = {.kind = FRAME_CALL, .id = 8};
    assert_int_equal(feed_frame(&gateway, &call), VIA_OK);
    assert_int_equal(peer_answer(gateway.peer, 8, VIA_OK, 0), VIA_OK);
    assert_int_equal(feed_frame(&gateway, &call), VIA_OK);
    expect_fault(&gateway, &call, VIA_BAD_KIND, "call 8 has the id of one that is in flight");
    end_deinit(&gateway);
}

static void calls_in_flight_are_limited_at_both_ends(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, &(struct peer_limits){.calls_max = 2});
    const struct frame call = make_frame(0, 7, NULL);
    uint32_t ids[3];
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &ids[0]), VIA_OK);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &ids[1]), VIA_OK);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 3, &ids[2]), VIA_BUSY);
    assert_string_equal(peer_fault(pair.client.peer), "2 calls are in flight: max_calls is 2");
    settle(&pair);
    /* a sender that does not keep to it */
    struct frame third = {.kind = FRAME_CALL, .id = ids[1] + 1};
    assert_int_equal(feed_frame(&pair.gateway, &third), VIA_OK);
    struct frame reply = take_frame(&pair.gateway);
    assert_int_equal(reply.id, third.id);
    assert_int_equal(reply.code, VIA_BUSY);
    assert_int_equal(peer_n_received(pair.gateway.peer), 2);

    assert_int_equal(peer_answer(pair.gateway.peer, ids[0], VIA_OK, 0), VIA_OK);
    settle(&pair);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 3, &ids[2]), VIA_OK);
    pair_deinit(&pair);
}

static void a_cancel_is_told_once_and_the_reply_still_comes(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    const struct frame call = make_frame(0, 7, NULL);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_OK);
    settle(&pair);
    peer_set_context(pair.gateway.peer, id, 77);
    peer_set_context(pair.gateway.peer, id + 1, 78); /* not in flight: nothing */
    peer_cancel(pair.client.peer, id);
    peer_cancel(pair.client.peer, id);
    peer_cancel(pair.client.peer, id + 1);
    struct frame cancel = {.kind = FRAME_CANCEL, .id = id};
    (void)take_log(&pair.gateway);
    settle(&pair);
    assert_int_equal(feed_frame(&pair.gateway, &cancel), VIA_OK);
    assert_string_equal(take_log(&pair.gateway), "cancel 77\n");
    assert_int_equal(peer_answer(pair.gateway.peer, id, VIA_CANCELLED, 0), VIA_OK);
    assert_int_equal(feed_frame(&pair.gateway, &cancel), VIA_OK);
    assert_string_equal(take_log(&pair.gateway), "");
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "reply 1 cancelled 0\n");
    pair_deinit(&pair);
}

static void a_forgotten_reply_gives_back_what_it_brings(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    const struct frame call = make_frame(0, 7, NULL);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_OK);
    settle(&pair);
    peer_forget(pair.client.peer, id);
    assert_int_equal(peer_n_sent(pair.client.peer), 1);
    struct frame reply = make_frame(0, VIA_OK, "lamp");
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&reply, refs, give(&pair.gateway, &lamp), 0);
    assert_int_equal(peer_reply(pair.gateway.peer, id, &reply, NULL), VIA_OK);
    (void)take_log(&pair.gateway);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "");
    assert_string_equal(take_log(&pair.gateway), "unexported lamp\n");
    assert_int_equal(peer_n_sent(pair.client.peer), 0);
    /* and one that nobody ever asked for */
    reply.kind = FRAME_REPLY;
    reply.id = 1000;
    assert_int_equal(feed_frame(&pair.client, &reply), VIA_OK);
    assert_string_equal(take_log(&pair.client), "");
    assert_int_equal(take_frame(&pair.client).kind, FRAME_RELEASE);
    pair_deinit(&pair);
}

static void a_frame_over_their_limit_is_refused_with_both_numbers(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, &(struct peer_limits){.frame_max = 8192},
                    &(struct peer_limits){.frame_max = 4096});
    static uint8_t body[4097];
    struct frame call = {.body = body, .body_size = sizeof body};
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_TOO_LARGE);
    assert_string_equal(peer_fault(pair.client.peer),
                        "a payload of 4097 octets is over the receiver's max_frame_size of 4096");
    assert_int_equal(peer_n_sent(pair.client.peer), 0);
    assert_true(is_outbox_empty(&pair.client));
    call.body_size--;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_OK);
    pair_deinit(&pair);
}

static void a_reply_that_cannot_be_sent_is_replaced(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, &(struct peer_limits){.frame_max = 4096}, NULL);
    const struct frame call = make_frame(0, 7, NULL);
    uint32_t ids[2];
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &ids[0]), VIA_OK);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &ids[1]), VIA_OK);
    settle(&pair);
    (void)take_log(&pair.gateway);
    static uint8_t body[4097];
    struct frame reply = {.body = body, .body_size = sizeof body};
    uint8_t refs[FRAME_REF_SIZE];
    uint32_t handle = give(&pair.gateway, &lamp);
    add_ref(&reply, refs, handle, 0);
    assert_int_equal(peer_reply(pair.gateway.peer, ids[0], &reply, NULL), VIA_TOO_LARGE);
    assert_false(peer_is_waiting(pair.gateway.peer, ids[0]));
    peer_unexport(pair.gateway.peer, (struct our_handle){handle}); /* still ours to take back */
    assert_string_equal(take_log(&pair.gateway), "unexported lamp\n");
    reply.body_size = 8;
    assert_int_equal(peer_reply(pair.gateway.peer, ids[1], &reply, NULL), VIA_INVALID);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "reply 1 too_large 0\nreply 2 invalid 0\n");
    pair_deinit(&pair);
}

static void a_frame_over_our_limit_is_a_fault(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, &(struct peer_limits){.frame_max = 4096});
    static uint8_t body[4097];
    struct frame call = {.kind = FRAME_CALL, .id = 1, .body = body, .body_size = 4096};
    assert_int_equal(feed_frame(&gateway, &call), VIA_OK);
    call.body_size = sizeof body;
    expect_fault(&gateway, &call, VIA_TOO_LARGE,
                 "a payload of 4097 octets, with a tape of 0, is over max_frame_size, 4096");
    end_deinit(&gateway);
}

static void a_full_queue_refuses_calls_and_never_replies(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, &(struct peer_limits){.queue_max = 8192}, NULL);
    static uint8_t body[16384];
    struct frame call = {.body = body, .body_size = sizeof body};
    uint32_t id;
    /* an idle link takes one above its bound, and nothing more */
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_OK);
    assert_false(peer_is_overfull(pair.client.peer));
    call.body_size = 8;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &id), VIA_BUSY);
    assert_string_equal(peer_fault(pair.client.peer),
                        "16416 octets wait for the link, 40 more are over max_queue_size, 8192");
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_BUSY);
    assert_int_equal(peer_event(pair.client.peer, &call, NULL), VIA_BUSY);
    assert_int_equal(peer_n_sent(pair.client.peer), 1);

    const struct frame theirs = {.kind = FRAME_CALL, .id = 1, .object = give(&pair.client, &lamp)};
    assert_int_equal(feed_frame(&pair.client, &theirs), VIA_OK);
    size_t before = outbox_size(peer_outbox(pair.client.peer));
    assert_int_equal(peer_answer(pair.client.peer, 1, VIA_OK, 0), VIA_OK);
    assert_int_equal(outbox_size(peer_outbox(pair.client.peer)), before + 32);
    settle(&pair);
    call.body_size = 8192 - 32 - 40;
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    call.body_size = 8;
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_BUSY);
    pair_deinit(&pair);
}

static void a_link_at_twice_its_bound_is_overfull(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, &(struct peer_limits){.frame_max = 4096},
                    &(struct peer_limits){.queue_max = 131072});
    for (uint32_t i = 0; i < 2 * 131072 / 32; i++)
        peer_refuse(pair.gateway.peer, i, 0, VIA_DENIED);
    assert_false(peer_is_overfull(pair.gateway.peer));
    peer_refuse(pair.gateway.peer, 0, 0, VIA_DENIED);
    peer_refuse(pair.gateway.peer, 0, 0, VIA_DENIED);
    assert_true(peer_is_overfull(pair.gateway.peer));
    outbox_clear(peer_outbox(pair.gateway.peer));
    assert_false(peer_is_overfull(pair.gateway.peer));
    pair_deinit(&pair);
}

static void a_call_whose_reply_is_a_fault_still_ends(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    const struct frame call = make_frame(0, 7, NULL);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 4, &id), VIA_OK);
    outbox_clear(peer_outbox(pair.client.peer));
    struct frame reply = make_frame(0, VIA_OK, "x");
    reply.kind = FRAME_REPLY;
    reply.id = id;
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&reply, refs, 99, FRAME_REF_YOURS);
    expect_fault(&pair.client, &reply, VIA_BAD_HANDLE, "does not hold");
    assert_string_equal(take_log(&pair.client), "");
    peer_end(pair.client.peer, VIA_LINK_LOST);
    assert_string_equal(take_log(&pair.client), "reply 4 dead 4\n");
    pair_deinit(&pair);
}

static void nothing_is_answered_behind_a_bye(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    const struct frame call = {.kind = FRAME_CALL, .id = 1};
    assert_int_equal(feed_frame(&gateway, &call), VIA_OK);
    assert_int_equal(peer_bye(gateway.peer, FRAME_BYE_EVICTED, NULL), VIA_OK);
    assert_int_equal(take_frame(&gateway).kind, FRAME_BYE);
    assert_int_equal(peer_answer(gateway.peer, 1, VIA_OK, 0), VIA_DEAD);
    assert_true(peer_is_waiting(gateway.peer, 1));
    const struct frame ack = {.kind = FRAME_ACK, .flags = FRAME_ECHO};
    assert_int_equal(feed_frame(&gateway, &ack), VIA_OK);
    assert_true(is_outbox_empty(&gateway));
    end_deinit(&gateway);
}

/* ---- META ---- */

static struct frame call_with_meta(const struct meta *meta, uint8_t *octets)
{
    meta_encode(meta, octets);
    return (struct frame){.kind = FRAME_CALL,
                          .flags = FRAME_META,
                          .id = 1,
                          .meta = octets,
                          .meta_size = (uint32_t)meta_size(meta)};
}

static void an_introduction_is_one_count_of_the_caller(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    uint32_t callee = give(&pair.client, &lamp);
    struct frame publish = make_frame(0, 1, "lamp");
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&publish, refs, callee, 0);
    pair.gateway.keeps = true;
    uint32_t id;
    assert_int_equal(peer_oneway(pair.client.peer, &publish, NULL, NULL, &id), VIA_OK);
    settle(&pair);

    uint32_t caller = give(&pair.gateway, &door);
    struct meta meta = {.has_caller = true,
                        .caller = caller,
                        .has_chain = true,
                        .chain = 9,
                        .depth = 2,
                        .n_introductions = 1};
    meta.introductions[0] = (struct meta_introduction){
        .number = caller, .pid = 1, .identity = "me", .identity_size = 2};
    const struct frame call = make_frame(callee, 7, NULL);
    assert_int_equal(peer_call(pair.gateway.peer, &call, &meta, NULL, 1, &id), VIA_OK);
    meta.n_introductions = 0;
    assert_int_equal(peer_call(pair.gateway.peer, &call, &meta, NULL, 2, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "introduced 1\ncall lamp 7 caller:1 chain:9.2\n"
                                                "call lamp 7 caller:1 chain:9.2\n");
    assert_int_equal(peer_import_count(pair.client.peer, caller), 1);
    (void)take_log(&pair.gateway);
    peer_release(pair.client.peer, (struct their_handle){caller}, 1);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "unexported door\n");
    pair_deinit(&pair);
}

static void a_call_turned_away_has_introduced_its_caller(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    struct meta meta = {.has_caller = true, .caller = 3, .n_introductions = 1};
    meta.introductions[0].number = 3;
    uint8_t octets[META_SIZE_MAX];
    const struct frame call = call_with_meta(&meta, octets);
    assert_int_equal(feed_frame(&client, &call), VIA_OK);
    /* the next one, to another object, may be on its way, and names it only */
    assert_string_equal(take_log(&client), "introduced 3\n");
    assert_int_equal(peer_import_count(client.peer, 3), 1);
    assert_int_equal(take_frame(&client).code, VIA_NOT_FOUND);
    assert_true(is_outbox_empty(&client));
    end_deinit(&client);
}

static void only_a_gateway_introduces(void **state)
{
    (void)state;
    struct end gateway, client;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    struct meta meta = {.has_caller = true, .caller = 3, .n_introductions = 1};
    meta.introductions[0].number = 3;
    uint8_t octets[META_SIZE_MAX];
    const struct frame call = call_with_meta(&meta, octets);
    expect_fault(&gateway, &call, VIA_BAD_META, "only gateways");
    end_deinit(&gateway);

    end_init_ready(&client, PEER_CLIENT, NULL);
    meta.caller = give(&client, &lamp);
    meta.introductions[0].number = meta.caller;
    const struct frame ours = make_frame(0, 1, NULL);
    uint32_t id;
    assert_int_equal(peer_call(client.peer, &ours, &meta, NULL, 1, &id), VIA_INVALID);
    end_deinit(&client);
}

static void meta_that_does_not_parse_is_a_fault(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    const struct frame call = {.kind = FRAME_CALL,
                               .flags = FRAME_META,
                               .meta = (const uint8_t *)"\1\0\2\0\0\0\0\0",
                               .meta_size = 8};
    expect_fault(&gateway, &call, VIA_BAD_META, "does not parse");
    end_deinit(&gateway);
}

/* As "CONTEXT:OBJECT:SINCE " of the oldest first. */
static const char *unanswered(struct peer *peer)
{
    static char text[128];
    size_t at = 0;
    uint32_t below = UINT32_MAX;
    text[0] = '\0';
    for (;;) {
        struct peer_unanswered call, oldest = {.age = 0};
        uint32_t cursor = 0;
        bool any = false;
        while (peer_next_unanswered(peer, &cursor, &call))
            if (call.age < below && (!any || call.age > oldest.age)) {
                oldest = call;
                any = true;
            }
        if (!any)
            return text;
        below = oldest.age;
        at += (size_t)snprintf(text + at, sizeof text - at, "%u:%x:%u ", (unsigned)oldest.context,
                               oldest.object.number, oldest.since);
    }
}

static void what_is_unanswered_is_known_with_object_and_order(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t ids[4], handles[2] = {pair_init_given(&pair, &lamp, 1)};
    handles[1] = give(&pair.client, &door);
    assert_string_equal(unanswered(pair.gateway.peer), "");
    for (uint32_t i = 0; i < 4; i++) {
        const struct frame call = make_frame(handles[i % 2], 7, "ask");
        pair.gateway.coarse = 5 + i / 2;
        assert_int_equal(peer_call(pair.gateway.peer, &call, NULL, NULL, 10 + i, &ids[i]), VIA_OK);
    }
    char all[128];
    (void)snprintf(all, sizeof all, "10:%x:5 11:%x:5 12:%x:6 13:%x:6 ", handles[0], handles[1],
                   handles[0], handles[1]);
    assert_string_equal(unanswered(pair.gateway.peer), all);

    /* Nobody waits for what was cancelled or is forgotten, whatever is still to come. */
    peer_cancel(pair.gateway.peer, ids[0]);
    peer_forget(pair.gateway.peer, ids[3]);
    (void)snprintf(all, sizeof all, "11:%x:5 12:%x:6 ", handles[1], handles[0]);
    assert_string_equal(unanswered(pair.gateway.peer), all);
    settle(&pair);
    assert_int_equal(peer_answer(pair.client.peer, ids[1], VIA_OK, 0), VIA_OK);
    settle(&pair);
    (void)snprintf(all, sizeof all, "12:%x:6 ", handles[0]);
    assert_string_equal(unanswered(pair.gateway.peer), all);
    pair_deinit(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered_once),
        cmocka_unit_test(oneways_number_apart_and_wait_for_nothing),
        cmocka_unit_test(handles_that_are_no_objects_are_answered_for),
        cmocka_unit_test(a_call_id_in_flight_is_a_fault),
        cmocka_unit_test(calls_in_flight_are_limited_at_both_ends),
        cmocka_unit_test(a_cancel_is_told_once_and_the_reply_still_comes),
        cmocka_unit_test(a_forgotten_reply_gives_back_what_it_brings),
        cmocka_unit_test(a_frame_over_their_limit_is_refused_with_both_numbers),
        cmocka_unit_test(a_reply_that_cannot_be_sent_is_replaced),
        cmocka_unit_test(a_frame_over_our_limit_is_a_fault),
        cmocka_unit_test(a_full_queue_refuses_calls_and_never_replies),
        cmocka_unit_test(a_link_at_twice_its_bound_is_overfull),
        cmocka_unit_test(an_introduction_is_one_count_of_the_caller),
        cmocka_unit_test(a_call_turned_away_has_introduced_its_caller),
        cmocka_unit_test(only_a_gateway_introduces),
        cmocka_unit_test(meta_that_does_not_parse_is_a_fault),
        cmocka_unit_test(a_call_whose_reply_is_a_fault_still_ends),
        cmocka_unit_test(nothing_is_answered_behind_a_bye),
        cmocka_unit_test(what_is_unanswered_is_known_with_object_and_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
