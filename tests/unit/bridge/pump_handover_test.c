/*
 * A gateway's end of streams on its way into another process: a peer and its pumps are saved,
 * loaded beside copies of their descriptors, as another process has them, and the first ones let
 * go. Programs at both ends see nothing of it.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/peer_handover.h"
#include "bridge/peer_state.h"
#include "bridge/pump_state.h"
#include "bridge/stream.h"
#include "tests/unit/bridge/descriptors.h"
#include "tests/unit/bridge/peer_pair.h"

#define LIMIT_S 120u
#define ROUNDS 64u       /* of both links and the loop: all comes to rest long before */
#define LARGE (1u << 20) /* octets: more than credit and pipes take */
#define WIRE_MAX 512u
#define FLIPS 2000u

struct world {
    struct loop *loop;
    struct pumps here;
    struct pumps processes[2]; /* the gateway's: before and after, in turn */
    struct pumps *there;       /* the one of them that is the gateway's */
    struct pair pair;
    size_t n_fds;
};

static struct pumps *next_of(struct world *world)
{
    return world->there == &world->processes[0] ? &world->processes[1] : &world->processes[0];
}

static int make_world(void **state)
{
    static const struct peer_limits limits = {.wire_max = WIRE_MAX};
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_fds = count_descriptors();
    assert_int_equal(loop_create(&world->loop), VIA_OK);
    pumps_init(&world->here, world->loop);
    pumps_init(&world->processes[0], world->loop);
    pumps_init(&world->processes[1], world->loop);
    world->there = &world->processes[0];
    pair_init_resuming(&world->pair, &limits);
    world->pair.client.pumps = &world->here;
    world->pair.gateway.pumps = world->there;
    world->pair.gateway.is_brief = true;
    world->pair.client.is_brief = true;
    (void)alarm(LIMIT_S);
    *state = world;
    return 0;
}

static int end_world(void **state)
{
    struct world *world = *state;
    (void)alarm(0);
    peer_end(world->pair.client.peer, VIA_LINK_LOST);
    peer_end(world->pair.gateway.peer, VIA_LINK_LOST);
    pair_deinit(&world->pair);
    pumps_deinit(&world->here);
    pumps_deinit(&world->processes[0]);
    pumps_deinit(&world->processes[1]);
    loop_destroy(world->loop);
    assert_int_equal(count_descriptors(), world->n_fds);
    free(world);
    return 0;
}

static void go(struct world *world)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        settle(&world->pair);
        assert_int_equal(loop_turn(world->loop, 0, NULL), VIA_OK);
    }
}

/* ---- from process to process ---- */

static void no_object(void *user, struct state *state, void **objectp)
{
    (void)user, (void)state;
    *objectp = NULL;
}

static void behind_stream(void *user, struct state *state, struct stream *stream)
{
    pump_state(user, state, stream);
}

static void nothing_behind(void *user, struct state *state, struct stream *stream)
{
    (void)user, (void)state, (void)stream;
}

/* @peer: NULL for one that stays behind. */
static void whole_state(struct state *state, struct peer *peer, struct pumps *pumps)
{
    struct peer_handover handover = {
        .state = state, .object = no_object, .stream = behind_stream, .user = pumps};
    if (peer != NULL)
        peer_hand_over(peer, &handover);
    peer_handover_end(&handover);
    pumps_state(pumps, state);
}

static void save(struct state *state, struct peer *peer, struct pumps *pumps)
{
    state_save(state);
    whole_state(state, peer, pumps);
    assert_int_equal(state->status, VIA_OK);
}

static int *copy_fds(const struct state *saved)
{
    int *fds = malloc((saved->n_fds + 1) * sizeof *fds);
    assert_non_null(fds);
    for (size_t i = 0; i < saved->n_fds; i++) {
        fds[i] = fcntl(saved->fds[i], F_DUPFD_CLOEXEC, 0);
        assert_true(fds[i] >= 0);
    }
    return fds;
}

