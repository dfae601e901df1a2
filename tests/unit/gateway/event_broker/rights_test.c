/*
 * Who may do what.
 */
#include <cmocka.h>
#include <string.h>

#include "gateway/event_broker/hosts.h"
#include "gateway/event_broker/rights.h"

static unsigned of(const struct rights *rights, const char *identity)
{
    return rights_of(rights, &(struct via_caller){.remote = true, .identity = identity});
}

static void the_first_rule_that_names_a_client_counts(void **state)
{
    (void)state;
    struct rights rights = {.n = 0};
    assert_true(rights_add(&rights, "pad-?=inject"));
    assert_true(rights_add(&rights, "pad-*=focus,keys"));
    assert_true(rights_add(&rights, "a=b=inject,focus,keys")); /* a certificate's name may have = */
    assert_true(rights_add(&rights, "viewer="));
    assert_int_equal(of(&rights, "pad-1"), RIGHT_INJECT);
    assert_int_equal(of(&rights, "pad-10"), RIGHT_FOCUS | RIGHT_KEYS);
    assert_int_equal(of(&rights, "a=b"), RIGHTS_ALL);
    assert_int_equal(of(&rights, "viewer"), 0);
    assert_int_equal(of(&rights, "someone"), RIGHT_FOCUS);
    assert_int_equal(of(&rights, ""), RIGHT_FOCUS);
}

static void who_is_here_may_do_everything(void **state)
{
    (void)state;
    struct rights rights = {.n = 0};
    assert_true(rights_add(&rights, "*="));
    assert_int_equal(rights_of(&rights, &(struct via_caller){.identity = ""}), RIGHTS_ALL);
    assert_int_equal(of(&rights, "x"), 0);
}

static void what_is_no_rule_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",          "x",         "=inject",  "x=fly",
                                      "x=inject,", "x=,inject", "x=Inject", "x=inject focus"};
    struct rights rights = {.n = 0};
    char text[300];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(rights_add(&rights, bad[i]));
    memset(text, 'x', sizeof text);
    text[256] = '=';
    text[257] = '\0';
    assert_false(rights_add(&rights, text));
    assert_true(rights_add(&rights, text + 1));
    for (unsigned i = 1; i < RIGHTS_RULES_MAX; i++)
        assert_true(rights_add(&rights, "x="));
    assert_false(rights_add(&rights, "x="));
}

static void hosts_are_numbered_from_one(void **state)
{
    (void)state;
    static struct hosts hosts;
    char name[2] = "a";
    assert_int_equal(hosts_number(&hosts, "alice"), 1);
    assert_int_equal(hosts_number(&hosts, "bob"), 2);
    assert_int_equal(hosts_number(&hosts, "alice"), 1);
    for (unsigned i = 0; i < 26; i++, name[0]++)
        assert_int_equal(hosts_number(&hosts, name), 3 + i);
    hosts_deinit(&hosts);
}

static void hosts_that_are_too_many_share_a_number(void **state)
{
    (void)state;
    static struct hosts hosts;
    char name[3] = "aa";
    for (unsigned i = 0; i < HOSTS_MAX; i++) {
        name[0] = (char)(1 + i / 100);
        name[1] = (char)(1 + i % 100);
        assert_int_equal(hosts_number(&hosts, name), i + 1);
    }
    assert_int_equal(hosts_number(&hosts, "alice"), HOSTS_MAX + 1);
    assert_int_equal(hosts_number(&hosts, "bob"), HOSTS_MAX + 1);
    assert_int_equal(hosts_number(&hosts, "\1\1"), 1);
    hosts_deinit(&hosts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_rule_that_names_a_client_counts),
        cmocka_unit_test(who_is_here_may_do_everything),
        cmocka_unit_test(what_is_no_rule_is_refused),
        cmocka_unit_test(hosts_are_numbered_from_one),
        cmocka_unit_test(hosts_that_are_too_many_share_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
