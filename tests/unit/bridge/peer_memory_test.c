/*
 * What a peer does when memory runs out, at each of its requests in turn, and that a call that is
 * like the ones before it requests none.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bridge/fd_queue.h"
#include "bridge/peer.h"
#include "tests/unit/bridge/peer_pair.h"
#include "tests/unit/bridge/scarce_memory.h"

enum { N_THINGS = 20 };

static struct thing ours[N_THINGS], theirs[N_THINGS];

/* A request that fails for want of memory changes nothing: the same again succeeds. */
#define RETRY(request)                                                                             \
    do {                                                                                           \
        enum via_status status_ = (request);                                                       \
        if (status_ == VIA_NO_MEMORY)                                                              \
            status_ = (request);                                                                   \
        assert_int_equal(status_, VIA_OK);                                                         \
    } while (0)

static uint32_t export_thing(struct end *end, struct thing *thing)
{
    struct our_handle handle;
    bool is_new;
    RETRY(peer_export(end->peer, thing, &handle, &is_new));
    assert_true(is_new);
    return handle.number;
}

static size_t count_lines(const char *log, const char *start)
{
    size_t n = 0;
    for (const char *line = strstr(log, start); line != NULL; line = strstr(line + 1, start))
        n++;
    return n;
}

/* References there and back, with a large payload among them. What is left at the end is ended. */
static void talk(struct pair *pair)
{
    struct end *client = &pair->client, *gateway = &pair->gateway;
    static uint8_t large[200000];
    uint32_t ids[N_THINGS];
    for (uint32_t i = 0; i < N_THINGS; i++) {
        struct frame call = make_frame(0, i, "call");
        if (i == 10) {
            call.body = large;
            call.body_size = sizeof large;
        }
        uint8_t refs[FRAME_REF_SIZE];
        add_ref(&call, refs, export_thing(client, &ours[i]), 0);
        RETRY(peer_call(client->peer, &call, NULL, NULL, i, &ids[i]));
    }
    settle(pair);
    (void)take_log(gateway);
    for (uint32_t i = 0; i < N_THINGS; i++) {
        if (!peer_is_waiting(gateway->peer, ids[i]))
            continue; /* it has been answered with NO_MEMORY */
        struct frame reply = make_frame(0, VIA_OK, "reply");
        uint8_t refs[FRAME_REF_SIZE];
        uint32_t handle = export_thing(gateway, &theirs[i]);
        add_ref(&reply, refs, handle, 0);
        enum via_status status = peer_reply(gateway->peer, ids[i], &reply, NULL);
        assert_true(status == VIA_OK || status == VIA_NO_MEMORY);
        if (status == VIA_NO_MEMORY)
            peer_unexport(gateway->peer, (struct our_handle){handle});
    }
    settle(pair);
    const char *log = take_log(client);
    size_t n_unexported = count_lines(log, "unexported ");
    if (!peer_is_overfull(gateway->peer) && !peer_is_overfull(client->peer)) {
        assert_int_equal(peer_n_sent(client->peer), 0);
        assert_int_equal(peer_n_received(gateway->peer), 0);
        assert_int_equal(count_lines(log, "reply "), N_THINGS);
    }
    for (uint32_t i = 0; i < N_THINGS; i++) {
        peer_death(gateway->peer, &theirs[i], VIA_WITHDRAWN);
        peer_release(gateway->peer, (struct their_handle){i + 1}, UINT32_MAX);
    }
    settle(pair);
    peer_end(client->peer, VIA_LINK_LOST);
    peer_end(gateway->peer, VIA_LINK_LOST);
    n_unexported += count_lines(take_log(client), "unexported ");
    assert_int_equal(n_unexported, N_THINGS);
}

/* Lets request @n fail; false when there were not so many. */
static bool run_out(size_t n)
{
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    pair.client.keeps = true;
    pair.gateway.keeps = true;
    outbox_pool_drain();
    memory_fail(n, 0);
    talk(&pair);
    bool has_failed = memory_n_asked() > n;
    memory_fail(MEMORY_ENOUGH, 0);
    pair_deinit(&pair);
    outbox_pool_drain();
    assert_int_equal(memory_n_live(), 0);
    return has_failed;
}