/* Loads octets of @saved into @peer (NULL for none) and the next process; whether it could be. */
static bool load(struct world *world, const struct state *saved, const uint8_t *octets, size_t size,
                 struct peer *peer)
{
    struct state loaded;
    state_load(&loaded, octets, size, copy_fds(saved), saved->n_fds);
    whole_state(&loaded, peer, next_of(world));
    bool is_whole = state_is_at_end(&loaded);
    state_deinit(&loaded);
    return is_whole;
}

static void expect_same(const struct state *saved, struct peer *peer, struct pumps *pumps)
{
    struct state again;
    save(&again, peer, pumps);
    assert_int_equal(again.n_fds, saved->n_fds);
    assert_int_equal(again.out.size, saved->out.size);
    assert_memory_equal(again.out.data, saved->out.data, saved->out.size);
    state_deinit(&again);
}

/* Where a stream stands, and its pump. */
static void expect_alike(const struct stream *old, const struct stream *new)
{
    const struct pump *before = stream_user(old), *after = stream_user(new);
    assert_int_equal(old->credit, new->credit);
    assert_int_equal(old->window, new->window);
    assert_int_equal(old->outstanding, new->outstanding);
    assert_int_equal(old->consumed, new->consumed);
    assert_int_equal(old->begun, new->begun);
    assert_int_equal(old->sends, new->sends);
    assert_int_equal(old->receives, new->receives);
    assert_int_equal(old->refused, new->refused);
    assert_int_equal(old->ready, new->ready);
    assert_int_equal(turns_has(&old->turn), turns_has(&new->turn));
    assert_ptr_equal(after->stream, new);
    assert_int_equal(before->way, after->way);
    assert_int_equal(before->is_ours, after->is_ours);
    assert_int_equal(before->reads, after->reads);
    assert_int_equal(before->writes, after->writes);
    assert_int_equal(before->stalled, after->stalled);
    assert_int_equal(before->ended, after->ended);
    assert_int_equal(before->unwanted, after->unwanted);
    assert_int_equal(before->offset, after->offset);
    assert_int_equal(before->size, after->size);
    if (before->size > 0)
        assert_memory_equal(before->kept + before->start, after->kept + after->start, after->size);
}

static void expect_same_streams(const struct streams *old, const struct streams *new)
{
    assert_int_equal(old->n, new->n);
    assert_int_equal(old->n_ours, new->n_ours);
    assert_int_equal(old->n_theirs, new->n_theirs);
    assert_int_equal(old->last_ours, new->last_ours);
    assert_int_equal(old->last_theirs, new->last_theirs);
    for (uint32_t i = 0; i < old->capacity; i++) {
        if (old->slots[i] == NULL)
            continue;
        const struct stream *stream = streams_find(new, old->slots[i]->id);
        assert_non_null(stream);
        expect_alike(old->slots[i], stream);
    }
}

/* The next process has it all; its links begin anew. */
static void hand_over(struct world *world)
{
    struct state saved;
    struct pair *pair = &world->pair;
    struct peer *next = end_another_peer(&pair->gateway);
    save(&saved, pair->gateway.peer, world->there);
    assert_true(load(world, &saved, saved.out.data, saved.out.size, next));
    expect_same(&saved, next, next_of(world));
    expect_same_streams(&pair->gateway.peer->streams, &next->streams);
    state_deinit(&saved);
    pumps_abandon(world->there);
    (void)peer_destroy(pair->gateway.peer);
    pair->gateway.peer = next;
    world->there = next_of(world);
    pair->gateway.pumps = world->there;
    peer_detach(pair->client.peer);
    assert_int_equal(pair_come_back(pair), VIA_OK);
}

/* The next process fails when it has loaded all. */
static void hand_over_in_vain(struct world *world)
{
    struct state saved;
    struct peer *next = end_another_peer(&world->pair.gateway);
    save(&saved, world->pair.gateway.peer, world->there);
    assert_true(load(world, &saved, saved.out.data, saved.out.size, next));
    state_deinit(&saved);
    peer_end(next, VIA_LINK_LOST);
    (void)peer_destroy(next);
    pumps_deinit(next_of(world));
}

