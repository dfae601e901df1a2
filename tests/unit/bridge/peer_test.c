/*
 * A session from HELLO to its end, and the octets it is made of.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/peer.h"
#include "tests/unit/bridge/peer_pair.h"

static struct thing lamp = {"lamp"}, door = {"door"};

/* ---- beginning ---- */

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

static void limits_that_nobody_may_have_are_invalid(void **state)
{
    (void)state;
    struct end end;
    memset(&end, 0, sizeof end);
    static const struct peer_ops no_ops;
    struct peer_config config = {.limits = {.frame_max = PEER_FRAME_MAX_LEAST - 1}};
    assert_int_equal(peer_create(&end.peer, &config, &no_ops, NULL), VIA_INVALID);
    config.limits = (struct peer_limits){.handles_max = (1u << 20) + 1};
    assert_int_equal(peer_create(&end.peer, &config, &no_ops, NULL), VIA_INVALID);
    assert_null(end.peer);
    assert_null(peer_destroy(NULL));
}

static void nothing_can_be_sent_before_welcome(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    const struct hello hello = {.name = "client"};
    struct frame call = make_frame(0, 7, "ping");
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_NOT_CONNECTED);
    assert_int_equal(peer_welcome(pair.client.peer, &hello), VIA_INVALID);
    assert_int_equal(peer_hello(pair.gateway.peer, &hello), VIA_INVALID);
    assert_int_equal(peer_welcome(pair.gateway.peer, &hello), VIA_INVALID);
    assert_int_equal(peer_hello(pair.client.peer, &hello), VIA_OK);
    assert_int_equal(peer_hello(pair.client.peer, &hello), VIA_INVALID);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_NOT_CONNECTED);
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_NOT_CONNECTED);
    assert_int_equal(peer_event(pair.gateway.peer, &call, NULL), VIA_NOT_CONNECTED);
    carry(&pair.client, &pair.gateway);
    carry(&pair.gateway, &pair.client);
    assert_int_equal(peer_welcome(pair.gateway.peer, &hello), VIA_INVALID);
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_OK);
    pair_deinit(&pair);
}

static void a_gateway_wants_hello_first(void **state)
{
    (void)state;
    for (unsigned kind = FRAME_WELCOME; kind <= FRAME_BYE; kind++) {
        struct pair pair;
        pair_init(&pair, NULL, NULL);
        const struct frame frame = {.kind = (uint8_t)kind, .code = 1};
        expect_fault(&pair.gateway, &frame, VIA_BAD_KIND, "before HELLO");
        pair_deinit(&pair);
    }
}

static void a_client_wants_welcome_first(void **state)
{
    (void)state;
    const uint8_t kinds[] = {FRAME_HELLO, FRAME_CALL,    FRAME_REPLY, FRAME_CANCEL,
                             FRAME_EVENT, FRAME_RELEASE, FRAME_DEATH};
    for (size_t i = 0; i < sizeof kinds; i++) {
        struct pair pair;
        pair_init(&pair, NULL, NULL);
        const struct hello hello = {.name = "client"};
        assert_int_equal(peer_hello(pair.client.peer, &hello), VIA_OK);
        const struct frame frame = {.kind = kinds[i], .code = 1};
        expect_fault(&pair.client, &frame, VIA_BAD_KIND, "before WELCOME");
        pair_deinit(&pair);
    }
}

static void a_gateway_that_has_not_welcomed_takes_no_calls(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    pair.gateway.welcomes = false;
    const struct frame hello = {.kind = FRAME_HELLO, .code = HELLO_VERSION};
    assert_int_equal(feed_frame(&pair.gateway, &hello), VIA_OK);
    assert_false(peer_is_ready(pair.gateway.peer));
    const struct frame call = {.kind = FRAME_CALL, .id = 1};
    expect_fault(&pair.gateway, &call, VIA_BAD_KIND, "before WELCOME");
    pair_deinit(&pair);
}

static void hello_and_welcome_come_once(void **state)
{
    (void)state;
    for (int role = PEER_CLIENT; role <= PEER_GATEWAY; role++) {
        for (unsigned kind = FRAME_HELLO; kind <= FRAME_WELCOME; kind++) {
            struct end end;
            end_init_ready(&end, (enum peer_role)role, NULL);
            const struct frame frame = {.kind = (uint8_t)kind, .code = HELLO_VERSION};
            expect_fault(&end, &frame, VIA_BAD_KIND, "now");
            end_deinit(&end);
        }
    }
}