static void any_one_request_may_fail(void **state)
{
    (void)state;
    size_t n = 0;
    while (run_out(n))
        n++;
    assert_true(n > 20);
}

/* The calls of talk(), but nobody asks again: what is refused does not happen. */
static void call_without(struct pair *pair, uint32_t *ids)
{
    struct end *client = &pair->client;
    static uint8_t large[100000];
    for (uint32_t i = 0; i < N_THINGS; i++) {
        struct frame call = make_frame(0, i, "call");
        uint8_t refs[FRAME_REF_SIZE];
        struct our_handle handle;
        bool is_new;
        ids[i] = 0;
        if (peer_export(client->peer, &ours[i], &handle, &is_new) != VIA_OK)
            continue;
        if (i % 8 == 3) {
            call.body = large;
            call.body_size = sizeof large;
        }
        add_ref(&call, refs, handle.number, 0);
        enum via_status status = peer_call(client->peer, &call, NULL, NULL, i, &ids[i]);
        assert_true(status == VIA_OK || status == VIA_NO_MEMORY);
        if (status != VIA_OK)
            peer_unexport(client->peer, handle);
    }
    settle(pair);
}

/* Lets request @n fail and all that follow; false when there were not so many. */
static bool run_dry(size_t n)
{
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    outbox_pool_drain();
    memory_fail(n, 1);
    uint32_t ids[N_THINGS];
    call_without(&pair, ids);
    bool has_failed = memory_n_asked() > n;
    memory_fail(MEMORY_ENOUGH, 0);
    settle(&pair);
    for (uint32_t i = 0; i < N_THINGS; i++)
        if (ids[i] != 0 && peer_is_waiting(pair.gateway.peer, ids[i]))
            assert_int_equal(peer_answer(pair.gateway.peer, ids[i], VIA_OK, 0), VIA_OK);
    settle(&pair);
    if (!peer_is_overfull(pair.gateway.peer) && !peer_is_overfull(pair.client.peer)) {
        assert_int_equal(peer_n_sent(pair.client.peer), 0);
        assert_int_equal(peer_n_received(pair.gateway.peer), 0);
    }
    peer_end(pair.client.peer, VIA_LINK_LOST);
    peer_end(pair.gateway.peer, VIA_LINK_LOST);
    pair_deinit(&pair);
    outbox_pool_drain();
    assert_int_equal(memory_n_live(), 0);
    return has_failed;
}

static void all_from_one_on_may_fail(void **state)
{
    (void)state;
    size_t n = 0;
    while (run_dry(n))
        n++;
    assert_true(n > 20);
}

static void creating_fails_as_a_whole(void **state)
{
    (void)state;
    static const struct peer_ops no_ops;
    const struct peer_config config = {.role = PEER_CLIENT};
    struct peer *peer = NULL;
    size_t n = 0;
    enum via_status status;
    do {
        memory_fail(n++, 0);
        status = peer_create(&peer, &config, &no_ops, NULL);
        memory_fail(MEMORY_ENOUGH, 0);
        assert_true(status == VIA_OK || (status == VIA_NO_MEMORY && memory_n_live() == 0));
    } while (status != VIA_OK);
    assert_true(n > 1);
    peer = peer_destroy(peer);
    assert_int_equal(memory_n_live(), 0);
}

static void an_introduction_may_fail(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair, NULL, NULL);
    outbox_pool_drain();
    const struct hello hello = {.name = "client"};
    memory_fail(0, 1);
    assert_int_equal(peer_hello(pair.client.peer, &hello), VIA_NO_MEMORY);
    assert_int_equal(peer_bye(pair.client.peer, FRAME_BYE_EXITED, "out"), VIA_NO_MEMORY);
    memory_fail(MEMORY_ENOUGH, 0);
    assert_int_equal(peer_hello(pair.client.peer, &hello), VIA_OK);
    settle(&pair);
    assert_true(peer_is_ready(pair.client.peer));
    pair_deinit(&pair);
}