/* ---- passing ---- */

/* What the gateway's program gets for the client's @fd. */
static int pass(struct world *world, int fd)
{
    uint8_t entries[FRAME_FD_SIZE];
    struct frame_fd entry = {.offset = 0};
    uint32_t number;
    const int none = -1;
    assert_int_equal(pump_offer(&world->here, world->pair.client.peer, fd, &entry), VIA_OK);
    frame_fd_put(entries, 0, &entry);
    struct frame frame = make_frame(0, 7, "x");
    frame.n_fds = 1;
    frame.fds = entries;
    assert_int_equal(peer_oneway(world->pair.client.peer, &frame, NULL, &none, &number), VIA_OK);
    go(world);
    struct end *end = &world->pair.gateway;
    assert_int_equal(end->n_fds, 1);
    end->n_fds = 0;
    assert_true(end->fds[0] >= 0);
    return end->fds[0];
}

static struct thing sink = {.name = "sink"};

/* The gateway's @fd goes to the client with an event, nothing of which is carried yet. */
static void offer(struct world *world, int fd)
{
    uint8_t entries[FRAME_FD_SIZE];
    struct frame_fd entry = {.offset = 0};
    struct peer *peer = world->pair.gateway.peer;
    const int none = -1;
    assert_int_equal(pump_offer(world->there, peer, fd, &entry), VIA_OK);
    frame_fd_put(entries, 0, &entry);
    struct our_handle handle;
    assert_true(peer_is_exported(world->pair.client.peer, &sink, &handle));
    struct frame frame = make_frame(handle.number, 7, "x");
    frame.n_fds = 1;
    frame.fds = entries;
    assert_int_equal(peer_event(peer, &frame, &none), VIA_OK);
}

static void give_sink(struct world *world)
{
    uint8_t refs[FRAME_REF_SIZE];
    struct frame call = make_frame(0, 7, "x");
    uint32_t id;
    world->pair.gateway.keeps = true;
    add_ref(&call, refs, give(&world->pair.client, &sink), 0);
    assert_int_equal(peer_oneway(world->pair.client.peer, &call, NULL, NULL, &id), VIA_OK);
    go(world);
}

/* What the client's program got. */
static int taken(struct world *world)
{
    struct end *end = &world->pair.client;
    assert_int_equal(end->n_fds, 1);
    end->n_fds = 0;
    assert_true(end->fds[0] >= 0);
    return end->fds[0];
}

