/*
 * Children. Their cost is read from the kernel's scheduler statistics, for every thread of the
 * process and of the processes it forked.
 */
#include "tests/bench/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void add_to_environment(const char *setting)
{
    char name[64];
    size_t n = strcspn(setting, "=");
    if (n >= sizeof name || setting[n] == '\0')
        return;
    memcpy(name, setting, n);
    name[n] = '\0';
    (void)setenv(name, setting + n + 1, 1);
}

/* execv() does not change what it is given, but for history's sake does not say so. */
static void exec_const(const char *const argv[])
{
    char *copy[16];
    size_t n = 0;
    if (argv[0] == NULL)
        return;
    while (argv[n] != NULL && n + 1 < sizeof copy / sizeof *copy) {
        copy[n] = strdup(argv[n]);
        n++;
    }
    copy[n] = NULL;
    (void)execv(argv[0], copy);
}

int child_start(struct child *child, const char *const argv[], const char *const environment[],
                const char *greeting, char *words, size_t size)
{
    int in[2];
    int out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
        return 1;
    child->pid = fork();
    if (child->pid < 0)
        return 1;
    if (child->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing outlives the benchmark */
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        for (size_t i = 0; environment != NULL && environment[i] != NULL; i++)
            add_to_environment(environment[i]);
        exec_const(argv);
        fprintf(stderr, "bench: cannot start %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    child->in = fdopen(in[1], "w");
    child->out = fdopen(out[0], "r");
    char line[512];
    if (child->in == NULL || child->out == NULL || fgets(line, sizeof line, child->out) == NULL ||
        strncmp(line, greeting, strlen(greeting)) != 0) {
        fprintf(stderr, "bench: %s %s did not start\n", argv[0], argv[1] == NULL ? "" : argv[1]);
        return 1;
    }
    if (words != NULL)
        snprintf(words, size, "%s", line + strlen(greeting));
    return 0;
}

int child_ask(struct child *child, const char *line, char *answer, size_t size)
{
    if (fprintf(child->in, "%s\n", line) < 0 || fflush(child->in) != 0)
        return 1;
    return fgets(answer, (int)size, child->out) == NULL;
}

void child_end(struct child *child)
{
    if (child->pid <= 0)
        return;
    fclose(child->in);
    kill(child->pid, SIGTERM);
    waitpid(child->pid, NULL, 0);
    fclose(child->out);
    child->pid = 0;
}

static uint64_t first_number(const char *path, const char *key)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    char line[256];
    uint64_t number = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0) {
            number = strtoull(line + strlen(key), NULL, 10);
            break;
        }
    fclose(file);
    return number;
}

/* NOLINTNEXTLINE(misc-no-recursion): a process and its children */
static void add_process(long pid, struct child_cost *cost)
{
    char path[320];
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return;
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%ld/task/%s/schedstat", pid, task->d_name);
        cost->cpu_ns += first_number(path, "");
        snprintf(path, sizeof path, "/proc/%ld/task/%s/status", pid, task->d_name);
        cost->switches += first_number(path, "voluntary_ctxt_switches:");
        snprintf(path, sizeof path, "/proc/%ld/task/%s/children", pid, task->d_name);
        FILE *children = fopen(path, "re");
        char line[256] = "";
        if (children != NULL && fgets(line, sizeof line, children) != NULL)
            for (char *end = line, *next; (next = end, strtol(next, &end, 10)) > 0;)
                add_process(strtol(next, NULL, 10), cost);
        if (children != NULL)
            fclose(children);
    }
    closedir(tasks);
}

struct child_cost child_cost(const struct child *child)
{
    struct child_cost cost = {0, 0};
    if (child->pid > 0)
        add_process(child->pid, &cost);
    return cost;
}
