/*
 * The pull parser: what RFC 8259 takes and refuses, cut at every octet and nested too deep.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_number.h"
#include "codecs/json_pull.h"

/* Reads all of @text, copied so that a sanitizer sees an octet read beyond it. */
static bool is_json_of(const char *text, size_t size, unsigned depth_max)
{
    char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, copy, size, depth_max);
    do {
        (void)json_pull_next(&pull, &token);
        assert_true(json_pull_offset(&pull) <= size);
    } while (token.kind != JSON_END && token.kind != JSON_FAULT);
    bool good = token.kind == JSON_END;
    assert_int_equal(json_pull_next(&pull, &token), good ? JSON_END : JSON_FAULT);
    if (!good)
        assert_non_null(pull.fault);
    free(copy);
    return good;
}

static bool is_json(const char *text)
{
    return is_json_of(text, strlen(text), JSON_DEPTH_MAX);
}

static void takes_what_the_standard_takes(void **state)
{
    (void)state;
    static const char *const good[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-12.5e+10",
        "1E5",
        "1e-5",
        "0.0",
        "\"\"",
        "[]",
        "{}",
        " [ ] ",
        "\t\r\n {\t} ",
        "[1,2,3]",
        "[[],{},[[]]]",
        "{\"a\":1,\"b\":[{\"c\":null}]}",
        "{\"\":0}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00\\u0000\"",
        "\"\x7f\xc3\xa9\xf0\x9f\x98\x80\"",
        "{\"a\":1,\"a\":2}", /* names are its reader's care */
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!is_json(good[i]))
            fail_msg("%s was refused", good[i]);
    }
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "NaN",
        "Infinity",
        "-Infinity",
        "undefined",
        "'a'",
        "+1",
        "-",
        "01",
        "-01",
        ".5",
        "1.",
        "1.e5",
        "1e",
        "1e+",
        "0x10",
        "1_000",
        "- 1",
        "--1",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1]]",
        "[1}",
        "{]",
        "{",
        "}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"::1}",
        "[\"a\":1]",
        "1 1",
        "[] []",
        "{} x",
        "null null",
        "\"",
        "\"a",
        "\"\\",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u\"",
        "\"\\u12\"",
        "\"\\u123g\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ud83d\\ud83d\"",
        "\"\\ud83dx\"",
        "\"\t\"",
        "\"\n\"",
        "\"\x01\"",
        "\"\x1f\"",
        "\"\xff\"",
        "\"\xc3\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\xef\xbb\xbf[]",
        "[1]//",
        "/**/1",
        "\v1",
        "\f1",
        "\"a\"\"b\"",
        "\xff",
        "[\"aaaaaaaa\x01\"]",
        "[\"aaaaaaa\xff\"]",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (is_json(bad[i]))
            fail_msg("%s was taken", bad[i]);
    }
    assert_false(is_json_of("1\0", 2, JSON_DEPTH_MAX));
    assert_false(is_json_of("\"\0\"", 3, JSON_DEPTH_MAX));
}

static void is_not_whole_at_any_cut(void **state)
{
    (void)state;
    static const char text[] =
        "{\"jsonrpc\":\"2.0\",\"id\":[1,-2.5e3,true,null,\"a\\u00e9\\ud83d\\ude00"
        "\xe2\x82\xac\"],\"params\":{\"x\":false}}";
    assert_true(is_json(text));
    for (size_t cut = 0; cut < sizeof text - 1; cut++)
        assert_false(is_json_of(text, cut, JSON_DEPTH_MAX));
}

static void every_octet_in_a_string_is_plain_escaped_or_refused(void **state)
{
    (void)state;
    for (unsigned octet = 1; octet < 256; octet++) {
        for (size_t at = 1; at < 18; at++) { /* in each place of a word, and behind it */
            char text[] = "\"xxxxxxxxxxxxxxxx\"";
            text[at] = (char)octet;
            bool good =
                octet >= 0x20 && octet < 0x80 && octet != '\\' && (octet != '"' || at == 17);
            if (at == 17)
                good = octet == '"';
            if (is_json(text) != good)
                fail_msg("octet %02x at %zu: %s", octet, at, good ? "refused" : "taken");
        }
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char text[2 * JSON_DEPTH_MAX + 2];
    for (size_t depth = 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(is_json_of(text, 2 * depth, JSON_DEPTH_MAX), depth <= JSON_DEPTH_MAX);
        assert_int_equal(is_json_of(text, 2 * depth, 3), depth <= 3);
    }
    assert_true(is_json_of("1", 1, 0));
    assert_false(is_json_of("[]", 2, 0));

    size_t size = 1u << 20;
    char *deep = malloc(size);
    assert_non_null(deep);
    memset(deep, '[', size);
    assert_false(is_json_of(deep, size, JSON_DEPTH_MAX));
    free(deep);
}

static void levels_close_as_they_were_opened(void **state)
{
    (void)state;
    assert_true(is_json("[{\"a\":[{\"b\":[]}]}]"));
    assert_false(is_json("[{\"a\":[{\"b\":[]]}]]"));
    assert_false(is_json("{\"a\":[}"));
    assert_true(is_json("[{},[],{}]"));
}

static void numbers_stay_text(void **state)
{
    (void)state;
    static const char text[] = "[9223372036854775807,-0.10,1e5]";
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, text, sizeof text - 1, JSON_DEPTH_MAX);
    assert_int_equal(json_pull_next(&pull, &token), JSON_ARRAY);
    assert_int_equal(json_pull_next(&pull, &token), JSON_NUMBER);
    assert_true(token.integer);
    assert_int_equal(token.size, 19);
    assert_memory_equal(token.text, "9223372036854775807", 19);
    assert_int_equal(json_pull_next(&pull, &token), JSON_NUMBER);
    assert_false(token.integer);
    assert_memory_equal(token.text, "-0.10", 5);
    assert_int_equal(json_pull_next(&pull, &token), JSON_NUMBER);
    assert_false(token.integer);
}