static void a_send_without_memory_changes_nothing(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    outbox_pool_drain();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    uint8_t entry[FRAME_FD_SIZE];
    frame_fd_put(entry, 0, &(struct frame_fd){.kind = 4, .directions = 1});
    struct frame call = make_frame(0, 1, "x");
    call.fds = entry;
    call.n_fds = 1;
    uint32_t id;
    const size_t n_given[] = {0, 1, 1}; /* the table of calls, then it is there; the list of
                                           descriptors; the block */
    for (size_t i = 0; i < 3; i++) {
        memory_fail(n_given[i], 1);
        assert_int_equal(peer_call(pair.client.peer, &call, NULL, &fd, 1, &id), VIA_NO_MEMORY);
        assert_int_equal(peer_n_sent(pair.client.peer), 0);
        assert_true(is_outbox_empty(&pair.client));
        assert_true(fcntl(fd, F_GETFD) >= 0);
    }
    memory_fail(MEMORY_ENOUGH, 0);
    assert_false(peer_is_overfull(pair.client.peer));
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, &fd, 1, &id), VIA_OK);
    settle(&pair);
    assert_string_equal(take_log(&pair.gateway), "call directory 1 'x' fd\n");
    pair_deinit(&pair);
}

static void a_call_that_cannot_be_kept_is_answered(void **state)
{
    (void)state;
    for (size_t n = 0; n < 3; n++) { /* the table of calls, the two levels of imports */
        struct pair pair;
        pair_init_ready(&pair, NULL, NULL);
        struct frame call = make_frame(0, 1, "x");
        uint8_t refs[FRAME_REF_SIZE];
        add_ref(&call, refs, give(&pair.client, &ours[0]), 0);
        uint32_t id;
        assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 7, &id), VIA_OK);
        memory_fail(n, 0);
        carry(&pair.client, &pair.gateway);
        memory_fail(MEMORY_ENOUGH, 0);
        assert_string_equal(take_log(&pair.gateway), "");
        assert_int_equal(peer_n_received(pair.gateway.peer), 0);
        assert_int_equal(peer_import_count(pair.gateway.peer, 1), 0);
        settle(&pair);
        assert_string_equal(take_log(&pair.client), "unexported ours\nreply 7 no_memory 0\n");
        pair_deinit(&pair);
    }
}

static void a_reply_that_cannot_be_kept_is_no_memory(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    const struct frame call = make_frame(0, 1, NULL);
    uint32_t id;
    assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, 7, &id), VIA_OK);
    settle(&pair);
    struct frame reply = make_frame(0, VIA_OK, "x");
    uint8_t refs[FRAME_REF_SIZE];
    add_ref(&reply, refs, give(&pair.gateway, &theirs[0]), 0);
    assert_int_equal(peer_reply(pair.gateway.peer, id, &reply, NULL), VIA_OK);
    memory_fail(0, 0);
    carry(&pair.gateway, &pair.client);
    memory_fail(MEMORY_ENOUGH, 0);
    assert_string_equal(take_log(&pair.client), "reply 7 no_memory 0\n");
    settle(&pair);
    struct our_handle handle;
    assert_false(peer_is_exported(pair.gateway.peer, &theirs[0], &handle));
    pair_deinit(&pair);
}

static void a_frame_that_may_not_be_refused_and_is_lost_ends_the_link(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    outbox_pool_drain();
    memory_fail(0, 1);
    peer_refuse(pair.gateway.peer, 1, 0, VIA_DENIED);
    memory_fail(MEMORY_ENOUGH, 0);
    assert_true(peer_is_overfull(pair.gateway.peer));
    assert_false(peer_is_overfull(pair.client.peer));
    pair_deinit(&pair);
}

static void a_fault_without_memory_for_its_bye_is_a_fault(void **state)
{
    (void)state;
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    outbox_pool_drain();
    const struct frame credit = {.kind = FRAME_CREDIT};
    memory_fail(0, 1);
    assert_int_equal(feed_frame(&gateway, &credit), VIA_BAD_KIND);
    memory_fail(MEMORY_ENOUGH, 0);
    assert_true(peer_is_overfull(gateway.peer));
    assert_false(peer_is_ready(gateway.peer));
    end_deinit(&gateway);
}

static void a_block_that_cannot_be_widened_is_followed_by_another(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    outbox_pool_drain();
    static uint8_t body[3000];
    memset(body, 'x', sizeof body);
    struct frame call = {.code = 7, .body = body, .body_size = sizeof body};
    uint32_t id;
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    memory_fail(0, 0);
    assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    memory_fail(MEMORY_ENOUGH, 0);
    assert_non_null(outbox_head(peer_outbox(pair.client.peer))->next);
    settle(&pair);
    assert_int_equal(count_lines(take_log(&pair.gateway), "oneway directory 7"), 2);
    pair_deinit(&pair);
}

