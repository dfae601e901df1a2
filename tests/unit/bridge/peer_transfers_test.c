/*
 * Transfers: what is large goes in pieces, what may not overtake it waits, nothing else does; and
 * what is wrong with chunks and credit. tests/unit/bridge/peer_sim_test.c has them at random.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/peer_state.h"
#include "codecs/octets.h"
#include "tests/unit/bridge/peer_pair.h"

static struct thing lamp = {"lamp"};
static uint8_t large[300000];

static const struct peer_limits tiny = {.credit = 8192};

static uint32_t call_large(struct end *end, uint32_t object, size_t size, uint64_t context)
{
    const struct frame call = {
        .object = object, .code = 7, .body = large, .body_size = (uint32_t)size};
    uint32_t id;
    assert_int_equal(peer_call(end->peer, &call, NULL, NULL, context, &id), VIA_OK);
    return id;
}

static uint32_t call_small(struct end *end, uint32_t object, const char *text, uint64_t context)
{
    const struct frame call = make_frame(object, 8, text);
    uint32_t id;
    assert_int_equal(peer_call(end->peer, &call, NULL, NULL, context, &id), VIA_OK);
    return id;
}

/* A pair whose gateway has given the client its lamp. */
static uint32_t open_lamp(struct pair *pair, const struct peer_limits *limits)
{
    pair_init_ready(pair, limits, limits);
    pair->client.keeps = true;
    struct frame event = make_frame(give(&pair->client, &lamp), 1, "x");
    uint8_t refs[FRAME_REF_SIZE];
    uint32_t lent = event.object;
    struct frame call = make_frame(0, 1, "x");
    add_ref(&call, refs, lent, 0);
    pair->gateway.keeps = true;
    uint32_t id;
    assert_int_equal(peer_call(pair->client.peer, &call, NULL, NULL, 1, &id), VIA_OK);
    settle(pair);
    assert_int_equal(peer_answer(pair->gateway.peer, id, VIA_OK, 0), VIA_OK);
    settle(pair);
    (void)take_log(&pair->client);
    (void)take_log(&pair->gateway);
    return lent;
}

/* ---- what goes out ---- */

static void a_large_frame_goes_as_its_head_and_pieces(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    memset(large, 'x', sizeof large);
    (void)call_large(&pair.client, 0, 100000, 1);
    struct frame chunk = take_frame(&pair.client);
    assert_int_equal(chunk.kind, FRAME_CHUNK);
    assert_int_equal(chunk.id, 1);
    assert_int_equal(chunk.object, FRAME_CALL);
    assert_int_equal(chunk.body_size, FRAME_HEADER_SIZE);
    struct frame head;
    size_t used;
    size_t size;
    assert_int_equal(frame_decode_head(chunk.body, chunk.body_size, &head, &used, &size), VIA_OK);
    assert_int_equal(size, FRAME_HEADER_SIZE + 100000);
    assert_int_equal(head.code, 7);
    chunk = take_frame(&pair.client);
    assert_int_equal(chunk.body_size, FRAME_CHUNK_MAX);
    assert_int_equal(chunk.flags, 0);
    chunk = take_frame(&pair.client);
    assert_int_equal(chunk.body_size, 100000 - FRAME_CHUNK_MAX);
    assert_int_equal(chunk.flags, FRAME_LAST);
    assert_true(is_outbox_empty(&pair.client));
    assert_true(peer_is_drained(pair.client.peer));
    pair_deinit(&pair);
}

static void others_go_between_the_pieces(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    (void)call_large(&pair.client, 0x100001, 200000, 1);
    (void)call_large(&pair.client, 0x100002, 200000, 2);
    (void)take_frame(&pair.client);
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).id, 1); /* one block each in turn */
    assert_int_equal(take_frame(&pair.client).id, 2);
    (void)call_small(&pair.client, 0x100003, "small", 3);
    peer_refuse(pair.client.peer, 9, 0, VIA_DENIED);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_CALL);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_REPLY);
    assert_int_equal(take_frame(&pair.client).id, 1);
    assert_int_equal(take_frame(&pair.client).id, 2);
    pair_deinit(&pair);
}