static void another_version_is_told_the_one_that_is_spoken(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    const struct frame hello = {.kind = FRAME_HELLO, .code = 2};
    expect_fault(&pair.gateway, &hello, VIA_BAD_VERSION, "version 2 is not spoken here, 1 is");
    assert_string_equal(take_log(&pair.gateway), "");
    pair_deinit(&pair);

    pair_init(&pair, NULL, NULL);
    const struct hello ours = {.name = "client"};
    assert_int_equal(peer_hello(pair.client.peer, &ours), VIA_OK);
    const struct frame welcome = {.kind = FRAME_WELCOME, .code = 0};
    expect_fault(&pair.client, &welcome, VIA_BAD_VERSION, "version 0 is not spoken here, 1 is");
    pair_deinit(&pair);
}

static void an_introduction_that_does_not_parse_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    struct frame hello = make_frame(0, HELLO_VERSION, "xyz");
    hello.kind = FRAME_HELLO;
    expect_fault(&pair.gateway, &hello, VIA_BAD_PAYLOAD, "does not parse");
    pair_deinit(&pair);
}

static void too_small_a_frame_max_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    const struct hello small = {.frame_max = PEER_FRAME_MAX_LEAST - 1};
    uint8_t body[HELLO_SIZE_MAX];
    struct frame hello = {.kind = FRAME_HELLO, .code = HELLO_VERSION, .body = body};
    hello.body_size = (uint32_t)hello_encode(&small, body);
    expect_fault(&pair.gateway, &hello, VIA_BAD_PAYLOAD, "a max_frame_size of 4095 and");
    pair_deinit(&pair);
}

static void too_small_a_credit_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    const struct hello small = {.credit = PEER_CREDIT_LEAST - 1};
    uint8_t body[HELLO_SIZE_MAX];
    struct frame hello = {.kind = FRAME_HELLO, .code = HELLO_VERSION, .body = body};
    hello.body_size = (uint32_t)hello_encode(&small, body);
    expect_fault(&pair.gateway, &hello, VIA_BAD_PAYLOAD, "a credit of 4095 are announced");
    pair_deinit(&pair);
}

static void a_stranger_sends_no_large_frame(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    static uint8_t body[8192];
    const struct frame hello = {
        .kind = FRAME_HELLO, .code = HELLO_VERSION, .body = body, .body_size = sizeof body};
    expect_fault(&pair.gateway, &hello, VIA_TOO_LARGE, "8224 octets is over 4128, the most");
    pair_deinit(&pair);
}

/* ---- the end ---- */

static void the_end_ends_everything_once(void **state)
{
    (void)state;
    struct pair pair;
    (void)pair_init_given(&pair, &lamp, 2);
    const struct frame call = make_frame(1, 7, NULL);
    uint32_t ids[2];
    assert_int_equal(peer_call(pair.gateway.peer, &call, NULL, NULL, 5, &ids[0]), VIA_OK);
    assert_int_equal(peer_call(pair.gateway.peer, &call, NULL, NULL, 6, &ids[1]), VIA_OK);
    peer_forget(pair.gateway.peer, ids[1]);
    (void)give(&pair.gateway, &door);
    peer_end(pair.gateway.peer, VIA_CRASHED);
    assert_string_equal(take_log(&pair.gateway),
                        "reply 5 dead 2\ndeath 1 crashed\nunexported door\n");
    peer_end(pair.gateway.peer, VIA_CRASHED);
    assert_string_equal(take_log(&pair.gateway), "");
    assert_int_equal(peer_n_sent(pair.gateway.peer), 0);
    uint32_t id;
    assert_int_equal(peer_call(pair.gateway.peer, &call, NULL, NULL, 5, &id), VIA_DEAD);
    assert_int_equal(peer_event(pair.gateway.peer, &call, NULL), VIA_DEAD);
    assert_int_equal(peer_bye(pair.gateway.peer, FRAME_BYE_EXITED, NULL), VIA_DEAD);
    struct our_handle handle;
    bool is_new;
    assert_int_equal(peer_export(pair.gateway.peer, &door, &handle, &is_new), VIA_DEAD);
    size_t waiting = outbox_size(peer_outbox(pair.gateway.peer));
    peer_release(pair.gateway.peer, (struct their_handle){1}, UINT32_MAX);
    assert_int_equal(peer_import_count(pair.gateway.peer, 1), 0);
    assert_int_equal(outbox_size(peer_outbox(pair.gateway.peer)), waiting);
    pair_deinit(&pair);
}

