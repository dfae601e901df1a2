/*
 * HDF, operating system: counting semaphores.
 *
 * Each function returns HDF_ERR_INVALID_PARAM for NULL and for a semaphore that was not initialised
 * (realSemaphore NULL) or has been destroyed.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_sem.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OSAL_WAIT_FOREVER - as HDF_WAIT_FOREVER */
#define OSAL_WAIT_FOREVER 0xFFFFFFFF

/** struct OsalSem - holds one; do not copy */
struct OsalSem {
    void *realSemaphore; /* owned, NULL until initialised */
};

#define OSAL_DECLARE_SEMAPHORE(sem) struct OsalSem sem

/** OsalSemInit() - makes it, with @value to take; OsalSemDestroy() it.
 * Return: HDF_SUCCESS, HDF_ERR_MALLOC_FAIL, or HDF_FAILURE for a value above INT_MAX. */
int32_t OsalSemInit(struct OsalSem *sem, uint32_t value);
/** OsalSemWait() - waits until there is one to take, and takes it; @ms milliseconds at most, 0 not
 * at all, HDF_WAIT_FOREVER for no limit.
 * Return: HDF_SUCCESS, or HDF_ERR_TIMEOUT: nothing was taken. */
int32_t OsalSemWait(struct OsalSem *sem, uint32_t ms);
/** OsalSemPost() - puts one there. It may be destroyed as soon as a waiter has taken that one.
 * Return: HDF_SUCCESS, or HDF_FAILURE if there are INT_MAX already. */
int32_t OsalSemPost(struct OsalSem *sem);
/** OsalSemDestroy() - frees it; nobody may be waiting. Return: HDF_SUCCESS. */
int32_t OsalSemDestroy(struct OsalSem *sem);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