static void a_run_of_events_does_not_overtake_a_large_one(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    const uint32_t one = 0x100001, other = 0x100002;
    const struct frame first = {.object = one, .body = large, .body_size = 70000};
    const struct frame small = {.kind = FRAME_EVENT, .code = 1};
    uint8_t octets[FRAME_HEADER_SIZE];
    frame_encode(&small, octets);
    assert_int_equal(peer_event(pair.gateway.peer, &first, NULL), VIA_OK);
    assert_int_equal(peer_event_run(pair.gateway.peer, octets, sizeof octets, 1, 0, one),
                     VIA_UNSUPPORTED);
    assert_int_equal(peer_event_run(pair.gateway.peer, octets, sizeof octets, 1, 0, other), VIA_OK);
    pair_deinit(&pair);
}

static void a_ping_is_answered_before_the_next_piece(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    (void)call_large(&pair.client, 0, 200000, 1);
    (void)take_frame(&pair.client);
    (void)take_frame(&pair.client);
    const struct frame ping = {.kind = FRAME_ACK, .flags = FRAME_ECHO};
    assert_int_equal(feed_frame(&pair.client, &ping), VIA_OK);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_ACK);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_CHUNK);
    pair_deinit(&pair);
}

static void calls_to_the_same_object_wait_behind_it_in_order(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    const uint32_t one = 0x100001;
    (void)call_large(&pair.client, one, 70000, 1);
    (void)call_small(&pair.client, one, "first", 2);
    (void)call_large(&pair.client, one, 70001, 3);
    (void)call_small(&pair.client, one, "last", 4);
    (void)call_small(&pair.client, 0x100002, "elsewhere", 5);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_CHUNK);
    struct frame frame = take_frame(&pair.client);
    assert_int_equal(frame.kind, FRAME_CALL);
    assert_int_equal(frame.object, 0x100002);
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).flags, FRAME_LAST);
    frame = take_frame(&pair.client);
    assert_int_equal(frame.body_size, 5);
    assert_int_equal(take_frame(&pair.client).id, 2); /* the second transfer begins */
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).flags, FRAME_LAST);
    frame = take_frame(&pair.client);
    assert_int_equal(frame.kind, FRAME_CALL);
    assert_int_equal(frame.body_size, 4);
    assert_true(is_outbox_empty(&pair.client));
    pair_deinit(&pair);
}

/* At a gateway each calling session is another sender, by the caller's number in META. */
static void calls_of_others_to_the_same_object_do_not_wait(void **state)
{
    (void)state;
    static struct thing callers[2] = {{"ann"}, {"bob"}};
    struct pair pair;
    uint32_t lent = open_lamp(&pair, NULL);
    struct frame call = {.object = lent, .code = 7, .body = large, .body_size = 100000};
    struct meta meta[2];
    for (int i = 0; i < 2; i++) {
        meta[i] = (struct meta){.has_caller = true, .n_introductions = 1};
        meta[i].caller = give(&pair.gateway, &callers[i]);
        meta[i].introductions[0].number = meta[i].caller;
    }
    uint32_t id;
    assert_int_equal(peer_oneway(pair.gateway.peer, &call, &meta[0], NULL, &id), VIA_OK);
    call.body_size = 8;
    meta[0].n_introductions = 0;
    assert_int_equal(peer_oneway(pair.gateway.peer, &call, &meta[0], NULL, &id), VIA_OK);
    /* whose introduction waits has not been introduced */
    struct our_handle ann = {meta[0].caller}, bob = {meta[1].caller};
    assert_true(peer_is_introduced(pair.gateway.peer, ann));
    assert_false(peer_is_introduced(pair.gateway.peer, bob));
    assert_int_equal(peer_oneway(pair.gateway.peer, &call, &meta[1], NULL, &id), VIA_OK);
    assert_true(peer_is_introduced(pair.gateway.peer, bob));
    assert_int_equal(take_frame(&pair.gateway).kind, FRAME_CHUNK);
    assert_int_equal(take_frame(&pair.gateway).kind, FRAME_CALL);
    (void)take_frame(&pair.gateway);
    assert_int_equal(take_frame(&pair.gateway).flags, FRAME_LAST);
    assert_int_equal(take_frame(&pair.gateway).kind, FRAME_CALL);
    assert_true(is_outbox_empty(&pair.gateway));
    pair_deinit(&pair);
}

