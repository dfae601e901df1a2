/*
 * Mutexes: pthread's plain ones. Time limits run on the monotonic clock, so that setting the date
 * moves none.
 */
#include "include/hdf/osal_mutex.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "bridge/hdf/deadline.h"

static pthread_mutex_t *real(const struct OsalMutex *mutex)
{
    return mutex == NULL ? NULL : mutex->realMutex;
}

int32_t OsalMutexInit(struct OsalMutex *mutex)
{
    if (mutex == NULL)
        return HDF_ERR_INVALID_PARAM;
    mutex->realMutex = NULL;
    pthread_mutex_t *made = malloc(sizeof *made);
    if (made == NULL)
        return HDF_ERR_MALLOC_FAIL;
    if (pthread_mutex_init(made, NULL) != 0) {
        free(made);
        return HDF_FAILURE;
    }
    mutex->realMutex = made;
    return HDF_SUCCESS;
}

int32_t OsalMutexDestroy(struct OsalMutex *mutex)
{
    if (real(mutex) == NULL)
        return HDF_ERR_INVALID_PARAM;
    /* pthread_mutex_destroy() may find that it is locked, but need not. */
    if (pthread_mutex_trylock(real(mutex)) != 0)
        return HDF_FAILURE;
    (void)pthread_mutex_unlock(real(mutex));
    (void)pthread_mutex_destroy(real(mutex));
    free(mutex->realMutex);
    mutex->realMutex = NULL;
    return HDF_SUCCESS;
}

int32_t OsalMutexLock(struct OsalMutex *mutex)
{
    return OsalMutexTimedLock(mutex, HDF_WAIT_FOREVER);
}

int32_t OsalMutexTimedLock(struct OsalMutex *mutex, uint32_t ms)
{
    if (real(mutex) == NULL)
        return HDF_ERR_INVALID_PARAM;
    int error;
    if (ms == HDF_WAIT_FOREVER) {
        error = pthread_mutex_lock(real(mutex));
    } else {
        struct timespec end = deadline_after((uint64_t)ms * US_PER_MS);
        error = pthread_mutex_clocklock(real(mutex), CLOCK_MONOTONIC, &end);
    }
    if (error == ETIMEDOUT)
        return HDF_ERR_TIMEOUT;
    return error == 0 ? HDF_SUCCESS : HDF_FAILURE;
}

int32_t OsalMutexUnlock(struct OsalMutex *mutex)
{
    if (real(mutex) == NULL)
        return HDF_ERR_INVALID_PARAM;
    return pthread_mutex_unlock(real(mutex)) == 0 ? HDF_SUCCESS : HDF_FAILURE;
}