static void no_wait(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void expect_octets(int fd, const char *expected)
{
    char octets[64];
    no_wait(fd);
    ssize_t n = read(fd, octets, sizeof octets);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(octets, expected, strlen(expected));
}

static void put(int fd, const char *octets)
{
    assert_int_equal(write(fd, octets, strlen(octets)), strlen(octets));
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(close(fds[i]), 0);
}

static uint8_t octet_at(size_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

/* As many as it takes, from @at on; up to @most. */
static size_t fill(struct world *world, int fd, size_t at, size_t most)
{
    uint8_t octets[4096];
    no_wait(fd);
    for (;;) {
        size_t size = most - at < sizeof octets ? most - at : sizeof octets;
        for (size_t i = 0; i < size; i++)
            octets[i] = octet_at(at + i);
        ssize_t n = size == 0 ? 0 : write(fd, octets, size);
        if (n <= 0)
            return at;
        at += (size_t)n;
        go(world);
    }
}

/* Reads on from @at, and expects what belongs there: how far it got; *endp: to the end. */
static size_t empty(struct world *world, int fd, size_t at, bool *endp)
{
    uint8_t octets[8192];
    no_wait(fd);
    *endp = false;
    for (;;) {
        ssize_t n = read(fd, octets, sizeof octets);
        if (n < 0)
            assert_int_equal(errno, EAGAIN);
        *endp = n == 0;
        if (n <= 0)
            return at;
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(octets[i], octet_at(at + (size_t)i));
        at += (size_t)n;
        go(world);
    }
}

/* ---- streams go on ---- */

static void both_directions_go_on(void **state)
{
    struct world *world = *state;
    int in[2], out[2], both[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
    int reads = pass(world, in[0]), writes = pass(world, out[1]), shared = pass(world, both[0]);
    put(in[1], "1");
    put(writes, "2");
    put(shared, "3");
    put(both[1], "4");
    for (unsigned i = 0; i < 3; i++) {
        hand_over(world); /* twice at least: from one that was loaded */
        hand_over_in_vain(world);
        go(world);
        expect_octets(reads, "1");
        expect_octets(out[0], "2");
        expect_octets(both[1], "3");
        expect_octets(shared, "4");
        put(in[1], "1");
        put(writes, "2");
        put(shared, "3");
        put(both[1], "4");
        if (i == 1)
            go(world);
    }
    close_all((int[]){in[0], in[1], writes, out[1], shared}, 5);
    go(world);
    hand_over(world);
    go(world);
    expect_octets(reads, "1");
    expect_octets(reads, "");
    expect_octets(out[0], "2");
    expect_octets(out[0], "");
    expect_octets(both[1], "3");
    close_all((int[]){reads, out[0], both[0], both[1]}, 4);
    go(world);
    assert_null(world->there->first);
}

static void what_has_ended_on_one_side_stays_so(void **state)
{
    struct world *world = *state;
    int one[2], other[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, one), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other), 0);
    int ours = pass(world, one[0]), theirs = pass(world, other[0]);
    close_all((int[]){one[0], other[0]}, 2);
    put(ours, "last");
    assert_int_equal(shutdown(ours, SHUT_WR), 0);
    go(world);
    put(other[1], "also");
    assert_int_equal(shutdown(other[1], SHUT_WR), 0);
    hand_over(world);
    go(world);
    expect_octets(one[1], "last");
    expect_octets(one[1], "");
    expect_octets(theirs, "also");
    expect_octets(theirs, "");
    put(one[1], "back");
    put(theirs, "here");
    hand_over(world);
    go(world);
    expect_octets(ours, "back");
    expect_octets(other[1], "here");
    close_all((int[]){one[1], other[1]}, 2);
    go(world);
    expect_octets(ours, "");
    assert_int_equal(send(theirs, "x", 1, MSG_NOSIGNAL), -1);
    close_all((int[]){ours, theirs}, 2);
    go(world);
    assert_int_equal(world->pair.gateway.peer->streams.n, 0);
}

static void what_nobody_wants_stays_so(void **state)
{
    struct world *world = *state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int there = pass(world, ends[0]);
    (void)fill(world, ends[1], 0, LARGE);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(there), 0);
    assert_int_equal(loop_turn(world->loop, 0, NULL), VIA_OK);
    hand_over(world); /* before the other end has heard of it */
    assert_int_equal(world->pair.gateway.peer->streams.n, 1);
    go(world);
    assert_int_equal(world->pair.gateway.peer->streams.n, 0);
    assert_null(world->there->first);
    assert_null(world->here.first);
    assert_int_equal(close(ends[1]), 0);
}

/* Its receiver has closed it, but others have it still. */
static void a_shared_socket_is_not_shut_down_later(void **state)
{
    struct world *world = *state;
    int ends[2];
    bool is_end;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    give_sink(world);
    offer(world, ends[0]);
    go(world);
    int here = taken(world);
    size_t written = fill(world, here, 0, (size_t)8 * LARGE), n_read = 0;
    assert_true(written > 65536 && written < (size_t)8 * LARGE);
    assert_int_equal(close(here), 0);
    go(world);
    while (n_read < written) {
        hand_over(world);
        go(world);
        n_read = empty(world, ends[1], n_read, &is_end);
        assert_false(is_end);
    }
    assert_int_equal(world->pair.gateway.peer->streams.n, 0);
    assert_null(world->there->first);
    put(ends[0], "shared");
    expect_octets(ends[1], "shared");
    close_all(ends, 2);
}

