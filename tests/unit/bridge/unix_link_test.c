/*
 * What Unix links do beyond what every link does: descriptors, addresses, and the kernel's word on
 * who is there. The other end is a bare socket, or another link.
 */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/unix_link.h"
#include "tests/unit/bridge/descriptors.h"
#include "tests/unit/bridge/link_pair.h"

/* ---- descriptors, between two links ---- */

static int make_pair(void **state)
{
    *state = link_pair_create(&unix_kind);
    link_pair_turn_until(*state, link_pair_is_open);
    return 0;
}

static int destroy_pair(void **state)
{
    link_pair_destroy(*state);
    return 0;
}

static void add_with_fds(struct link_end *end, const char *octets, const int *fds, size_t n_fds)
{
    uint8_t *place;
    assert_int_equal(outbox_add(end->outbox, strlen(octets), fds, n_fds, &place), VIA_OK);
    memcpy(place, octets, strlen(octets));
}

static int make_file(char mark)
{
    char path[] = "/tmp/viaduct-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(write(fd, &mark, 1), 1);
    return fd;
}

static enum via_status taking_needs_fds(struct link_end *end, const uint8_t *octets, size_t size,
                                        size_t *usedp)
{
    /* "123": as many descriptors as digits have come before them. */
    assert_true(end->n_fds >= end->size + size);
    (void)octets;
    end->size += size;
    *usedp = size;
    return VIA_OK;
}

static bool b_has_three(struct link_pair *pair)
{
    return pair->b.size == 3;
}

static void descriptors_come_before_their_octets(void **state)
{
    struct link_pair *pair = *state;
    pair->b.taking = taking_needs_fds;
    const char *digits[] = {"1", "2", "3"};
    for (size_t i = 0; i < 3; i++) {
        int fd = make_file(*digits[i]);
        add_with_fds(&pair->a, digits[i], &fd, 1);
    }
    link_flush(pair->a.link);
    link_pair_turn_until(pair, b_has_three);
    assert_int_equal(pair->b.n_fds, 3);
    for (size_t i = 0; i < 3; i++) {
        char mark;
        assert_int_equal(pread(pair->b.fds[i], &mark, 1, 0), 1);
        assert_int_equal(mark, *digits[i]);
        assert_true((fcntl(pair->b.fds[i], F_GETFD) & FD_CLOEXEC) != 0);
        (void)close(pair->b.fds[i]);
    }
    /* a's own are closed: the fixture counts them. */
}

static void as_many_descriptors_as_a_block_holds_arrive(void **state)
{
    struct link_pair *pair = *state;
    int fds[OUTBOX_FDS_MAX];
    for (size_t i = 0; i < OUTBOX_FDS_MAX; i++)
        fds[i] = make_file('x');
    add_with_fds(&pair->a, "all", fds, OUTBOX_FDS_MAX);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, b_has_three);
    assert_int_equal(pair->b.n_fds, OUTBOX_FDS_MAX);
    for (size_t i = 0; i < OUTBOX_FDS_MAX; i++)
        (void)close(pair->b.fds[i]);
}

/* From now on this process may open @n more; returns what is to be set again. */
static struct rlimit leave_room_for(size_t n)
{
    struct rlimit before;
    int fds[8];
    assert_in_range(n, 0, 7);
    for (size_t i = 0; i <= n; i++) {
        fds[i] = dup(0);
        assert_true(fds[i] >= 0);
    }
    for (size_t i = 0; i <= n; i++)
        (void)close(fds[i]);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit scarce = {.rlim_cur = (rlim_t)fds[n], .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &scarce), 0);
    return before;
}

static void descriptors_without_room_are_told_as_lost(void **state)
{
    struct link_pair *pair = *state;
    for (size_t n_room = 0; n_room <= 3; n_room++) {
        int fds[] = {make_file('x'), make_file('y'), make_file('z')};
        pair->b.n_fds = pair->b.n_lost = pair->b.size = 0;
        add_with_fds(&pair->a, "xyz", fds, 3);
        link_flush(pair->a.link);
        const struct rlimit before = leave_room_for(n_room);
        link_pair_turn_until(pair, b_has_three);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(pair->b.n_fds, n_room);
        assert_int_equal(pair->b.n_lost, n_room < 3 ? 1 : 0);
        assert_memory_equal(pair->b.octets, "xyz", 3);
        for (size_t i = 0; i < n_room; i++) {
            char mark;
            assert_int_equal(pread(pair->b.fds[i], &mark, 1, 0), 1);
            assert_int_equal(mark, "xyz"[i]);
            (void)close(pair->b.fds[i]);
        }
    }
}

