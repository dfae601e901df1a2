/*
 * The ids of streams: they count upward as their frames go, around at 31 bits, and past those that
 * are still taken. tests/unit/bridge/peer_sim_test.c has streams at random.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "bridge/peer_state.h"
#include "tests/unit/bridge/peer_pair.h"

#define LAST_ID 0x7fffffffu

static ssize_t fill(void *user, uint8_t *octets, size_t size)
{
    (void)octets, (void)size;
    return *(const bool *)user ? -1 : 0;
}

static void take(void *user, const uint8_t *octets, size_t size)
{
    (void)user, (void)octets, (void)size;
}

static void ignore(void *user)
{
    (void)user;
}

static const struct stream_ops quiet = {
    .fill = fill, .take = take, .ended = ignore, .unwanted = ignore, .gone = ignore};

/* One that the client sends, and the gateway has no use for. */
static uint32_t send_one(struct pair *pair, bool *over)
{
    uint8_t entries[FRAME_FD_SIZE];
    struct frame_fd entry = {.kind = 1, .directions = STREAM_READS};
    struct stream *stream;
    uint32_t number;
    const int none = -1;
    assert_int_equal(stream_open(pair->client.peer, &quiet, over, &entry, &stream), VIA_OK);
    frame_fd_put(entries, 0, &entry);
    struct frame frame = make_frame(0, 7, "x");
    frame.n_fds = 1;
    frame.fds = entries;
    assert_int_equal(peer_oneway(pair->client.peer, &frame, NULL, &none, &number), VIA_OK);
    stream_ready(stream);
    settle(pair);
    return entry.stream;
}

static void set_last(struct pair *pair, uint32_t id)
{
    pair->client.peer->streams.last_ours = id;
    pair->client.peer->streams.last_begun = id;
    pair->gateway.peer->streams.last_theirs = id;
}

static void ids_go_around(void **state)
{
    (void)state;
    struct pair pair;
    bool over = true;
    pair_init_ready(&pair, NULL, NULL);
    set_last(&pair, LAST_ID - 1);
    assert_int_equal(send_one(&pair, &over), LAST_ID);
    assert_int_equal(send_one(&pair, &over), 1);
    assert_int_equal(send_one(&pair, &over), 2);
    /* Late frames of those that are over are no faults, of those that never were they are. */
    struct frame late = {.kind = FRAME_CREDIT, .object = 1, .code = 1, .id = LAST_ID};
    assert_int_equal(feed_frame(&pair.gateway, &late), VIA_OK);
    late.id = 3;
    assert_int_equal(feed_frame(&pair.gateway, &late), VIA_BAD_REFERENCE);
    pair_deinit(&pair);
}

static void an_id_that_is_still_taken_is_passed_over(void **state)
{
    (void)state;
    struct pair pair;
    bool over = false;
    pair_init_ready(&pair, NULL, NULL);
    struct frame_fd entry = {.kind = 1, .directions = STREAM_READS};
    struct stream *old;
    assert_int_equal(stream_open(pair.client.peer, &quiet, &over, &entry, &old), VIA_OK);
    assert_int_equal(entry.stream, 1);
    over = true;
    set_last(&pair, LAST_ID);
    assert_int_equal(send_one(&pair, &over), 2);
    assert_ptr_equal(stream_forget(pair.client.peer, 1), &over);
    assert_int_equal(pair.client.peer->streams.n, 0);
    peer_end(pair.client.peer, VIA_LINK_LOST);
    peer_end(pair.gateway.peer, VIA_LINK_LOST);
    pair_deinit(&pair);
}

static ssize_t fill_one(void *user, uint8_t *octets, size_t size)
{
    bool *has = user;
    assert_true(size > 0);
    octets[0] = 'x';
    ssize_t n = *has ? 1 : 0;
    *has = false;
    return n;
}

/* What is sent is kept until it is acknowledged. */
static void an_octet_does_not_keep_a_large_block(void **state)
{
    (void)state;
    static const struct stream_ops ops = {
        .fill = fill_one, .take = take, .ended = ignore, .unwanted = ignore, .gone = ignore};
    struct pair pair;
    bool has = true;
    pair_init_ready(&pair, NULL, NULL);
    struct frame_fd entry = {.kind = 1, .directions = STREAM_READS};
    struct stream *stream;
    assert_int_equal(stream_open(pair.client.peer, &ops, &has, &entry, &stream), VIA_OK);
    uint8_t octets[FRAME_HEADER_SIZE + FRAME_FD_SIZE + 8];
    uint8_t entries[FRAME_FD_SIZE];
    frame_fd_put(entries, 0, &entry);
    struct frame frame = make_frame(0, 7, "x");
    frame.kind = FRAME_CALL;
    frame.n_fds = 1;
    frame.fds = entries;
    assert_int_equal(frame_size(&frame), sizeof octets);
    frame_encode(&frame, octets);
    streams_begin(pair.client.peer, octets, sizeof octets);
    const struct outbox_block *head = outbox_head(peer_outbox(pair.client.peer));
    assert_non_null(head);
    assert_int_equal(head->size, FRAME_HEADER_SIZE + 8);
    assert_in_range(head->capacity, head->size, 4096);
    peer_end(pair.client.peer, VIA_LINK_LOST);
    pair_deinit(&pair);
}

