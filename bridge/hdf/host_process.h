/*
 * One host of the configuration as the supervisor has it: a process that is started, dies, and is
 * started again, each time later, until it lives for a while.
 */
#pragma once

#include <sys/types.h>

#include "bridge/hdf/device_info.h"
#include "bridge/hdf/host_options.h"

#define HOST_BACKOFF_MS 100u /* from a first death to the next start; then it doubles */
#define HOST_BACKOFF_MOST_MS 30000u
#define HOST_LIVES_MS 10000u /* so long a life makes the next death a first one */
#define HOST_READY_MS 10000u /* how long the next host waits for this one to say ready */

struct host_process {
    const struct device_info_host *host; /* borrowed */
    pid_t pid;                           /* 0: it does not run */
    int control;                         /* owned; -1 while it does not run */
    uint64_t started_ms;                 /* the last time; 0: never yet */
    uint64_t next_ms;                    /* not before */
    uint32_t delay_ms;                   /* before the next start but one */
    bool is_settled; /* others need not wait for it any more: it was ready, or has died */
};

void host_process_init(struct host_process *process, const struct device_info_host *host);
/* Failing counts as a death. */
void host_process_start(struct host_process *process, const struct host_options *options,
                        uint64_t now_ms);
/* It has died as @status of waitpid() says. @is_stopping: as it was told. */
void host_process_ended(struct host_process *process, int status, uint64_t now_ms,
                        bool is_stopping);
