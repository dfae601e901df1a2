/*
 * Error numbers of Phoenix and of Linux.
 */
#include <cmocka.h>

#include "codecs/phoenix_errno.h"

static void the_five_that_differ_are_translated(void **state)
{
    (void)state;
    static const int32_t pairs[][2] = {{35, 38}, {37, 62}, {38, 35}, {66, 77}, {116, 37}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_int_equal(phoenix_errno_to_linux(-pairs[i][0]), -pairs[i][1]);
        assert_int_equal(phoenix_errno_from_linux(-pairs[i][1]), -pairs[i][0]);
    }
}

static void what_is_no_error_stays(void **state)
{
    (void)state;
    static const int32_t others[] = {0,   35, 37, 38,  62,    66,        77,
                                     116, -1, -2, -22, -4096, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(phoenix_errno_to_linux(others[i]), others[i]);
        assert_int_equal(phoenix_errno_from_linux(others[i]), others[i]);
    }
}

static void every_number_comes_back(void **state)
{
    (void)state;
    for (int32_t err = -200; err <= 200; err++) {
        assert_int_equal(phoenix_errno_from_linux(phoenix_errno_to_linux(err)), err);
        assert_int_equal(phoenix_errno_to_linux(phoenix_errno_from_linux(err)), err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_that_differ_are_translated),
        cmocka_unit_test(what_is_no_error_stays),
        cmocka_unit_test(every_number_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
