/*
 * Descriptors in a session, as a Unix link passes them: with their frame, or lost on the way to a
 * process that has no room for them. Then that frame alone counts as one that could not be kept.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/fd_queue.h"
#include "bridge/peer.h"
#include "tests/unit/bridge/descriptors.h"
#include "tests/unit/bridge/peer_pair.h"

static struct thing lamp = {"lamp"}, door = {"door"};

static void open_pipe(int *fds)
{
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static struct frame make_fd_frame(uint8_t n_fds, uint8_t *entries)
{
    struct frame frame = make_frame(0, 7, "abc");
    frame.kind = FRAME_CALL;
    frame.n_fds = n_fds;
    frame.fds = entries;
    for (uint8_t i = 0; i < n_fds; i++)
        frame_fd_put(entries, i, &(struct frame_fd){.offset = i, .kind = 1, .directions = 1});
    return frame;
}

static void descriptors_go_with_their_frame(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    int fds[2];
    open_pipe(fds);
    uint8_t entries[3 * FRAME_FD_SIZE];
    const struct frame call = make_fd_frame(3, entries);
    const int mixed[3] = {fds[0], -1, fds[1]};
    uint32_t id;
    const struct frame before = make_frame(0, 6, NULL);
    assert_int_equal(peer_oneway(pair.client.peer, &before, NULL, NULL, &id), VIA_OK);
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, mixed, &id), VIA_OK);
    assert_int_equal(peer_oneway(pair.client.peer, &before, NULL, NULL, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway),
                        "oneway directory 6\noneway directory 7 'abc' fd nofd fd\n"
                        "oneway directory 6\n");
    pair_deinit(&pair);
    assert_false(is_open(fds[0]) || is_open(fds[1]));
}

static void descriptors_of_a_send_that_failed_stay_the_callers(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    int fds[2];
    open_pipe(fds);
    uint8_t entries[2 * FRAME_FD_SIZE];
    struct frame call = make_fd_frame(2, entries);
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&call, refs, 77, 0);
    uint32_t id;
    assert_int_equal(peer_call(client.peer, &call, NULL, fds, 1, &id), VIA_INVALID);
    assert_true(is_open(fds[0]) && is_open(fds[1]));
    close(fds[0]);
    close(fds[1]);
    end_deinit(&client);
}

static void descriptors_that_did_not_come_are_minus_one(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    uint8_t entries[2 * FRAME_FD_SIZE];
    const struct frame call = make_fd_frame(2, entries);
    int fds[2];
    open_pipe(fds);
    peer_feed_fds(gateway.peer, fds, 1, false);
    assert_int_equal(feed_frame(&gateway, &call), VIA_OK);
    assert_string_equal(take_log(&gateway), "call directory 7 'abc' fd nofd\n");
    close(fds[1]);
    end_deinit(&gateway);
}

static void descriptors_of_dropped_frames_are_closed(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    uint8_t entries[2 * FRAME_FD_SIZE];
    struct frame frame = make_fd_frame(2, entries);
    frame.object = 0x00100001; /* never given out */
    const uint8_t kinds[] = {FRAME_CALL, FRAME_REPLY};
    for (size_t i = 0; i < 2; i++) {
        int fds[2];
        open_pipe(fds);
        peer_feed_fds(client.peer, fds, 2, false);
        frame.kind = kinds[i];
        assert_int_equal(feed_frame(&client, &frame), VIA_OK);
        assert_false(is_open(fds[0]) || is_open(fds[1]));
    }
    end_deinit(&client);
}

static void descriptors_without_a_frame_are_a_fault(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    int fds[2];
    open_pipe(fds);
    peer_feed_fds(gateway.peer, fds, 2, false);
    const struct frame call = {.kind = FRAME_CALL};
    assert_int_equal(feed_frame(&gateway, &call), VIA_BAD_REFERENCE);
    assert_non_null(strstr(peer_fault(gateway.peer), "2 descriptors came with no frame"));
    end_deinit(&gateway);
    assert_false(is_open(fds[0]) || is_open(fds[1]));
}

