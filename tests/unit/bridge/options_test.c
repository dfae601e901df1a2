/*
 * Options of programs that were built with another version.
 */
#include <cmocka.h>
#include <stdint.h>

#include "bridge/options.h"

struct options {
    size_t size;
    uint32_t first;
    uint32_t second; /* came later */
};

static const size_t least = offsetof(struct options, second);

static void none_are_the_defaults(void **state)
{
    (void)state;
    struct options options = {0};
    assert_true(options_take(&options, sizeof options, least, NULL));
    assert_int_equal(options.first, 0);
}

static void an_older_program_has_what_it_knows(void **state)
{
    (void)state;
    const struct options given = {.size = least, .first = 1, .second = 2};
    struct options options = {0};
    assert_true(options_take(&options, sizeof options, least, &given));
    assert_int_equal(options.first, 1);
    assert_int_equal(options.second, 0);
}

static void other_sizes_are_refused(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, least - 1, sizeof(struct options) + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const struct options given = {.size = sizes[i], .first = 1};
        struct options options = {0};
        assert_false(options_take(&options, sizeof options, least, &given));
        assert_int_equal(options.first, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_are_the_defaults),
        cmocka_unit_test(an_older_program_has_what_it_knows),
        cmocka_unit_test(other_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
