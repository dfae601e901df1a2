/*
 * One event, one line, whatever its words are.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"

static char last_line[2048];
static enum log_level last_level;
static unsigned n_lines;

static void keep_line(void *user, enum log_level level, const char *line)
{
    assert_ptr_equal(user, &n_lines);
    (void)snprintf(last_line, sizeof last_line, "%s", line);
    last_level = level;
    n_lines++;
}

static int take_lines(void **state)
{
    (void)state;
    n_lines = 0;
    last_line[0] = '\0';
    log_set_sink(keep_line, &n_lines, LOG_INFO);
    return 0;
}

static void a_line_is_id_and_words(void **state)
{
    (void)state;
    log_warn("link.refused", "peer=%s cause=%d", "here", 7);
    assert_int_equal(n_lines, 1);
    assert_int_equal(last_level, LOG_WARN);
    assert_string_equal(last_line, "link.refused peer=here cause=7");
}

static void what_is_less_grave_is_left_out(void **state)
{
    (void)state;
    log_debug("some.detail", "n=%d", 1);
    assert_int_equal(n_lines, 0);
    assert_false(log_is_on(LOG_DEBUG));
    assert_true(log_is_on(LOG_ERROR));
    log_set_sink(NULL, NULL, LOG_DEBUG);
    log_error("nobody.hears", "n=%d", 1);
    assert_false(log_is_on(LOG_ERROR));
}

static void nobody_can_forge_a_second_line(void **state)
{
    (void)state;
    log_info("link.refused", "peer=%s", "x\nerror: forged\r\x1b[2J\x7f");
    assert_string_equal(last_line, "link.refused peer=x?error: forged??[2J?");
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    char words[4000];
    memset(words, 'x', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    log_info("long.line", "words=%s", words);
    assert_int_equal(strlen(last_line), 1023);
    log_info(words, "n=%d", 1); /* an id that leaves no room is none */
    assert_int_equal(n_lines, 1);
}

static void levels_have_names(void **state)
{
    (void)state;
    static const char *const names[] = {"error", "warn", "info", "debug"};
    enum log_level level;
    for (size_t i = 0; i < 4; i++) {
        assert_true(log_level_parse(names[i], &level));
        assert_int_equal(level, i);
        assert_string_equal(log_level_name(level), names[i]);
    }
    assert_false(log_level_parse("loud", &level));
    assert_false(log_level_parse("", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_is_id_and_words, take_lines),
        cmocka_unit_test_setup(what_is_less_grave_is_left_out, take_lines),
        cmocka_unit_test_setup(nobody_can_forge_a_second_line, take_lines),
        cmocka_unit_test_setup(a_long_line_is_cut, take_lines),
        cmocka_unit_test_setup(levels_have_names, take_lines),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
