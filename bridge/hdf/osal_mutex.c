/*
 * Mutexes: one permit each, which whoever holds the mutex has.
 */
#include "include/hdf/osal_mutex.h"

#include "bridge/hdf/permits.h"

static struct permits *real(const struct OsalMutex *mutex)
{
    return mutex == NULL ? NULL : mutex->realMutex;
}

int32_t OsalMutexInit(struct OsalMutex *mutex)
{
    if (mutex == NULL)
        return HDF_ERR_INVALID_PARAM;
    mutex->realMutex = permits_create(1, 1);
    return mutex->realMutex == NULL ? HDF_ERR_MALLOC_FAIL : HDF_SUCCESS;
}

int32_t OsalMutexDestroy(struct OsalMutex *mutex)
{
    if (real(mutex) == NULL)
        return HDF_ERR_INVALID_PARAM;
    if (!permits_are_whole(real(mutex)))
        return HDF_FAILURE;
    permits_destroy(real(mutex));
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
    return permits_take(real(mutex), ms) ? HDF_SUCCESS : HDF_ERR_TIMEOUT;
}

int32_t OsalMutexUnlock(struct OsalMutex *mutex)
{
    if (real(mutex) == NULL)
        return HDF_ERR_INVALID_PARAM;
    return permits_give(real(mutex)) ? HDF_SUCCESS : HDF_FAILURE;
}