static void what_nobody_reads_is_held_and_moves(void **state)
{
    struct world *world = *state;
    int ends[2];
    bool is_end;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int there = pass(world, ends[0]);
    size_t written = fill(world, ends[1], 0, LARGE);
    assert_true(written > (size_t)2 * 65536 && written < LARGE);
    hand_over(world);
    go(world);
    assert_int_equal(fill(world, ends[1], written, LARGE), written); /* no credit came of it */
    size_t n_read = 0;
    while (written < LARGE) {
        n_read = empty(world, there, n_read, &is_end);
        assert_false(is_end);
        written = fill(world, ends[1], written, LARGE);
        hand_over(world);
    }
    close_all(ends, 2);
    go(world);
    n_read = empty(world, there, n_read, &is_end);
    assert_true(is_end);
    assert_int_equal(n_read, LARGE);
    assert_int_equal(close(there), 0);
}

static void what_waits_for_credit_goes_on(void **state)
{
    struct world *world = *state;
    int ends[2];
    bool is_end;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int there = pass(world, ends[1]);
    size_t written = fill(world, there, 0, LARGE), n_read = 0;
    assert_true(written > (size_t)2 * 65536 && written < LARGE);
    hand_over(world);
    while (written < LARGE) {
        n_read = empty(world, ends[0], n_read, &is_end);
        written = fill(world, there, written, LARGE);
        hand_over(world);
    }
    close_all((int[]){there, ends[1]}, 2);
    go(world);
    n_read = empty(world, ends[0], n_read, &is_end);
    assert_true(is_end);
    assert_int_equal(n_read, LARGE);
    assert_int_equal(close(ends[0]), 0);
}

static void a_file_goes_on_where_it_was(void **state)
{
    struct world *world = *state;
    char path[] = "/tmp/viaduct-test-XXXXXX";
    int file = mkstemp(path);
    bool is_end = false;
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    for (size_t at = 0; at < LARGE; at += 64) {
        uint8_t octets[64];
        for (size_t i = 0; i < sizeof octets; i++)
            octets[i] = octet_at(at + i);
        assert_int_equal(write(file, octets, sizeof octets), sizeof octets);
    }
    give_sink(world);
    assert_int_equal(lseek(file, 1000, SEEK_SET), 1000);
    offer(world, file);
    hand_over(world); /* before anything has gone */
    go(world);
    int here = taken(world);
    size_t at = 1000;
    while (!is_end) {
        hand_over(world);
        go(world);
        size_t before = at;
        at = empty(world, here, at, &is_end);
        assert_true(is_end || at > before);
        if (at == LARGE) { /* it is written, too: its end is the end of the other direction */
            assert_int_equal(shutdown(here, SHUT_WR), 0);
            go(world);
        }
    }
    assert_int_equal(at, LARGE);
    close_all((int[]){here, file}, 2);
}

static void a_terminal_goes_on(void **state)
{
    struct world *world = *state;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    give_sink(world);
    offer(world, terminal);
    go(world);
    int here = taken(world);
    hand_over(world);
    put(here, "out");
    go(world);
    expect_octets(master, "out");
    put(master, "in\n");
    go(world);
    expect_octets(here, "in\n");
    close_all((int[]){here, terminal, master}, 3);
}

/* ---- around them ---- */

static void one_whose_frame_waits_begins_there(void **state)
{
    struct world *world = *state;
    static uint8_t large[3 * WIRE_MAX];
    int ends[2];
    struct our_handle handle;
    give_sink(world);
    assert_true(peer_is_exported(world->pair.client.peer, &sink, &handle));
    struct frame event = make_frame(handle.number, 8, NULL);
    event.body = large;
    event.body_size = sizeof large;
    assert_int_equal(peer_event(world->pair.gateway.peer, &event, NULL), VIA_OK);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    offer(world, ends[0]);
    put(ends[1], "waited");
    assert_non_null(world->pair.gateway.peer->outgoing.first);
    hand_over(world);
    assert_non_null(world->pair.gateway.peer->outgoing.first);
    close_all(ends, 2);
    go(world);
    int here = taken(world);
    expect_octets(here, "waited");
    expect_octets(here, "");
    assert_int_equal(close(here), 0);
}

