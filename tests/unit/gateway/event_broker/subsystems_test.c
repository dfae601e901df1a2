/*
 * Whose devices are told of, and how they are named on a command line.
 */
#include <cmocka.h>
#include <string.h>

#include "gateway/event_broker/subsystems.h"

static bool have(const struct subsystems *subsystems, const char *subsystem, bool has_node)
{
    const struct uevent event = {.subsystem = subsystem, .name = "x", .has_node = has_node};
    return subsystems_have(subsystems, &event);
}

static void without_a_word_they_are_those_that_people_plug_in(void **state)
{
    (void)state;
    static const char *const names[] = {"block", "input", "net", "tty", "usb"};
    struct subsystems subsystems;
    subsystems_init(&subsystems);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(have(&subsystems, names[i], true));
        assert_int_equal(have(&subsystems, names[i], false), strcmp(names[i], "net") == 0);
    }
    assert_false(have(&subsystems, "cpu", true));
    assert_false(have(&subsystems, "", true));
    assert_false(have(&subsystems, "nets", true));
}

static void named_ones_are_these_alone(void **state)
{
    (void)state;
    struct subsystems subsystems;
    subsystems_init(&subsystems);
    assert_true(subsystems_read(&subsystems, "power_supply,block"));
    assert_true(have(&subsystems, "power_supply", false));
    assert_true(have(&subsystems, "block", true));
    assert_false(have(&subsystems, "block", false));
    assert_false(have(&subsystems, "net", true));
}

static void a_list_is_names_with_commas(void **state)
{
    (void)state;
    struct subsystems subsystems;
    assert_true(subsystems_read(&subsystems, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"));
    assert_false(subsystems_read(&subsystems, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"));
    assert_false(subsystems_read(&subsystems, ""));
    assert_false(subsystems_read(&subsystems, ","));
    assert_false(subsystems_read(&subsystems, "net,"));
    assert_false(subsystems_read(&subsystems, ",net"));
    assert_true(subsystems_read(&subsystems, "1234567890123456789012345678901"));
    assert_false(subsystems_read(&subsystems, "12345678901234567890123456789012"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_word_they_are_those_that_people_plug_in),
        cmocka_unit_test(named_ones_are_these_alone),
        cmocka_unit_test(a_list_is_names_with_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
