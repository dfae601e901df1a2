/*
 * HiLog's lines on standard error, which each test reads back from a pipe.
 */
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <unistd.h>

#include "include/openharmony/hilog/log.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

#undef LOG_DOMAIN
#undef LOG_TAG
#define LOG_DOMAIN 0x15b0
#define LOG_TAG "testTag"

static int saved_stderr;
static int capture[2];
static char text[16384];

/* What was printed since the last call. Captured lines fit the pipe: writing them never blocks. */
static const char *printed(void)
{
    ssize_t size = read(capture[0], text, sizeof text - 1);
    text[size < 0 ? 0 : size] = '\0';
    return text;
}

static void assert_matches(const char *pattern)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    const char *lines = printed();
    if (regexec(&regex, lines, 0, NULL, 0) != 0)
        fail_msg("'%s' does not match '%s'", lines, pattern);
    regfree(&regex);
}

static int begin(void **state)
{
    (void)state;
    if (pipe2(capture, O_NONBLOCK | O_CLOEXEC) < 0)
        return -1;
    saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    return dup2(capture[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    OH_LOG_SetLogLevel(LOG_DEBUG, UNSET_LOGLEVEL);
    OH_LOG_SetCallback(NULL);
    (void)dup2(saved_stderr, STDERR_FILENO);
    (void)close(saved_stderr);
    (void)close(capture[0]);
    (void)close(capture[1]);
    return 0;
}

#define STAMP "^[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} +[0-9]+ +[0-9]+ "

static void a_line_has_time_process_level_domain_and_tag(void **state)
{
    (void)state;
    int size = OH_LOG_Print(LOG_APP, LOG_INFO, 0x15b0, "testTag", "sum %{public}d", 5);
    assert_matches(STAMP "I A015b0/testTag: sum 5\n$");
    assert_int_equal(size, strlen(text));
}

static void the_macros_take_domain_and_tag_where_they_stand(void **state)
{
    (void)state;
    OH_LOG_DEBUG(LOG_APP, "d");
    assert_matches(STAMP "D A015b0/testTag: d\n$");
    OH_LOG_INFO(LOG_APP, "i %{public}s", "x");
    assert_matches(STAMP "I A015b0/testTag: i x\n$");
    OH_LOG_WARN(LOG_APP, "w");
    assert_matches(STAMP "W A015b0/testTag: w\n$");
    OH_LOG_ERROR(LOG_APP, "e");
    assert_matches(STAMP "E A015b0/testTag: e\n$");
    OH_LOG_FATAL(LOG_APP, "f");
    assert_matches(STAMP "F A015b0/testTag: f\n$");
}

static void each_line_of_a_message_is_a_line(void **state)
{
    (void)state;
    OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 1, "t", "one\ntwo\n");
    assert_matches("A00001/t: one\n[^\n]*A00001/t: two\n$");
    OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 1, "t", "");
    assert_matches(STAMP "I A00001/t: \n$");
}

static void messages_and_tags_are_cut(void **state)
{
    (void)state;
    char message[5000];
    memset(message, 'm', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    int size = OH_LOG_PrintMsg(LOG_APP, LOG_INFO, 1, "0123456789012345678901234567890123", message);
    assert_int_equal(size, strlen(printed()));
    assert_non_null(strstr(text, "/0123456789012345678901234567890: m"));
    assert_int_equal(strlen(strstr(text, ": m")), 2 + 4095 + 1);
}

static void sizes_bound_what_is_read(void **state)
{
    (void)state;
    static const char tag[] = {'t', 'a', 'g'};
    static const char message[] = {'m', 's', 'g'};
    assert_true(OH_LOG_PrintMsgByLen(LOG_APP, LOG_INFO, 2, tag, 2, message, 3) > 0);
    assert_matches("A00002/ta: msg\n$");
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
    assert_string_equal(printed(), "");
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
    assert_matches(": 7\n$");
    OH_LOG_SetCallback(NULL);
    OH_LOG_INFO(LOG_APP, "%{public}d", 8);
    assert_string_equal(heard, "0 4 15b0 testTag 7");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
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
