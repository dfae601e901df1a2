/*
 * The clock.
 */
#include <cmocka.h>
#include <stdint.h>

#include "bridge/phoenix/moment.h"

#define US_PER_S 1000000

static void the_raw_clock_runs_and_the_offset_makes_it_the_date(void **state)
{
    (void)state;
    time_t first = 0;
    time_t second = 0;
    time_t offset = 0;
    const time_t before = time(NULL);
    assert_int_equal(gettime(&first, NULL), 0);
    assert_int_equal(gettime(&second, &offset), 0);
    assert_int_equal(gettime(NULL, NULL), 0);
    assert_true(first > 0 && second >= first);
    const time_t date = (second + offset) / US_PER_S;
    assert_true(date >= before - 1 && date <= time(NULL) + 1);
}

static time_t in_us(struct timespec moment)
{
    assert_in_range(moment.tv_nsec, 0, 999999999);
    return moment.tv_sec * US_PER_S + moment.tv_nsec / 1000;
}

static void a_moment_is_as_far_away_as_one_says(void **state)
{
    (void)state;
    time_t before = 0;
    time_t after = 0;
    (void)gettime(&before, NULL);
    const time_t moment = in_us(moment_in(1234567));
    (void)gettime(&after, NULL);
    assert_true(moment >= before + 1234567 && moment <= after + 1234567);
}

static void moments_beyond_the_ends_of_time(void **state)
{
    (void)state;
    const struct timespec last = moment_in(INT64_MAX);
    assert_int_equal(last.tv_sec, INT64_MAX / US_PER_S);
    const struct timespec past = moment_in(INT64_MIN);
    assert_int_equal(past.tv_sec, 0);
    assert_int_equal(past.tv_nsec, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_raw_clock_runs_and_the_offset_makes_it_the_date),
        cmocka_unit_test(a_moment_is_as_far_away_as_one_says),
        cmocka_unit_test(moments_beyond_the_ends_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
