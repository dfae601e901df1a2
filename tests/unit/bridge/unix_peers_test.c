/*
 * Two peers over a real Unix socket, and a receiver that runs out of descriptors now and then: each
 * frame has its own descriptors, all of them, or is refused; none is given another's, and the link
 * lives. Frames of all sizes, so that blocks are cut and joined as the kernel likes.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/peer.h"
#include "bridge/unix_link.h"
#include "codecs/octets.h"
#include "tests/unit/bridge/descriptors.h"
#include "tests/unit/codecs/seed.h"

#define N_SENT 600u
#define N_AT_ONCE 12u
#define FDS_MOST 6u

struct side {
    struct peer *peer;
    struct link *link;
    struct world *world;
};

struct world {
    struct loop *loop;
    pthread_mutex_t lock;
    struct side client, gateway;
    struct seed seed;
    uint8_t n_fds[N_SENT + 1]; /* of each oneway, by its number */
    uint8_t outcomes[N_SENT + 1];
    uint32_t n_sent, n_came, n_refused, n_over;
};

static uint8_t body[200000];

/* ---- what the peers tell ---- */

static void on_hello(void *user, const struct hello *hello)
{
    const struct side *side = user;
    (void)hello;
    if (side == &side->world->gateway)
        assert_int_equal(peer_welcome(side->peer, &(struct hello){.name = "gateway"}), VIA_OK);
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct world *world = ((struct side *)user)->world;
    uint32_t number = octets_get_u32(frame->body);
    (void)object, (void)meta;
    assert_in_range(number, 1, world->n_sent);
    assert_int_equal(world->outcomes[number], 0);
    world->outcomes[number] = 1;
    world->n_came++;
    world->n_over++;
    assert_int_equal(frame->n_fds, world->n_fds[number]);
    for (uint32_t i = 0; i < frame->n_fds; i++) {
        uint32_t mark[2];
        assert_int_equal(pread(fds[i], mark, sizeof mark, 0), sizeof mark);
        assert_int_equal(mark[0], number);
        assert_int_equal(mark[1], i);
        assert_int_equal(close(fds[i]), 0);
    }
}

static void on_refused(void *user, const struct frame *frame)
{
    struct world *world = ((struct side *)user)->world;
    assert_in_range(frame->id, 1, world->n_sent);
    assert_int_equal(frame->code, VIA_NO_MEMORY);
    assert_int_equal(world->outcomes[frame->id], 0);
    assert_true(world->n_fds[frame->id] > 0);
    world->outcomes[frame->id] = 2;
    world->n_refused++;
    world->n_over++;
}

static const struct peer_ops peer_events = {
    .hello = on_hello, .call = on_call, .refused = on_refused};

/* ---- what the links tell ---- */

static void link_opened(void *user)
{
    (void)user;
}

static enum via_status link_received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    const struct side *side = user;
    enum via_status status = peer_feed(side->peer, octets, size, usedp);
    assert_int_equal(status, VIA_OK);
    link_flush(side->link);
    return status;
}

static void link_received_fds(void *user, const int *fds, size_t n_fds, bool lost)
{
    peer_feed_fds(((const struct side *)user)->peer, fds, n_fds, lost);
}

static void link_closed(void *user, enum via_status why, const char *detail)
{
    (void)user;
    fail_msg("a link closed: %s, %s", via_status_name(why), detail);
}

static const struct link_events events = {.opened = link_opened,
                                          .received = link_received,
                                          .received_fds = link_received_fds,
                                          .closed = link_closed};

/* ---- the two of them ---- */

static void turn(struct world *world)
{
    assert_int_equal(loop_turn(world->loop, 5000, &world->lock), VIA_OK);
}

static void make_side(struct world *world, struct side *side, enum peer_role role, int fd)
{
    const struct peer_config config = {.role = role, .limits = {.queue_max = 64u << 20}};
    side->world = world;
    assert_int_equal(peer_create(&side->peer, &config, &peer_events, side), VIA_OK);
    assert_int_equal(
        unix_link_create(&side->link, world->loop, fd, peer_outbox(side->peer), &events, side),
        VIA_OK);
}

static void end_side(struct side *side)
{
    side->link = link_destroy(side->link);
    peer_end(side->peer, VIA_EXITED);
    side->peer = peer_destroy(side->peer);
}

static void send_one(struct world *world)
{
    static const uint32_t sizes[] = {64, 64, 3000, 40000, 150000};
    uint32_t number = ++world->n_sent, sent = 0;
    uint8_t entries[FDS_MOST * FRAME_FD_SIZE];
    int fds[FDS_MOST];
    struct frame call = {
        .body = body,
        .body_size = sizes[seed_below(&world->seed, 5)],
        .fds = entries,
        .n_fds = (uint8_t)(seed_below(&world->seed, 2) * seed_below(&world->seed, FDS_MOST + 1))};
    world->n_fds[number] = call.n_fds;
    octets_put_u32(body, number);
    for (uint32_t i = 0; i < call.n_fds; i++) {
        const uint32_t mark[] = {number, i};
        fds[i] = memfd_create("mark", MFD_CLOEXEC);
        assert_true(fds[i] >= 0);
        assert_int_equal(write(fds[i], mark, sizeof mark), sizeof mark);
        frame_fd_put(entries, i, &(struct frame_fd){.offset = i, .kind = 4, .directions = 1});
    }
    assert_int_equal(peer_oneway(world->client.peer, &call, NULL, fds, &sent), VIA_OK);
    assert_int_equal(sent, number);
}

/* This process may open up to @n more, while that lasts. */
static void leave_room_for(uint32_t n, const struct rlimit *before)
{
    int next = dup(0);
    assert_int_equal(close(next), 0);
    const struct rlimit scarce = {.rlim_cur = (rlim_t)next + n, .rlim_max = before->rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &scarce), 0);
}

static void each_frame_has_its_own_or_is_refused(void **state)
{
    (void)state;
    struct world world = {.seed = seed_start("unix_peers")};
    struct rlimit before;
    int ends[2];
    size_t n_open = count_descriptors();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(pthread_mutex_init(&world.lock, NULL), 0);
    (void)pthread_mutex_lock(&world.lock);
    assert_int_equal(loop_create(&world.loop), VIA_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    make_side(&world, &world.client, PEER_CLIENT, ends[0]);
    make_side(&world, &world.gateway, PEER_GATEWAY, ends[1]);
    assert_int_equal(peer_hello(world.client.peer, &(struct hello){.name = "client"}), VIA_OK);
    link_flush(world.client.link);
    while (!peer_is_ready(world.client.peer))
        turn(&world);

    while (world.n_sent < N_SENT) {
        for (uint32_t i = 0; i < N_AT_ONCE; i++)
            send_one(&world);
        link_flush(world.client.link);
        while (world.n_over < world.n_sent) {
            leave_room_for(seed_below(&world.seed, 2 * FDS_MOST), &before);
            turn(&world);
            assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        }
    }
    assert_true(world.n_refused > 0 && world.n_came > world.n_refused);
    end_side(&world.client);
    end_side(&world.gateway);
    loop_destroy(world.loop);
    (void)pthread_mutex_unlock(&world.lock);
    (void)pthread_mutex_destroy(&world.lock);
    outbox_pool_drain();
    assert_int_equal(count_descriptors(), n_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_frame_has_its_own_or_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
