/*
 * Standard error, turned into a pipe for a test's time.
 */
#include "tests/unit/bridge/captured_stderr.h"

#include <cmocka.h>
#include <fcntl.h>
#include <regex.h>
#include <unistd.h>

static int saved_stderr;
static int capture[2];
static char text[16384];

int captured_stderr_begin(void **state)
{
    (void)state;
    if (pipe2(capture, O_NONBLOCK | O_CLOEXEC) < 0)
        return -1;
    saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    return dup2(capture[1], STDERR_FILENO) < 0 ? -1 : 0;
}

int captured_stderr_end(void **state)
{
    (void)state;
    (void)dup2(saved_stderr, STDERR_FILENO);
    (void)close(saved_stderr);
    (void)close(capture[0]);
    (void)close(capture[1]);
    return 0;
}

const char *captured_stderr(void)
{
    ssize_t size = read(capture[0], text, sizeof text - 1);
    text[size < 0 ? 0 : size] = '\0';
    return text;
}

const char *captured_stderr_matches(const char *pattern)
{
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    const char *lines = captured_stderr();
    if (regexec(&regex, lines, 0, NULL, 0) != 0)
        fail_msg("'%s' does not match '%s'", lines, pattern);
    regfree(&regex);
    return lines;
}
