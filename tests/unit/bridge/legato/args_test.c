/*
 * The command line: what is asked of it, and what a scan does. A scan's registrations are for ever,
 * so each is made in a child that ends with what it found.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/legato/le_args.h"
#include "tests/unit/bridge/legato/doomed.h"

static void set(const char **argv)
{
    size_t argc = 0;
    while (argv[argc] != NULL)
        argc++;
    le_arg_SetArgs(argc, argv);
}

static void arguments_are_counted_behind_the_program(void **state)
{
    (void)state;
    const char *argv[] = {"tool", "one", "two", NULL};
    set(argv);
    assert_int_equal(le_arg_NumArgs(), 2);
    assert_string_equal(le_arg_GetProgramName(), "tool");
    assert_string_equal(le_arg_GetArg(0), "one");
    assert_string_equal(le_arg_GetArg(1), "two");
    assert_null(le_arg_GetArg(2));
    assert_null(le_arg_GetArg((size_t)-1));
    le_arg_SetArgs(0, argv);
    assert_int_equal(le_arg_NumArgs(), 0);
}

static void one_option_is_found_by_either_name(void **state)
{
    (void)state;
    const char *argv[] = {"tool", "-x",          "--file=a=b", "-n",   "-7", "--flag=1",
                          "-big", "99999999999", "--hex",      "0x10", "-f", NULL};
    const char *text = NULL;
    int number = 0;
    set(argv);
    assert_int_equal(le_arg_GetFlagOption("x", "extreme"), LE_OK);
    assert_int_equal(le_arg_GetFlagOption("y", NULL), LE_NOT_FOUND);
    assert_int_equal(le_arg_GetFlagOption(NULL, "flag"), LE_FORMAT_ERROR);
    assert_int_equal(le_arg_GetFlagOption(NULL, NULL), LE_NOT_FOUND);
    assert_int_equal(le_arg_GetStringOption(&text, NULL, "file"), LE_OK);
    assert_string_equal(text, "a=b");
    assert_int_equal(le_arg_GetStringOption(&text, "f", NULL), LE_FORMAT_ERROR);
    assert_int_equal(le_arg_GetIntOption(&number, "n", NULL), LE_OK);
    assert_int_equal(number, -7);
    assert_int_equal(le_arg_GetIntOption(&number, NULL, "hex"), LE_OK);
    assert_int_equal(number, 16);
    assert_int_equal(le_arg_GetIntOption(&number, "big", NULL), LE_OUT_OF_RANGE);
    assert_int_equal(le_arg_GetIntOption(&number, NULL, "file"), LE_FORMAT_ERROR);
}

/* ---- scans ---- */

static void say_flag(void)
{
    (void)fprintf(stderr, "flag;");
}

static void say_number(int value)
{
    (void)fprintf(stderr, "number %d;", value);
}

static void say_string(const char *value)
{
    (void)fprintf(stderr, "string %s;", value);
}

static void say_first(const char *value)
{
    (void)fprintf(stderr, "first %s;", value);
}

static void say_rest(const char *value)
{
    (void)fprintf(stderr, "rest %s;", value);
}

static bool extreme;
static int most = 1;
static const char *file = "none";

static void register_all(void)
{
    le_arg_SetFlagVar(&extreme, "x", "extreme");
    le_arg_SetIntVar(&most, "mc", "max-count");
    le_arg_SetStringVar(&file, "f", "file");
    le_arg_SetFlagCallback(say_flag, "v", "verbose");
    le_arg_SetIntCallback(say_number, "n", NULL);
    le_arg_SetStringCallback(say_string, NULL, "say");
    le_arg_AddPositionalCallback(say_first);
    le_arg_AddPositionalCallback(say_rest);
}

static void scan_all_kinds(void)
{
    const char *argv[] = {"tool", "-x",     "a",  "--max-count=20", "-",         "-n", "3", "-v",
                          "--",   "--say=", "-f", "--file",         "--verbose", NULL};
    set(argv);
    register_all();
    le_arg_AllowMorePositionalArgsThanCallbacks();
    le_arg_Scan();
    (void)fprintf(stderr, "x=%d mc=%d f=%s", extreme, most, file);
    exit(7);
}

static void scan_with(const char *argument, const char *value)
{
    const char *argv[] = {"tool", "p", "q", argument, value, NULL};
    set(argv);
    register_all();
    le_arg_Scan();
    exit(7);
}

static void scan_unknown(void)
{
    scan_with("--what", NULL);
}

static void scan_without_value(void)
{
    scan_with("-f", NULL);
}

static void scan_without_number(void)
{
    scan_with("-n", "many");
}

static void scan_too_large(void)
{
    scan_with("--max-count=99999999999", NULL);
}

static void scan_needless_value(void)
{
    scan_with("--extreme=1", NULL);
}

static void scan_too_many(void)
{
    scan_with("r", NULL);
}

static void scan_nothing(void)
{
    const char *argv[] = {"tool", "p", NULL};
    set(argv);
    register_all();
    le_arg_Scan();
    exit(7);
}

static void scan_less(void)
{
    le_arg_AllowLessPositionalArgsThanCallbacks();
    scan_nothing();
}

static size_t forgive(size_t index, le_result_t error)
{
    (void)fprintf(stderr, "at %zu %d;", index, error);
    return 1;
}

static void scan_with_forgiveness(void)
{
    const char *argv[] = {"tool", "p", "--what", "skipped", "q", "-v", NULL};
    set(argv);
    register_all();
    le_arg_SetErrorHandler(forgive);
    le_arg_Scan();
    exit(7);
}

static void a_scan_sets_and_calls_in_order(void **state)
{
    (void)state;
    doomed(scan_all_kinds, 7,
           "^first a;rest -;number 3;flag;rest --;string ;flag;x=1 mc=20 f=--file$");
    doomed(scan_less, 7, "^first p;$");
    doomed(scan_with_forgiveness, 7, "^first p;at 1 -15;rest q;flag;$");
}

static void errors_end_the_program(void **state)
{
    (void)state;
    doomed(scan_unknown, 1, "tool: '--what' is not expected\n$");
    doomed(scan_without_value, 1, "tool: '-f' needs a value\n$");
    doomed(scan_without_number, 1, "tool: '-n' needs a number\n$");
    doomed(scan_too_large, 1, "tool: '--max-count=99999999999' needs a smaller number\n$");
    doomed(scan_needless_value, 1, "tool: '--extreme=1' takes no value\n$");
    doomed(scan_too_many, 1, "tool: 'r' is one argument too many\n$");
    doomed(scan_nothing, 1, "tool: an argument is missing\n$");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_counted_behind_the_program),
        cmocka_unit_test(one_option_is_found_by_either_name),
        cmocka_unit_test(a_scan_sets_and_calls_in_order),
        cmocka_unit_test(errors_end_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
