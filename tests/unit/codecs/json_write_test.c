/*
 * The writer: what values look like, and that any octets give JSON.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/json_pull.h"
#include "codecs/json_write.h"
#include "tests/unit/codecs/seed.h"

static struct buffer out;

static int open_buffer(void **state)
{
    (void)state;
    buffer_init(&out, SIZE_MAX);
    return 0;
}

static int close_buffer(void **state)
{
    (void)state;
    buffer_deinit(&out);
    return 0;
}

static void expect(const char *text)
{
    assert_int_equal(out.status, VIA_OK);
    if (out.size != strlen(text) || memcmp(out.data, text, out.size) != 0)
        fail_msg("%.*s, not %s", (int)out.size, (char *)out.data, text);
    buffer_cut(&out, 0);
}

static void values_look_as_the_grammar_says(void **state)
{
    (void)state;
    json_write_text(&out, "[");
    json_write_u64(&out, UINT64_MAX);
    json_write_text(&out, ",");
    json_write_i64(&out, INT64_MIN);
    json_write_text(&out, ",");
    json_write_bool(&out, true);
    json_write_text(&out, ",");
    json_write_bool(&out, false);
    json_write_text(&out, ",");
    json_write_f64(&out, -21.5);
    json_write_text(&out, ",");
    json_write_f32(&out, 0.1f);
    json_write_text(&out, ",");
    json_write_base64(&out, "\xff\xfe\xfd", 3);
    json_write_text(&out, "]");
    expect("[18446744073709551615,-9223372036854775808,true,false,-21.5,0.1,\"//79\"]");
}

static void strings_are_escaped_where_they_must(void **state)
{
    (void)state;
    json_write_string(&out, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9", 16);
    expect("\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\"");
    json_write_string(&out, "\v\0", 2);
    expect("\"\\u000b\\u0000\"");
    json_write_string(&out, NULL, 0);
    expect("\"\"");
}

static void what_is_not_utf_8_is_replaced(void **state)
{
    (void)state;
    json_write_string(&out, "a\xff\xfe\"b\xc3", 6);
    expect("\"a\xef\xbf\xbd\xef\xbf\xbd\\\"b\xef\xbf\xbd\"");
}

static void utf_16_becomes_utf_8(void **state)
{
    (void)state;
    static const uint8_t units[] = {'a', 0, '"', 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde, 0x3d, 0xd8};
    json_write_utf16(&out, units, sizeof units / 2);
    expect("\"a\\\"\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd\"");
}

/* Whatever octets a string has, what is written is JSON; and if they are UTF-8, they come back. */
static void any_string_is_json(void **state)
{
    (void)state;
    struct seed seed = seed_start(__func__);
    for (int i = 0; i < 20000; i++) {
        uint8_t text[40];
        size_t size = seed_below(&seed, sizeof text + 1);
        for (size_t at = 0; at < size; at++)
            text[at] = (uint8_t)(seed_next(&seed) & (i % 2 == 0 ? 0x7f : 0xff));
        json_write_string(&out, text, size);
        assert_int_equal(out.status, VIA_OK);

        struct json_pull pull;
        struct json_token token;
        json_pull_start(&pull, (char *)out.data, out.size, 0);
        assert_int_equal(json_pull_next(&pull, &token), JSON_STRING);
        size_t back = json_pull_unescape(&token, (char *)out.data + 1);
        if (i % 2 == 0) {
            assert_int_equal(back, size);
            assert_memory_equal(out.data + 1, text, size);
        }
        assert_int_equal(json_pull_next(&pull, &token), JSON_END);
        buffer_cut(&out, 0);
    }
}

static void a_full_buffer_is_told(void **state)
{
    (void)state;
    struct buffer small;
    for (size_t limit = 0; limit < 60; limit++) {
        buffer_init(&small, limit);
        json_write_text(&small, "[");
        json_write_string(&small, "a\n\xff", 3);
        json_write_u64(&small, 1);
        json_write_f64(&small, 0.5);
        json_write_base64(&small, "abc", 3);
        json_write_bool(&small, true);
        assert_true(small.size <= limit);
        if (limit < 18)
            assert_int_equal(small.status, VIA_TOO_LARGE);
        buffer_deinit(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_look_as_the_grammar_says, open_buffer, close_buffer),
        cmocka_unit_test_setup_teardown(strings_are_escaped_where_they_must, open_buffer,
                                        close_buffer),
        cmocka_unit_test_setup_teardown(what_is_not_utf_8_is_replaced, open_buffer, close_buffer),
        cmocka_unit_test_setup_teardown(utf_16_becomes_utf_8, open_buffer, close_buffer),
        cmocka_unit_test_setup_teardown(any_string_is_json, open_buffer, close_buffer),
        cmocka_unit_test(a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
