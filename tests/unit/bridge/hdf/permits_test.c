/*
 * Permits: what threads take is what others give, and never more than there may be.
 */
#include <cmocka.h>
#include <pthread.h>

#include "bridge/hdf/deadline.h"
#include "bridge/hdf/permits.h"

static void so_many_can_be_taken_as_there_are(void **state)
{
    (void)state;
    struct permits *permits = permits_create(2, 3);
    assert_false(permits_are_whole(permits));
    assert_true(permits_take(permits, 0));
    assert_true(permits_take(permits, UINT32_MAX));
    assert_false(permits_take(permits, 0));
    for (int i = 0; i < 3; i++)
        assert_true(permits_give(permits));
    assert_true(permits_are_whole(permits));
    assert_false(permits_give(permits));
    permits_destroy(permits);
}

static void who_waits_gives_up_in_time_and_not_before(void **state)
{
    (void)state;
    struct permits *permits = permits_create(0, 1);
    struct timespec end = deadline_after((uint64_t)30 * US_PER_MS), now;
    assert_false(permits_take(permits, 30));
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    assert_true(now.tv_sec > end.tv_sec ||
                (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec));
    permits_destroy(permits);
}

#define N 20000

static struct permits *there, *back;

static void *answer(void *user)
{
    (void)user;
    for (int i = 0; i < N; i++)
        if (!permits_take(there, UINT32_MAX) || !permits_give(back))
            return NULL;
    return &there;
}

static void what_one_gives_the_other_takes(void **state)
{
    (void)state;
    pthread_t thread;
    void *end = NULL;
    there = permits_create(0, 1);
    back = permits_create(0, 1);
    assert_int_equal(pthread_create(&thread, NULL, answer, NULL), 0);
    for (int i = 0; i < N; i++) {
        assert_true(permits_give(there));
        assert_true(permits_take(back, UINT32_MAX));
    }
    (void)pthread_join(thread, &end);
    assert_non_null(end);
    permits_destroy(there);
    permits_destroy(back);
}

static void *give(void *user)
{
    (void)permits_give(user);
    return NULL;
}

static void who_has_taken_may_destroy_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        pthread_t thread;
        struct permits *permits = permits_create(0, 1);
        assert_int_equal(pthread_create(&thread, NULL, give, permits), 0);
        assert_true(permits_take(permits, UINT32_MAX));
        permits_destroy(permits);
        (void)pthread_join(thread, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_can_be_taken_as_there_are),
        cmocka_unit_test(who_waits_gives_up_in_time_and_not_before),
        cmocka_unit_test(what_one_gives_the_other_takes),
        cmocka_unit_test(who_has_taken_may_destroy_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
