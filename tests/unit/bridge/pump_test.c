/*
 * Pumps at both ends of a pair of peers, on one loop: a program's descriptor goes in at the client,
 * and the gateway's program gets what stands for it. Nothing may ever block: an alarm ends the test
 * if something does.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/pump.h"
#include "tests/unit/bridge/descriptors.h"
#include "tests/unit/bridge/peer_pair.h"

#define LIMIT_S 60u
#define ROUNDS 64u /* of both links and the loop: all comes to rest long before */

struct world {
    struct loop *loop;
    struct pumps here, there;
    struct pair pair;
    size_t n_fds;
};

static int make_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_fds = count_descriptors();
    assert_int_equal(loop_create(&world->loop), VIA_OK);
    pumps_init(&world->here, world->loop);
    pumps_init(&world->there, world->loop);
    pair_init_ready(&world->pair, NULL, NULL);
    world->pair.gateway.pumps = &world->there;
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
    pumps_deinit(&world->there);
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

/* What the other program gets for @fd; -1: nothing. */
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
    return end->fds[0];
}

static void no_wait(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

static void expect_octets(int fd, const char *expected)
{
    char octets[64];
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

/* ---- what is shared stays as it was ---- */

static void a_socket_lives_on_when_its_receiver_closes(void **state)
{
    struct world *world = *state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    int first = pass(world, ends[0]);
    int second = pass(world, ends[0]);
    put(first, "one");
    assert_int_equal(close(first), 0);
    go(world);
    expect_octets(ends[1], "one");
    put(second, "two");
    go(world);
    expect_octets(ends[1], "two");
    put(ends[1], "three");
    go(world);
    expect_octets(second, "three");
    assert_int_equal(close(second), 0);
    go(world);
    put(ends[0], "four");
    expect_octets(ends[1], "four");
    put(ends[1], "five");
    expect_octets(ends[0], "five");
    close_all(ends, 2);
}

static void a_socket_is_shut_down_when_its_receiver_does_so(void **state)
{
    struct world *world = *state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    int there = pass(world, ends[0]);
    put(there, "last");
    assert_int_equal(shutdown(there, SHUT_WR), 0);
    go(world);
    expect_octets(ends[1], "last");
    expect_octets(ends[1], "");
    put(ends[1], "back");
    go(world);
    expect_octets(there, "back");
    assert_int_equal(close(there), 0);
    close_all(ends, 2);
}

static void flags_stay_and_go_along(void **state)
{
    struct world *world = *state;
    for (int flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
        int ends[2];
        assert_int_equal(pipe2(ends, O_CLOEXEC | flags), 0);
        for (int i = 0; i < 2; i++) {
            int there = pass(world, ends[i]);
            assert_int_equal(fcntl(there, F_GETFL) & O_NONBLOCK, flags);
            assert_int_equal(fcntl(there, F_GETFD), FD_CLOEXEC);
            assert_int_equal(fcntl(ends[i], F_GETFL) & O_NONBLOCK, flags);
            assert_int_equal(close(there), 0);
        }
        close_all(ends, 2);
        go(world);
    }
}

/* ---- never blocks ---- */

static void a_pipe_that_is_full_is_waited_for(void **state)
{
    struct world *world = *state;
    static char octets[1u << 20];
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0); /* it blocks, as programs' pipes do */
    int there = pass(world, ends[1]);
    no_wait(there);
    size_t written = 0;
    for (bool more = true; more; go(world)) {
        ssize_t n = write(there, octets, sizeof octets);
        more = n > 0;
        written += more ? (size_t)n : 0;
    }
    assert_int_equal(errno, EAGAIN);
    assert_true(written > 65536 && written < sizeof octets);
    assert_int_equal(close(there), 0);
    go(world);
    size_t n_read = 0;
    bool writes = true;
    for (ssize_t n = 1; n > 0; n_read += (size_t)n) {
        n = read(ends[0], octets, 10000);
        assert_true(n >= 0);
        go(world);
        if (n_read + (size_t)n == written && writes) {
            assert_int_equal(close(ends[1]), 0);
            writes = false;
        }
    }
    assert_int_equal(n_read, written);
    assert_int_equal(close(ends[0]), 0);
}

static void a_pipe_that_another_reads_too_is_not_waited_for(void **state)
{
    struct world *world = *state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int there = pass(world, ends[0]);
    no_wait(there);
    put(ends[1], "mine");
    expect_octets(ends[0], "mine"); /* it is ready no more, when the pump looks */
    go(world);
    put(ends[1], "yours");
    go(world);
    expect_octets(there, "yours");
    assert_int_equal(close(ends[1]), 0);
    go(world);
    expect_octets(there, "");
    assert_int_equal(close(there), 0);
    assert_int_equal(close(ends[0]), 0);
}

/* ---- a reader that goes ---- */

static volatile sig_atomic_t n_broken;

static void broken(int number)
{
    (void)number;
    n_broken++;
}

static void a_broken_pipe_is_no_signal(void **state)
{
    struct world *world = *state;
    const struct sigaction count = {.sa_handler = broken};
    struct sigaction before;
    int ends[2];
    assert_int_equal(sigaction(SIGPIPE, &count, &before), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int there = pass(world, ends[1]);
    put(there, "nobody's");
    assert_int_equal(close(ends[0]), 0);
    /* What comes is written before the loop tells of the reader. */
    settle(&world->pair);
    go(world);
    assert_int_equal(n_broken, 0);
    assert_int_equal(write(there, "more", 4), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(n_broken, 1); /* the program's own */
    close_all((int[]){there, ends[1]}, 2);
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
}

/* end_world() counts: what is left of a stream that is gone is closed with all pumps. */
static void what_is_not_read_is_not_left_behind(void **state)
{
    struct world *world = *state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int there = pass(world, ends[0]);
    no_wait(ends[1]);
    static char octets[65536];
    for (unsigned i = 0; i < 4; i++) {
        (void)!write(ends[1], octets, sizeof octets);
        go(world);
    }
    close_all(ends, 2);
    go(world);
    assert_true(world->there.first != NULL);
    assert_int_equal(close(there), 0);
}

static void what_is_no_stream_of_octets_arrives_empty(void **state)
{
    struct world *world = *state;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(listen(listening, 1), 0);
    const int fds[] = {eventfd(0, EFD_CLOEXEC),
                       socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                       socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0),
                       listening,
                       open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                       open("/", O_PATH | O_CLOEXEC),
                       master};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        assert_true(fds[i] >= 0);
        assert_int_equal(pass(world, fds[i]), -1);
    }
    close_all(fds, sizeof fds / sizeof *fds);
    assert_null(world->here.first);
}

/* Its call counts as one that could not be kept; the stream ends at either side. */
static void without_descriptors_the_call_alone_fails(void **state)
{
    struct world *world = *state;
    uint8_t entries[2 * FRAME_FD_SIZE];
    int ends[2];
    uint32_t id;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct frame frame = make_frame(0, 7, "xyz");
    frame.n_fds = 2;
    frame.fds = entries;
    for (uint32_t i = 0; i < 2; i++) {
        struct frame_fd entry = {.offset = 0};
        assert_int_equal(pump_offer(&world->here, world->pair.client.peer, ends[i], &entry),
                         VIA_OK);
        entry.offset = i;
        frame_fd_put(entries, i, &entry);
    }
    assert_int_equal(peer_call(world->pair.client.peer, &frame, NULL, (int[]){-1, -1}, 1, &id),
                     VIA_OK);
    struct rlimit before;
    int next = dup(ends[0]); /* one, and not the two that a pipe takes */
    assert_int_equal(close(next), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit scarce = {.rlim_cur = (rlim_t)next + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &scarce), 0);
    go(world);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_string_equal(take_log(&world->pair.gateway), "");
    assert_string_equal(take_log(&world->pair.client), "reply 1 no_memory 0\n");
    go(world);
    assert_null(world->here.first);
    assert_null(world->there.first);
    int there = pass(world, ends[0]);
    assert_true(there >= 0);
    put(ends[1], "goes on");
    go(world);
    expect_octets(there, "goes on");
    close_all((int[]){there, ends[0], ends[1]}, 3);
}

static void a_large_call_for_nobody_turns_its_streams_away(void **state)
{
    struct world *world = *state;
    static uint8_t body[100000];
    uint8_t entries[FRAME_FD_SIZE];
    int ends[2];
    uint32_t id;
    struct frame_fd entry = {.offset = 0};
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pump_offer(&world->here, world->pair.client.peer, ends[0], &entry), VIA_OK);
    frame_fd_put(entries, 0, &entry);
    const struct frame frame = {.object = 0x00100001, /* never given out */
                                .code = 7,
                                .body = body,
                                .body_size = sizeof body,
                                .fds = entries,
                                .n_fds = 1};
    assert_int_equal(peer_call(world->pair.client.peer, &frame, NULL, (int[]){-1}, 1, &id), VIA_OK);
    go(world);
    assert_string_equal(take_log(&world->pair.client), "reply 1 bad_handle 0\n");
    assert_null(world->here.first);
    close_all(ends, 2);
}

static void a_terminal_goes_both_ways(void **state)
{
    struct world *world = *state;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0 && unlockpt(master) == 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(terminal >= 0);
    int there = pass(world, terminal);
    put(there, "out");
    go(world);
    expect_octets(master, "out");
    put(master, "in\n");
    go(world);
    expect_octets(there, "in\n");
    assert_int_equal(fcntl(terminal, F_GETFL) & O_NONBLOCK, 0);
    close_all((int[]){there, terminal, master}, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_world, end_world)
    const struct CMUnitTest tests[] = {
        TEST(without_descriptors_the_call_alone_fails),
        TEST(a_large_call_for_nobody_turns_its_streams_away),
        TEST(a_socket_lives_on_when_its_receiver_closes),
        TEST(a_socket_is_shut_down_when_its_receiver_does_so),
        TEST(flags_stay_and_go_along),
        TEST(a_pipe_that_is_full_is_waited_for),
        TEST(a_pipe_that_another_reads_too_is_not_waited_for),
        TEST(a_broken_pipe_is_no_signal),
        TEST(what_is_not_read_is_not_left_behind),
        TEST(what_is_no_stream_of_octets_arrives_empty),
        TEST(a_terminal_goes_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