/* Its first chunk has told who it is: a small call to another object overtakes the rest. */
static void a_caller_is_introduced_by_the_first_chunk(void **state)
{
    (void)state;
    static struct thing ann = {"ann"}, other = {"other"};
    struct pair pair;
    uint32_t lent = open_lamp(&pair, NULL);
    struct frame publish = make_frame(0, 1, "x");
    uint8_t refs[FRAME_REF_SIZE];
    uint32_t id;
    uint32_t second = give(&pair.client, &other);
    add_ref(&publish, refs, second, 0);
    assert_int_equal(peer_oneway(pair.client.peer, &publish, NULL, NULL, &id), VIA_OK);
    settle(&pair);

    struct frame call = {.object = lent, .code = 7, .body = large, .body_size = sizeof large};
    struct meta meta = {.has_caller = true, .n_introductions = 1};
    meta.caller = give(&pair.gateway, &ann);
    meta.introductions[0].number = meta.caller;
    pair.client.is_brief = true;
    assert_int_equal(peer_oneway(pair.gateway.peer, &call, &meta, NULL, &id), VIA_OK);
    meta.n_introductions = 0;
    call.object = second;
    call.body_size = 0;
    assert_int_equal(peer_oneway(pair.gateway.peer, &call, &meta, NULL, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "introduced 1\noneway other 7 caller:1\n"
                                                "oneway lamp 7 caller:1\n");
    assert_int_equal(peer_import_count(pair.client.peer, meta.caller), 1);
    pair_deinit(&pair);
}

static void a_release_and_a_death_wait_for_what_names_their_object(void **state)
{
    (void)state;
    static struct thing other = {"other"};
    struct pair pair;
    uint32_t lent = open_lamp(&pair, NULL); /* the client's lamp, which the gateway holds */
    /* the client: a large call that brings `other`, and its death */
    struct frame call = {.code = 7, .body = large, .body_size = 100000};
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&call, refs, give(&pair.client, &other), 0);
    uint32_t id;
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    peer_death(pair.client.peer, &other, VIA_WITHDRAWN);
    peer_death(pair.client.peer, &lamp, VIA_WITHDRAWN);
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).object, lent); /* nobody waits without need */
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).flags, FRAME_LAST);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_DEATH);
    /* the gateway: a large call to the lamp, and giving the lamp back */
    call.object = lent;
    call.n_refs = 0;
    assert_int_equal(peer_oneway(pair.gateway.peer, &call, NULL, NULL, &id), VIA_OK);
    peer_release(pair.gateway.peer, (struct their_handle){lent}, 1);
    (void)take_frame(&pair.gateway);
    (void)take_frame(&pair.gateway);
    assert_int_equal(take_frame(&pair.gateway).flags, FRAME_LAST);
    assert_int_equal(take_frame(&pair.gateway).kind, FRAME_RELEASE);
    assert_true(is_outbox_empty(&pair.gateway));
    pair_deinit(&pair);
}

static void a_death_comes_after_the_replies_of_its_object(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t lent = open_lamp(&pair, NULL);
    uint32_t id = call_small(&pair.gateway, lent, "ask", 1);
    carry(&pair.gateway, &pair.client);
    const struct frame reply = {.body = large, .body_size = 100000};
    assert_int_equal(peer_reply(pair.client.peer, id, &reply, NULL), VIA_OK);
    peer_death(pair.client.peer, &lamp, VIA_EXITED);
    assert_int_equal(take_frame(&pair.client).object, FRAME_REPLY);
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).flags, FRAME_LAST);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_DEATH);
    pair_deinit(&pair);
}

/* The lamp and what the gateway lent in return are joined: calls to the one and answers for the
 * other go in one order, and nobody else waits. */