/* What had come of both kinds by the end of each read, and before it room is made. */
struct readings {
    struct rlimit before;
    char text[64];
};

static enum via_status taking_readings(struct link_end *end, const uint8_t *octets, size_t size,
                                       size_t *usedp)
{
    struct readings *readings = end->taking_user;
    size_t at = strlen(readings->text);
    (void)snprintf(readings->text + at, sizeof readings->text - at, "%.*s:%zu/%zu ", (int)size,
                   (const char *)octets, end->n_fds, end->n_lost);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &readings->before), 0);
    end->size += size;
    *usedp = size;
    return VIA_OK;
}

static bool b_has_six(struct link_pair *pair)
{
    return pair->b.size == 6;
}

/* A read ends with the octets that came with descriptors: those of two frames never come together,
 * so that what is lost is the first one's whose place has been read. */
static void a_read_has_the_descriptors_of_one_block(void **state)
{
    struct link_pair *pair = *state;
    for (size_t n_room = 0; n_room <= 1; n_room++) {
        struct readings readings = {.text = ""};
        pair->b.taking = taking_readings;
        pair->b.taking_user = &readings;
        pair->b.n_fds = pair->b.n_lost = pair->b.size = 0;
        int first = make_file('x'), second = make_file('y');
        link_end_add(&pair->a, "a", 1);
        add_with_fds(&pair->a, "b", &first, 1);
        link_end_add(&pair->a, "c", 1);
        add_with_fds(&pair->a, "d", &second, 1);
        link_end_add(&pair->a, "ef", 2);
        link_flush(pair->a.link);
        readings.before = leave_room_for(n_room);
        link_pair_turn_until(pair, b_has_six);
        assert_string_equal(readings.text, n_room == 0 ? "abc:0/1 def:1/1 " : "abc:1/0 def:2/0 ");
        for (size_t i = 0; i < pair->b.n_fds; i++)
            (void)close(pair->b.fds[i]);
    }
}

static void descriptors_nobody_asked_for_are_closed(void **state)
{
    struct link_pair *pair = *state;
    static struct link_events deaf;
    deaf = link_end_events;
    deaf.received_fds = NULL;
    pair->b.link->events = &deaf;
    int fd = make_file('x');
    add_with_fds(&pair->a, "xyz", &fd, 1);
    link_flush(pair->a.link);
    link_pair_turn_until(pair, b_has_three);
}

/* ---- one link and a bare socket ---- */

struct world {
    struct link_pair pair; /* of which only a is there */
    struct link_end *end;
    int peer; /* the bare socket */
    char folder[32], path[64];
    size_t n_fds;
};

static int make_bare_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_fds = count_descriptors();
    assert_int_equal(loop_create(&world->pair.loop), VIA_OK);
    assert_int_equal(pthread_mutex_init(&world->pair.lock, NULL), 0);
    (void)pthread_mutex_lock(&world->pair.lock);
    world->end = &world->pair.a;
    world->end->pair = &world->pair;
    world->peer = -1;
    assert_int_equal(outbox_create(&world->end->outbox), VIA_OK);
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/viaduct-test-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    (void)snprintf(world->path, sizeof world->path, "%s/socket", world->folder);
    *state = world;
    return 0;
}

static int make_world(void **state)
{
    (void)make_bare_world(state);
    struct world *world = *state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(unix_link_create(&world->end->link, world->pair.loop, fds[0],
                                      world->end->outbox, &link_end_events, world->end),
                     VIA_OK);
    world->peer = fds[1];
    return 0;
}

static int end_world(void **state)
{
    struct world *world = *state;
    link_end_destroy_link(world->end);
    outbox_destroy(world->end->outbox);
    free(world->end->octets);
    if (world->peer >= 0)
        (void)close(world->peer);
    loop_destroy(world->pair.loop);
    (void)pthread_mutex_unlock(&world->pair.lock);
    (void)pthread_mutex_destroy(&world->pair.lock);
    (void)unlink(world->path);
    (void)rmdir(world->folder);
    assert_int_equal(count_descriptors(), world->n_fds);
    free(world);
    return 0;
}

