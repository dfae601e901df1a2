/*
 * Strings of UTF-8: no character is cut, nothing is read behind a NUL.
 */
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "include/legato/le_utf8.h"

static void a_copy_ends_between_characters(void **state)
{
    (void)state;
    char target[8];
    size_t copied = 99;
    assert_int_equal(le_utf8_Copy(target, "abc", sizeof target, &copied), LE_OK);
    assert_string_equal(target, "abc");
    assert_int_equal(copied, 3);
    /* the two octets of the last would need 5 with the NUL */
    assert_int_equal(le_utf8_Copy(target, "ab\xc3\xa4", 4, &copied), LE_OVERFLOW);
    assert_string_equal(target, "ab");
    assert_int_equal(copied, 2);
    assert_int_equal(le_utf8_Copy(target, "ab\xc3\xa4", 5, NULL), LE_OK);
    assert_int_equal(le_utf8_Copy(target, "\xf0\x9f\x98\x80", 4, &copied), LE_OVERFLOW);
    assert_string_equal(target, "");
    assert_int_equal(le_utf8_Copy(target, "", 1, &copied), LE_OK);
    assert_int_equal(le_utf8_Copy(target, "", 0, &copied), LE_OVERFLOW);
    assert_int_equal(copied, 0);
}

static void bad_octets_are_copied_one_by_one(void **state)
{
    (void)state;
    char target[8];
    const char cut[] = {'a', (char)0xf0, (char)0x9f, '\0', 'x'};
    assert_int_equal(le_utf8_Copy(target, cut, sizeof target, NULL), LE_OK);
    assert_string_equal(target, cut);
    assert_false(le_utf8_IsFormatCorrect(cut));
    assert_false(le_utf8_IsFormatCorrect("\x80"));
    assert_false(le_utf8_IsFormatCorrect("\xff"));
    assert_int_equal(le_utf8_NumChars("\xc3"), LE_FORMAT_ERROR);
}

static void characters_are_counted(void **state)
{
    (void)state;
    assert_int_equal(le_utf8_NumChars(""), 0);
    assert_int_equal(le_utf8_NumChars("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 4);
    assert_int_equal(le_utf8_NumBytesInChar('a'), 1);
    assert_int_equal(le_utf8_NumBytesInChar((char)0xc3), 2);
    assert_int_equal(le_utf8_NumBytesInChar((char)0xe2), 3);
    assert_int_equal(le_utf8_NumBytesInChar((char)0xf0), 4);
    assert_int_equal(le_utf8_NumBytesInChar((char)0x80), 0);
    assert_int_equal(le_utf8_NumBytesInChar((char)0xf8), 0);
    assert_true(le_utf8_IsFormatCorrect("a\xc3\xa4"));
}

static void text_is_appended(void **state)
{
    (void)state;
    char target[6] = "ab";
    size_t size = 0;
    assert_int_equal(le_utf8_Append(target, "cd", sizeof target, &size), LE_OK);
    assert_string_equal(target, "abcd");
    assert_int_equal(size, 4);
    assert_int_equal(le_utf8_Append(target, "\xc3\xa4", sizeof target, &size), LE_OVERFLOW);
    assert_string_equal(target, "abcd");
    assert_int_equal(size, 4);
    const char full[2] = {'x', 'y'}; /* no NUL: no room */
    memcpy(target, full, 2);
    assert_int_equal(le_utf8_Append(target, "z", 2, &size), LE_OVERFLOW);
    assert_int_equal(size, 2);
}

static void a_copy_stops_before_a_text(void **state)
{
    (void)state;
    char target[16];
    size_t copied = 0;
    assert_int_equal(le_utf8_CopyUpToSubStr(target, "key=value", "=", sizeof target, &copied),
                     LE_OK);
    assert_string_equal(target, "key");
    assert_int_equal(copied, 3);
    assert_int_equal(le_utf8_CopyUpToSubStr(target, "key", "=", sizeof target, &copied), LE_OK);
    assert_string_equal(target, "key");
    assert_int_equal(le_utf8_CopyUpToSubStr(target, "key=value", "=", 3, &copied), LE_OVERFLOW);
    assert_string_equal(target, "ke");
}

static void numbers_are_read(void **state)
{
    (void)state;
    int value = 5;
    assert_int_equal(le_utf8_ParseInt(&value, "-2147483648"), LE_OK);
    assert_int_equal(value, INT_MIN);
    assert_int_equal(le_utf8_ParseInt(&value, "0x7fffffff"), LE_OK);
    assert_int_equal(value, INT_MAX);
    assert_int_equal(le_utf8_ParseInt(&value, "010"), LE_OK);
    assert_int_equal(value, 10);
    assert_int_equal(le_utf8_ParseInt(&value, "2147483648"), LE_OUT_OF_RANGE);
    assert_int_equal(le_utf8_ParseInt(&value, "99999999999999999999"), LE_OUT_OF_RANGE);
    assert_int_equal(le_utf8_ParseInt(&value, ""), LE_FORMAT_ERROR);
    assert_int_equal(le_utf8_ParseInt(&value, "12a"), LE_FORMAT_ERROR);
    assert_int_equal(value, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_ends_between_characters),
        cmocka_unit_test(bad_octets_are_copied_one_by_one),
        cmocka_unit_test(characters_are_counted),
        cmocka_unit_test(text_is_appended),
        cmocka_unit_test(a_copy_stops_before_a_text),
        cmocka_unit_test(numbers_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