static void a_pair_is_in_one_order(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t lent = open_lamp(&pair, NULL);
    const uint32_t theirs = 0x100009;
    peer_join(pair.client.peer, &lamp, (struct their_handle){theirs});
    uint32_t ids[4];
    for (uint32_t i = 0; i < 4; i++) {
        ids[i] = call_small(&pair.gateway, lent, "ask", i);
        carry(&pair.gateway, &pair.client);
    }
    const struct frame reply = {.body = large, .body_size = 70000};
    assert_int_equal(peer_reply(pair.client.peer, ids[0], &reply, NULL), VIA_OK);
    (void)call_small(&pair.client, theirs, "after", 5);
    assert_int_equal(peer_answer(pair.client.peer, ids[1], VIA_OK, 0), VIA_OK);
    (void)call_large(&pair.client, theirs, 70001, 6);
    assert_int_equal(peer_answer(pair.client.peer, ids[2], VIA_OK, 0), VIA_OK);
    (void)call_small(&pair.client, 0x10000a, "elsewhere", 7);

    assert_int_equal(take_frame(&pair.client).kind, FRAME_CHUNK);
    assert_int_equal(take_frame(&pair.client).object, 0x10000a);
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).flags, FRAME_LAST);
    struct frame frame = take_frame(&pair.client);
    assert_int_equal(frame.kind, FRAME_CALL);
    assert_int_equal(frame.body_size, 5);
    frame = take_frame(&pair.client);
    assert_int_equal(frame.kind, FRAME_REPLY);
    assert_int_equal(frame.id, ids[1]);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_CHUNK);
    (void)take_frame(&pair.client);
    assert_int_equal(take_frame(&pair.client).flags, FRAME_LAST);
    frame = take_frame(&pair.client);
    assert_int_equal(frame.kind, FRAME_REPLY);
    assert_int_equal(frame.id, ids[2]);
    assert_true(is_outbox_empty(&pair.client));
    assert_int_equal(peer_answer(pair.client.peer, ids[3], VIA_OK, 0), VIA_OK);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_REPLY); /* at once: nothing waits */
    pair_deinit(&pair);
}

static void no_more_begin_than_the_other_end_takes(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, &(struct peer_limits){.transfers_max = 2});
    for (uint32_t i = 0; i < 5; i++)
        (void)call_large(&pair.client, 0x100001 + i, 70000, i);
    assert_int_equal(pair.client.peer->outgoing.n_begun, 2);
    settle(&pair);
    assert_int_equal(pair.client.peer->outgoing.n_begun, 0);
    assert_true(peer_is_drained(pair.client.peer));
    pair_deinit(&pair);
}

static void more_than_the_bound_is_busy_and_one_always_goes(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, &(struct peer_limits){.transfers_size_max = 250000, .queue_max = 8192},
                    NULL);
    (void)call_large(&pair.client, 0x100001, 300000, 1);
    struct frame call = {.object = 0x100002, .body = large, .body_size = 70000};
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &id), VIA_BUSY);
    assert_non_null(strstr(peer_fault(pair.client.peer), "max_transfers_size, 250000"));
    /* small ones have their own bound: behind it, and beside it */
    call.body_size = 4000;
    call.object = 0x100001;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &id), VIA_OK);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &id), VIA_OK);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &id), VIA_BUSY);
    assert_non_null(strstr(peer_fault(pair.client.peer), "wait behind large messages"));
    call.object = 0x100003;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 2, &id), VIA_OK);
    assert_false(peer_is_overfull(pair.client.peer));
    pair_deinit(&pair);
}

static void credit_bounds_what_is_under_way(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, &tiny);
    (void)call_large(&pair.client, 0, 100000, 1);
    (void)take_frame(&pair.client);
    size_t n = 0;
    while (!is_outbox_empty(&pair.client) || outbox_head(peer_outbox(pair.client.peer)) != NULL)
        n += take_frame(&pair.client).body_size;
    assert_int_equal(n, tiny.credit);
    const struct frame credit = {.kind = FRAME_CREDIT, .id = 1, .code = 4096};
    assert_int_equal(feed_frame(&pair.client, &credit), VIA_OK);
    assert_int_equal(take_frame(&pair.client).body_size, 4096);
    assert_null(outbox_head(peer_outbox(pair.client.peer)));
    pair_deinit(&pair);
}

/* ---- ended short ---- */

