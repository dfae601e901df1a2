/*
 * Names.
 */
#include <cmocka.h>
#include <string.h>

#include "bridge/portfolio/name.h"
#include "codecs/portfolio_name.h"

static void what_can_be_printed_is_legal(void **state)
{
    (void)state;
    assert_true(name_is_legal("eventbroker"));
    assert_true(name_is_legal("a name, with (everything) in it!"));
    assert_true(name_is_legal("Gr\xc3\xbc\xc3\x9f"));
    assert_false(name_is_legal(""));
    assert_false(name_is_legal("two\nlines"));
    assert_false(name_is_legal("\x7f"));
}

static void a_name_has_an_end(void **state)
{
    (void)state;
    char name[PORTFOLIO_NAME_MAX + 2];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_false(name_is_legal(name));
    name[PORTFOLIO_NAME_MAX] = '\0';
    assert_true(name_is_legal(name));
}

static void the_case_of_letters_does_not_matter(void **state)
{
    (void)state;
    assert_true(name_is_same("EventBroker", "eventbrokeR"));
    assert_false(name_is_same("eventbroker", "eventbroke"));
    assert_false(name_is_same("eventbroke", "eventbroker"));
    assert_false(name_is_same("[", "{")); /* one bit, as between A and a */
    assert_true(name_is_same("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_printed_is_legal),
        cmocka_unit_test(a_name_has_an_end),
        cmocka_unit_test(the_case_of_letters_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