static void descriptors_do_not_pile_up(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    int fds[OUTBOX_FDS_MAX];
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < OUTBOX_FDS_MAX; i++) {
            fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
            assert_true(fds[i] >= 0);
        }
        peer_feed_fds(gateway.peer, fds, OUTBOX_FDS_MAX, false);
        assert_int_equal(is_open(fds[0]), round < 2);
    }
    const uint8_t half[4] = {32, 0, 0, 0};
    size_t used;
    assert_int_equal(peer_feed(gateway.peer, half, sizeof half, &used), VIA_BAD_REFERENCE);
    assert_non_null(strstr(peer_fault(gateway.peer), "no room for 250 descriptors beside 500"));
    end_deinit(&gateway);
}

/* ---- lost on the way ---- */

/* A frame with three descriptors, and as many are made. */
struct laden {
    struct frame frame;
    uint8_t entries[3 * FRAME_FD_SIZE];
    uint8_t refs[FRAME_REF_SIZE];
    int fds[3];
};

static void load(struct laden *laden, uint32_t object)
{
    laden->frame = make_fd_frame(3, laden->entries);
    laden->frame.object = object;
    for (size_t i = 0; i < 3; i++) {
        laden->fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(laden->fds[i] >= 0);
    }
}

static bool any_is_open(const struct laden *laden)
{
    return is_open(laden->fds[0]) || is_open(laden->fds[1]) || is_open(laden->fds[2]);
}

static void send_laden_call(struct pair *pair, uint64_t context, struct thing *given)
{
    struct laden laden;
    uint32_t id;
    load(&laden, 0);
    if (given != NULL)
        add_ref(&laden.frame, laden.refs, give(&pair->client, given), 0);
    assert_int_equal(peer_call(pair->client.peer, &laden.frame, NULL, laden.fds, context, &id),
                     VIA_OK);
}

static void send_plain_call(struct pair *pair, uint64_t context)
{
    const struct frame call = make_frame(0, 6, NULL);
    uint32_t id;
    assert_int_equal(peer_call(pair->client.peer, &call, NULL, NULL, context, &id), VIA_OK);
}

/* However many of them came: the calls before and after it run, and what it brought goes back. */
static void a_call_whose_descriptors_are_lost_ends_alone(void **state)
{
    (void)state;
    struct frame answer = make_frame(0, VIA_OK, NULL);
    for (size_t n_room = 0; n_room < 3; n_room++) {
        struct pair pair;
        size_t n_open = count_descriptors();
        pair_init_ready(&pair, NULL, NULL);
        pair.gateway.answer = &answer;
        pair.gateway.is_full = true;
        pair.gateway.n_room = n_room;
        send_plain_call(&pair, 1);
        send_laden_call(&pair, 2, &lamp);
        send_plain_call(&pair, 3);
        settle(&pair);
        assert_string_equal(take_log(&pair.gateway), "call directory 6\ncall directory 6\n");
        assert_string_equal(take_log(&pair.client),
                            "reply 1 ok 0\nunexported lamp\nreply 2 no_memory 0\nreply 3 ok 0\n");
        assert_int_equal(count_descriptors(), n_open);

        pair.gateway.is_full = false;
        send_laden_call(&pair, 4, NULL);
        settle(&pair);
        assert_string_equal(take_log(&pair.gateway), "call directory 7 'abc' fd fd fd\n");
        pair_deinit(&pair);
        assert_int_equal(count_descriptors(), n_open);
    }
}

static void a_oneway_whose_descriptors_are_lost_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    struct laden laden;
    uint32_t number;
    pair_init_ready(&pair, NULL, NULL);
    pair.gateway.is_full = true;
    load(&laden, 0);
    assert_int_equal(peer_oneway(pair.client.peer, &laden.frame, NULL, laden.fds, &number), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "");
    assert_string_equal(take_log(&pair.client), "refused 1 of 0 no_memory\n");
    assert_false(any_is_open(&laden));
    pair_deinit(&pair);
}

