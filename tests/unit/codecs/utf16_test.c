/*
 * UTF-16: every code point there and back, and surrogates alone.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/utf16.h"
#include "codecs/utf8.h"

static void every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        if (point >= 0xd800 && point <= 0xdfff)
            continue;
        uint8_t text[UTF8_MAX];
        uint8_t units[2 * UTF8_MAX];
        uint32_t back = 0;
        size_t size = utf8_encode(point, text);
        size_t units_size = utf16_from_utf8((const char *)text, size, units);
        assert_int_equal(utf16_decode(units, units_size / 2, &back), units_size / 2);
        assert_int_equal(back, point);
    }
}

static void a_surrogate_needs_its_other_half(void **state)
{
    (void)state;
    static const uint8_t pair[] = {0x3d, 0xd8, 0x00, 0xde}; /* U+1F600 */
    static const uint8_t reversed[] = {0x00, 0xde, 0x3d, 0xd8};
    static const uint8_t two_high[] = {0x3d, 0xd8, 0x3d, 0xd8};
    static const uint8_t behind[] = {0x3d, 0xd8, 0x41, 0x00};
    assert_true(utf16_check(pair, 2));
    assert_true(utf16_check(pair, 0));
    assert_false(utf16_check(pair, 1));
    assert_false(utf16_check(reversed, 2));
    assert_false(utf16_check(two_high, 2));
    assert_false(utf16_check(behind, 2));
}

static void units_are_little_endian(void **state)
{
    (void)state;
    uint8_t units[8];
    assert_int_equal(utf16_from_utf8("a\xe2\x82\xac", 4, units), 4);
    assert_memory_equal(units, "a\0\xac\x20", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_comes_back),
        cmocka_unit_test(a_surrogate_needs_its_other_half),
        cmocka_unit_test(units_are_little_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
