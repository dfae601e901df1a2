/*
 * What a name may be, when two are one, and where looking at one ends.
 */
#include <cmocka.h>
#include <stdint.h>
#include <string.h>

#include "codecs/portfolio_name.h"

static void a_name_is_characters(void **state)
{
    (void)state;
    assert_true(portfolio_name_is_legal("eventbroker", SIZE_MAX));
    assert_true(portfolio_name_is_legal("a name, with (everything) in it!", SIZE_MAX));
    assert_true(portfolio_name_is_legal("Gr\xc3\xbc\xc3\x9f", SIZE_MAX));
    assert_false(portfolio_name_is_legal("", SIZE_MAX));
    assert_false(portfolio_name_is_legal("two\nlines", SIZE_MAX));
    assert_false(portfolio_name_is_legal("\x7f", SIZE_MAX));
}

static void a_name_is_255_octets_long_at_most(void **state)
{
    (void)state;
    char name[PORTFOLIO_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[PORTFOLIO_NAME_MAX + 1] = '\0';
    assert_false(portfolio_name_is_legal(name, sizeof name));
    name[PORTFOLIO_NAME_MAX] = '\0';
    assert_true(portfolio_name_is_legal(name, sizeof name));
    assert_true(portfolio_name_is_legal(name, SIZE_MAX));
}

static void its_nul_is_in_the_room(void **state)
{
    (void)state;
    static const char name[] = {'p', 'a', 'd', '\0'};
    assert_true(portfolio_name_is_legal(name, 4));
    for (size_t room = 0; room < 4; room++)
        assert_false(portfolio_name_is_legal(name, room));
}

static void the_case_of_letters_does_not_matter(void **state)
{
    (void)state;
    assert_true(portfolio_name_is_same("EventBroker", "eventbrokeR"));
    assert_true(portfolio_name_is_same("", ""));
    assert_false(portfolio_name_is_same("pad", "pads"));
    assert_false(portfolio_name_is_same("pads", "pad"));
    assert_false(portfolio_name_is_same("[", "{")); /* one bit apart, as letters are */
    assert_false(portfolio_name_is_same("\xc3\x84", "\xc3\xa4"));
}

static void a_text_needs_no_nul(void **state)
{
    (void)state;
    static const char text[] = {'D', 'o', 'o', 'r'};
    assert_true(portfolio_name_is_text("dOOR", text, 4));
    assert_false(portfolio_name_is_text("dOOR", text, 3));
    assert_false(portfolio_name_is_text("dOO", text, 4));
    assert_false(portfolio_name_is_text("moor", text, 4));
    assert_false(portfolio_name_is_text("do", "do\0", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_characters),
        cmocka_unit_test(a_name_is_255_octets_long_at_most),
        cmocka_unit_test(its_nul_is_in_the_room),
        cmocka_unit_test(the_case_of_letters_does_not_matter),
        cmocka_unit_test(a_text_needs_no_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
