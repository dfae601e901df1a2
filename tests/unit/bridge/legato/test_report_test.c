/*
 * The family's own test macros: what they print, and how they end. Each run is a child.
 */
#include <cmocka.h>

#include "include/legato/le_test.h"
#include "tests/unit/bridge/legato/doomed.h"

static void run_planned(void)
{
    LE_TEST_PLAN(6);
    LE_TEST_OK(true, "number %d", 1);
    LE_TEST_OK(false, "two");
    LE_TEST(1 + 1 == 2);
    LE_TEST_BEGIN_SKIP(true, 2);
    LE_TEST_OK(false, "never");
    LE_TEST_END_SKIP();
    LE_TEST_BEGIN_TODO(true);
    LE_TEST_OK(false, "one day");
    LE_TEST_END_TODO();
    LE_TEST_INFO("a %s", "note");
    LE_TEST_EXIT;
}

static void run_without_plan(void)
{
    LE_TEST_INIT;
    LE_TEST_BEGIN_SKIP(false, 1);
    LE_TEST_OK(true, "runs");
    LE_TEST_END_SKIP();
    LE_TEST_ASSERT(true, "holds");
    LE_TEST_SUMMARY;
}

static void run_into_the_end(void)
{
    LE_TEST_INIT;
    LE_TEST_ASSERT(false, "holds not");
    LE_TEST_OK(true, "never");
}

static void run_less_than_planned(void)
{
    LE_TEST_PLAN(3);
    LE_TEST_OK(true, "one");
    LE_TEST_FATAL("no %s", "more");
}

static void run_many(void)
{
    le_log_SetFilterLevel(LE_LOG_CRIT);
    LE_TEST_INIT;
    for (int i = 0; i < 300; i++)
        LE_TEST(i < 0);
    LE_TEST_EXIT;
}

static void a_planned_run_is_told(void **state)
{
    (void)state;
    doomed(run_planned, 1,
           "TAP \\| 1\\.\\.6\n.*TAP \\| ok 1 - number 1\n.*TAP \\| not ok 2 - two\n"
           ".*TAP \\| ok 3 - 1 \\+ 1 == 2\n.*TAP \\| ok 4 # SKIP\n.*TAP \\| ok 5 # SKIP\n"
           ".*TAP \\| not ok 6 - one day # TO"
           "DO\n.*TAP \\| # a note\n$");
}

static void without_a_plan_it_comes_last(void **state)
{
    (void)state;
    doomed(run_without_plan, 0,
           "TAP \\| ok 1 - runs\n.*TAP \\| ok 2 - holds\n.*TAP \\| 1\\.\\.2\n$");
}

static void an_early_end_is_a_failure(void **state)
{
    (void)state;
    doomed(run_into_the_end, 1, "not ok 1 - holds not\n.*TAP \\| Bail out! \n$");
    doomed(run_less_than_planned, 2, "ok 1 - one\n.*TAP \\| Bail out! no more\n$");
}

static void the_status_is_at_most_126(void **state)
{
    (void)state;
    doomed(run_many, 126, "^$");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_planned_run_is_told),
        cmocka_unit_test(without_a_plan_it_comes_last),
        cmocka_unit_test(an_early_end_is_a_failure),
        cmocka_unit_test(the_status_is_at_most_126),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