static void a_process_that_said_goodbye_has_exited(void **state)
{
    (void)state;
    struct pair pair;
    (void)pair_init_given(&pair, &lamp, 1);
    assert_int_equal(peer_bye(pair.client.peer, FRAME_BYE_EXITED, "so\nlong"), VIA_OK);
    assert_int_equal(peer_bye(pair.client.peer, FRAME_BYE_EXITED, NULL), VIA_DEAD);
    const struct frame call = make_frame(0, 7, NULL);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 1, &id), VIA_DEAD);
    peer_death(pair.client.peer, &lamp, VIA_EXITED); /* nothing goes out behind a BYE */
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "bye 1 'so?long'\n");
    assert_int_equal(peer_call(pair.gateway.peer, &call, NULL, NULL, 1, &id), VIA_DEAD);
    peer_end(pair.gateway.peer, VIA_CRASHED);
    assert_string_equal(take_log(&pair.gateway), "death 1 exited\n");
    pair_deinit(&pair);
}

static void what_lay_behind_a_gateway_that_left_is_lost(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    client.keeps = true;
    (void)give(&client, &lamp);
    uint8_t refs[FRAME_REF_SIZE];
    struct frame call = make_frame(1, 7, "x");
    call.kind = FRAME_CALL;
    add_ref(&call, refs, 4, 0);
    assert_int_equal(feed_frame(&client, &call), VIA_OK);
    const struct frame bye = {.kind = FRAME_BYE, .code = FRAME_BYE_EXITED};
    assert_int_equal(feed_frame(&client, &bye), VIA_OK);
    (void)take_log(&client);
    peer_end(client.peer, VIA_LINK_LOST);
    assert_string_equal(take_log(&client), "death 4 link_lost\nunexported lamp\n");
    end_deinit(&client);
}

static void nothing_comes_after_a_bye(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    const struct frame bye = {.kind = FRAME_BYE, .code = FRAME_BYE_EVICTED};
    assert_int_equal(feed_frame(&gateway, &bye), VIA_OK);
    const struct frame ack = {.kind = FRAME_ACK, .flags = FRAME_ECHO};
    assert_int_equal(feed_frame(&gateway, &ack), VIA_OK);
    const struct frame call = {.kind = FRAME_CALL, .id = 1};
    expect_fault(&gateway, &call, VIA_BAD_KIND, "after BYE");
    end_deinit(&gateway);

    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    const struct frame odd = {.kind = FRAME_BYE, .code = 4};
    expect_fault(&gateway, &odd, VIA_BAD_KIND, "unknown code 4");
    end_deinit(&gateway);
}

static void long_words_are_cut(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    char words[2000];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    assert_int_equal(peer_bye(pair.client.peer, FRAME_BYE_EXITED, words), VIA_OK);
    settle(&pair);
    size_t size = strlen(peer_fault(pair.gateway.peer));
    assert_in_range(size, 100, 1000);
    assert_memory_equal(peer_fault(pair.gateway.peer), words, size);
    pair_deinit(&pair);
}

static void a_gateway_that_has_refused_welcomes_no_more(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    pair.gateway.welcomes = false;
    const struct frame hello = {.kind = FRAME_HELLO, .code = HELLO_VERSION};
    assert_int_equal(feed_frame(&pair.gateway, &hello), VIA_OK);
    assert_int_equal(peer_bye(pair.gateway.peer, FRAME_BYE_EVICTED, "denied"), VIA_OK);
    const struct hello welcome = {.name = "gateway"};
    assert_int_equal(peer_welcome(pair.gateway.peer, &welcome), VIA_DEAD);
    assert_false(peer_is_ready(pair.gateway.peer));
    pair_deinit(&pair);
}

/* ---- octets ---- */

static void an_ack_that_asks_is_answered_with_the_count(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    const struct frame call = {.kind = FRAME_CALL, .flags = FRAME_ONEWAY};
    for (int i = 0; i < 3; i++)
        assert_int_equal(feed_frame(&gateway, &call), VIA_OK);
    struct frame ack = {.kind = FRAME_ACK};
    assert_int_equal(feed_frame(&gateway, &ack), VIA_OK);
    assert_true(is_outbox_empty(&gateway));
    ack.flags = FRAME_ECHO;
    assert_int_equal(feed_frame(&gateway, &ack), VIA_OK);
    struct frame answer = take_frame(&gateway);
    assert_int_equal(answer.kind, FRAME_ACK);
    assert_int_equal(answer.flags, 0);
    assert_int_equal(frame_number(&answer), 3);
    assert_true(is_outbox_empty(&gateway));
    end_deinit(&gateway);
}

static void data_of_no_stream_is_a_fault(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    const struct frame frame = {.kind = FRAME_DATA};
    expect_fault(&gateway, &frame, VIA_BAD_REFERENCE, "has never been opened");
    end_deinit(&gateway);
}

