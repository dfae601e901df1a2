/*
 * The guards around cJSON, one test for each of the faults they keep out.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_pull.h"
#include "codecs/json_tree.h"

static cJSON *parse(const char *text)
{
    struct json_tree_fault fault;
    cJSON *tree = NULL;
    if (json_tree_parse(text, strlen(text), &tree, &fault) != VIA_OK)
        fail_msg("%s: %u:%u: %s", text, fault.line, fault.column, fault.text);
    return tree;
}

/* Refused, with @words somewhere in why, at @line and @column. */
static void refuse_of(const char *text, size_t size, const char *words, unsigned line,
                      unsigned column)
{
    struct json_tree_fault fault;
    cJSON *tree = NULL;
    assert_int_equal(json_tree_parse(text, size, &tree, &fault), VIA_BAD_JSON);
    assert_null(tree);
    if (strstr(fault.text, words) == NULL || fault.line != line || fault.column != column)
        fail_msg("%u:%u: %s", fault.line, fault.column, fault.text);
}

static void refuse(const char *text, const char *words, unsigned line, unsigned column)
{
    refuse_of(text, strlen(text), words, line, column);
}

static void gives_the_tree(void **state)
{
    (void)state;
    cJSON *tree =
        parse(" {\"port\": 8443, \"names\": [\"a\", \"\\u00e9\\n\"], \"x\": {\"y\": 0.25}}\n");
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(tree, "port")->valueint, 8443);
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(tree, "names");
    assert_int_equal(cJSON_GetArraySize(names), 2);
    assert_string_equal(cJSON_GetArrayItem(names, 1)->valuestring, "\xc3\xa9\n");
    cJSON_Delete(tree);
}

static void refuses_octets_behind_the_value(void **state)
{
    (void)state;
    refuse("{} x", "behind the value", 1, 4);
    refuse("{}\n{}", "behind the value", 2, 1);
    refuse_of("{}\0", 3, "behind the value", 1, 3);
    refuse("", "ends too early", 1, 1);
}

static void refuses_what_is_not_utf_8(void **state)
{
    (void)state;
    refuse("{\"a\":\n \"x\xff\"}", "not UTF-8", 2, 4);
    refuse("{\"\xc0\x80\":1}", "not UTF-8", 1, 3);
    refuse("\xef\xbb\xbf{}", "a value was expected", 1, 1); /* a byte order mark */
}

static void refuses_a_nul_that_would_cut_a_string(void **state)
{
    (void)state;
    refuse("{\"a\":\"evil\\u0000.example\"}", "NUL", 1, 7);
    refuse("{\"a\\u0000\":1}", "NUL", 1, 3);
    refuse_of("[\"a\0b\"]", 7, "control character", 1, 4);
}

static void refuses_integers_that_a_double_rounds(void **state)
{
    (void)state;
    cJSON *tree = parse("[9007199254740992,-9007199254740992]");
    assert_true(cJSON_GetArrayItem(tree, 0)->valuedouble == 9007199254740992.0);
    cJSON_Delete(tree);
    refuse("[9007199254740993]", "2^53", 1, 2);
    refuse("[-9007199254740993]", "2^53", 1, 2);
    refuse("[\n18446744073709551616]", "2^53", 2, 1);
    refuse("[1e400]", "too large", 1, 2);
}

static void refuses_long_numbers_that_would_be_cut(void **state)
{
    (void)state;
    char text[128] = "[0.";
    memset(text + 3, '0', 100);
    text[103] = ']';
    refuse(text, "longer than 63", 1, 2);
}

static void refuses_a_name_that_stands_twice(void **state)
{
    (void)state;
    refuse("{\"a\":1,\n \"a\":2}", "second time", 2, 3);
    refuse("{\"a\":1,\"\\u0061\":2}", "second time", 1, 9);
    refuse("{\"x\":{\"b\":1,\"c\":2,\"b\":3},\"x\":0}", "second time", 1, 20);
    refuse("[{\"\":1,\"\":1}]", "second time", 1, 9);
    cJSON_Delete(parse("{\"a\":{\"a\":{\"a\":1}},\"A\":[{\"a\":1},{\"a\":1}]}"));
    cJSON_Delete(parse("{\"a\":1,\"ab\":2,\"b\":{\"a\":3}}"));
}

static void refuses_what_is_nested_too_deep(void **state)
{
    (void)state;
    char text[2 * JSON_DEPTH_MAX + 3] = "";
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    cJSON_Delete(parse(text));
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    refuse(text, "too deep", 1, JSON_DEPTH_MAX + 1);
}

static void refuses_what_is_too_large(void **state)
{
    (void)state;
    size_t size = JSON_TREE_SIZE_MAX + 1;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, ' ', size);
    text[0] = '[';
    text[1] = ']';
    struct json_tree_fault fault;
    cJSON *tree = NULL;
    assert_int_equal(json_tree_parse(text, size, &tree, &fault), VIA_TOO_LARGE);
    assert_int_equal(json_tree_parse(text, size - 1, &tree, &fault), VIA_OK);
    cJSON_Delete(tree);
    free(text);
}

static void many_names_take_no_quadratic_time(void **state)
{
    (void)state;
    enum { N = 50000 };
    char *text = malloc(N * 12 + 16);
    assert_non_null(text);
    size_t size = 0;
    text[size++] = '{';
    for (unsigned i = 0; i < N; i++)
        size += (size_t)snprintf(text + size, 16, "%s\"n%u\":0", i > 0 ? "," : "", i);
    text[size++] = '}';
    struct json_tree_fault fault;
    cJSON *tree = NULL;
    assert_int_equal(json_tree_parse(text, size, &tree, &fault), VIA_OK);
    cJSON_Delete(tree);
    text[size - 1] = ',';
    size += (size_t)snprintf(text + size, 16, "\"n0\":0}");
    assert_int_equal(json_tree_parse(text, size, &tree, &fault), VIA_BAD_JSON);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_tree),
        cmocka_unit_test(refuses_octets_behind_the_value),
        cmocka_unit_test(refuses_what_is_not_utf_8),
        cmocka_unit_test(refuses_a_nul_that_would_cut_a_string),
        cmocka_unit_test(refuses_integers_that_a_double_rounds),
        cmocka_unit_test(refuses_long_numbers_that_would_be_cut),
        cmocka_unit_test(refuses_a_name_that_stands_twice),
        cmocka_unit_test(refuses_what_is_nested_too_deep),
        cmocka_unit_test(refuses_what_is_too_large),
        cmocka_unit_test(many_names_take_no_quadratic_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
