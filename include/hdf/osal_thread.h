/*
 * HDF, operating system: threads. They run detached: nobody can wait for one but by means of its
 * own, a semaphore for example. Binding to a processor, suspending and resuming exist in the kernel
 * only.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_thread.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OSAL_THREAD_PRIORITY - how urgent a thread is, where its policy is SCHED_FIFO or SCHED_RR */
typedef enum {
    OSAL_THREAD_PRI_LOW,
    OSAL_THREAD_PRI_DEFAULT,
    OSAL_THREAD_PRI_HIGH,
    OSAL_THREAD_PRI_HIGHEST
} OSAL_THREAD_PRIORITY;

/** struct OsalThreadParam - how to start a thread; borrowed for the call */
struct OsalThreadParam {
    char *name;                    /* cut to 15 octets; NULL: its creator's */
    size_t stackSize;              /* octets, 0 for the system's own; at least 128 KiB is given */
    OSAL_THREAD_PRIORITY priority; /* without meaning for SCHED_OTHER */
    int policy; /* SCHED_FIFO or SCHED_RR, if the process may; anything else is SCHED_OTHER */
};

/** OsalThreadEntry - what a thread runs; nobody sees what it returns */
typedef int (*OsalThreadEntry)(void *);

/** struct OsalThread - holds what is known of one; do not copy */
struct OsalThread {
    void *realThread; /* owned, NULL until created */
};

#define OSAL_DECLARE_THREAD(thread) struct OsalThread thread

/** OsalThreadCreate() - says what to run, with which argument; OsalThreadDestroy() it.
 * Return: HDF_SUCCESS, HDF_ERR_INVALID_PARAM for a thread or an entry of NULL,
 * HDF_ERR_MALLOC_FAIL. */
int32_t OsalThreadCreate(struct OsalThread *thread, OsalThreadEntry threadEntry, void *entryPara);
/** OsalThreadStart() - runs it, in a thread of its own.
 * Return: HDF_SUCCESS; HDF_ERR_INVALID_PARAM for NULL and for what was not created; HDF_FAILURE:
 * the system refused, and it is destroyed. */
int32_t OsalThreadStart(struct OsalThread *thread, const struct OsalThreadParam *param);
/** OsalThreadDestroy() - frees what is known of it; a thread that runs goes on.
 * Return: HDF_SUCCESS, also for NULL and the second time. */
int32_t OsalThreadDestroy(struct OsalThread *thread);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
