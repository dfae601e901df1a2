/*
 * The child writes into a pipe and is waited for.
 */
#include "tests/unit/bridge/legato/doomed.h"

#include <cmocka.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_SURVIVED 99

static size_t read_all(int fd, char *text, size_t room)
{
    size_t size = 0;
    ssize_t part = 0;
    while ((part = read(fd, text + size, room - size)) > 0 || (part < 0 && errno == EINTR))
        size += part > 0 ? (size_t)part : 0;
    return size;
}

void doomed(void (*run)(void), int status, const char *pattern)
{
    int ends[2];
    char text[8192];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        run();
        _exit(STATUS_SURVIVED);
    }
    (void)close(ends[1]);
    size_t size = read_all(ends[0], text, sizeof text - 1);
    text[size] = '\0';
    (void)close(ends[0]);
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status)
        fail_msg("it ended with 0x%x, not with %d, and said '%s'", (unsigned int)ended, status,
                 text);
    regex_t regex;
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&regex, text, 0, NULL, 0) != 0)
        fail_msg("'%s' does not match '%s'", text, pattern);
    regfree(&regex);
}