static void ids_go_on(void **state)
{
    struct world *world = *state;
    give_sink(world);
    for (unsigned i = 0; i < 4; i++) {
        int ends[2];
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        int there = pass(world, ends[0]);
        offer(world, there);
        go(world);
        int here = taken(world);
        close_all((int[]){there, ends[0]}, 2);
        put(ends[1], "x");
        assert_int_equal(close(ends[1]), 0);
        go(world);
        expect_octets(here, "x");
        assert_int_equal(close(here), 0);
        go(world);
        const struct streams *streams = &world->pair.gateway.peer->streams;
        assert_int_equal(streams->n, 0);
        assert_int_equal(streams->last_ours, i + 1);
        assert_int_equal(streams->last_theirs, i + 1);
        assert_null(world->there->first);
        hand_over(world);
    }
}

static void as_many_as_before_are_taken(void **state)
{
    struct world *world = *state;
    world->pair.gateway.peer->limits.streams_max = 3;
    hand_over(world);
    assert_int_equal(world->pair.gateway.peer->limits.streams_max, 3);
}

/* Its session is over; what came is still to be written. */
static void what_is_left_to_write_is_written_there(void **state)
{
    struct world *world = *state;
    int ends[2][2], there[2];
    size_t written[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe2(ends[i], O_CLOEXEC), 0);
        there[i] = pass(world, ends[i][0]);
        written[i] = fill(world, ends[i][1], 0, LARGE);
    }
    close_all((int[]){ends[0][0], ends[0][1], ends[1][0], ends[1][1]}, 4);
    peer_end(world->pair.client.peer, VIA_LINK_LOST);
    peer_end(world->pair.gateway.peer, VIA_LINK_LOST);
    struct state saved;
    save(&saved, NULL, world->there);
    assert_int_equal(saved.n_fds, 2);
    assert_true(load(world, &saved, saved.out.data, saved.out.size, NULL));
    expect_same(&saved, NULL, next_of(world));
    state_deinit(&saved);
    pumps_abandon(world->there);
    for (int i = 0; i < 2; i++) {
        size_t at = 0;
        bool is_end = false;
        while (!is_end) {
            assert_int_equal(loop_turn(world->loop, 0, NULL), VIA_OK);
            at = empty(world, there[i], at, &is_end);
        }
        /* What had not come when the session ended is lost with it. */
        assert_true(at > 65536 && at <= written[i]);
    }
    close_all(there, 2);
    assert_null(next_of(world)->first);
}

/* The other process has what had come; here nobody writes it a second time. */
static void what_a_session_that_stays_has_left_is_written_there(void **state)
{
    struct world *world = *state;
    int ends[2], quiet[2];
    bool is_end = false;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pipe2(quiet, O_CLOEXEC), 0);
    int there = pass(world, ends[0]), nothing = pass(world, quiet[0]);
    (void)fill(world, ends[1], 0, LARGE);
    struct state saved;
    save(&saved, NULL, world->there);
    assert_int_equal(saved.n_fds, 1); /* that of the other has nothing to be done */
    assert_true(load(world, &saved, saved.out.data, saved.out.size, NULL));
    state_deinit(&saved);
    pumps_abandon(world->there);
    assert_int_equal(world->pair.gateway.peer->streams.n, 0);
    close_all((int[]){ends[0], ends[1], quiet[0], quiet[1]}, 4);
    size_t at = 0;
    while (!is_end) {
        go(world); /* what still comes for the session is nobody's */
        at = empty(world, there, at, &is_end);
    }
    assert_true(at > 65536);
    expect_octets(nothing, "");
    close_all((int[]){there, nothing}, 2);
}

/* ---- what is no state ---- */

