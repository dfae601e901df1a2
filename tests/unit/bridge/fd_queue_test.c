/*
 * Descriptors that wait for their frame, and the marks of those that were lost.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/fd_queue.h"
#include "tests/unit/bridge/descriptors.h"

struct world {
    struct fd_queue queue;
    size_t n_open;
};

static int make_world(void **state)
{
    static struct world world;
    world = (struct world){.n_open = count_descriptors()};
    *state = &world;
    return 0;
}

static int end_world(void **state)
{
    struct world *world = *state;
    fd_queue_deinit(&world->queue);
    assert_int_equal(count_descriptors(), world->n_open);
    return 0;
}

static void make(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(fds[i] >= 0);
    }
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(close(fds[i]), 0);
}

static void each_frame_has_its_own_in_order(void **state)
{
    struct world *world = *state;
    for (size_t size = 1; size <= OUTBOX_FDS_MAX; size *= 3) {
        int in[2 * OUTBOX_FDS_MAX], out[2 * OUTBOX_FDS_MAX];
        make(in, 2 * size);
        assert_true(fd_queue_put(&world->queue, in, size, false));
        assert_true(fd_queue_put(&world->queue, in + size, size, false));
        assert_true(fd_queue_take(&world->queue, out, size));
        assert_true(fd_queue_take(&world->queue, out + size, size));
        assert_memory_equal(in, out, 2 * size * sizeof *in);
        assert_int_equal(world->queue.n, 0);
        close_all(out, 2 * size);
    }
}

static void those_that_never_came_are_none(void **state)
{
    struct world *world = *state;
    int in[2], out[3];
    make(in, 2);
    assert_true(fd_queue_put(&world->queue, in, 2, false));
    assert_true(fd_queue_take(&world->queue, out, 3));
    assert_memory_equal(in, out, sizeof in);
    assert_int_equal(out[2], -1);
    close_all(out, 2);
    assert_true(fd_queue_take(&world->queue, out, 1));
    assert_int_equal(out[0], -1);
}

/* The frames before and after it have theirs. */
static void a_frame_that_lost_one_has_none(void **state)
{
    struct world *world = *state;
    for (size_t n_came = 0; n_came < 3; n_came++) {
        int in[8], out[3];
        make(in, 6 + n_came);
        assert_true(fd_queue_put(&world->queue, in, 3, false));
        assert_true(fd_queue_put(&world->queue, in + 6, n_came, true));
        assert_true(fd_queue_put(&world->queue, in + 3, 3, false));
        assert_true(fd_queue_take(&world->queue, out, 0)); /* one that has none */
        assert_true(fd_queue_take(&world->queue, out, 3));
        assert_memory_equal(out, in, sizeof out);
        assert_false(fd_queue_take(&world->queue, out, 3));
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(out[i], -1);
        for (size_t i = 0; i < n_came; i++)
            assert_true(fcntl(in[6 + i], F_GETFD) < 0);
        assert_true(fd_queue_take(&world->queue, out, 3));
        assert_memory_equal(out, in + 3, sizeof out);
        close_all(in, 6);
    }
}

static void it_has_an_end(void **state)
{
    struct world *world = *state;
    int fds[OUTBOX_FDS_MAX];
    for (int round = 0; round < 2; round++) {
        make(fds, OUTBOX_FDS_MAX);
        assert_true(fd_queue_put(&world->queue, fds, OUTBOX_FDS_MAX, true));
    }
    make(fds, 1);
    assert_false(fd_queue_put(&world->queue, fds, 1, false));
    assert_true(fcntl(fds[0], F_GETFD) < 0);
    assert_false(fd_queue_put(&world->queue, NULL, 0, true));
    assert_int_equal(world->queue.n, FD_QUEUE_MAX);
}

static void it_goes_to_another_process(void **state)
{
    struct world *world = *state;
    static const size_t sizes[] = {0, 2, OUTBOX_FDS_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int fds[OUTBOX_FDS_MAX], out[OUTBOX_FDS_MAX];
        struct state saved, loaded;
        struct fd_queue there = {.n = 0};
        make(fds, sizes[i]);
        state_save(&saved);
        assert_true(fd_queue_put(&world->queue, fds, sizes[i], false));
        assert_true(fd_queue_put(&world->queue, NULL, 0, true));
        fd_queue_state(&world->queue, &saved);
        assert_int_equal(saved.n_fds, sizes[i]);
        int *sent = malloc((sizes[i] + 1) * sizeof *sent);
        for (size_t k = 0; k < sizes[i]; k++)
            sent[k] = fcntl(saved.fds[k], F_DUPFD_CLOEXEC, 0);
        state_load(&loaded, saved.out.data, saved.out.size, sent, sizes[i]);
        fd_queue_state(&there, &loaded);
        assert_true(state_is_at_end(&loaded));
        assert_int_equal(there.n, sizes[i] + 1);
        assert_true(fd_queue_take(&there, out, sizes[i]));
        close_all(out, sizes[i]);
        assert_false(fd_queue_take(&there, out, 1));
        state_deinit(&loaded);
        state_deinit(&saved);
        fd_queue_deinit(&there);
        fd_queue_deinit(&world->queue);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, make_world, end_world)
    const struct CMUnitTest tests[] = {
        TEST(each_frame_has_its_own_in_order), TEST(those_that_never_came_are_none),
        TEST(a_frame_that_lost_one_has_none),  TEST(it_has_an_end),
        TEST(it_goes_to_another_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