static void a_number_has_a_longest_text(void **state)
{
    (void)state;
    char text[JSON_NUMBER_MAX + 2];
    memset(text, '1', sizeof text);
    assert_true(is_json_of(text, JSON_NUMBER_MAX, 1));
    assert_false(is_json_of(text, JSON_NUMBER_MAX + 1, 1));
}

static void strings_lose_their_escapes_in_place(void **state)
{
    (void)state;
    char text[] = "\"a\\u0000\\n\\u00e9\\u20ac\\ud83d\\ude00\\/z\"";
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, text, sizeof text - 1, 0);
    assert_int_equal(json_pull_next(&pull, &token), JSON_STRING);
    assert_true(token.escaped);
    assert_true(token.nul);
    size_t size = json_pull_unescape(&token, text + 1);
    static const char plain[] = "a\0\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/z";
    assert_int_equal(size, sizeof plain - 1);
    assert_memory_equal(text + 1, plain, size);
}

static void a_string_without_escapes_is_copied(void **state)
{
    (void)state;
    static const char text[] = "\"plain\"";
    struct json_pull pull;
    struct json_token token;
    char out[8] = "";
    json_pull_start(&pull, text, sizeof text - 1, 0);
    assert_int_equal(json_pull_next(&pull, &token), JSON_STRING);
    assert_false(token.escaped);
    assert_false(token.nul);
    assert_int_equal(json_pull_unescape(&token, out), 5);
    assert_string_equal(out, "plain");
}

static void skips_whole_values_and_says_what_they_were(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": [1, {\"b\": \"]\"}] , \"c\": \"x\\\"y\", \"d\": -1.5 }";
    static const char *const values[] = {"[1, {\"b\": \"]\"}]", "\"x\\\"y\"", "-1.5"};
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, text, sizeof text - 1, JSON_DEPTH_MAX);
    assert_int_equal(json_pull_next(&pull, &token), JSON_OBJECT);
    for (size_t i = 0; i < 3; i++) {
        struct json_span span;
        assert_int_equal(json_pull_next(&pull, &token), JSON_KEY);
        (void)json_pull_next(&pull, &token);
        assert_true(json_pull_skip(&pull, &token, &span));
        assert_int_equal(span.size, strlen(values[i]));
        assert_memory_equal(span.text, values[i], span.size);
    }
    assert_int_equal(json_pull_next(&pull, &token), JSON_OBJECT_END);
    assert_int_equal(json_pull_next(&pull, &token), JSON_END);
}

static void skipping_finds_faults(void **state)
{
    (void)state;
    static const char text[] = "[[1,2";
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, text, sizeof text - 1, JSON_DEPTH_MAX);
    assert_int_equal(json_pull_next(&pull, &token), JSON_ARRAY);
    assert_false(json_pull_skip(&pull, &token, NULL));
    assert_int_equal(json_pull_offset(&pull), 5);
}

static void places_count_from_one(void **state)
{
    (void)state;
    static const char text[] = "[\n  1,\n  x]";
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, text, sizeof text - 1, JSON_DEPTH_MAX);
    while (json_pull_next(&pull, &token) != JSON_FAULT)
        assert_int_not_equal(token.kind, JSON_END);
    unsigned line = 0;
    unsigned column = 0;
    json_pull_place(text, json_pull_offset(&pull), &line, &column);
    assert_int_equal(line, 3);
    assert_int_equal(column, 3);
    json_pull_place(text, 0, &line, &column);
    assert_int_equal(line, 1);
    assert_int_equal(column, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_the_standard_takes),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(is_not_whole_at_any_cut),
        cmocka_unit_test(every_octet_in_a_string_is_plain_escaped_or_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(levels_close_as_they_were_opened),
        cmocka_unit_test(numbers_stay_text),
        cmocka_unit_test(a_number_has_a_longest_text),
        cmocka_unit_test(strings_lose_their_escapes_in_place),
        cmocka_unit_test(a_string_without_escapes_is_copied),
        cmocka_unit_test(skips_whole_values_and_says_what_they_were),
        cmocka_unit_test(skipping_finds_faults),
        cmocka_unit_test(places_count_from_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
