/*
 * One thread waits for everything: signals, what children say, and the times to start one. Another
 * reaches the gateway first, since that may take for ever. What programs ask of dev_mgr comes in on
 * workers of the node, and goes through host_records and host_requests.
 */
#include "bridge/hdf/host_supervisor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/hdf/handle.h"
#include "bridge/hdf/host_gateway.h"
#include "bridge/hdf/host_process.h"
#include "bridge/hdf/host_records.h"
#include "bridge/hdf/host_requests.h"
#include "bridge/hdf/host_services.h"
#include "bridge/log.h"
#include "include/hdf/osal_time.h"

#define FLUSH_MS 1000u
#define EXIT_USAGE 2
#define NEVER UINT64_MAX

struct supervisor {
    const struct host_options *options;
    struct host_config config;
    struct host_process *processes; /* in the order in which they start */
    size_t n;
    int signals, reached; /* owned; reached: the gateway has been */
    pthread_t opener;
    bool is_open;     /* hosts may start */
    bool is_told;     /* that all are ready */
    bool is_stopping; /* since */
    uint64_t kill_ms; /* when */
};

/* ---- children ---- */

static void hear(struct host_process *process)
{
    struct host_message message;
    while (process->control >= 0) {
        switch (host_message_receive(process->control, &message)) {
        case HOST_RECEIVED:
            if (message.kind == HOST_DEVICE)
                host_records_take(process->host->id, &message);
            else if (message.kind == HOST_ANSWER)
                host_requests_take(process->host->id, &message);
            else if (message.kind == HOST_READY)
                process->is_settled = true;
            break;
        case HOST_NOTHING:
            return;
        case HOST_ENDED: /* it dies, or talks nonsense and has to */
            (void)kill(process->pid, SIGTERM);
            host_requests_end(process->host->id);
            (void)close(process->control);
            process->control = -1;
            break;
        }
    }
}

static void start(struct supervisor *supervisor, struct host_process *process, uint64_t now_ms)
{
    host_process_start(process, supervisor->options, now_ms);
    if (process->pid != 0)
        host_requests_begin(process->host->id, process->control);
}

static void reap(struct supervisor *supervisor, struct host_process *process, uint64_t now_ms)
{
    int status = 0;
    if (process->pid == 0 || waitpid(process->pid, &status, WNOHANG) != process->pid)
        return;
    hear(process); /* its last words */
    if (process->control >= 0) {
        host_requests_end(process->host->id);
        (void)close(process->control);
        process->control = -1;
    }
    host_process_ended(process, status, now_ms, supervisor->is_stopping);
    host_records_end(process->host->id);
}

/* ---- time ---- */

/* Whether the host after this one may start. */
static bool is_settled(const struct host_process *process, uint64_t now_ms)
{
    return process->is_settled ||
           (process->started_ms != 0 && now_ms >= process->started_ms + HOST_READY_MS);
}

static void tell_ready(struct supervisor *supervisor)
{
    supervisor->is_told = true;
    (void)printf(HOST_PROGRAM ": ready hosts=%zu devices=%zu\n", supervisor->n,
                 host_records_count());
    (void)fflush(stdout);
}

/* Starts what is due. Returns when to look again. */
static uint64_t start_due(struct supervisor *supervisor, uint64_t now_ms)
{
    uint64_t next_ms = NEVER;
    size_t i = 0;
    for (; i < supervisor->n; i++) {
        struct host_process *process = &supervisor->processes[i];
        if (process->pid == 0 && now_ms >= process->next_ms)
            start(supervisor, process, now_ms);
        if (process->pid == 0 && process->next_ms < next_ms)
            next_ms = process->next_ms;
        if (is_settled(process, now_ms))
            continue;
        if (process->started_ms + HOST_READY_MS < next_ms)
            next_ms = process->started_ms + HOST_READY_MS;
        break;
    }
    if (i == supervisor->n && !supervisor->is_told)
        tell_ready(supervisor);
    return next_ms;
}

/* ---- stopping ---- */

static void signal_all(const struct supervisor *supervisor, int number)
{
    for (size_t i = 0; i < supervisor->n; i++)
        if (supervisor->processes[i].pid != 0)
            (void)kill(supervisor->processes[i].pid, number);
}

static void begin_stop(struct supervisor *supervisor, uint64_t now_ms)
{
    if (supervisor->is_stopping)
        return;
    supervisor->is_stopping = true;
    supervisor->kill_ms = now_ms + HOST_STOP_MS;
    host_requests_close();
    host_gateway_stop_waiting();
    signal_all(supervisor, SIGTERM);
}

