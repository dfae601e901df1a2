/*
 * UTF-8 to UTF-16 and back: exact units, and what is refused.
 */
#include "bridge/openharmony/unicode.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

static void characters_become_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n_units;
        uint8_t units[8];
    } rows[] = {
        {"", 0, {0}},
        {"A", 1, {0x41, 0}},
        {"\xc3\xa4", 1, {0xe4, 0}},
        {"\xe2\x82\xac", 1, {0xac, 0x20}},
        {"\xf0\x9f\x98\x80", 2, {0x3d, 0xd8, 0x00, 0xde}},
        {"\xf0\x82\x82\xac", 1, {0xac, 0x20}}, /* overlong: lenient, as the system */
        {"\x80", 1, {0x80, 0}},                /* a stray continuation stands for itself */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = strlen(rows[i].text);
        size_t n_units = 99;
        uint8_t units[8] = {0};
        assert_true(unicode_n_units(rows[i].text, size, &n_units));
        assert_int_equal(n_units, rows[i].n_units);
        unicode_to_units(rows[i].text, size, units);
        assert_memory_equal(units, rows[i].units, sizeof units);
    }
}

static void a_character_cut_short_is_refused(void **state)
{
    (void)state;
    static const char text[] = "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
    size_t n_units = 0;
    for (size_t cut = 0; cut <= sizeof text - 1; cut++) {
        bool whole = cut == 0 || cut == 2 || cut == 5 || cut == 9;
        assert_int_equal(unicode_n_units(text, cut, &n_units), whole);
    }
    assert_int_equal(n_units, 4);
}

static void units_become_characters(void **state)
{
    (void)state;
    static const uint8_t units[] = {0x41, 0,    0xe4, 0,    0xac, 0x20, 0x3d, 0xd8,
                                    0x00, 0xde, 0xff, 0xdb, 0xff, 0xdf, 0xff, 0xff};
    static const char text[] = "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\xef\xbf\xbf";
    char out[32] = {0};
    size_t size = 0;
    assert_true(unicode_size(units, sizeof units / 2, &size));
    assert_int_equal(size, sizeof text - 1);
    unicode_from_units(units, sizeof units / 2, out);
    assert_string_equal(out, text);
}

static void unpaired_surrogates_are_refused(void **state)
{
    (void)state;
    static const uint8_t rows[][4] = {{0x00, 0xd8, 0x41, 0},
                                      {0x41, 0, 0x00, 0xd8},
                                      {0x00, 0xdc, 0x00, 0xdc},
                                      {0x00, 0xd8, 0x00, 0xd8}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = 0;
        assert_false(unicode_size(rows[i], 2, &size));
    }
}

static void a_zero_unit_ends_the_text(void **state)
{
    (void)state;
    static const uint8_t units[] = {0x41, 0, 0, 0, 0x42, 0};
    char out[4] = {'x', 'x', 'x', 'x'};
    size_t size = 0;
    assert_true(unicode_size(units, 3, &size));
    assert_int_equal(size, 1);
    unicode_from_units(units, 3, out);
    assert_memory_equal(out, "Axxx", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_become_units),
        cmocka_unit_test(a_character_cut_short_is_refused),
        cmocka_unit_test(units_become_characters),
        cmocka_unit_test(unpaired_surrogates_are_refused),
        cmocka_unit_test(a_zero_unit_ends_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
