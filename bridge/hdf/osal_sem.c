/*
 * Semaphores: as many permits as have been posted and not taken.
 */
#include "include/hdf/osal_sem.h"

#include "bridge/hdf/permits.h"

static struct permits *real(const struct OsalSem *sem)
{
    return sem == NULL ? NULL : sem->realSemaphore;
}

int32_t OsalSemInit(struct OsalSem *sem, uint32_t value)
{
    if (sem == NULL)
        return HDF_ERR_INVALID_PARAM;
    sem->realSemaphore = NULL;
    if (value > INT_MAX)
        return HDF_FAILURE;
    sem->realSemaphore = permits_create(value, INT_MAX);
    return sem->realSemaphore == NULL ? HDF_ERR_MALLOC_FAIL : HDF_SUCCESS;
}

int32_t OsalSemWait(struct OsalSem *sem, uint32_t ms)
{
    if (real(sem) == NULL)
        return HDF_ERR_INVALID_PARAM;
    return permits_take(real(sem), ms) ? HDF_SUCCESS : HDF_ERR_TIMEOUT;
}

int32_t OsalSemPost(struct OsalSem *sem)
{
    if (real(sem) == NULL)
        return HDF_ERR_INVALID_PARAM;
    return permits_give(real(sem)) ? HDF_SUCCESS : HDF_FAILURE;
}

int32_t OsalSemDestroy(struct OsalSem *sem)
{
    if (real(sem) == NULL)
        return HDF_ERR_INVALID_PARAM;
    permits_destroy(real(sem));
    sem->realSemaphore = NULL;
    return HDF_SUCCESS;
}