static void descriptors_that_cannot_be_kept_are_closed(void **state)
{
    (void)state;
    enum { N = FD_QUEUE_FEW + 1 };
    struct end gateway;
    end_init_ready(&gateway, PEER_GATEWAY, NULL);
    int fds[N];
    uint8_t entries[N * FRAME_FD_SIZE];
    struct frame call = make_frame(0, 1, "x");
    call.kind = FRAME_CALL;
    call.id = 1;
    for (int i = 0; i < N; i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        frame_fd_put(entries, (size_t)i,
                     &(struct frame_fd){.offset = (uint32_t)i, .kind = 4, .directions = 1});
    }
    call.fds = entries;
    call.n_fds = N;
    call.body = (const uint8_t *)"all of them";
    call.body_size = 11;
    memory_fail(0, 0);
    peer_feed_fds(gateway.peer, fds, N, false);
    memory_fail(MEMORY_ENOUGH, 0);
    for (int i = 0; i < N; i++)
        assert_true(fcntl(fds[i], F_GETFD) < 0);
    /* that call alone ends with it */
    assert_int_equal(feed_frame(&gateway, &call), VIA_OK);
    const struct frame reply = take_frame(&gateway);
    assert_int_equal(reply.kind, FRAME_REPLY);
    assert_int_equal(reply.code, VIA_NO_MEMORY);
    assert_string_equal(take_log(&gateway), "");
    end_deinit(&gateway);
}

static void a_steady_call_requests_no_memory(void **state)
{
    (void)state;
    struct pair pair;
    pair_init_ready(&pair, NULL, NULL);
    static uint8_t body[FRAME_CHUNK_MAX];
    memset(body, 'x', sizeof body);
    struct frame answer = make_frame(0, VIA_OK, NULL);
    answer.body = body;
    pair.gateway.answer = &answer;
    for (uint32_t i = 0; i < 300; i++) {
        if (i == 20)
            memory_fail(MEMORY_ENOUGH, 0);
        struct frame call = make_frame(0, 1, NULL);
        call.body = body;
        call.body_size = i % 2 == 0 ? 64 : 1024;
        answer.body_size = call.body_size;
        uint8_t refs[FRAME_REF_SIZE];
        add_ref(&call, refs, give(&pair.client, &ours[0]), 0);
        uint32_t id;
        assert_int_equal(peer_call(pair.client.peer, &call, NULL, NULL, i, &id), VIA_OK);
        settle(&pair);
        assert_non_null(strstr(take_log(&pair.client), "reply "));
        (void)take_log(&pair.gateway);
        /* the pair's logs have no room for it: it goes into the outbox, and no further */
        call.body_size = sizeof body;
        call.n_refs = 0;
        assert_int_equal(peer_oneway(pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
        outbox_clear(peer_outbox(pair.client.peer));
    }
    assert_int_equal(memory_n_asked(), 0);
    pair_deinit(&pair);
}

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < N_THINGS; i++) {
        ours[i].name = "ours";
        theirs[i].name = "theirs";
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    outbox_pool_drain();
    return memory_n_live() == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_one_request_may_fail),
        cmocka_unit_test(all_from_one_on_may_fail),
        cmocka_unit_test(creating_fails_as_a_whole),
        cmocka_unit_test(an_introduction_may_fail),
        cmocka_unit_test(a_send_without_memory_changes_nothing),
        cmocka_unit_test(a_call_that_cannot_be_kept_is_answered),
        cmocka_unit_test(a_reply_that_cannot_be_kept_is_no_memory),
        cmocka_unit_test(a_frame_that_may_not_be_refused_and_is_lost_ends_the_link),
        cmocka_unit_test(descriptors_that_cannot_be_kept_are_closed),
        cmocka_unit_test(a_steady_call_requests_no_memory),
        cmocka_unit_test(a_fault_without_memory_for_its_bye_is_a_fault),
        cmocka_unit_test(a_block_that_cannot_be_widened_is_followed_by_another),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
