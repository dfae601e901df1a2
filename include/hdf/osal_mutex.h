/*
 * HDF, operating system: mutexes. They are not recursive: who holds one and locks it again waits
 * for ever.
 *
 * Each function returns HDF_ERR_INVALID_PARAM for NULL and for a mutex that was not initialised
 * (realMutex NULL) or has been destroyed.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_mutex.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** struct OsalMutex - holds one; do not copy */
struct OsalMutex {
    void *realMutex; /* owned, NULL until initialised */
};

#define OSAL_DECLARE_MUTEX(mutex) struct OsalMutex mutex

/** OsalMutexInit() - makes it, unlocked; OsalMutexDestroy() it.
 * Return: HDF_SUCCESS, HDF_ERR_MALLOC_FAIL. */
int32_t OsalMutexInit(struct OsalMutex *mutex);
/** OsalMutexDestroy() - frees it; nobody may hold it.
 * Return: HDF_SUCCESS, or HDF_FAILURE if somebody does: it is still there then. */
int32_t OsalMutexDestroy(struct OsalMutex *mutex);
/** OsalMutexLock() - waits until it is free, and takes it. Return: HDF_SUCCESS. */
int32_t OsalMutexLock(struct OsalMutex *mutex);
/** OsalMutexTimedLock() - as OsalMutexLock(), so many milliseconds at most; HDF_WAIT_FOREVER for
 * no limit. Return: HDF_SUCCESS, or HDF_ERR_TIMEOUT: it was not taken. */
int32_t OsalMutexTimedLock(struct OsalMutex *mutex, uint32_t ms);
/** OsalMutexUnlock() - gives it back; only who holds it may.
 * Return: HDF_SUCCESS, or HDF_FAILURE if nobody does. */
int32_t OsalMutexUnlock(struct OsalMutex *mutex);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
