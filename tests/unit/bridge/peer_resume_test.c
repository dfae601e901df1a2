/*
 * A session that goes on over another link: a conversation whose link breaks at each of its octets
 * in turn, also while it resumes, is the one it would have been; what cannot be is refused, and
 * what is over does not come back.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/peer.h"
#include "codecs/octets.h"
#include "tests/unit/bridge/peer_pair.h"

enum { N_SMALL = 5, LARGE = 1500, WIRE_MAX = 256 };

enum writing {
    AS_MANY, /* as came */
    ALL,     /* what is beyond them is lost on the way */
    FAILED,  /* the last write is told to have failed, and yet they came */
};

/* Moves up to @n octets. */
static void move(struct end *from, struct end *to, size_t n, enum writing writing)
{
    static uint8_t wire[1u << 17];
    size_t size = 0;
    struct outbox_block *head;
    bool failed = false;
    while ((head = outbox_head(peer_outbox(from->peer))) != NULL &&
           (writing == ALL || size < n || writing == FAILED) && !failed) {
        size_t octets = head->size - head->done;
        if (writing != ALL && octets > n - size)
            octets = n - size;
        assert_true(octets <= sizeof wire - size);
        memcpy(wire + size, head->octets + head->done, octets);
        size += octets;
        failed = writing == FAILED && size == n;
        if (failed)
            outbox_failed(peer_outbox(from->peer));
        else
            outbox_wrote(peer_outbox(from->peer), octets);
    }
    if (size > n)
        size = n;
    uint8_t *exact = malloc(size > 0 ? size : 1); /* nothing readable stands behind them */
    assert_non_null(exact);
    memcpy(exact, wire, size);
    size_t used = 0;
    if (size > 0 && peer_feed(to->peer, exact, size, &used) != VIA_OK)
        fail_msg("%s refused what %s sent: %s", to->name, from->name, peer_fault(to->peer));
    free(exact);
}

static struct thing thing = {.name = "thing"};
static struct frame answer;

/* Puts all that is said into the outboxes: calls, with references and large ones, oneways, events,
 * a death. */
static void say_all(struct pair *pair)
{
    static uint8_t large[LARGE];
    struct peer *client = pair->client.peer;
    uint32_t id;
    answer = make_frame(0, VIA_OK, "answer");
    pair->gateway.answer = &answer;
    pair->gateway.keeps = true;
    memset(large, 'x', sizeof large);
    for (uint32_t i = 0; i < N_SMALL; i++) {
        uint8_t refs[FRAME_REF_SIZE];
        struct frame call = make_frame(0, i, "call");
        add_ref(&call, refs, give(&pair->client, &thing), 0);
        assert_int_equal(peer_call(client, &call, NULL, NULL, i, &id), VIA_OK);
        const struct frame oneway = make_frame(0, i, "oneway");
        assert_int_equal(peer_oneway(client, &oneway, NULL, NULL, &id), VIA_OK);
    }
    struct frame call = make_frame(0, 99, NULL);
    call.body = large;
    call.body_size = sizeof large;
    assert_int_equal(peer_call(client, &call, NULL, NULL, 99, &id), VIA_OK);
}

/* What follows once all of that has come. */
static void answer_all(struct pair *pair)
{
    struct our_handle handle;
    assert_true(peer_is_exported(pair->client.peer, &thing, &handle));
    for (uint32_t i = 0; i < N_SMALL; i++) {
        const struct frame event = make_frame(handle.number, i, "event");
        assert_int_equal(peer_event(pair->gateway.peer, &event, NULL), VIA_OK);
    }
    peer_release(pair->gateway.peer, (struct their_handle){handle.number}, UINT32_MAX);
}

static void come_back(struct pair *pair)
{
    pair_break(pair);
    assert_int_equal(pair_come_back(pair), VIA_OK);
}

