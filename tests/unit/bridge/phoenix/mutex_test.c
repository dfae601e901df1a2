/*
 * Mutexes.
 */
#include <cmocka.h>
#include <errno.h>

#include "tests/unit/bridge/phoenix/waiting.h"

#define N_THREADS 8
#define N_ROUNDS 2000

struct contest {
    handle_t mutex;
    long count; /* not atomic: the mutex guards it */
    int result;
};

static void count_up(void *arg)
{
    struct contest *contest = arg;
    for (int i = 0; i < N_ROUNDS; i++) {
        (void)mutexLock(contest->mutex);
        contest->count++;
        (void)mutexUnlock(contest->mutex);
    }
}

static void one_thread_at_a_time(void **state)
{
    (void)state;
    struct contest contest = {.count = 0};
    assert_int_equal(mutexCreate(&contest.mutex), 0);
    int tids[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(beginthreadex(count_up, 4, NULL, 0, &contest, &tids[i]), 0);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(threadJoin(tids[i], 0), tids[i]);
    assert_int_equal(contest.count, N_THREADS * N_ROUNDS);
    assert_int_equal(resourceDestroy(contest.mutex), 0);
}

static void a_locked_one_is_busy_for_everybody(void **state)
{
    (void)state;
    handle_t mutex = 0;
    assert_int_equal(mutexCreate(&mutex), 0);
    assert_int_equal(mutexTry(mutex), 0);
    assert_int_equal(mutexTry(mutex), -EBUSY);
    assert_int_equal(mutexUnlock(mutex), 0);
    assert_int_equal(mutexUnlock(mutex), -EPERM);
    assert_int_equal(mutexLock(mutex), 0);
    assert_int_equal(resourceDestroy(mutex), 0);
}

static void unlock(void *arg)
{
    struct contest *contest = arg;
    contest->result = mutexUnlock(contest->mutex);
}

static void any_thread_unlocks(void **state)
{
    (void)state;
    struct contest contest = {.result = 1};
    int tid = 0;
    assert_int_equal(mutexCreate(&contest.mutex), 0);
    assert_int_equal(mutexLock(contest.mutex), 0);
    assert_int_equal(beginthreadex(unlock, 4, NULL, 0, &contest, &tid), 0);
    assert_int_equal(mutexLock(contest.mutex), 0); /* waits for that */
    assert_int_equal(threadJoin(tid, 0), tid);
    assert_int_equal(contest.result, 0);
    assert_int_equal(resourceDestroy(contest.mutex), 0);
}

static void lock(void *arg)
{
    struct contest *contest = arg;
    contest->result = mutexLock(contest->mutex);
}

static void those_that_wait_for_one_that_goes_get_an_error(void **state)
{
    (void)state;
    struct contest contests[3];
    int tids[3];
    handle_t mutex = 0;
    assert_int_equal(mutexCreate(&mutex), 0);
    assert_int_equal(mutexLock(mutex), 0);
    for (int i = 0; i < 3; i++) {
        contests[i] = (struct contest){.mutex = mutex, .result = 1};
        assert_int_equal(beginthreadex(lock, 4, NULL, 0, &contests[i], &tids[i]), 0);
    }
    until_waiting(mutex, HANDLE_MUTEX, 3);
    assert_int_equal(resourceDestroy(mutex), -EBUSY);
    assert_int_equal(resourceDestroy(mutex), -EINVAL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(threadJoin(tids[i], 0), tids[i]);
        assert_int_equal(contests[i].result, -EINVAL);
    }
}

struct pair {
    handle_t first, second;
    long *count;
};

static void count_with_both(void *arg)
{
    const struct pair *pair = arg;
    for (int i = 0; i < N_ROUNDS; i++) {
        if (mutexLock2(pair->first, pair->second) != 0)
            return;
        (*pair->count)++;
        (void)mutexUnlock(pair->first);
        (void)mutexUnlock(pair->second);
    }
}

static void two_in_either_order(void **state)
{
    (void)state;
    long n_rounds = 0;
    struct pair pair = {.count = &n_rounds};
    assert_int_equal(mutexCreate(&pair.first), 0);
    assert_int_equal(mutexCreate(&pair.second), 0);
    struct pair turned = {pair.second, pair.first, &n_rounds};
    int tids[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            beginthreadex(count_with_both, 4, NULL, 0, i % 2 == 0 ? &pair : &turned, &tids[i]), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(threadJoin(tids[i], 0), tids[i]);
    assert_int_equal(n_rounds, 4 * N_ROUNDS);

    assert_int_equal(mutexLock2(pair.first, pair.first), -EINVAL);
    assert_int_equal(resourceDestroy(pair.second), 0);
    assert_int_equal(mutexLock2(pair.first, pair.second), -EINVAL);
    assert_int_equal(mutexLock2(pair.second, pair.first), -EINVAL);
    assert_int_equal(mutexTry(pair.first), 0);
    assert_int_equal(resourceDestroy(pair.first), 0);
}

static void what_is_no_mutex(void **state)
{
    (void)state;
    handle_t condition = 0;
    assert_int_equal(condCreate(&condition), 0);
    const handle_t none[] = {0, -1, condition, 0x7fffffff};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(mutexLock(none[i]), -EINVAL);
        assert_int_equal(mutexTry(none[i]), -EINVAL);
        assert_int_equal(mutexUnlock(none[i]), -EINVAL);
    }
    assert_int_equal(mutexCreate(NULL), -EFAULT);
    assert_int_equal(resourceDestroy(condition), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_at_a_time),
        cmocka_unit_test(a_locked_one_is_busy_for_everybody),
        cmocka_unit_test(any_thread_unlocks),
        cmocka_unit_test(those_that_wait_for_one_that_goes_get_an_error),
        cmocka_unit_test(two_in_either_order),
        cmocka_unit_test(what_is_no_mutex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
