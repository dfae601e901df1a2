/*
 * The log: how lines look, which are printed, and how a process ends.
 */
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "include/legato/le_log.h"
#include "tests/unit/bridge/captured_stderr.h"
#include "tests/unit/bridge/legato/doomed.h"

#define STAMP "^[A-Z][a-z]{2} [0-9 ]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} : "
#define PLACE                                                                                      \
    " \\| unit\\.bridge\\.legato\\.log\\[[0-9]+\\]/le T=main \\| log_test\\.c [a-z_]+\\(\\) "      \
    "[0-9]+ \\| "

static void a_line_has_all_its_parts(void **state)
{
    (void)state;
    LE_INFO("%d %s", 7, "seven");
    (void)captured_stderr_matches(STAMP " INFO" PLACE "7 seven\n$");
    LE_WARN("w");
    (void)captured_stderr_matches(STAMP "-WRN-" PLACE "w\n$");
    LE_ERROR("e");
    (void)captured_stderr_matches(STAMP "=ERR=" PLACE "e\n$");
    LE_CRIT("c");
    (void)captured_stderr_matches(STAMP "\\*CRT\\*" PLACE "c\n$");
    LE_EMERG("m");
    (void)captured_stderr_matches(STAMP "\\*EMR\\*" PLACE "m\n$");
}

/* Programs write %m, which ISO C does not know: it is not checked through this. */
static void (*const send_unchecked)(le_log_Level_t, le_log_TraceRef_t, const char *, const char *,
                                    const char *, unsigned int, const char *, ...) = le_log_Send_;

static void log_errno(void)
{
    send_unchecked(LE_LOG_INFO, NULL, "le", "f.c", "f", 1, "%m");
}

static void errno_is_shown_and_kept(void **state)
{
    (void)state;
    errno = ENOENT;
    log_errno();
    assert_int_equal(errno, ENOENT);
    (void)captured_stderr_matches("\\| No such file or directory\n$");
}

static void a_text_is_cut_at_255_characters(void **state)
{
    (void)state;
    char text[400];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    LE_INFO("%s", text);
    (void)captured_stderr_matches("\\| x{255}\n$");
    text[255] = '\0';
    LE_INFO("%s", text);
    (void)captured_stderr_matches("\\| x{255}\n$");
}

static void only_what_passes_the_filter_is_printed(void **state)
{
    (void)state;
    assert_int_equal(le_log_GetFilterLevel(), LE_LOG_INFO);
    LE_DEBUG("not seen");
    assert_string_equal(captured_stderr(), "");
    le_log_SetFilterLevel(LE_LOG_DEBUG);
    LE_DEBUG("seen");
    (void)captured_stderr_matches(" : +DBUG \\|.*seen\n$");
    le_log_SetFilterLevel(LE_LOG_EMERG);
    LE_CRIT("not seen");
    assert_string_equal(captured_stderr(), "");
    le_log_SetFilterLevel(LE_LOG_INFO);
}

static void a_condition_decides(void **state)
{
    (void)state;
    LE_WARN_IF(false, "not seen")
    assert_string_equal(captured_stderr(), "");
    LE_WARN_IF(true, "seen %d", 1)
    (void)captured_stderr_matches("seen 1\n$");
    LE_DEBUG_IF(true, "not seen")
    LE_INFO_IF(false, "not seen")
    LE_ERROR_IF(false, "not seen")
    LE_CRIT_IF(false, "not seen")
    LE_EMERG_IF(false, "not seen")
    LE_FATAL_IF(false, "not seen")
    assert_string_equal(captured_stderr(), "");
}

static void a_trace_is_a_switch_of_its_own(void **state)
{
    (void)state;
    le_log_TraceRef_t trace = le_log_GetTraceRef("shapes");
    assert_ptr_equal(le_log_GetTraceRef("shapes"), trace);
    assert_ptr_not_equal(le_log_GetTraceRef("colours"), trace);
    LE_TRACE(trace, "not seen")
    assert_string_equal(captured_stderr(), "");
    le_log_EnableTrace(trace);
    assert_true(LE_IS_TRACE_ENABLED(trace));
    LE_TRACE(trace, "round %d", 3)
    (void)captured_stderr_matches(STAMP "shapes" PLACE "round 3\n$");
    le_log_DisableTrace(trace);
    assert_false(le_log_IsTraceEnabled(trace));
    assert_false(le_log_IsTraceEnabled(NULL));
}