/* Where links break: after so many octets of one direction; those of a resume, too. */
struct breaks {
    enum writing writing;
    bool is_answer;      /* of what the gateway says */
    size_t at, at_again; /* SIZE_MAX: not at all */
};

struct talk {
    char client[4096], gateway[4096];
};

/* Without the lines that tell of resuming. */
static void keep_log(char *kept, size_t room, struct end *end)
{
    static const char resumed[] = "resumed\n";
    const char *log = take_log(end);
    size_t size = 0;
    while (*log != '\0') {
        const char *line = strstr(log, resumed);
        size_t n = line != NULL ? (size_t)(line - log) : strlen(log);
        assert_true(n < room - size);
        memcpy(kept + size, log, n);
        size += n;
        log += line != NULL ? n + strlen(resumed) : n;
    }
    kept[size] = '\0';
}

/* Whether the second break came before all had moved. */
static bool talk(struct talk *talk, const struct breaks *breaks)
{
    static const struct peer_limits limits = {.wire_max = WIRE_MAX};
    struct pair pair;
    pair_init_resuming(&pair, &limits);
    say_all(&pair);
    struct end *from = &pair.client, *to = &pair.gateway;
    if (breaks->is_answer) {
        settle(&pair);
        answer_all(&pair);
        from = &pair.gateway;
        to = &pair.client;
    }
    bool is_within = true;
    if (breaks->at != SIZE_MAX) {
        move(from, to, breaks->at, breaks->writing);
        come_back(&pair);
        if (breaks->at_again != SIZE_MAX) {
            /* WELCOME and what comes again go different ways: either may break the link. */
            move(&pair.gateway, &pair.client, breaks->at_again, breaks->writing);
            is_within = !is_outbox_empty(&pair.gateway);
            if (from == &pair.client && !peer_is_detached(from->peer))
                move(from, to, breaks->at_again, breaks->writing);
            come_back(&pair);
        }
    }
    settle(&pair);
    if (!breaks->is_answer)
        answer_all(&pair);
    settle(&pair);
    for (int i = 0; i < 2; i++) { /* whoever has what has to be acknowledged */
        peer_acknowledge(pair.client.peer);
        peer_acknowledge(pair.gateway.peer);
        settle(&pair);
    }
    assert_int_equal(peer_n_sent(pair.client.peer), 0);
    assert_int_equal(outbox_kept(peer_outbox(pair.client.peer)), 0);
    assert_int_equal(outbox_kept(peer_outbox(pair.gateway.peer)), 0);
    keep_log(talk->client, sizeof talk->client, &pair.client);
    keep_log(talk->gateway, sizeof talk->gateway, &pair.gateway);
    peer_end(pair.client.peer, VIA_LINK_LOST);
    peer_end(pair.gateway.peer, VIA_LINK_LOST);
    assert_string_equal(take_log(&pair.client), "");
    assert_string_equal(take_log(&pair.gateway), "");
    pair_deinit(&pair);
    return is_within;
}

static size_t count_octets(bool is_answer)
{
    static const struct peer_limits limits = {.wire_max = WIRE_MAX};
    struct pair pair;
    pair_init_resuming(&pair, &limits);
    say_all(&pair);
    struct end *from = &pair.client;
    if (is_answer) {
        settle(&pair);
        answer_all(&pair);
        from = &pair.gateway;
    }
    size_t n = 0;
    struct outbox_block *head;
    while ((head = outbox_head(peer_outbox(from->peer))) != NULL) {
        n += head->size - head->done;
        outbox_wrote(peer_outbox(from->peer), head->size - head->done);
    }
    pair_deinit(&pair);
    return n;
}

static void expect_same(const struct talk *whole, const struct breaks *breaks)
{
    static const char *const words[] = {"as many written", "all written", "a write failed"};
    struct talk broken;
    (void)talk(&broken, breaks);
    if (strcmp(whole->client, broken.client) != 0 || strcmp(whole->gateway, broken.gateway) != 0)
        fail_msg("after octet %zu, and %zu, of the %s, %s:\n%s--- instead of\n%s---\n"
                 "%s--- instead of\n%s",
                 breaks->at, breaks->at_again, breaks->is_answer ? "gateway" : "client",
                 words[breaks->writing], broken.client, whole->client, broken.gateway,
                 whole->gateway);
}

