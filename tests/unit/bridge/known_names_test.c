/*
 * Names that a watch has told of, before and after a session that was lost.
 */
#include <cmocka.h>
#include <string.h>

#include "bridge/known_names.h"

static const struct via_entry clock_ = {
    .family = "core", .name = "clock", .class_name = "", .protocol = "", .info = "", .pid = 7};
static const struct via_entry lamp = {
    .family = "core", .name = "lamp", .class_name = "light", .protocol = "", .info = ""};

static void expect_gone(struct known_names *names, const char *name)
{
    struct known_name *known = known_names_take_doubted(names);
    if (name == NULL) {
        assert_null(known);
        return;
    }
    assert_non_null(known);
    assert_string_equal(known->name, name);
    known_name_free(known);
}

static void what_stays_is_the_same_and_the_rest_is_gone(void **state)
{
    (void)state;
    struct known_names names = {0};
    known_names_learn(&names, &clock_);
    known_names_learn(&names, &lamp);
    expect_gone(&names, NULL);
    known_names_doubt(&names);
    assert_int_equal(known_names_confirm(&names, &clock_), KNOWN_NAME_SAME);
    assert_int_equal(known_names_confirm(&names, &clock_), KNOWN_NAME_NEW); /* another one */
    expect_gone(&names, "lamp");
    expect_gone(&names, NULL);
    known_names_clear(&names);
}

static void one_that_says_something_else_has_changed(void **state)
{
    (void)state;
    struct known_names names = {0};
    struct via_entry entries[4] = {clock_, clock_, clock_, clock_};
    entries[0].pid = 8;
    entries[1].class_name = "x";
    entries[2].protocol = "x";
    entries[3].info = "x";
    known_names_learn(&names, &clock_);
    for (unsigned i = 0; i < 4; i++) {
        known_names_doubt(&names);
        assert_int_equal(known_names_confirm(&names, &entries[i]), KNOWN_NAME_CHANGED);
        known_names_doubt(&names);
        assert_int_equal(known_names_confirm(&names, &entries[i]), KNOWN_NAME_SAME);
    }
    known_names_change(&names, &clock_);
    known_names_doubt(&names);
    assert_int_equal(known_names_confirm(&names, &clock_), KNOWN_NAME_SAME);
    known_names_clear(&names);
}

static void a_name_may_be_there_twice(void **state)
{
    (void)state;
    struct known_names names = {0};
    struct via_entry other = clock_;
    other.pid = 8;
    known_names_learn(&names, &clock_);
    known_names_learn(&names, &other);
    known_names_doubt(&names);
    assert_int_equal(known_names_confirm(&names, &clock_), KNOWN_NAME_SAME);
    assert_int_equal(known_names_confirm(&names, &other), KNOWN_NAME_SAME);
    known_names_doubt(&names);
    assert_int_equal(known_names_confirm(&names, &other), KNOWN_NAME_SAME);
    expect_gone(&names, "clock");
    known_names_forget(&names, &clock_);
    known_names_doubt(&names);
    expect_gone(&names, NULL);
    known_names_clear(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stays_is_the_same_and_the_rest_is_gone),
        cmocka_unit_test(one_that_says_something_else_has_changed),
        cmocka_unit_test(a_name_may_be_there_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