static bool a_is_closed(struct link_pair *pair)
{
    return pair->a.closed;
}

static bool a_is_opened(struct link_pair *pair)
{
    return pair->a.opened;
}

static void it_knows_who_is_at_the_other_end(void **state)
{
    struct world *world = *state;
    const struct ucred *peer = unix_link_peer(world->end->link);
    assert_int_equal(peer->pid, getpid());
    assert_int_equal(peer->uid, getuid());
    assert_int_equal(peer->gid, getgid());
}

static enum via_status take_nothing(struct link_end *end, const uint8_t *octets, size_t size,
                                    size_t *usedp)
{
    (void)end;
    (void)octets;
    (void)size;
    *usedp = 0;
    return VIA_OK;
}

static void an_end_within_a_frame_is_told_as_such(void **state)
{
    struct world *world = *state;
    world->end->taking = take_nothing;
    assert_int_equal(write(world->peer, "half a fr", 9), 9);
    (void)close(world->peer);
    world->peer = -1;
    link_pair_turn_until(&world->pair, a_is_closed);
    assert_int_equal(world->end->why, VIA_OK);
    assert_non_null(strstr(world->end->detail, "within a frame"));
}

static void an_end_with_octets_of_ours_unread_is_an_end(void **state)
{
    struct world *world = *state;
    link_end_add(world->end, "never read", 10);
    link_flush(world->end->link);
    assert_int_equal(write(world->peer, "goodbye", 7), 7);
    (void)close(world->peer); /* the kernel makes this a reset */
    world->peer = -1;
    link_pair_turn_until(&world->pair, a_is_closed);
    assert_int_equal(world->end->why, VIA_OK);
    assert_int_equal(world->end->size, 7);
}