static void expect_same_at_each_octet(size_t at_again, size_t step)
{
    struct talk whole;
    struct breaks breaks = {.at = SIZE_MAX};
    for (int is_answer = 0; is_answer < 2; is_answer++) {
        breaks = (struct breaks){.at = SIZE_MAX, .is_answer = is_answer != 0};
        (void)talk(&whole, &breaks);
        assert_non_null(strstr(whole.client, "reply 99"));
        size_t n = count_octets(breaks.is_answer);
        assert_true(n > 200);
        breaks.at_again = at_again;
        for (breaks.at = 0; breaks.at <= n; breaks.at += step) {
            for (breaks.writing = AS_MANY; breaks.writing <= FAILED; breaks.writing++)
                expect_same(&whole, &breaks);
        }
    }
}

static void a_link_may_break_at_each_octet(void **state)
{
    (void)state;
    expect_same_at_each_octet(SIZE_MAX, 1);
}

static void and_again_at_each_while_it_resumes(void **state)
{
    (void)state;
    size_t n = count_octets(false) + 256; /* WELCOME stands before it */
    for (size_t at_again = 0; at_again < n; at_again++)
        expect_same_at_each_octet(at_again, 211); /* any number that is not of the frames' sizes */
}

/* ---- what is told ---- */

static void begin(struct pair *pair)
{
    pair_init_resuming(pair, NULL);
}

static uint32_t call(struct pair *pair, uint32_t time)
{
    uint32_t id;
    struct frame frame = make_frame(0, 1, "call");
    frame.time = time;
    assert_int_equal(peer_call(pair->client.peer, &frame, NULL, NULL, 1, &id), VIA_OK);
    return id;
}

static struct frame make_hello(uint8_t kind, const struct hello *hello)
{
    static uint8_t body[HELLO_SIZE_MAX];
    return (struct frame){.kind = kind,
                          .code = HELLO_VERSION,
                          .body = body,
                          .body_size = (uint32_t)hello_encode(hello, body)};
}

/* The client has asked to go on, and nobody has answered yet. */
static void ask(struct pair *pair)
{
    const struct hello hello = {.name = "client"};
    pair_break(pair);
    assert_int_equal(peer_resume(pair->client.peer, &hello), VIA_OK);
}

static enum via_status welcome_back(struct pair *pair, uint64_t session, uint64_t received)
{
    const struct hello hello = {.session = session,
                                .secret = {1},
                                .received = received,
                                .resumed = session != 0,
                                .grace_ms = 15000};
    const struct frame frame = make_hello(FRAME_WELCOME, &hello);
    return feed_frame(&pair->client, &frame);
}

static void a_client_believes_no_count_that_cannot_be(void **state)
{
    (void)state;
    static const uint64_t counts[] = {1, 3, UINT64_C(1) << 32, UINT64_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct pair pair;
        begin(&pair);
        (void)call(&pair, 0);
        (void)call(&pair, 0);
        settle(&pair);
        peer_acknowledge(pair.gateway.peer);
        settle(&pair);
        ask(&pair);
        assert_int_equal(welcome_back(&pair, PAIR_SESSION, counts[i]), VIA_BAD_SIZE);
        assert_non_null(strstr(peer_fault(pair.client.peer), "cannot be"));
        assert_false(peer_is_resumable(pair.client.peer));
        assert_string_equal(take_log(&pair.client), "");
        pair_deinit(&pair);
    }
}

