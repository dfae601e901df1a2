/*
 * Limits that the environment sets.
 */
#include <cmocka.h>
#include <stdlib.h>

#include "bridge/environment.h"

#define NAME "VIADUCT_TEST_SIZE"

static void a_number_in_bounds_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size;
    } good[] = {{"5", 5}, {"10", 10}, {"0007", 7}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t size = 99;
        assert_int_equal(setenv(NAME, good[i].text, 1), 0);
        assert_true(environment_octets(NAME, 5, 10, &size));
        assert_int_equal(size, good[i].size);
    }
    uint64_t size = 0;
    assert_int_equal(setenv(NAME, "18446744073709551615", 1), 0);
    assert_true(environment_octets(NAME, 0, UINT64_MAX, &size));
    assert_true(size == UINT64_MAX);
}

static void nothing_leaves_it_as_it_is(void **state)
{
    (void)state;
    uint64_t size = 99;
    assert_int_equal(setenv(NAME, "", 1), 0);
    assert_true(environment_octets(NAME, 5, 10, &size));
    assert_int_equal(unsetenv(NAME), 0);
    assert_true(environment_octets(NAME, 5, 10, &size));
    assert_int_equal(size, 99);
}

static void all_else_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "4", "11", "-5", "+5", " 5", "5 ", "5M", "0x5", "x", "5.0", "18446744073709551621"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t size = 99;
        assert_int_equal(setenv(NAME, bad[i], 1), 0);
        assert_false(environment_octets(NAME, 5, 10, &size));
        assert_int_equal(size, 99);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_in_bounds_is_taken),
        cmocka_unit_test(nothing_leaves_it_as_it_is),
        cmocka_unit_test(all_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