static void a_dump_shows_octets_and_text(void **state)
{
    (void)state;
    LE_LOG_DUMP(LE_LOG_INFO, "0123456789abcdef\x01z", 18);
    (void)captured_stderr_matches("00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  "
                                  "0123456789abcdef\n.*00000010  01 7a +\\.z\n$");
    LE_DUMP("x", 1);
    assert_string_equal(captured_stderr(), "");
}

static void results_have_names(void **state)
{
    (void)state;
    assert_string_equal(LE_RESULT_TXT(LE_OK), "LE_OK");
    assert_string_equal(LE_RESULT_TXT(LE_UNAVAILABLE), "LE_UNAVAILABLE");
    assert_string_equal(LE_RESULT_TXT(LE_NOT_IMPLEMENTED), "LE_NOT_IMPLEMENTED");
    assert_string_equal(LE_RESULT_TXT(LE_SUSPENDED), "LE_SUSPENDED");
    assert_string_equal(LE_RESULT_TXT((le_result_t)-25), "(unknown)");
    assert_string_equal(LE_RESULT_TXT((le_result_t)1), "(unknown)");
    assert_string_equal(LE_ERRNO_TXT(EACCES), "Permission denied");
}

static int n_evaluated;

static bool evaluate(bool value)
{
    n_evaluated++;
    return value;
}

static void an_assertion_is_evaluated_once(void **state)
{
    (void)state;
    n_evaluated = 0;
    LE_ASSERT(evaluate(true))
    assert_int_equal(n_evaluated, 1);
    LE_ASSERT_OK(evaluate(false) ? LE_FAULT : LE_OK)
    assert_int_equal(n_evaluated, 2);
}

static void end_fatally(void)
{
    LE_FATAL("no more of %s", "it");
}

static void end_by_assertion(void)
{
    LE_ASSERT(1 + 1 == 3);
}

static void end_by_result(void)
{
    LE_ASSERT_OK(LE_BUSY);
}

static void end_twice(void);

static void end_again(void)
{
    LE_FATAL("at its end");
}

static void end_twice(void)
{
    (void)atexit(end_again);
    LE_FATAL("first");
}

static void fatal_ends_with_1(void **state)
{
    (void)state;
    doomed(end_fatally, 1, STAMP "\\*EMR\\*" PLACE "no more of it\n$");
    doomed(end_by_assertion, 1, "Assert Failed: '1 \\+ 1 == 3'\n$");
    doomed(end_by_result, 1, "Assert Failed: 'LE_BUSY' is not LE_OK \\(0\\)\n$");
}

static void fatal_at_the_end_does_not_hang(void **state)
{
    (void)state;
    doomed(end_twice, 1, "first\n.*at its end\n$");
}

static void *log_from_elsewhere(void *argument)
{
    LE_INFO("from elsewhere");
    return argument;
}

static void any_pthread_may_log(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, log_from_elsewhere, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)captured_stderr_matches("T=unknown \\|.*from elsewhere\n$");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_all_its_parts),
        cmocka_unit_test(errno_is_shown_and_kept),
        cmocka_unit_test(a_text_is_cut_at_255_characters),
        cmocka_unit_test(only_what_passes_the_filter_is_printed),
        cmocka_unit_test(a_condition_decides),
        cmocka_unit_test(a_trace_is_a_switch_of_its_own),
        cmocka_unit_test(a_dump_shows_octets_and_text),
        cmocka_unit_test(results_have_names),
        cmocka_unit_test(an_assertion_is_evaluated_once),
        cmocka_unit_test(fatal_ends_with_1),
        cmocka_unit_test(fatal_at_the_end_does_not_hang),
        cmocka_unit_test(any_pthread_may_log),
    };
    return cmocka_run_group_tests(tests, captured_stderr_begin, captured_stderr_end);
}