static void a_reply_whose_descriptors_are_lost_is_no_memory(void **state)
{
    (void)state;
    struct pair pair;
    struct laden laden;
    pair_init_ready(&pair, NULL, NULL);
    pair.client.is_full = true;
    pair.client.n_room = 1;
    send_plain_call(&pair, 1);
    send_plain_call(&pair, 2);
    settle(&pair);
    load(&laden, 0);
    laden.frame.code = VIA_OK;
    add_ref(&laden.frame, laden.refs, give(&pair.gateway, &door), 0);
    assert_int_equal(peer_reply(pair.gateway.peer, 1, &laden.frame, laden.fds), VIA_OK);
    assert_int_equal(peer_answer(pair.gateway.peer, 2, VIA_OK, 5), VIA_OK);
    (void)take_log(&pair.gateway);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "reply 1 no_memory 0\nreply 2 ok 5\n");
    assert_string_equal(take_log(&pair.gateway), "unexported door\n");
    assert_false(any_is_open(&laden));
    pair_deinit(&pair);
}

/* Those that an event says were lost before it are lost with it. */
static void an_event_whose_descriptors_are_lost_is_told_as_lost(void **state)
{
    (void)state;
    struct pair pair;
    struct laden laden;
    uint32_t handle = pair_init_given(&pair, &lamp, 1);
    load(&laden, handle);
    laden.frame.flags = FRAME_GAP;
    laden.frame.lost = 3;
    pair.client.is_full = true;
    assert_int_equal(peer_event(pair.gateway.peer, &laden.frame, laden.fds), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "lost to:lamp lost:3\n");

    load(&laden, handle);
    pair.gateway.is_full = true;
    assert_int_equal(peer_event(pair.client.peer, &laden.frame, laden.fds), VIA_OK);
    const struct frame event = make_frame(handle, 6, NULL);
    assert_int_equal(peer_event(pair.client.peer, &event, NULL), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "lost from:1\nevent from:1 6 number:0\n");
    assert_false(any_is_open(&laden));
    pair_deinit(&pair);
}

/* To an object that has gone, or for a call that nobody waits for any more. */
static void what_is_for_nobody_loses_its_descriptors_unseen(void **state)
{
    (void)state;
    struct end client;
    end_init_ready(&client, PEER_CLIENT, NULL);
    uint8_t entries[3 * FRAME_FD_SIZE];
    struct frame frame = make_fd_frame(3, entries);
    peer_feed_fds(client.peer, NULL, 0, true);
    frame.kind = FRAME_REPLY;
    frame.object = 0;
    assert_int_equal(feed_frame(&client, &frame), VIA_OK);
    assert_true(is_outbox_empty(&client));
    peer_feed_fds(client.peer, NULL, 0, true);
    frame.kind = FRAME_CALL;
    frame.object = 0x00100001;
    assert_int_equal(feed_frame(&client, &frame), VIA_OK);
    const struct frame answer = take_frame(&client);
    assert_int_equal(answer.code, VIA_BAD_HANDLE);
    assert_string_equal(take_log(&client), "");
    end_deinit(&client);
}

/* Its rest is not asked for; what comes of it is dropped, and what follows arrives. */
static void a_transfer_whose_descriptors_are_lost_ends_alone(void **state)
{
    (void)state;
    static uint8_t large[600000];
    for (size_t n_room = 0; n_room < 3; n_room++) {
        struct pair pair;
        struct laden laden;
        uint32_t id;
        pair_init_ready(&pair, NULL, NULL);
        pair.gateway.is_full = true;
        pair.gateway.n_room = n_room;
        load(&laden, 0);
        laden.frame.body = large;
        laden.frame.body_size = sizeof large;
        add_ref(&laden.frame, laden.refs, give(&pair.client, &lamp), 0);
        assert_int_equal(peer_call(pair.client.peer, &laden.frame, NULL, laden.fds, 1, &id),
                         VIA_OK);
        send_laden_call(&pair, 2, NULL);
        send_plain_call(&pair, 3);
        settle(&pair);
        assert_string_equal(take_log(&pair.gateway), "call directory 6\n");
        assert_string_equal(take_log(&pair.client),
                            "unexported lamp\nreply 1 no_memory 0\nreply 2 no_memory 0\n");
        assert_false(any_is_open(&laden));

        pair.gateway.is_full = false;
        pair.gateway.is_brief = true;
        load(&laden, 0);
        laden.frame.body = large;
        laden.frame.body_size = sizeof large;
        assert_int_equal(peer_oneway(pair.client.peer, &laden.frame, NULL, laden.fds, &id), VIA_OK);
        settle(&pair);
        assert_string_equal(take_log(&pair.gateway), "oneway directory 7 fd fd fd\n");
        pair_deinit(&pair);
        assert_false(any_is_open(&laden));
    }
}

