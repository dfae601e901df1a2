/*
 * Semaphores.
 */
#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <sys/time.h>

#include "tests/unit/bridge/phoenix/waiting.h"

#define N_THREADS 4
#define N_ROUNDS 1000

struct taker {
    semaphore_t *semaphore;
    int n;
    int result;
};

static void take(void *arg)
{
    struct taker *taker = arg;
    for (int i = 0; i < taker->n; i++) {
        taker->result = semaphoreDown(taker->semaphore, 0);
        if (taker->result < 0)
            return;
    }
}

static void as_many_are_taken_as_there_are(void **state)
{
    (void)state;
    semaphore_t semaphore;
    assert_int_equal(semaphoreCreate(&semaphore, 2), 0);
    assert_int_equal(semaphoreDown(&semaphore, 0), 0);
    assert_int_equal(semaphoreDown(&semaphore, 1), 0);
    assert_int_equal(semaphoreDown(&semaphore, 1), -ETIME);
    assert_int_equal(semaphoreUp(&semaphore), 0);
    assert_int_equal(semaphoreDown(&semaphore, -1), 0);
    assert_int_equal(semaphoreDown(&semaphore, -1), -ETIME);
    assert_int_equal(semaphoreDone(&semaphore), 0);
}

static void a_time_limit_is_of_the_whole_wait(void **state)
{
    (void)state;
    semaphore_t semaphore;
    time_t before = 0;
    time_t after = 0;
    assert_int_equal(semaphoreCreate(&semaphore, 0), 0);
    assert_int_equal(condSignal(semaphore.cond), 0); /* wakes it, for nothing */
    (void)gettime(&before, NULL);
    assert_int_equal(semaphoreDown(&semaphore, 20000), -ETIME);
    (void)gettime(&after, NULL);
    assert_true(after - before >= 20000);
    assert_int_equal(semaphoreDone(&semaphore), 0);
}

static void none_is_lost_between_threads(void **state)
{
    (void)state;
    semaphore_t semaphore;
    struct taker takers[N_THREADS];
    int tids[N_THREADS];
    assert_int_equal(semaphoreCreate(&semaphore, 0), 0);
    for (int i = 0; i < N_THREADS; i++) {
        takers[i] = (struct taker){.semaphore = &semaphore, .n = N_ROUNDS, .result = 1};
        assert_int_equal(beginthreadex(take, 4, NULL, 0, &takers[i], &tids[i]), 0);
    }
    for (int i = 0; i < N_THREADS * N_ROUNDS; i++)
        assert_int_equal(semaphoreUp(&semaphore), 0);
    for (int i = 0; i < N_THREADS; i++) {
        assert_int_equal(threadJoin(tids[i], 0), tids[i]);
        assert_int_equal(takers[i].result, 0);
    }
    assert_int_equal(semaphoreDown(&semaphore, 1), -ETIME);
    assert_int_equal(semaphoreDone(&semaphore), 0);
}

static void who_waits_for_one_that_goes_gets_an_error(void **state)
{
    (void)state;
    semaphore_t semaphore;
    int tid = 0;
    assert_int_equal(semaphoreCreate(&semaphore, 0), 0);
    struct taker taker = {.semaphore = &semaphore, .n = 1, .result = 1};
    assert_int_equal(beginthreadex(take, 4, NULL, 0, &taker, &tid), 0);
    until_waiting(semaphore.cond, HANDLE_CONDITION, 1);
    assert_int_equal(semaphoreDone(&semaphore), 0);
    assert_int_equal(threadJoin(tid, 0), tid);
    assert_int_equal(taker.result, -EINVAL);
    assert_int_equal(semaphoreUp(&semaphore), -EINVAL);
    assert_int_equal(semaphoreDown(&semaphore, 0), -EINVAL);
}

static void there_are_not_more_than_an_int_has(void **state)
{
    (void)state;
    semaphore_t semaphore;
    assert_int_equal(semaphoreCreate(&semaphore, INT_MAX), 0);
    assert_int_equal(semaphoreUp(&semaphore), -EOVERFLOW);
    assert_int_equal(semaphoreDown(&semaphore, 0), 0);
    assert_int_equal(semaphoreUp(&semaphore), 0);
    assert_int_equal(semaphoreDone(&semaphore), 0);
    assert_int_equal(semaphoreCreate(&semaphore, (unsigned int)INT_MAX + 1), -EINVAL);
    assert_int_equal(semaphoreCreate(NULL, 0), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_are_taken_as_there_are),
        cmocka_unit_test(a_time_limit_is_of_the_whole_wait),
        cmocka_unit_test(none_is_lost_between_threads),
        cmocka_unit_test(who_waits_for_one_that_goes_gets_an_error),
        cmocka_unit_test(there_are_not_more_than_an_int_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