static void a_cancelled_call_ends_short_and_is_answered(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, &tiny);
    struct frame call = {.code = 7, .body = large, .body_size = 100000};
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&call, refs, give(&pair.client, &lamp), 0);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 5, &id), VIA_OK);
    carry(&pair.client, &pair.gateway);
    assert_int_equal(pair.gateway.peer->incoming.n, 1);
    peer_cancel(pair.client.peer, id);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "");
    assert_string_equal(take_log(&pair.client), "unexported lamp\nreply 5 cancelled 0\n");
    assert_int_equal(pair.gateway.peer->incoming.n, 0);
    assert_int_equal(pair.gateway.peer->incoming.held, 0);
    assert_int_equal(pair.gateway.peer->incoming.reserved, 0);
    pair_deinit(&pair);
}

static void a_call_that_waits_is_cancelled_too(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, &tiny);
    (void)call_large(&pair.client, 0, 100000, 1);
    uint32_t waiting = call_large(&pair.client, 0, 100000, 2);
    uint32_t small = call_small(&pair.client, 0, "small", 3);
    peer_cancel(pair.client.peer, waiting);
    peer_cancel(pair.client.peer, small);
    struct frame answer = {.code = VIA_OK};
    pair.gateway.answer = &answer;
    /* the pair's log has no room for the large one's payload */
    pair.gateway.is_brief = true;
    settle(&pair);
    assert_string_equal(take_log(&pair.client),
                        "reply 1 ok 0\nreply 2 cancelled 0\nreply 3 ok 0\n");
    pair_deinit(&pair);
}

static void a_forgotten_reply_is_not_sent_to_its_end(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, &tiny, NULL);
    uint32_t id = call_small(&pair.client, 0, "ask", 1);
    carry(&pair.client, &pair.gateway);
    struct frame reply = {.body = large, .body_size = 100000};
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&reply, refs, give(&pair.gateway, &lamp), 0);
    assert_int_equal(peer_reply(pair.gateway.peer, id, &reply, NULL), VIA_OK);
    carry(&pair.gateway, &pair.client);
    peer_forget(pair.client.peer, id);
    (void)take_log(&pair.gateway);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "");
    assert_string_equal(take_log(&pair.gateway), "unexported lamp\n");
    assert_int_equal(peer_n_sent(pair.client.peer), 0);
    assert_true(peer_is_drained(pair.gateway.peer));
    pair_deinit(&pair);
}

static void what_ends_short_in_the_middle_is_told(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t lent = open_lamp(&pair, NULL);
    /* an EVENT and a REPLY of the client's that begin and end, by hand */
    uint32_t id = call_small(&pair.gateway, lent, "ask", 6);
    outbox_clear(peer_outbox(pair.gateway.peer));
    uint8_t head[FRAME_HEADER_SIZE];
    const struct frame event = {.kind = FRAME_EVENT, .object = lent, .body_size = 1000};
    const struct frame reply = {.kind = FRAME_REPLY, .id = id, .body_size = 1000};
    struct frame chunk = {.kind = FRAME_CHUNK, .id = 1, .body = head, .body_size = sizeof head};
    frame_encode_head(&event, head);
    assert_int_equal(feed_frame(&pair.gateway, &chunk), VIA_OK);
    frame_encode_head(&reply, head);
    chunk.id = 2;
    assert_int_equal(feed_frame(&pair.gateway, &chunk), VIA_OK);
    const struct frame end_event = {.kind = FRAME_CHUNK, .id = 1, .flags = FRAME_LAST};
    const struct frame end_reply = {
        .kind = FRAME_CHUNK, .id = 2, .flags = FRAME_LAST, .code = VIA_CRASHED};
    assert_int_equal(feed_frame(&pair.gateway, &end_event), VIA_OK);
    assert_int_equal(feed_frame(&pair.gateway, &end_reply), VIA_OK);
    char words[64];
    (void)snprintf(words, sizeof words, "lost from:%x\nreply 6 dead 2\n", lent);
    assert_string_equal(take_log(&pair.gateway), words);
    assert_int_equal(pair.gateway.peer->incoming.held, 0);
    pair_deinit(&pair);
}

/* ---- room ---- */

