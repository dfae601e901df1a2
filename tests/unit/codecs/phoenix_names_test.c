/*
 * Numbers and their names, both ways.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/phoenix_names.h"

static const struct {
    const struct phoenix_names *names;
    const char *text;
    uint32_t number;
} known[] = {
    {&phoenix_attributes, "atMode", 0},        {&phoenix_attributes, "atPollStatus", 8},
    {&phoenix_attributes, "atDev", 14},        {&phoenix_objects, "otDir", 0},
    {&phoenix_objects, "otSymlink", 3},        {&phoenix_entries, "DT_DIR", 4},
    {&phoenix_entries, "DT_WHT", 14},          {&phoenix_open_flags, "O_RDONLY", 1},
    {&phoenix_open_flags, "O_DSYNC", 0x10000}, {&phoenix_errors, "ENOENT", 2},
    {&phoenix_errors, "ENOSYS", 38},           {&phoenix_errors, "ETIME", 62},
};

static void names_and_numbers_belong_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t number = UINT32_MAX;
        assert_string_equal(phoenix_name_of(known[i].names, known[i].number), known[i].text);
        assert_true(
            phoenix_number_of(known[i].names, known[i].text, strlen(known[i].text), &number));
        assert_int_equal(number, known[i].number);
    }
}

static void others_have_none(void **state)
{
    (void)state;
    uint32_t number = 7;
    assert_null(phoenix_name_of(&phoenix_attributes, 15));
    assert_null(phoenix_name_of(&phoenix_open_flags, 0));
    assert_false(phoenix_number_of(&phoenix_objects, "otDirs", 6, &number));
    assert_false(phoenix_number_of(&phoenix_objects, "otDi", 4, &number));
    assert_false(phoenix_number_of(&phoenix_objects, "", 0, &number));
    assert_int_equal(number, 7);
}

static void all_are_told_in_turn(void **state)
{
    (void)state;
    uint32_t number = 0, bits = 0;
    size_t n = 0;
    for (; phoenix_name_at(&phoenix_open_flags, n, &number) != NULL; n++)
        bits |= number;
    assert_int_equal(n, 14);
    assert_int_equal(bits, 0x1ff0f);
    assert_true(phoenix_names_are_bits(&phoenix_open_flags));
    assert_false(phoenix_names_are_bits(&phoenix_errors));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_belong_together),
        cmocka_unit_test(others_have_none),
        cmocka_unit_test(all_are_told_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
