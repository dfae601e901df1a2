/*
 * Fields by a clock.
 */
#include <cmocka.h>

#include "gateway/event_broker/field_clock.h"

#define MS 1000000ull
#define START 77777ull

static void a_field_begins_once(void **state)
{
    (void)state;
    struct field_clock clock;
    field_clock_start(&clock, 50, START);
    assert_true(field_clock_begin(&clock, START));
    assert_false(field_clock_begin(&clock, START + 20 * MS - 1));
    assert_int_equal(field_clock_next_ns(&clock), START + 20 * MS);
    assert_true(field_clock_begin(&clock, START + 20 * MS));
    assert_int_equal(field_clock_passed(&clock, START + 39 * MS), 0);
}

static void what_happens_after_a_pause_is_told_at_once(void **state)
{
    (void)state;
    struct field_clock clock;
    field_clock_start(&clock, 50, START);
    assert_true(field_clock_begin(&clock, START));
    /* fields 2 to 50 pass without anything; in the middle of the 51st something happens */
    assert_int_equal(field_clock_passed(&clock, START + 1010 * MS), 49);
    assert_true(field_clock_begin(&clock, START + 1010 * MS));
    assert_false(field_clock_begin(&clock, START + 1010 * MS));
    assert_int_equal(field_clock_next_ns(&clock), START + 1020 * MS);
}

static void it_begins_when_it_says_that_it_may(void **state)
{
    (void)state;
    static const uint32_t hertz[] = {1, 7, 50, 60, 999, 1000003};
    for (size_t i = 0; i < sizeof hertz / sizeof *hertz; i++) {
        struct field_clock clock;
        field_clock_start(&clock, hertz[i], START);
        assert_true(field_clock_begin(&clock, START));
        for (unsigned n = 0; n < 3000; n++) {
            const uint64_t next = field_clock_next_ns(&clock);
            assert_false(field_clock_begin(&clock, next - 1));
            assert_true(field_clock_begin(&clock, next));
        }
    }
}

static void a_hundred_years_are_counted(void **state)
{
    (void)state;
    const uint64_t years = 100ull * 365 * 86400;
    struct field_clock clock;
    field_clock_start(&clock, 60, START);
    assert_int_equal(field_clock_passed(&clock, START + years * 1000 * MS), UINT32_MAX);
    assert_int_equal(field_clock_passed(&clock, START + years * 1000 * MS), 0);
    assert_true(field_clock_begin(&clock, START + years * 1000 * MS));
    assert_int_equal(field_clock_next_ns(&clock),
                     START + years * 1000 * MS + (1000 * MS + 59) / 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_begins_once),
        cmocka_unit_test(what_happens_after_a_pause_is_told_at_once),
        cmocka_unit_test(it_begins_when_it_says_that_it_may),
        cmocka_unit_test(a_hundred_years_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