/* What is due while it stops. Returns when to look again. */
static uint64_t kill_due(struct supervisor *supervisor, uint64_t now_ms)
{
    if (now_ms < supervisor->kill_ms)
        return supervisor->kill_ms;
    log_warn("hdf.host.killed", "why=\"drivers have not been released in %u ms\"", HOST_STOP_MS);
    signal_all(supervisor, SIGKILL);
    supervisor->kill_ms = NEVER;
    return NEVER;
}

static bool any_runs(const struct supervisor *supervisor)
{
    bool any = false;
    for (size_t i = 0; i < supervisor->n; i++)
        any = any || supervisor->processes[i].pid != 0;
    return any;
}

/* ---- waiting ---- */

static void take_signals(struct supervisor *supervisor, uint64_t now_ms)
{
    struct signalfd_siginfo info;
    while (read(supervisor->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD)
            begin_stop(supervisor, now_ms);
    for (size_t i = 0; i < supervisor->n; i++)
        reap(supervisor, &supervisor->processes[i], now_ms);
}

/* Until something happens or it is @next_ms. */
static void wait_until(struct supervisor *supervisor, struct pollfd *ends, uint64_t next_ms)
{
    uint64_t now_ms = OsalGetSysTimeMs();
    int timeout = -1;
    if (next_ms != NEVER) /* at most HOST_BACKOFF_MOST_MS away */
        timeout = next_ms > now_ms ? (int)(next_ms - now_ms) : 0;
    ends[0] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
    ends[1] = (struct pollfd){.fd = supervisor->reached, .events = POLLIN};
    for (size_t i = 0; i < supervisor->n; i++)
        ends[2 + i] = (struct pollfd){.fd = supervisor->processes[i].control, .events = POLLIN};
    if (poll(ends, 2 + supervisor->n, timeout) <= 0)
        return;
    if (ends[1].revents != 0) {
        uint64_t times;
        supervisor->is_open = read(supervisor->reached, &times, sizeof times) > 0;
    }
    for (size_t i = 0; i < supervisor->n; i++)
        if (ends[2 + i].revents != 0)
            hear(&supervisor->processes[i]);
    if (ends[0].revents != 0)
        take_signals(supervisor, OsalGetSysTimeMs());
}

static void run(struct supervisor *supervisor, struct pollfd *ends)
{
    uint64_t next_ms = NEVER;
    while (!supervisor->is_stopping || any_runs(supervisor)) {
        wait_until(supervisor, ends, next_ms);
        next_ms = NEVER;
        if (supervisor->is_stopping)
            next_ms = kill_due(supervisor, OsalGetSysTimeMs());
        else if (supervisor->is_open)
            next_ms = start_due(supervisor, OsalGetSysTimeMs());
    }
}

/* ---- its life ---- */

static void *reach_gateway(void *user)
{
    const struct supervisor *supervisor = user;
    if (host_gateway_wait()) {
        host_services_start(&supervisor->config);
        (void)eventfd_write(supervisor->reached, 1);
    }
    return NULL;
}

static int open_signals(void)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGCHLD);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool prepare(struct supervisor *supervisor)
{
    const struct device_info *info = supervisor->config.info;
    supervisor->signals = open_signals();
    supervisor->reached = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    supervisor->processes = calloc(info->n_hosts + 1, sizeof *supervisor->processes);
    if (supervisor->signals < 0 || supervisor->reached < 0 || supervisor->processes == NULL)
        return false;
    for (size_t i = 0; i < info->n_hosts; i++)
        host_process_init(&supervisor->processes[i], &info->hosts[i]);
    supervisor->n = info->n_hosts;
    host_records_init(info, host_services_tell);
    return true;
}

static void end(struct supervisor *supervisor)
{
    (void)pthread_join(supervisor->opener, NULL);
    host_services_end();
    struct via_node *node = hdf_node();
    if (node != NULL) {
        (void)via_node_flush(node, FLUSH_MS);
        via_node_close(node);
    }
}

int host_supervisor_run(const struct host_options *options)
{
    static struct supervisor supervisor; /* dev_mgr reads its configuration to the end */
    supervisor.options = options;
    if (!host_config_load(&supervisor.config, options->config, true))
        return EXIT_USAGE;
    struct pollfd *ends = prepare(&supervisor) ? calloc(2 + supervisor.n, sizeof *ends) : NULL;
    if (ends == NULL || pthread_create(&supervisor.opener, NULL, reach_gateway, &supervisor) != 0) {
        log_error("hdf.host.failed", "why=\"no memory\"");
        free(ends);
        return EXIT_FAILURE;
    }
    run(&supervisor, ends);
    end(&supervisor);
    free(ends);
    return EXIT_SUCCESS;
}