static void the_oldest_is_put_together_first(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, &(struct peer_limits){.credit = 8192, .assembly_max = 250000});
    for (uint32_t i = 0; i < 4; i++)
        (void)call_large(&pair.client, 0, 100000, i);
    /* they wait behind each other: from here on by hand */
    outbox_clear(peer_outbox(pair.client.peer));
    uint8_t head[FRAME_HEADER_SIZE];
    struct frame call = {.kind = FRAME_CALL, .id = 1, .body_size = 100000};
    struct frame chunk = {.kind = FRAME_CHUNK, .body = head, .body_size = sizeof head};
    for (chunk.id = 1; chunk.id <= 4; chunk.id++) {
        call.id = chunk.id;
        frame_encode_head(&call, head);
        assert_int_equal(feed_frame(&pair.gateway, &chunk), VIA_OK);
    }
    const struct incoming_transfers *incoming = &pair.gateway.peer->incoming;
    assert_int_equal(incoming->reserved, 2 * (100000 + FRAME_HEADER_SIZE));
    assert_true(incoming->held <= incoming->reserved + (size_t)2 * (8192 + FRAME_HEADER_SIZE));
    /* all four use up their credit: two get more */
    chunk.body = large;
    chunk.body_size = 8192;
    for (chunk.id = 1; chunk.id <= 4; chunk.id++)
        assert_int_equal(feed_frame(&pair.gateway, &chunk), VIA_OK);
    assert_int_equal(take_frame(&pair.gateway).id, 1);
    assert_int_equal(take_frame(&pair.gateway).id, 2);
    assert_true(is_outbox_empty(&pair.gateway));
    /* the first ends: the third has its place */
    const struct frame end = {.kind = FRAME_CHUNK, .id = 1, .flags = FRAME_LAST};
    assert_int_equal(feed_frame(&pair.gateway, &end), VIA_OK);
    assert_int_equal(take_frame(&pair.gateway).kind, FRAME_REPLY); /* cancelled */
    struct frame credit = take_frame(&pair.gateway);
    assert_int_equal(credit.kind, FRAME_CREDIT);
    assert_int_equal(credit.id, 3);
    assert_int_equal(credit.code, 8192);
    pair_deinit(&pair);
}

/* ---- what is wrong ---- */

static const struct bad {
    const char *what;
    struct frame inner; /* what the first chunk begins */
    uint32_t more;      /* octets behind its head */
    uint8_t flags;
    enum via_status status;
    const char *words;
} bad_firsts[] = {
    {"a kind that does not go in chunks",
     {.kind = FRAME_HELLO, .body_size = 1000},
     0,
     0,
     VIA_BAD_KIND,
     "does not go in chunks"},
    {"a chunk in a chunk",
     {.kind = FRAME_CHUNK, .body_size = 1000},
     0,
     0,
     VIA_BAD_KIND,
     "does not go in chunks"},
    {"a refusal",
     {.kind = FRAME_REPLY, .flags = FRAME_ONEWAY, .body_size = 1000},
     0,
     0,
     VIA_BAD_FLAGS,
     "refuses a oneway"},
    {"a payload over the limit",
     {.kind = FRAME_CALL, .id = 1, .body_size = 20001},
     0,
     0,
     VIA_TOO_LARGE,
     "a payload of 20001 octets, with a tape of 0, is over max_frame_size, 20000"},
    {"a tape over the limit",
     {.kind = FRAME_CALL, .id = 1, .body_size = 8, .tape_size = 20008},
     0,
     0,
     VIA_TOO_LARGE,
     "with a tape of 20008"},
    {"more than its credit",
     {.kind = FRAME_CALL, .id = 1, .body_size = 20000},
     8200,
     0,
     VIA_BAD_SIZE,
     "over its credit of 8192"},
    {"more than its frame",
     {.kind = FRAME_CALL, .id = 1, .body_size = 1000},
     1008,
     FRAME_LAST,
     VIA_BAD_SIZE,
     "goes on behind its frame"},
    {"all of its frame and no end",
     {.kind = FRAME_CALL, .id = 1, .body_size = 1000},
     1000,
     0,
     VIA_BAD_SIZE,
     "goes on behind its frame"},
    {"a head that is cut",
     {.kind = FRAME_CALL, .id = 1, .n_refs = 3, .body_size = 1000},
     UINT32_MAX,
     0,
     VIA_BAD_SIZE,
     "begins no good frame"},
};

