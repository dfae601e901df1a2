/*
 * Threads.
 */
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/bridge/phoenix/waiting.h"

#define FORGOTTEN_AFTER 4096 /* that ended and were not joined */

struct story {
    handle_t gate; /* locked: it waits there */
    int tid;       /* its own */
    int told;      /* what beginthreadex() set before it ran */
    int priority;
    handle_t id;
};

static void run(void *arg)
{
    struct story *story = arg;
    story->tid = gettid();
    story->told = story->id;
    story->priority = priority(-1);
    if (story->gate != 0)
        (void)mutexLock(story->gate);
}

static void a_thread_runs_and_is_joined_once(void **state)
{
    (void)state;
    struct story story = {.gate = 0};
    assert_int_equal(beginthreadex(run, 2, NULL, 512, &story, &story.id), 0);
    const int id = story.id;
    assert_int_equal(threadJoin(id, 0), id);
    assert_int_equal(story.tid, id);
    assert_int_equal(story.told, id);
    assert_int_equal(story.priority, 2);
    assert_int_equal(threadJoin(id, 0), -EINVAL);
}

static void any_that_ended_the_first_first(void **state)
{
    (void)state;
    struct story stories[3];
    int ids[3];
    memset(stories, 0, sizeof stories);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(mutexCreate(&stories[i].gate), 0);
        assert_int_equal(mutexLock(stories[i].gate), 0);
        assert_int_equal(beginthreadex(run, 4, NULL, 0, &stories[i], &stories[i].id), 0);
        ids[i] = stories[i].id;
    }
    assert_int_equal(threadJoin(-1, 1), -ETIME);
    assert_int_equal(threadJoin(ids[1], 1), -ETIME);
    for (int i = 2; i >= 0; i--) {
        assert_int_equal(mutexUnlock(stories[i].gate), 0);
        assert_int_equal(threadJoin(-1, 0), ids[i]);
        assert_int_equal(resourceDestroy(stories[i].gate), 0);
    }
}

static void end_early(void *arg)
{
    *(int *)arg = 1;
    endthread();
}

static void a_thread_ends_itself(void **state)
{
    (void)state;
    int was_there = 0;
    assert_int_equal(beginthread(end_early, 4, NULL, 0, &was_there), 0);
    assert_true(threadJoin(-1, 0) > 0);
    assert_int_equal(was_there, 1);
}

static void use_stack(void *arg)
{
    char octets[256 * 1024];
    memset(octets, 1, sizeof octets);
    atomic_store((atomic_int *)arg, octets[sizeof octets - 1]);
}

static void a_tiny_stack_is_not_taken(void **state)
{
    (void)state;
    static char stack[512];
    atomic_int result = 0;
    int id = 0;
    assert_int_equal(beginthreadex(use_stack, 4, stack, sizeof stack, &result, &id), 0);
    assert_int_equal(threadJoin(id, 0), id);
    assert_int_equal(atomic_load(&result), 1);
}

static void read_stack_size(void *arg)
{
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    (void)pthread_attr_getstacksize(&attributes, arg);
    (void)pthread_attr_destroy(&attributes);
}

static void a_huge_one_is_given(void **state)
{
    (void)state;
    size_t size = 0;
    int id = 0;
    assert_int_equal(beginthreadex(read_stack_size, 4, NULL, 64u << 20, &size, &id), 0);
    assert_int_equal(threadJoin(id, 0), id);
    assert_true(size >= 64u << 20);
}

static void ask_for_itself(void *arg)
{
    *(int *)arg = threadJoin(gettid(), 0);
}

static void who_cannot_be_joined(void **state)
{
    (void)state;
    assert_int_equal(threadJoin(gettid(), 0), -EDEADLK);
    assert_int_equal(threadJoin(0, 0), -EINVAL);
    assert_int_equal(threadJoin(getppid(), 0), -EINVAL);
    int result = 0;
    int id = 0;
    assert_int_equal(beginthreadex(ask_for_itself, 4, NULL, 0, &result, &id), 0);
    assert_int_equal(threadJoin(id, 0), id);
    assert_int_equal(result, -EDEADLK);
}

