/*
 * The clock, differences and sleeps. A sleep's end is checked from below only: a busy machine makes
 * it later.
 */
#include <cmocka.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "include/hdf/osal_time.h"

static uint64_t now_us(void)
{
    OsalTimespec now;
    assert_int_equal(OsalGetTime(&now), HDF_SUCCESS);
    assert_true(now.usec < 1000000);
    return now.sec * 1000000 + now.usec;
}

static void the_clock_is_the_monotonic_one(void **state)
{
    (void)state;
    struct timespec before, after;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    uint64_t us = now_us();
    uint64_t ms = OsalGetSysTimeMs();
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    uint64_t least = (uint64_t)before.tv_sec * 1000000 + (uint64_t)before.tv_nsec / 1000;
    uint64_t most = (uint64_t)after.tv_sec * 1000000 + (uint64_t)after.tv_nsec / 1000;
    assert_in_range(us, least, most);
    assert_in_range(ms, us / 1000, most / 1000);
    assert_int_equal(OsalGetTime(NULL), HDF_ERR_INVALID_PARAM);
}

static void assert_difference(OsalTimespec start, OsalTimespec end, uint64_t sec, uint64_t usec)
{
    OsalTimespec diff = {99, 99};
    assert_int_equal(OsalDiffTime(&start, &end, &diff), HDF_SUCCESS);
    assert_true(diff.sec == sec && diff.usec == usec);
}

static void a_difference_borrows_a_second(void **state)
{
    (void)state;
    assert_difference((OsalTimespec){0, 0}, (OsalTimespec){0, 0}, 0, 0);
    assert_difference((OsalTimespec){1, 5}, (OsalTimespec){3, 7}, 2, 2);
    assert_difference((OsalTimespec){1, 999999}, (OsalTimespec){2, 0}, 0, 1);
    assert_difference((OsalTimespec){0, 0}, (OsalTimespec){UINT64_MAX, 999999}, UINT64_MAX, 999999);
    assert_difference((OsalTimespec){0, 1}, (OsalTimespec){UINT64_MAX, 0}, UINT64_MAX - 1, 999999);
}

static void a_difference_may_be_written_over_its_end(void **state)
{
    (void)state;
    OsalTimespec start = {1, 999999}, end = {3, 0};
    assert_int_equal(OsalDiffTime(&start, &end, &end), HDF_SUCCESS);
    assert_true(end.sec == 1 && end.usec == 1);
}

static void no_difference_runs_backwards(void **state)
{
    (void)state;
    OsalTimespec early = {1, 1}, late = {1, 2}, later = {2, 0}, odd = {3, 1000000};
    OsalTimespec diff = {99, 99};
    assert_int_equal(OsalDiffTime(&late, &early, &diff), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalDiffTime(&later, &late, &diff), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalDiffTime(&early, &odd, &diff), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalDiffTime(NULL, &late, &diff), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalDiffTime(&early, NULL, &diff), HDF_ERR_INVALID_PARAM);
    assert_int_equal(OsalDiffTime(&early, &late, NULL), HDF_ERR_INVALID_PARAM);
    assert_true(diff.sec == 99 && diff.usec == 99);
}

static void a_sleep_is_as_long_as_it_says(void **state)
{
    (void)state;
    uint64_t start = now_us();
    OsalUSleep(1500);
    uint64_t after_us = now_us();
    assert_true(after_us - start >= 1500);
    OsalMSleep(2);
    uint64_t after_ms = now_us();
    assert_true(after_ms - after_us >= 2000);
    OsalSleep(1);
    assert_true(now_us() - after_ms >= 1000000);
    OsalSleep(0);
    OsalMSleep(0);
    OsalUSleep(0);
    OsalMDelay(UINT32_MAX);
    OsalUDelay(UINT32_MAX);
}

static volatile sig_atomic_t n_alarms;

static void count_alarm(int number)
{
    (void)number;
    n_alarms++;
}

static void a_signal_does_not_end_a_sleep(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = count_alarm}, before;
    struct itimerval every = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
    uint64_t start = now_us();
    OsalMSleep(30);
    uint64_t slept = now_us() - start;
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(n_alarms > 0);
    assert_true(slept >= 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_is_the_monotonic_one),
        cmocka_unit_test(a_difference_borrows_a_second),
        cmocka_unit_test(a_difference_may_be_written_over_its_end),
        cmocka_unit_test(no_difference_runs_backwards),
        cmocka_unit_test(a_sleep_is_as_long_as_it_says),
        cmocka_unit_test(a_signal_does_not_end_a_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
