/*
 * HDF's lines on standard error, which each test reads back from a pipe.
 */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "include/hdf/hdf_core_log.h"
#include "include/hdf/hdf_log.h"
#include "include/hdf/viaduct_hdf.h"
#include "tests/unit/bridge/captured_stderr.h"

static int end(void **state)
{
    via_hdf_set_log_level(0);
    via_hdf_set_log_sink(NULL);
    return captured_stderr_end(state);
}

/* Its own process: the environment is read once. First of all, while nobody has read it yet. */
static void the_environment_is_heard_whatever_the_program_has_set(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        (void)setenv("VIADUCT_HILOG_PRIVACY", "1", 1);
        (void)setenv("VIADUCT_HILOG_LEVEL", "5", 1);
        via_hdf_set_log_level(3);
        HDF_LOGD("%{public}d %d %{private}s", 1, 2, "three");
        via_hdf_set_log_level(0);
        HDF_LOGI("too low");
        HDF_LOGW("%d", 4);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    captured_stderr_matches(
        CAPTURED_STAMP "D C02510/HDF_LOG_TAG: 1 <private> <private>\n[^\n]* W C02510/HDF_LOG_TAG: "
                       "<private>\n$");
}

static void a_tag_that_was_never_defined_is_its_own_name(void **state)
{
    (void)state;
    HDF_LOGI("sum %{public}d of %{private}d", 5, 6);
    captured_stderr_matches(CAPTURED_STAMP "I C02510/HDF_LOG_TAG: sum 5 of 6\n$");
}

#define HDF_LOG_TAG sample_driver

static void each_level_has_its_letter(void **state)
{
    (void)state;
    HDF_LOGV("v");
    captured_stderr_matches(CAPTURED_STAMP "D C02510/sample_driver: v\n$");
    HDF_LOGD("d");
    captured_stderr_matches(CAPTURED_STAMP "D C02510/sample_driver: d\n$");
    HDF_LOGI("i");
    captured_stderr_matches(CAPTURED_STAMP "I C02510/sample_driver: i\n$");
    HDF_LOGW("w");
    captured_stderr_matches(CAPTURED_STAMP "W C02510/sample_driver: w\n$");
    HDF_LOGE("%{public}s: %{public}llu", "e", 1ULL);
    captured_stderr_matches(CAPTURED_STAMP "E C02510/sample_driver: e: 1\n$");
}

#undef LOG_DOMAIN
#define LOG_DOMAIN 0xD002500
#undef HDF_LOG_TAG
#define HDF_LOG_TAG "sample"

static void a_tag_may_be_a_string(void **state)
{
    (void)state;
    HDF_LOGI("text");
    captured_stderr_matches(CAPTURED_STAMP "I C02500/sample: text\n$");
}

static void odd_tags_are_borne(void **state)
{
    (void)state;
    via_hdf_log(4, 1, NULL, "m");
    captured_stderr_matches("C00001/HDF: m\n$");
    via_hdf_log(4, 1, "", "m");
    captured_stderr_matches("C00001/: m\n$");
    via_hdf_log(4, 1, "\"", "m");
    captured_stderr_matches("C00001/\": m\n$");
    via_hdf_log(4, 1, "\"\"", "m");
    captured_stderr_matches("C00001/: m\n$");
    via_hdf_log(4, 0xffffffff, "0123456789012345678901234567890123", "m");
    captured_stderr_matches("Cfffff/0123456789012345678901234567890: m\n$");
}

static void a_message_is_cut_and_each_line_is_a_line(void **state)
{
    (void)state;
    char message[5000];
    memset(message, 'm', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    HDF_LOGI("%{public}s", message);
    const char *line = captured_stderr();
    assert_int_equal(strlen(strstr(line, ": m")), 2 + 4095 + 1);
    HDF_LOGI("one\ntwo\n");
    captured_stderr_matches("sample: one\n[^\n]*sample: two\n$");
}

static void what_is_not_to_be_printed_is_not(void **state)
{
    (void)state;
    via_hdf_log(0, 0, "t", "x");
    via_hdf_log(8, 0, "t", "x");
    via_hdf_log(4, 0, "t", NULL);
    via_hdf_set_log_level(5);
    HDF_LOGI("too low");
    assert_string_equal(captured_stderr(), "");
    HDF_LOGW("w");
    captured_stderr_matches(": w\n$");
    via_hdf_set_log_level(2);
    via_hdf_set_log_level(8);
    HDF_LOGI("still too low");
    assert_string_equal(captured_stderr(), "");
    via_hdf_set_log_level(7);
    HDF_LOGE("too low");
    assert_string_equal(captured_stderr(), "");
    via_hdf_set_log_level(0);
    HDF_LOGD("d");
    captured_stderr_matches(": d\n$");
}

static void errno_is_left_alone(void **state)
{
    (void)state;
    errno = ENOENT;
    HDF_LOGE("%{public}m");
    assert_int_equal(errno, ENOENT);
    captured_stderr_matches(": No such file or directory\n$");
}

static char heard[64];

static void hear(int level, unsigned int domain, const char *tag, const char *message)
{
    (void)snprintf(heard, sizeof heard, "%d %x %s %s", level, domain, tag, message);
    errno = EIO;
}

static void a_sink_hears_each_message_too(void **state)
{
    (void)state;
    via_hdf_set_log_sink(hear);
    errno = 0;
    HDF_LOGI("%{public}d", 7);
    assert_int_equal(errno, 0);
    assert_string_equal(heard, "4 d002500 sample 7");
    captured_stderr_matches(": 7\n$");
    via_hdf_set_log_sink(NULL);
    HDF_LOGI("%{public}d", 8);
    assert_string_equal(heard, "4 d002500 sample 7");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, captured_stderr_begin, end)
    const struct CMUnitTest tests[] = {
        test(the_environment_is_heard_whatever_the_program_has_set),
        test(a_tag_that_was_never_defined_is_its_own_name),
        test(each_level_has_its_letter),
        test(a_tag_may_be_a_string),
        test(odd_tags_are_borne),
        test(a_message_is_cut_and_each_line_is_a_line),
        test(what_is_not_to_be_printed_is_not),
        test(errno_is_left_alone),
        test(a_sink_hears_each_message_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