/* Later calls name it only, and may be on their way. */
static void a_caller_is_introduced_by_a_call_that_is_lost(void **state)
{
    (void)state;
    struct pair pair;
    struct laden laden;
    uint32_t lent = pair_init_given(&pair, &lamp, 1);
    struct meta meta = {.has_caller = true, .n_introductions = 1};
    meta.caller = give(&pair.gateway, &door);
    meta.introductions[0].number = meta.caller;
    uint32_t number;
    load(&laden, lent);
    pair.client.is_full = true;
    assert_int_equal(peer_oneway(pair.gateway.peer, &laden.frame, &meta, laden.fds, &number),
                     VIA_OK);
    meta.n_introductions = 0;
    const struct frame next = make_frame(lent, 6, NULL);
    assert_int_equal(peer_oneway(pair.gateway.peer, &next, &meta, NULL, &number), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.client), "introduced 1\noneway lamp 6 caller:1\n");
    assert_int_equal(peer_import_count(pair.client.peer, meta.caller), 1);
    pair_deinit(&pair);
}

/* The end of one frame and the start of the next come together, and each has lost some. */
static void two_frames_in_a_row_lose_their_own(void **state)
{
    (void)state;
    struct end gateway;
    struct laden laden[2];
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    size_t at = 0, used = 0;
    uint8_t all[512];
    for (uint32_t i = 0; i < 2; i++) {
        load(&laden[i], 0);
        laden[i].frame.id = i + 1;
        frame_encode(&laden[i].frame, all + at);
        at += frame_size(&laden[i].frame);
    }
    size_t half = frame_size(&laden[0].frame) / 2;
    peer_feed_fds(gateway.peer, laden[0].fds, 2, true);
    assert_int_equal(peer_feed(gateway.peer, all, half, &used), VIA_OK);
    assert_int_equal(used, 0);
    peer_feed_fds(gateway.peer, laden[1].fds, 1, true);
    assert_int_equal(peer_feed(gateway.peer, all, at, &used), VIA_OK);
    assert_int_equal(used, at);
    for (uint32_t i = 0; i < 2; i++) {
        const struct frame reply = take_frame(&gateway);
        assert_int_equal(reply.id, i + 1);
        assert_int_equal(reply.code, VIA_NO_MEMORY);
    }
    (void)close(laden[0].fds[2]);
    (void)close(laden[1].fds[1]);
    (void)close(laden[1].fds[2]);
    assert_false(any_is_open(&laden[0]) || any_is_open(&laden[1]));
    end_deinit(&gateway);
}

static void what_was_lost_belongs_to_a_frame(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    peer_feed_fds(gateway.peer, NULL, 0, true);
    const struct frame call = {.kind = FRAME_CALL};
    assert_int_equal(feed_frame(&gateway, &call), VIA_BAD_REFERENCE);
    assert_non_null(strstr(peer_fault(gateway.peer), "came with no frame"));
    end_deinit(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_go_with_their_frame),
        cmocka_unit_test(descriptors_of_a_send_that_failed_stay_the_callers),
        cmocka_unit_test(descriptors_that_did_not_come_are_minus_one),
        cmocka_unit_test(descriptors_of_dropped_frames_are_closed),
        cmocka_unit_test(descriptors_without_a_frame_are_a_fault),
        cmocka_unit_test(descriptors_do_not_pile_up),
        cmocka_unit_test(a_call_whose_descriptors_are_lost_ends_alone),
        cmocka_unit_test(a_oneway_whose_descriptors_are_lost_is_refused),
        cmocka_unit_test(a_reply_whose_descriptors_are_lost_is_no_memory),
        cmocka_unit_test(an_event_whose_descriptors_are_lost_is_told_as_lost),
        cmocka_unit_test(what_is_for_nobody_loses_its_descriptors_unseen),
        cmocka_unit_test(a_transfer_whose_descriptors_are_lost_ends_alone),
        cmocka_unit_test(a_caller_is_introduced_by_a_call_that_is_lost),
        cmocka_unit_test(two_frames_in_a_row_lose_their_own),
        cmocka_unit_test(what_was_lost_belongs_to_a_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
