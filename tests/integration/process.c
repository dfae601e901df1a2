/*
 * fork, exec, pipes and poll; what it costs the kernel says.
 */
#include "tests/integration/process.h"

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 30000 /* only a failing test reaches it */

extern char **environ;

/* A child goes when the test goes, however that ends. */
static void become(const char *const *argv, const char *const *settings)
{
    for (size_t i = 0; environ[i] != NULL;) {
        char name[128];
        const char *equals = strchr(environ[i], '=');
        size_t size = equals == NULL ? 0 : (size_t)(equals - environ[i]);
        if (size > 0 && size < sizeof name && strncmp(environ[i], "VIADUCT_", 8) == 0 &&
            strncmp(environ[i], "VIADUCT_TEST_", 13) != 0) {
            memcpy(name, environ[i], size);
            name[size] = '\0';
            (void)unsetenv(name);
        } else {
            i++;
        }
    }
    union {
        const char *const *borrowed;
        char *const *words;
    } theirs = {.borrowed = settings};
    for (size_t i = 0; settings != NULL && settings[i] != NULL; i++)
        (void)putenv(theirs.words[i]);
    theirs.borrowed = argv;
    (void)execv(argv[0], theirs.words);
    (void)fprintf(stderr, "cannot start %s\n", argv[0]);
    _exit(127);
}

static void close_end(int *end)
{
    if (*end >= 0)
        (void)close(*end);
    *end = -1;
}

/* @err: where its standard error goes; -1: to ours. */
static void start(struct process *process, const char *const *argv, const char *const *settings,
                  int err)
{
    int in[2], out[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        if (err >= 0)
            (void)dup2(err, STDERR_FILENO);
        become(argv, settings);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    *process = (struct process){.pid = pid, .in = in[1], .out = out[0]};
}

void process_start(struct process *process, const char *const *argv, const char *const *settings)
{
    start(process, argv, settings, -1);
}

static void wait_readable(struct pollfd *fds, nfds_t n, const char *what)
{
    if (poll(fds, n, LIMIT_MS) <= 0)
        fail_msg("%s: nothing came", what);
}

void process_line(struct process *process, char *line, size_t size)
{
    size_t n = 0;
    for (;;) {
        struct pollfd fd = {.fd = process->out, .events = POLLIN};
        wait_readable(&fd, 1, "a line of a process");
        char c;
        ssize_t got = read(process->out, &c, 1);
        if (got <= 0)
            fail_msg("a process has closed its output after \"%.*s\"", (int)n, line);
        if (c == '\n')
            break;
        assert_true(n + 1 < size);
        line[n++] = c;
    }
    line[n] = '\0';
}

void process_release(struct process *process)
{
    close_end(&process->in);
}

void process_kill(const struct process *process, int number)
{
    assert_int_equal(kill(process->pid, number), 0);
}

int process_wait(struct process *process)
{
    int status = -1;
    close_end(&process->in);
    assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
    close_end(&process->out);
    process->pid = -1;
    return status;
}

/* ---- what it costs ---- */

unsigned long process_kib(const struct process *process)
{
    char path[64], line[128];
    unsigned long kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)process->pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtoul(line + 6, NULL, 10);
    (void)fclose(file);
    assert_true(kib > 0);
    return kib;
}

bool process_is_sanitized(void)
{
    const char *sanitizer = getenv("VIADUCT_TEST_SANITIZE");
    return sanitizer != NULL && *sanitizer != '\0';
}

/* ---- to its end ---- */

/* Takes what is there; closes the end of a pipe that has ended. */
static void take(int *end, char *text, size_t *sizep)
{
    char rest[4096];
    size_t room = PROCESS_TEXT_MAX - 1 - *sizep;
    ssize_t n = room > 0 ? read(*end, text + *sizep, room) : read(*end, rest, sizeof rest);
    if (n <= 0)
        close_end(end);
    else if (room > 0)
        *sizep += (size_t)n;
    text[*sizep] = '\0';
}

void process_run(struct spoken *spoken, const char *const *argv, const char *const *settings)
{
    struct process process;
    int err[2];
    size_t n_out = 0, n_err = 0;
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    start(&process, argv, settings, err[1]);
    (void)close(err[1]);
    close_end(&process.in);
    spoken->out[0] = spoken->err[0] = '\0';
    while (process.out >= 0 || err[0] >= 0) {
        struct pollfd fds[2] = {{.fd = process.out, .events = POLLIN},
                                {.fd = err[0], .events = POLLIN}};
        wait_readable(fds, 2, argv[0]);
        if (fds[0].revents != 0)
            take(&process.out, spoken->out, &n_out);
        if (fds[1].revents != 0)
            take(&err[0], spoken->err, &n_err);
    }
    int status = process_wait(&process);
    spoken->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *process_program(char path[256], const char *name)
{
    const char *folder = getenv("VIADUCT_TEST_BIN");
    assert_non_null(folder);
    (void)snprintf(path, 256, "%s/%s", folder, name);
    return path;
}
