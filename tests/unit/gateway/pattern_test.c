/*
 * Patterns of names: what * and ? match.
 */
#include <cmocka.h>
#include <string.h>

#include "gateway/pattern.h"

static void stars_and_question_marks_match(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        {"", "anything", true},     {"*", "", true},
        {"a", "a", true},           {"a", "b", false},
        {"a", "ab", false},         {"ab", "a", false},
        {"a*", "a", true},          {"a*c", "abbbc", true},
        {"a*c", "abbb", false},     {"*b*", "abc", true},
        {"*b*", "acd", false},      {"a?c", "abc", true},
        {"a?c", "ac", false},       {"?", "\xc3\xa4", true},
        {"??", "\xc3\xa4", false},  {"*.so", "lib.so.so", true},
        {"a*b*c", "a-b-b-c", true}, {"**", "x", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (pattern_matches(cases[i].pattern, cases[i].name) != cases[i].matches)
            fail_msg("%s on %s", cases[i].pattern, cases[i].name);
}

static void many_stars_take_no_longer_than_the_product(void **state)
{
    (void)state;
    char pattern[2001], name[2001];
    for (size_t i = 0; i < 2000; i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    pattern[2000] = '\0';
    memset(name, 'a', 1999);
    name[1999] = 'b';
    name[2000] = '\0';
    assert_false(pattern_matches(pattern, name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_and_question_marks_match),
        cmocka_unit_test(many_stars_take_no_longer_than_the_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
