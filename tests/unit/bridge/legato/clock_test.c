/*
 * Arithmetic of times.
 */
#include <cmocka.h>

#include "include/legato/le_clock.h"

static void assert_time(le_clk_Time_t time, time_t sec, long usec)
{
    assert_int_equal(time.sec, sec);
    assert_int_equal(time.usec, usec);
}

static void sums_and_differences_carry(void **state)
{
    (void)state;
    le_clk_Time_t a = {.sec = 1, .usec = 700000};
    le_clk_Time_t b = {.sec = 2, .usec = 300000};
    assert_time(le_clk_Add(a, b), 4, 0);
    assert_time(le_clk_Sub(b, a), 0, 600000);
    assert_time(le_clk_Sub(a, b), -1, 400000);
    assert_time(le_clk_Multiply(3, a), 5, 100000);
    assert_time(le_clk_Multiply(-1, a), -2, 300000);
    assert_time(le_clk_Multiply(0, a), 0, 0);
}

static void times_compare(void **state)
{
    (void)state;
    le_clk_Time_t a = {.sec = 1, .usec = 5};
    le_clk_Time_t b = {.sec = 1, .usec = 6};
    le_clk_Time_t c = {.sec = 2, .usec = 0};
    assert_true(le_clk_GreaterThan(b, a));
    assert_true(le_clk_GreaterThan(c, b));
    assert_false(le_clk_GreaterThan(a, a));
    assert_true(le_clk_Equal(a, a));
    assert_false(le_clk_Equal(a, b));
    assert_false(le_clk_Equal(b, c));
}

static void clocks_go_forward(void **state)
{
    (void)state;
    le_clk_Time_t first = le_clk_GetRelativeTime();
    assert_in_range(first.usec, 0, 999999);
    assert_false(le_clk_GreaterThan(first, le_clk_GetRelativeTime()));
    assert_true(le_clk_GetAbsoluteTime().sec > 1600000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_differences_carry),
        cmocka_unit_test(times_compare),
        cmocka_unit_test(clocks_go_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