static void one_turn_takes_a_bounded_amount(void **state)
{
    struct world *world = *state;
    int size = 4 << 20;
    (void)setsockopt(world->peer, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    (void)setsockopt(world->peer, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    link_pair_turn_until(&world->pair, a_is_opened);
    uint8_t octets[65536] = {0};
    size_t sent = 0;
    for (ssize_t n; (n = send(world->peer, octets, sizeof octets, MSG_DONTWAIT)) > 0;)
        sent += (size_t)n;
    if (sent <= 4 * sizeof octets)
        skip(); /* this kernel holds no more */
    assert_int_equal(loop_turn(world->pair.loop, 1000, &world->pair.lock), VIA_OK);
    assert_in_range(world->end->size, 1, 4 * sizeof octets);
}

static enum via_status take_and_hold(struct link_end *end, const uint8_t *octets, size_t size,
                                     size_t *usedp)
{
    (void)octets;
    *usedp = size;
    end->size += size;
    assert_true(link_hold(end->link, true));
    return VIA_OK;
}

static void what_is_held_reads_nothing_more(void **state)
{
    struct world *world = *state;
    struct link_end *end = world->end;
    uint8_t octets[65536] = {0};
    size_t sent = 0;
    end->taking = take_and_hold;
    for (ssize_t n; (n = send(world->peer, octets, sizeof octets, MSG_DONTWAIT)) > 0;)
        sent += (size_t)n;
    assert_true(sent > 2 * sizeof octets);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(loop_turn(world->pair.loop, 10, &world->pair.lock), VIA_OK);
    assert_in_range(end->size, 1, sizeof octets); /* within a turn, too */
    link_end_add(end, "written meanwhile", 17);
    link_flush(end->link);
    char text[17];
    assert_int_equal(recv(world->peer, text, sizeof text, 0), 17);
    size_t held = end->size;
    end->taking = NULL;
    end->size = 0;
    assert_true(link_hold(end->link, false));
    while (held + end->size < sent)
        assert_int_equal(loop_turn(world->pair.loop, 1000, &world->pair.lock), VIA_OK);
}

static void closing_does_not_wait_for_ever_for_a_reader(void **state)
{
    struct world *world = *state;
    uint8_t octets[65536] = {0};
    for (size_t i = 0; i < 64; i++)
        link_end_add(world->end, octets, sizeof octets);
    uint64_t begin = loop_now();
    link_close(world->end->link);
    link_pair_turn_until(&world->pair, a_is_closed);
    assert_true(loop_now() >= begin + LINK_CLOSE_MS);
    assert_true(outbox_size(world->end->outbox) > 0);
}

static void what_is_no_socket_stays_with_its_owner(void **state)
{
    struct world *world = *state;
    struct link *link = NULL;
    int fd = make_file('x');
    assert_int_not_equal(unix_link_create(&link, world->pair.loop, fd, world->end->outbox,
                                          &link_end_events, world->end),
                         VIA_OK);
    assert_null(link);
    assert_int_equal(close(fd), 0);
}

/* ---- connecting ---- */

static int listen_at(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static enum via_status connect_to(struct world *world, const char *path)
{
    return unix_link_connect(&world->end->link, world->pair.loop, path, world->end->outbox,
                             &link_end_events, world->end);
}

static void it_connects_to_who_listens(void **state)
{
    struct world *world = *state;
    int listener = listen_at(world->path, 1);
    assert_int_equal(connect_to(world, world->path), VIA_OK);
    assert_false(world->end->opened);
    link_pair_turn_until(&world->pair, a_is_opened);
    world->peer = accept(listener, NULL, NULL);
    assert_true(world->peer >= 0);
    (void)close(listener);
}

static void nobody_there_is_said_at_once(void **state)
{
    struct world *world = *state;
    char long_path[200];
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    assert_int_equal(connect_to(world, world->path), VIA_NOT_CONNECTED);
    int listener = listen_at(world->path, 1);
    (void)close(listener); /* the file is still there */
    assert_int_equal(connect_to(world, world->path), VIA_NOT_CONNECTED);
    assert_int_equal(connect_to(world, long_path), VIA_INVALID);
    assert_int_equal(connect_to(world, ""), VIA_INVALID);
    assert_null(world->end->link);
}

static void it_waits_for_a_place_in_the_listeners_queue(void **state)
{
    struct world *world = *state;
    int listener = listen_at(world->path, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", world->path);
    int waiting[8];
    size_t n_waiting = 0;
    for (;;) {
        assert_true(n_waiting < 8);
        waiting[n_waiting] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connect(waiting[n_waiting++], (const struct sockaddr *)&address, sizeof address) < 0)
            break;
    }
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(connect_to(world, world->path), VIA_OK);
    assert_int_equal(loop_turn(world->pair.loop, 0, &world->pair.lock), VIA_OK);
    assert_false(world->end->opened);
    for (size_t i = 0; i < n_waiting; i++) {
        int fd = i + 1 < n_waiting ? accept(listener, NULL, NULL) : -1;
        if (fd >= 0)
            (void)close(fd);
        (void)close(waiting[i]);
    }
    link_pair_turn_until(&world->pair, a_is_opened);
    (void)close(listener);
}

int main(void)
{
#define PAIR_TEST(function) cmocka_unit_test_setup_teardown(function, make_pair, destroy_pair)
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_world, end_world)
#define BARE_TEST(function) cmocka_unit_test_setup_teardown(function, make_bare_world, end_world)
    const struct CMUnitTest tests[] = {
        PAIR_TEST(descriptors_come_before_their_octets),
        PAIR_TEST(as_many_descriptors_as_a_block_holds_arrive),
        PAIR_TEST(descriptors_without_room_are_told_as_lost),
        PAIR_TEST(a_read_has_the_descriptors_of_one_block),
        PAIR_TEST(descriptors_nobody_asked_for_are_closed),
        TEST(it_knows_who_is_at_the_other_end),
        TEST(an_end_within_a_frame_is_told_as_such),
        TEST(an_end_with_octets_of_ours_unread_is_an_end),
        TEST(one_turn_takes_a_bounded_amount),
        TEST(what_is_held_reads_nothing_more),
        TEST(closing_does_not_wait_for_ever_for_a_reader),
        BARE_TEST(what_is_no_socket_stays_with_its_owner),
        BARE_TEST(it_connects_to_who_listens),
        BARE_TEST(nobody_there_is_said_at_once),
        BARE_TEST(it_waits_for_a_place_in_the_listeners_queue),
    };
    return cmocka_run_group_tests_name("unix_link", tests, NULL, NULL);
}