/* One of each kind, with something held. */
static void make_scene(struct world *world, struct state *saved, int *fds)
{
    int pair[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    fds[2] = pass(world, fds[0]);
    (void)fill(world, fds[1], 0, 200000);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    fds[3] = pass(world, pair[0]);
    put(pair[1], "x");
    fds[4] = pair[0];
    fds[5] = pair[1];
    save(saved, world->pair.gateway.peer, world->there);
}

static bool try(struct world *world, const struct state *saved, const uint8_t *octets, size_t size)
{
    struct peer *peer = end_another_peer(&world->pair.gateway);
    bool is_whole = load(world, saved, octets, size, peer);
    peer_end(peer, VIA_LINK_LOST);
    (void)peer_destroy(peer);
    pumps_deinit(next_of(world));
    return is_whole;
}

static void a_state_that_is_cut_or_lies_does_no_harm(void **state)
{
    struct world *world = *state;
    struct state saved;
    int fds[6];
    uint64_t random = 1;
    make_scene(world, &saved, fds);
    size_t n_fds = count_descriptors(), size = saved.out.size;
    uint8_t *octets = malloc(size);
    assert_non_null(octets);
    memcpy(octets, saved.out.data, size);
    assert_true(try(world, &saved, octets, size));
    for (size_t cut = 0; cut < size; cut += cut < 2048 || size - cut < 2048 ? 1 : 997)
        assert_false(try(world, &saved, octets, cut));
    for (unsigned i = 0; i < FLIPS; i++) {
        memcpy(octets, saved.out.data, size);
        for (unsigned n = 0; n <= i % 3; n++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            /* What is held is not looked at: the beginning and the end have the tables. */
            size_t at = (size_t)(random >> 33) % 2048;
            at = (random >> 32 & 1) != 0 ? at : size - 1 - at;
            octets[at] ^= (uint8_t)(1u << (random >> 40 & 7));
        }
        (void)try(world, &saved, octets, size);
    }
    free(octets);
    state_deinit(&saved);
    assert_int_equal(count_descriptors(), n_fds);
    go(world);
    expect_octets(fds[3], "x");
    close_all(fds, 6);
}

static void a_stream_that_nobody_takes_is_refused(void **state)
{
    struct world *world = *state;
    struct state saved, loaded;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int there = pass(world, ends[0]);
    struct peer_handover handover = {
        .state = &saved, .object = no_object, .stream = nothing_behind};
    state_save(&saved);
    peer_hand_over(world->pair.gateway.peer, &handover);
    assert_int_equal(saved.status, VIA_OK);
    struct peer *peer = end_another_peer(&world->pair.gateway);
    handover.state = &loaded;
    state_load(&loaded, saved.out.data, saved.out.size, NULL, 0);
    peer_hand_over(peer, &handover);
    assert_int_equal(loaded.status, VIA_INVALID);
    assert_string_equal(loaded.fault, "a stream of nobody's");
    state_deinit(&loaded);
    state_deinit(&saved);
    peer_end(peer, VIA_LINK_LOST);
    (void)peer_destroy(peer);
    close_all((int[]){there, ends[0], ends[1]}, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)
    const struct CMUnitTest tests[] = {
        TEST(both_directions_go_on),
        TEST(what_has_ended_on_one_side_stays_so),
        TEST(what_nobody_wants_stays_so),
        TEST(a_shared_socket_is_not_shut_down_later),
        TEST(what_nobody_reads_is_held_and_moves),
        TEST(what_waits_for_credit_goes_on),
        TEST(a_file_goes_on_where_it_was),
        TEST(a_terminal_goes_on),
        TEST(one_whose_frame_waits_begins_there),
        TEST(ids_go_on),
        TEST(as_many_as_before_are_taken),
        TEST(what_is_left_to_write_is_written_there),
        TEST(what_a_session_that_stays_has_left_is_written_there),
        TEST(a_state_that_is_cut_or_lies_does_no_harm),
        TEST(a_stream_that_nobody_takes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