static void a_gateway_believes_none_either(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 2, UINT64_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct pair pair;
        begin(&pair);
        answer = make_frame(0, VIA_OK, "answer");
        pair.gateway.answer = &answer;
        (void)call(&pair, 0);
        settle(&pair);
        peer_acknowledge(pair.client.peer);
        settle(&pair);
        pair_break(&pair);
        const struct hello hello = {.session = PAIR_SESSION, .received = counts[i]};
        const struct hello welcome = {.name = "gateway"};
        assert_int_equal(peer_adopt(pair.gateway.peer, &hello, &welcome), VIA_INVALID);
        assert_non_null(strstr(peer_fault(pair.gateway.peer), "cannot be"));
        pair_deinit(&pair);
    }
}

static void another_session_than_ours_is_a_fault(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair);
    ask(&pair);
    assert_int_equal(welcome_back(&pair, PAIR_SESSION + 1, 0), VIA_BAD_PAYLOAD);
    assert_false(peer_is_resumable(pair.client.peer));
    pair_deinit(&pair);
}

static void nothing_comes_before_welcome(void **state)
{
    (void)state;
    static const uint8_t kinds[] = {FRAME_CALL, FRAME_REPLY, FRAME_EVENT, FRAME_ACK, FRAME_RELEASE};
    for (size_t i = 0; i < sizeof kinds; i++) {
        struct pair pair;
        begin(&pair);
        ask(&pair);
        const struct frame frame = {.kind = kinds[i]};
        assert_int_equal(feed_frame(&pair.client, &frame), VIA_BAD_KIND);
        assert_non_null(strstr(peer_fault(pair.client.peer), "before WELCOME"));
        pair_deinit(&pair);
    }
}

static void who_is_welcome_is_so_once(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair);
    ask(&pair);
    assert_int_equal(welcome_back(&pair, PAIR_SESSION, 0), VIA_OK);
    assert_int_equal(welcome_back(&pair, PAIR_SESSION, 0), VIA_BAD_KIND);
    pair_deinit(&pair);
}

static void a_new_session_ends_all_of_the_old_one(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair);
    pair.client.keeps = true;
    uint8_t refs[FRAME_REF_SIZE];
    struct frame brought = make_frame(0, 5, "call");
    uint32_t id;
    add_ref(&brought, refs, give(&pair.client, &thing), 0);
    assert_int_equal(peer_call(pair.client.peer, &brought, NULL, NULL, 5, &id), VIA_OK);
    settle(&pair);
    (void)take_log(&pair.gateway);
    ask(&pair);
    assert_int_equal(welcome_back(&pair, 0, 0), VIA_OK);
    assert_string_equal(take_log(&pair.client), "unexported thing\n"
                                                "reply 5 dead 4\n"
                                                "begun anew\n"
                                                "hello \n");
    assert_true(is_outbox_empty(&pair.client));
    assert_false(peer_is_resumable(pair.client.peer)); /* this one has no number */
    assert_int_equal(call(&pair, 0) > 0, true);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_CALL);
    pair_deinit(&pair);
}

static void after_a_bye_there_is_no_going_on(void **state)
{
    (void)state;
    static const enum frame_bye codes[] = {FRAME_BYE_EXITED, FRAME_BYE_EVICTED};
    for (size_t i = 0; i < 2; i++) {
        struct pair pair;
        begin(&pair);
        assert_int_equal(peer_bye(pair.client.peer, codes[i], NULL), VIA_OK);
        settle(&pair);
        pair_break(&pair);
        assert_false(peer_is_resumable(pair.client.peer));
        assert_false(peer_is_resumable(pair.gateway.peer));
        const struct hello hello = {.session = PAIR_SESSION};
        assert_int_equal(peer_resume(pair.client.peer, &hello), VIA_INVALID);
        assert_int_equal(peer_adopt(pair.gateway.peer, &hello, &hello), VIA_INVALID);
        pair_deinit(&pair);
    }
}