static void a_first_chunk_is_judged_by_its_head(void **state)
{
    (void)state;
    static uint8_t octets[65504];
    for (size_t i = 0; i < sizeof bad_firsts / sizeof *bad_firsts; i++) {
        const struct bad *bad = &bad_firsts[i];
        struct end gateway;
        end_init_ready(&gateway, PEER_GATEWAY,
                       &(struct peer_limits){.credit = 8192, .frame_max = 20000});
        memset(octets, 0, sizeof octets);
        struct frame inner = bad->inner;
        static const uint8_t refs[3 * FRAME_REF_SIZE];
        inner.refs = refs;
        frame_encode_head(&inner, octets);
        const struct frame chunk = {.kind = FRAME_CHUNK,
                                    .id = 4,
                                    .flags = bad->flags,
                                    .body = octets,
                                    .body_size = FRAME_HEADER_SIZE +
                                                 (bad->more == UINT32_MAX ? 0 : bad->more)};
        if (feed_frame(&gateway, &chunk) != bad->status ||
            strstr(peer_fault(gateway.peer), bad->words) == NULL)
            fail_msg("%s: %s", bad->what, peer_fault(gateway.peer));
        end_deinit(&gateway);
    }
}

/* A gateway to which transfer 4 of a call of 20,000 octets has begun to come. */
static void begin(struct end *gateway)
{
    end_init_ready(gateway, PEER_GATEWAY,
                   &(struct peer_limits){.credit = 8192, .transfers_max = 1});
    uint8_t head[FRAME_HEADER_SIZE];
    const struct frame call = {.kind = FRAME_CALL, .id = 1, .body_size = 20000};
    frame_encode_head(&call, head);
    const struct frame chunk = {
        .kind = FRAME_CHUNK, .id = 4, .body = head, .body_size = sizeof head};
    assert_int_equal(feed_frame(gateway, &chunk), VIA_OK);
}

