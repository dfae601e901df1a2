/*
 * HiLog's lines on standard error, which each test reads back from a pipe.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/openharmony/hilog/log.h"
#include "tests/unit/bridge/captured_stderr.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

#undef LOG_DOMAIN
#undef LOG_TAG
#define LOG_DOMAIN 0x15b0
#define LOG_TAG "testTag"

static int end(void **state)
{
    OH_LOG_SetLogLevel(LOG_DEBUG, UNSET_LOGLEVEL);
    OH_LOG_SetCallback(NULL);
    return captured_stderr_end(state);
}

/* Its own process: the environment is read once. First of all, while nobody has read it yet. */
static void privacy_is_kept_whatever_the_program_has_set(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        (void)setenv("VIADUCT_HILOG_PRIVACY", "1", 1);
        OH_LOG_SetMinLogLevel(LOG_DEBUG);
        OH_LOG_INFO(LOG_APP, "%{public}d %d", 1, 2);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    captured_stderr_matches(": 1 <private>\n$");
}

static void a_line_has_time_process_level_domain_and_tag(void **state)
{
    (void)state;
    int size = OH_LOG_Print(LOG_APP, LOG_INFO, 0x15b0, "testTag", "sum %{public}d", 5);
    const char *line = captured_stderr_matches(CAPTURED_STAMP "I A015b0/testTag: sum 5\n$");
    assert_int_equal(size, strlen(line));
}

static void the_macros_take_domain_and_tag_where_they_stand(void **state)
{
    (void)state;
    OH_LOG_DEBUG(LOG_APP, "d");
    captured_stderr_matches(CAPTURED_STAMP "D A015b0/testTag: d\n$");
    OH_LOG_INFO(LOG_APP, "i %{public}s", "x");
    captured_stderr_matches(CAPTURED_STAMP "I A015b0/testTag: i x\n$");
    OH_LOG_WARN(LOG_APP, "w");
    captured_stderr_matches(CAPTURED_STAMP "W A015b0/testTag: w\n$");
    OH_LOG_ERROR(LOG_APP, "e");
    captured_stderr_matches(CAPTURED_STAMP "E A015b0/testTag: e\n$");
    OH_LOG_FATAL(LOG_APP, "f");
    captured_stderr_matches(CAPTURED_STAMP "F A015b0/testTag: f\n$");
}

static void each_line_of_a_message_is_a_line(void **state)
{
    (void)state;
    OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 1, "t", "one\ntwo\n");
    captured_stderr_matches("A00001/t: one\n[^\n]*A00001/t: two\n$");
    OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 1, "t", "");
    captured_stderr_matches(CAPTURED_STAMP "I A00001/t: \n$");
}

static void messages_and_tags_are_cut(void **state)
{
    (void)state;
    char message[5000];
    memset(message, 'm', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    int size = OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 1, "0123456789012345678901234567890123", message);
    const char *line = captured_stderr();
    assert_int_equal(size, strlen(line));
    assert_non_null(strstr(line, "/0123456789012345678901234567890: m"));
    assert_int_equal(strlen(strstr(line, ": m")), 2 + 4095 + 1);
}

static void sizes_bound_what_is_read(void **state)
{
    (void)state;
    static const char tag[] = {'t', 'a', 'g'};
    static const char message[] = {'m', 's', 'g'};
    assert_true(OH_LOG_PrintMsgByLen(LOG_APP, LOG_INFO, 2, tag, 2, message, 3) > 0);
    captured_stderr_matches("A00002/ta: msg\n$");
}

static void what_is_not_loggable_is_not_printed(void **state)
{
    (void)state;
    assert_int_equal(OH_LOG_Print(LOG_APP, LOG_INFO, 0, NULL, "x"), -1);
    assert_int_equal(OH_LOG_Print(LOG_APP, (LogLevel)0, 0, "t", "x"), -1);
    assert_int_equal(OH_LOG_Print(LOG_APP, (LogLevel)8, 0, "t", "x"), -1);
    assert_int_equal(OH_LOG_Print(LOG_APP, LOG_INFO, 0x10000, "t", "x"), -1);
    assert_int_equal(OH_LOG_Print(LOG_APP, LOG_INFO, 0, "t", NULL), -1);
    assert_int_equal(OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 0, "t", NULL), -1);
    assert_int_equal(OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 0, NULL, "m"), -1);
    assert_string_equal(captured_stderr(), "");
}

static void the_least_level_can_be_set(void **state)
{
    (void)state;
    assert_true(OH_LOG_IsLoggable(0, "t", LOG_DEBUG));
    assert_false(OH_LOG_IsLoggable(0, NULL, LOG_DEBUG));
    OH_LOG_SetMinLogLevel(LOG_WARN);
    assert_false(OH_LOG_IsLoggable(0, "t", LOG_INFO));
    assert_true(OH_LOG_IsLoggable(0, "t", LOG_WARN));
    assert_int_equal(OH_LOG_Print(LOG_APP, LOG_INFO, 0, "t", "x"), -1);
    OH_LOG_SetLogLevel(LOG_ERROR, PREFER_CLOSE_LOG);
    assert_false(OH_LOG_IsLoggable(0, "t", LOG_WARN));
    OH_LOG_SetLogLevel(LOG_ERROR, PREFER_OPEN_LOG);
    assert_true(OH_LOG_IsLoggable(0, "t", LOG_DEBUG));
    OH_LOG_SetLogLevel(LOG_ERROR, UNSET_LOGLEVEL);
    assert_true(OH_LOG_IsLoggable(0, "t", LOG_DEBUG));
}

static char heard[64];

static void hear(const LogType type, const LogLevel level, const unsigned int domain,
                 const char *tag, const char *msg)
{
    (void)snprintf(heard, sizeof heard, "%d %d %x %s %s", (int)type, (int)level, domain, tag, msg);
}

static void a_callback_hears_each_message_too(void **state)
{
    (void)state;
    OH_LOG_SetCallback(hear);
    OH_LOG_INFO(LOG_APP, "%{public}d", 7);
    assert_string_equal(heard, "0 4 15b0 testTag 7");
    captured_stderr_matches(": 7\n$");
    OH_LOG_SetCallback(NULL);
    OH_LOG_INFO(LOG_APP, "%{public}d", 8);
    assert_string_equal(heard, "0 4 15b0 testTag 7");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, captured_stderr_begin, end)
    const struct CMUnitTest tests[] = {
        test(privacy_is_kept_whatever_the_program_has_set),
        test(a_line_has_time_process_level_domain_and_tag),
        test(the_macros_take_domain_and_tag_where_they_stand),
        test(each_line_of_a_message_is_a_line),
        test(messages_and_tags_are_cut),
        test(sizes_bound_what_is_read),
        test(what_is_not_loggable_is_not_printed),
        test(the_least_level_can_be_set),
        test(a_callback_hears_each_message_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
