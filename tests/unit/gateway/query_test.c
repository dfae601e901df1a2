/*
 * Query strings of URLs.
 */
#include <cmocka.h>
#include <string.h>

#include "gateway/query.h"

static void values_are_decoded(void **state)
{
    (void)state;
    char value[QUERY_VALUE_MAX + 1];
    assert_true(query_get("service=core%3Aname&from=a+b", "service", value));
    assert_string_equal(value, "core:name");
    assert_true(query_get("service=core%3Aname&from=a+b", "from", value));
    assert_string_equal(value, "a b");
    assert_true(query_get("x=1&x=2", "x", value));
    assert_string_equal(value, "1");
    assert_true(query_get("x=", "x", value));
    assert_string_equal(value, "");
}

static void what_is_not_there_or_not_good_is_told(void **state)
{
    (void)state;
    char value[QUERY_VALUE_MAX + 1], longest[QUERY_VALUE_MAX + 8];
    static const char *const bad[] = {"",    "&",    "&&",    "x",     "xx=1", "y=1&xx=2",
                                      "x=%", "x=%4", "x=%zz", "x=%00", "=1",   "&x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(query_get(bad[i], "x", value));
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "x=", 2);
    longest[2 + QUERY_VALUE_MAX] = '\0';
    assert_true(query_get(longest, "x", value));
    longest[2 + QUERY_VALUE_MAX] = 'a';
    longest[3 + QUERY_VALUE_MAX] = '\0';
    assert_false(query_get(longest, "x", value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_decoded),
        cmocka_unit_test(what_is_not_there_or_not_good_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