static void a_bye_that_says_so_is_followed_by_another_link(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair);
    const struct frame bye = {.kind = FRAME_BYE, .code = FRAME_BYE_RESUME};
    assert_int_equal(feed_frame(&pair.client, &bye), VIA_OK);
    (void)take_log(&pair.client);
    assert_true(peer_is_ready(pair.client.peer)); /* what is sent now goes over the next link */
    (void)call(&pair, 0);
    come_back(&pair);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "resumed\n");
    assert_string_equal(take_log(&pair.gateway), "call directory 1 'call'\n");
    pair_deinit(&pair);
}

static void a_call_goes_again_with_the_time_left(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair);
    (void)call(&pair, 1000);
    (void)call(&pair, FRAME_NO_DEADLINE);
    (void)call(&pair, 300);
    move(&pair.client, &pair.gateway, 0, ALL); /* they are lost */
    pair.client.now_ms = 400;
    ask(&pair);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_HELLO);
    assert_int_equal(welcome_back(&pair, PAIR_SESSION, 0), VIA_OK);
    assert_int_equal(take_frame(&pair.client).time, 600);
    assert_int_equal(take_frame(&pair.client).time, FRAME_NO_DEADLINE);
    assert_int_equal(take_frame(&pair.client).time, 0);
    pair_deinit(&pair);
}

static void what_is_not_acknowledged_is_bounded(void **state)
{
    (void)state;
    static const struct peer_limits limits = {.window = 4096};
    struct pair pair;
    pair_init_resuming(&pair, &limits);
    struct outbox *outbox = peer_outbox(pair.client.peer);
    uint32_t n_written = 0;
    for (int i = 0; i < 70; i++) { /* 5,600 octets, each written at once */
        uint32_t id;
        const struct frame oneway = make_frame(0, 1, "some forty octets of payload, or a few less");
        assert_int_equal(peer_oneway(pair.client.peer, &oneway, NULL, NULL, &id), VIA_OK);
        struct outbox_block *head = outbox_head(outbox);
        if (head != NULL) {
            outbox_wrote(outbox, head->size - head->done);
            n_written++;
        }
    }
    assert_null(outbox_head(outbox));
    assert_true(outbox_kept(outbox) >= 4096 && outbox_kept(outbox) < 4096 + 128);
    assert_true(outbox_size(outbox) > 0);
    peer_ping(pair.client.peer);
    assert_int_equal(take_frame(&pair.client).kind, FRAME_ACK); /* it is not held up by that */
    assert_null(outbox_head(outbox));
    const struct frame ack = {.kind = FRAME_ACK, .id = n_written};
    assert_int_equal(feed_frame(&pair.client, &ack), VIA_OK);
    assert_non_null(outbox_head(outbox));
    pair_deinit(&pair);
}

static void nobody_resumes_who_is_still_there(void **state)
{
    (void)state;
    struct pair pair;
    begin(&pair);
    const struct hello hello = {.session = PAIR_SESSION};
    assert_int_equal(peer_resume(pair.client.peer, &hello), VIA_INVALID);
    assert_int_equal(peer_adopt(pair.gateway.peer, &hello, &hello), VIA_INVALID);
    pair_deinit(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_may_break_at_each_octet),
        cmocka_unit_test(and_again_at_each_while_it_resumes),
        cmocka_unit_test(a_client_believes_no_count_that_cannot_be),
        cmocka_unit_test(a_gateway_believes_none_either),
        cmocka_unit_test(another_session_than_ours_is_a_fault),
        cmocka_unit_test(nothing_comes_before_welcome),
        cmocka_unit_test(who_is_welcome_is_so_once),
        cmocka_unit_test(a_new_session_ends_all_of_the_old_one),
        cmocka_unit_test(after_a_bye_there_is_no_going_on),
        cmocka_unit_test(a_bye_that_says_so_is_followed_by_another_link),
        cmocka_unit_test(a_call_goes_again_with_the_time_left),
        cmocka_unit_test(what_is_not_acknowledged_is_bounded),
        cmocka_unit_test(nobody_resumes_who_is_still_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