static void chunks_that_no_honest_end_sends_are_faults(void **state)
{
    (void)state;
    static uint8_t octets[FRAME_CHUNK_MAX];
    const struct {
        struct frame frame;
        enum via_status status;
        const char *words;
    } cases[] = {
        {{.kind = FRAME_CHUNK, .id = 4, .body = octets, .body_size = 8193},
         VIA_BAD_SIZE,
         "its credit is 8192"},
        {{.kind = FRAME_CHUNK, .id = 4, .body = octets, .body_size = 20001},
         VIA_BAD_SIZE,
         "goes on behind its frame of 20032"},
        {{.kind = FRAME_CHUNK, .id = 4, .body = octets, .body_size = 20000},
         VIA_BAD_SIZE,
         "goes on behind its frame of 20032"},
        {{.kind = FRAME_CHUNK, .id = 3, .body = octets, .body_size = 32},
         VIA_BAD_KIND,
         "transfer 3 does not count upward from 4"},
        {{.kind = FRAME_CHUNK, .id = 5, .body = octets, .body_size = 32},
         VIA_TOO_LARGE,
         "one too many: max_transfers is 1"},
        {{.kind = FRAME_CREDIT, .id = 1, .code = 8}, VIA_BAD_KIND, "which has never begun"},
        {{.kind = FRAME_CREDIT, .id = 0, .code = 8}, VIA_BAD_KIND, "which has never begun"},
        {{.kind = FRAME_CREDIT, .object = 7, .id = 1}, VIA_BAD_HANDLE, "no kind of thing"},
        {{.kind = FRAME_CALL, .id = 1}, VIA_BAD_KIND, "call 1 has the id of one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct end gateway;
        begin(&gateway);
        expect_fault(&gateway, &cases[i].frame, cases[i].status, cases[i].words);
        end_deinit(&gateway);
    }
}

static void a_whole_that_is_no_good_frame_is_a_fault(void **state)
{
    (void)state;
    static uint8_t octets[8192];
    struct end gateway;
    begin(&gateway);
    struct frame chunk = {.kind = FRAME_CHUNK, .id = 4, .body = octets, .body_size = 8192};
    assert_int_equal(feed_frame(&gateway, &chunk), VIA_OK);
    assert_int_equal(feed_frame(&gateway, &chunk), VIA_OK);
    chunk.body_size = 20000 - 2 * 8192;
    chunk.flags = FRAME_LAST;
    assert_int_equal(feed_frame(&gateway, &chunk), VIA_OK); /* good as it is */
    end_deinit(&gateway);

    uint8_t head[FRAME_HEADER_SIZE];
    const struct frame call = {.kind = FRAME_CALL, .id = 2, .body_size = 9};
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    frame_encode_head(&call, head);
    chunk = (struct frame){.kind = FRAME_CHUNK, .id = 1, .body = head, .body_size = sizeof head};
    assert_int_equal(feed_frame(&gateway, &chunk), VIA_OK);
    memset(octets, 1, 16);
    chunk = (struct frame){
        .kind = FRAME_CHUNK, .id = 1, .flags = FRAME_LAST, .body = octets, .body_size = 16};
    expect_fault(&gateway, &chunk, VIA_BAD_SIZE, "transfer 1 is no good frame");
    end_deinit(&gateway);
}

static void a_chunk_for_nobody_is_answered_and_dropped(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    uint8_t head[FRAME_HEADER_SIZE + FRAME_REF_SIZE];
    uint8_t refs[FRAME_REF_SIZE];
    struct frame call = {.kind = FRAME_CALL, .id = 1, .object = 0x100009, .body_size = 100};
    add_ref(&call, refs, 0x100001, 0);
    frame_encode_head(&call, head);
    struct frame chunk = {.kind = FRAME_CHUNK, .id = 1, .body = head, .body_size = sizeof head};
    assert_int_equal(feed_frame(&client, &chunk), VIA_OK);
    assert_int_equal(take_frame(&client).kind, FRAME_RELEASE);
    assert_int_equal(take_frame(&client).code, VIA_BAD_HANDLE);
    struct frame credit = take_frame(&client);
    assert_int_equal(credit.kind, FRAME_CREDIT);
    assert_int_equal(credit.flags, FRAME_LAST);
    chunk.body_size = 40;
    assert_int_equal(feed_frame(&client, &chunk), VIA_OK);
    chunk = (struct frame){.kind = FRAME_CHUNK, .id = 1, .flags = FRAME_LAST};
    assert_int_equal(feed_frame(&client, &chunk), VIA_OK);
    assert_int_equal(client.peer->incoming.n, 0);
    assert_true(is_outbox_empty(&client));
    end_deinit(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_frame_goes_as_its_head_and_pieces),
        cmocka_unit_test(others_go_between_the_pieces),
        cmocka_unit_test(a_run_of_events_does_not_overtake_a_large_one),
        cmocka_unit_test(a_ping_is_answered_before_the_next_piece),
        cmocka_unit_test(calls_to_the_same_object_wait_behind_it_in_order),
        cmocka_unit_test(calls_of_others_to_the_same_object_do_not_wait),
        cmocka_unit_test(a_caller_is_introduced_by_the_first_chunk),
        cmocka_unit_test(a_release_and_a_death_wait_for_what_names_their_object),
        cmocka_unit_test(a_death_comes_after_the_replies_of_its_object),
        cmocka_unit_test(a_pair_is_in_one_order),
        cmocka_unit_test(no_more_begin_than_the_other_end_takes),
        cmocka_unit_test(more_than_the_bound_is_busy_and_one_always_goes),
        cmocka_unit_test(credit_bounds_what_is_under_way),
        cmocka_unit_test(a_cancelled_call_ends_short_and_is_answered),
        cmocka_unit_test(a_call_that_waits_is_cancelled_too),
        cmocka_unit_test(a_forgotten_reply_is_not_sent_to_its_end),
        cmocka_unit_test(what_ends_short_in_the_middle_is_told),
        cmocka_unit_test(the_oldest_is_put_together_first),
        cmocka_unit_test(a_first_chunk_is_judged_by_its_head),
        cmocka_unit_test(chunks_that_no_honest_end_sends_are_faults),
        cmocka_unit_test(a_whole_that_is_no_good_frame_is_a_fault),
        cmocka_unit_test(a_chunk_for_nobody_is_answered_and_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