static void what_cannot_be_begun(void **state)
{
    (void)state;
    assert_int_equal(beginthread(NULL, 4, NULL, 0, NULL), -EINVAL);
    assert_int_equal(beginthread(run, 8, NULL, 0, NULL), -EINVAL);
}

static void join_another(void *arg)
{
    struct story *story = arg;
    story->tid = threadJoin(story->id, 0);
}

static void two_join_one(void **state)
{
    (void)state;
    struct story story = {.gate = 0};
    assert_int_equal(mutexCreate(&story.gate), 0);
    assert_int_equal(mutexLock(story.gate), 0);
    assert_int_equal(beginthreadex(run, 4, NULL, 0, &story, &story.id), 0);
    struct story joiners[2] = {{.id = story.id}, {.id = story.id}};
    int ids[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(beginthreadex(join_another, 4, NULL, 0, &joiners[i], &ids[i]), 0);
    const int id = story.id;
    assert_int_equal(mutexUnlock(story.gate), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(threadJoin(ids[i], 0), ids[i]);
    assert_true((joiners[0].tid == id && joiners[1].tid == -EINVAL) ||
                (joiners[1].tid == id && joiners[0].tid == -EINVAL));
    assert_int_equal(resourceDestroy(story.gate), 0);
}

static void end(void *arg)
{
    (void)arg;
}

static bool is_a_thread(int tid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/task/%d", tid);
    return access(path, F_OK) == 0;
}

static void those_that_nobody_joins_are_forgotten(void **state)
{
    (void)state;
    for (int i = 0; i < FORGOTTEN_AFTER + 8; i++) {
        int id = 0;
        assert_int_equal(beginthreadex(end, 4, NULL, 0, NULL, &id), 0);
        while (is_a_thread(id))
            (void)sched_yield();
    }
    int n_joined = 0;
    while (threadJoin(-1, 1) > 0)
        n_joined++;
    assert_int_equal(n_joined, FORGOTTEN_AFTER);
}

static void a_priority_is_a_threads_own(void **state)
{
    (void)state;
    assert_int_equal(priority(-1), 4);
    assert_int_equal(priority(0), 0);
    assert_int_equal(priority(7), 7);
    assert_int_equal(priority(8), -EINVAL);
    assert_int_equal(priority(-2), -EINVAL);
    assert_int_equal(priority(-1), 7);
    struct story story = {.gate = 0};
    assert_int_equal(beginthreadex(run, 0, NULL, 0, &story, &story.id), 0);
    const int id = story.id;
    assert_int_equal(threadJoin(id, 0), id);
    assert_int_equal(story.priority, 0);
    assert_int_equal(priority(4), 4);
}

static void fork_and_ask(void *arg)
{
    const int parent = gettid();
    const pid_t child = fork();
    if (child == 0)
        _exit(threadJoin(parent, 0) == -EINVAL && threadJoin(gettid(), 0) == -EDEADLK &&
                      threadJoin(-1, 1) == -ETIME
                  ? 0
                  : 1);
    int status = -1;
    (void)waitpid(child, &status, 0);
    *(int *)arg = status;
}

static void a_child_has_no_threads_but_itself(void **state)
{
    (void)state;
    int status = -1;
    int ended = 0;
    int id = 0;
    assert_int_equal(beginthread(end_early, 4, NULL, 0, &ended), 0); /* the parent's to join */
    assert_int_equal(beginthreadex(fork_and_ask, 4, NULL, 0, &status, &id), 0);
    assert_int_equal(threadJoin(id, 0), id);
    assert_int_equal(status, 0);
    assert_true(threadJoin(-1, 0) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_runs_and_is_joined_once),
        cmocka_unit_test(any_that_ended_the_first_first),
        cmocka_unit_test(a_thread_ends_itself),
        cmocka_unit_test(a_tiny_stack_is_not_taken),
        cmocka_unit_test(a_huge_one_is_given),
        cmocka_unit_test(who_cannot_be_joined),
        cmocka_unit_test(what_cannot_be_begun),
        cmocka_unit_test(two_join_one),
        cmocka_unit_test(those_that_nobody_joins_are_forgotten),
        cmocka_unit_test(a_priority_is_a_threads_own),
        cmocka_unit_test(a_child_has_no_threads_but_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