static uint8_t large[FRAME_WIRE_MAX * 2];

static void a_large_message_for_nobody_brings_streams_for_nobody(void **state)
{
    (void)state;
    struct pair pair;
    bool over = true;
    uint8_t entries[FRAME_FD_SIZE];
    struct frame_fd entry = {.kind = 1, .directions = STREAM_READS | STREAM_WRITES};
    struct stream *stream;
    uint32_t number;
    const int none = -1;
    pair_init_ready(&pair, NULL, NULL);
    assert_int_equal(stream_open(pair.client.peer, &quiet, &over, &entry, &stream), VIA_OK);
    frame_fd_put(entries, 0, &entry);
    const struct frame frame = {.object = 4711,
                                .code = 7,
                                .body = large,
                                .body_size = sizeof large,
                                .n_fds = 1,
                                .fds = entries};
    assert_int_equal(peer_oneway(pair.client.peer, &frame, NULL, &none, &number), VIA_OK);
    settle(&pair);
    assert_int_equal(pair.client.peer->streams.n, 0);
    assert_int_equal(pair.gateway.peer->streams.n, 0);
    pair_deinit(&pair);
}

/* A stream whose frame waits behind a large message. */
static struct stream *open_waiting(struct pair *pair, bool *over, uint16_t directions)
{
    uint8_t entries[FRAME_FD_SIZE];
    struct frame_fd entry = {.kind = 1, .directions = directions};
    struct stream *stream;
    uint32_t number;
    const int none = -1;
    struct frame frame = {.code = 7, .body = large, .body_size = sizeof large};
    assert_int_equal(peer_oneway(pair->client.peer, &frame, NULL, NULL, &number), VIA_OK);
    assert_int_equal(stream_open(pair->client.peer, &quiet, over, &entry, &stream), VIA_OK);
    frame_fd_put(entries, 0, &entry);
    frame = make_frame(0, 8, "waits");
    frame.n_fds = 1;
    frame.fds = entries;
    assert_int_equal(peer_oneway(pair->client.peer, &frame, NULL, &none, &number), VIA_OK);
    return stream;
}

static void a_frame_that_waits_is_overtaken_with_its_id(void **state)
{
    (void)state;
    static struct thing lamp = {"lamp"};
    struct pair pair;
    bool over = true;
    uint8_t entries[FRAME_FD_SIZE];
    struct stream *stream;
    const int none = -1;
    uint32_t handle = pair_init_given(&pair, &lamp, 1);
    pair.gateway.is_brief = true;
    (void)open_waiting(&pair, &over, STREAM_READS);
    struct frame_fd entry = {.kind = 1, .directions = STREAM_READS};
    assert_int_equal(stream_open(pair.client.peer, &quiet, &over, &entry, &stream), VIA_OK);
    frame_fd_put(entries, 0, &entry);
    struct frame event = make_frame(handle, 9, "goes");
    event.n_fds = 1;
    event.fds = entries;
    assert_int_equal(peer_event(pair.client.peer, &event, &none), VIA_OK);
    settle(&pair);
    assert_int_equal(pair.gateway.peer->streams.last_theirs, 3);
    assert_int_equal(pair.client.peer->streams.n, 0);
    pair_deinit(&pair);
}

static void what_is_refused_before_its_frame_goes_is_told_behind_it(void **state)
{
    (void)state;
    struct pair pair;
    bool over = true;
    pair_init_ready(&pair, NULL, NULL);
    pair.gateway.is_brief = true;
    stream_refuse(open_waiting(&pair, &over, STREAM_WRITES));
    settle(&pair);
    assert_int_equal(pair.client.peer->streams.n, 0);
    pair_deinit(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_go_around),
        cmocka_unit_test(an_octet_does_not_keep_a_large_block),
        cmocka_unit_test(an_id_that_is_still_taken_is_passed_over),
        cmocka_unit_test(a_large_message_for_nobody_brings_streams_for_nobody),
        cmocka_unit_test(a_frame_that_waits_is_overtaken_with_its_id),
        cmocka_unit_test(what_is_refused_before_its_frame_goes_is_told_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