static void octets_that_are_no_frame_are_a_fault(void **state)
{
    (void)state;
    const struct {
        uint8_t at, octet;
        enum via_status status;
    } cases[] = {
        {0, 33, VIA_BAD_SIZE}, {0, 24, VIA_BAD_SIZE},         {4, 14, VIA_BAD_KIND},
        {4, 0, VIA_BAD_KIND},  {5, 0x80, VIA_BAD_FLAGS},      {31, 1, VIA_BAD_SIZE},
        {24, 1, VIA_BAD_SIZE}, {29, 0x80, VIA_BAD_REFERENCE}, {3, 1, VIA_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct end gateway;
        end_init_ready(&gateway, PEER_GATEWAY, NULL);
        uint8_t octets[FRAME_HEADER_SIZE];
        const struct frame call = {.kind = FRAME_CALL, .id = 1};
        frame_encode(&call, octets);
        octets[cases[i].at] = cases[i].octet;
        size_t used;
        assert_int_equal(peer_feed(gateway.peer, octets, sizeof octets, &used), cases[i].status);
        assert_int_equal(take_frame(&gateway).kind, FRAME_BYE);
        end_deinit(&gateway);
    }
}

static void octets_may_come_in_any_pieces(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    uint8_t octets[256];
    size_t size = 0;
    for (uint32_t i = 1; i <= 3; i++) {
        struct frame call = make_frame(0, i, i == 2 ? NULL : "twelve chars");
        call.kind = FRAME_CALL;
        call.id = i;
        frame_encode(&call, octets + size);
        size += frame_size(&call);
    }
    const size_t ends[] = {0, 48, 80, 128};
    for (size_t cut = 0; cut < size; cut++) {
        struct end other;
        end_init_ready(&other, PEER_GATEWAY, NULL);
        size_t used = 999, rest = 999;
        assert_int_equal(peer_feed(other.peer, octets, cut, &used), VIA_OK);
        size_t expected = 0;
        for (size_t i = 0; i < 4; i++)
            expected = ends[i] <= cut ? ends[i] : expected;
        assert_int_equal(used, expected);
        assert_int_equal(peer_feed(other.peer, octets + used, size - used, &rest), VIA_OK);
        assert_int_equal(used + rest, size);
        assert_string_equal(take_log(&other), "call directory 1 'twelve chars'\n"
                                              "call directory 2\n"
                                              "call directory 3 'twelve chars'\n");
        end_deinit(&other);
    }
    end_deinit(&gateway);
}

static void calls_can_be_answered_from_within(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    struct frame answer = make_frame(0, VIA_OK, "now");
    pair.gateway.answer = &answer;
    const struct frame call = make_frame(0, 7, NULL);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t id;
        assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, i, &id), VIA_OK);
    }
    settle(&pair);
    char line[64];
    const char *log = take_log(&pair.client);
    for (uint32_t i = 0; i < 100; i++) {
        int n = snprintf(line, sizeof line, "reply %u ok 0 'now'\n", i);
        assert_memory_equal(log, line, (size_t)n);
        log += n;
    }
    assert_string_equal(log, "");
    pair_deinit(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_and_welcome_introduce_both_ends),
        cmocka_unit_test(limits_that_nobody_may_have_are_invalid),
        cmocka_unit_test(nothing_can_be_sent_before_welcome),
        cmocka_unit_test(a_gateway_wants_hello_first),
        cmocka_unit_test(a_client_wants_welcome_first),
        cmocka_unit_test(a_gateway_that_has_not_welcomed_takes_no_calls),
        cmocka_unit_test(hello_and_welcome_come_once),
        cmocka_unit_test(another_version_is_told_the_one_that_is_spoken),
        cmocka_unit_test(an_introduction_that_does_not_parse_is_refused),
        cmocka_unit_test(too_small_a_frame_max_is_refused),
        cmocka_unit_test(too_small_a_credit_is_refused),
        cmocka_unit_test(a_stranger_sends_no_large_frame),
        cmocka_unit_test(the_end_ends_everything_once),
        cmocka_unit_test(a_process_that_said_goodbye_has_exited),
        cmocka_unit_test(what_lay_behind_a_gateway_that_left_is_lost),
        cmocka_unit_test(nothing_comes_after_a_bye),
        cmocka_unit_test(an_ack_that_asks_is_answered_with_the_count),
        cmocka_unit_test(data_of_no_stream_is_a_fault),
        cmocka_unit_test(octets_that_are_no_frame_are_a_fault),
        cmocka_unit_test(octets_may_come_in_any_pieces),
        cmocka_unit_test(calls_can_be_answered_from_within),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(a_gateway_that_has_refused_welcomes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
