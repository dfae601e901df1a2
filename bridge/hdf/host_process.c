/*
 * A host is this very program again, which finds its supervisor at HOST_CHILD_FD. The supervisor
 * has threads: it spawns, and never forks.
 */
#include "bridge/hdf/host_process.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/hdf/host_child.h"
#include "bridge/log.h"

#define OURSELVES "/proc/self/exe"

extern char **environ;

void host_process_init(struct host_process *process, const struct device_info_host *host)
{
    *process = (struct host_process){.host = host, .control = -1, .delay_ms = HOST_BACKOFF_MS};
}

/* ---- starting ---- */

static int spawn_with(const posix_spawn_file_actions_t *actions, char *const *arguments,
                      pid_t *pidp)
{
    posix_spawnattr_t attributes;
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int error = posix_spawnattr_init(&attributes);
    if (error != 0)
        return error;
    error = posix_spawnattr_setsigmask(&attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (error == 0)
        error =
            posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0)
        error = posix_spawn(pidp, OURSELVES, actions, &attributes, arguments, environ);
    (void)posix_spawnattr_destroy(&attributes);
    return error;
}

static int spawn(char *const *arguments, int control, pid_t *pidp)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_adddup2(&actions, control, HOST_CHILD_FD);
    if (error == 0)
        error = spawn_with(&actions, arguments, pidp);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* An errno. */
static int start(struct host_process *process, const struct host_options *options)
{
    char host[16 + HCS_NAME_MAX];
    int ends[2];
    int size =
        snprintf(host, sizeof host, "%u:%s", (unsigned)process->host->id, process->host->name);
    if (size < 0 || (size_t)size >= sizeof host)
        return ENAMETOOLONG;
    /* posix_spawn() changes none of them. */
    const char *const arguments[] = {HOST_PROGRAM, "--modules", options->modules, "--host",
                                     host,         "--",        options->config,  NULL};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return errno;
    int error = spawn((char *const *)(uintptr_t)arguments, ends[1], &process->pid);
    (void)close(ends[1]);
    if (error == 0)
        process->control = ends[0];
    else
        (void)close(ends[0]);
    return error;
}

/* ---- dying ---- */

static void put_off(struct host_process *process, uint64_t now_ms)
{
    if (now_ms - process->started_ms >= HOST_LIVES_MS)
        process->delay_ms = HOST_BACKOFF_MS;
    process->next_ms = now_ms + process->delay_ms;
    process->delay_ms =
        process->delay_ms > HOST_BACKOFF_MOST_MS / 2 ? HOST_BACKOFF_MOST_MS : process->delay_ms * 2;
    process->is_settled = true;
}

void host_process_start(struct host_process *process, const struct host_options *options,
                        uint64_t now_ms)
{
    process->started_ms = now_ms;
    int error = start(process, options);
    if (error == 0) {
        log_info("hdf.host.started", "host=%s pid=%d", process->host->name, (int)process->pid);
        return;
    }
    process->pid = 0;
    put_off(process, now_ms);
    log_error("hdf.host.not_started", "host=%s why=\"%s\"", process->host->name, strerror(error));
}

void host_process_ended(struct host_process *process, int status, uint64_t now_ms, bool is_stopping)
{
    int pid = (int)process->pid;
    process->pid = 0;
    put_off(process, now_ms);
    if (is_stopping)
        return;
    unsigned again_ms = (unsigned)(process->next_ms - now_ms);
    if (WIFSIGNALED(status))
        log_error("hdf.host.died", "host=%s pid=%d signal=%d (%s) again_in_ms=%u",
                  process->host->name, pid, WTERMSIG(status), strsignal(WTERMSIG(status)),
                  again_ms);
    else
        log_error("hdf.host.died", "host=%s pid=%d exit=%d again_in_ms=%u", process->host->name,
                  pid, WEXITSTATUS(status), again_ms);
}
