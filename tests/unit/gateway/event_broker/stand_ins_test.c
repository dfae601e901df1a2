/*
 * Items by class and name, as long as they are known.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/event_broker/stand_ins.h"

#define FIRST 0x40000000u

static void what_has_the_same_name_has_the_same_number(void **state)
{
    (void)state;
    struct stand_ins stand_ins = {.n = 0};
    assert_int_equal(stand_ins_number(&stand_ins, "block", "sda"), 0);
    assert_null(stand_ins_name(&stand_ins, FIRST));
    assert_int_equal(stand_ins_add(&stand_ins, "block", "sda", FIRST), VIA_OK);
    assert_int_equal(stand_ins_add(&stand_ins, "net", "sda", FIRST + 1), VIA_OK);
    assert_int_equal(stand_ins_number(&stand_ins, "block", "sda"), FIRST);
    assert_int_equal(stand_ins_number(&stand_ins, "net", "sda"), FIRST + 1);
    assert_int_equal(stand_ins_number(&stand_ins, "net", "sdA"), 0);
    assert_int_equal(stand_ins_number(&stand_ins, "usb", "sda"), 0);
    assert_string_equal(stand_ins_name(&stand_ins, FIRST), "sda");
    assert_null(stand_ins_name(&stand_ins, 0));
    stand_ins_deinit(&stand_ins);
}

static void the_longest_names_fit(void **state)
{
    (void)state;
    struct stand_ins stand_ins = {.n = 0};
    char class[STAND_IN_CLASS_SIZE] = "", name[PORTFOLIO_NAME_MAX + 1] = "";
    memset(class, 'c', sizeof class - 1);
    memset(name, 'n', sizeof name - 1);
    assert_int_equal(stand_ins_add(&stand_ins, class, name, FIRST), VIA_OK);
    assert_int_equal(stand_ins_number(&stand_ins, class, name), FIRST);
    assert_string_equal(stand_ins_name(&stand_ins, FIRST), name);
    stand_ins_deinit(&stand_ins);
}

static void the_one_told_longest_ago_is_forgotten(void **state)
{
    (void)state;
    struct stand_ins stand_ins = {.n = 0};
    char name[16];
    for (unsigned i = 0; i < STAND_INS_MAX; i++) {
        (void)snprintf(name, sizeof name, "%u", i);
        assert_int_equal(stand_ins_add(&stand_ins, "net", name, FIRST + i), VIA_OK);
    }
    assert_int_equal(stand_ins_number(&stand_ins, "net", "0"), FIRST); /* so it is 1 */
    assert_int_equal(stand_ins_add(&stand_ins, "net", "more", FIRST + STAND_INS_MAX), VIA_OK);
    assert_int_equal(stand_ins.n, STAND_INS_MAX);
    assert_null(stand_ins_name(&stand_ins, FIRST + 1));
    assert_int_equal(stand_ins_number(&stand_ins, "net", "1"), 0);
    assert_string_equal(stand_ins_name(&stand_ins, FIRST), "0");
    assert_string_equal(stand_ins_name(&stand_ins, FIRST + 2), "2");
    assert_string_equal(stand_ins_name(&stand_ins, FIRST + STAND_INS_MAX), "more");
    stand_ins_deinit(&stand_ins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_the_same_name_has_the_same_number),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(the_one_told_longest_ago_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
