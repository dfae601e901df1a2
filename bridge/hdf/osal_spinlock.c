/*
 * Spin locks: pthread's.
 */
#include "include/hdf/osal_spinlock.h"

#include <pthread.h>
#include <stdlib.h>

/* pthread's own type is volatile, which free() would complain of. */
struct spinlock {
    pthread_spinlock_t lock;
};

static struct spinlock *real(const OsalSpinlock *spinlock)
{
    return spinlock == NULL ? NULL : spinlock->realSpinlock;
}

int32_t OsalSpinInit(OsalSpinlock *spinlock)
{
    if (spinlock == NULL)
        return HDF_ERR_INVALID_PARAM;
    spinlock->realSpinlock = NULL;
    struct spinlock *made = malloc(sizeof *made);
    if (made == NULL)
        return HDF_ERR_MALLOC_FAIL;
    if (pthread_spin_init(&made->lock, PTHREAD_PROCESS_PRIVATE) != 0) {
        free(made);
        return HDF_FAILURE;
    }
    spinlock->realSpinlock = made;
    return HDF_SUCCESS;
}

int32_t OsalSpinDestroy(OsalSpinlock *spinlock)
{
    struct spinlock *made = real(spinlock);
    if (made == NULL)
        return HDF_ERR_INVALID_PARAM;
    (void)pthread_spin_destroy(&made->lock);
    free(made);
    spinlock->realSpinlock = NULL;
    return HDF_SUCCESS;
}

int32_t OsalSpinLock(OsalSpinlock *spinlock)
{
    if (real(spinlock) == NULL)
        return HDF_ERR_INVALID_PARAM;
    return pthread_spin_lock(&real(spinlock)->lock) == 0 ? HDF_SUCCESS : HDF_FAILURE;
}

int32_t OsalSpinUnlock(OsalSpinlock *spinlock)
{
    if (real(spinlock) == NULL)
        return HDF_ERR_INVALID_PARAM;
    return pthread_spin_unlock(&real(spinlock)->lock) == 0 ? HDF_SUCCESS : HDF_FAILURE;
}

int32_t OsalSpinLockIrq(OsalSpinlock *spinlock)
{
    return OsalSpinLock(spinlock);
}

int32_t OsalSpinUnlockIrq(OsalSpinlock *spinlock)
{
    return OsalSpinUnlock(spinlock);
}

int32_t OsalSpinLockIrqSave(OsalSpinlock *spinlock, uint32_t *flags)
{
    if (flags == NULL)
        return HDF_ERR_INVALID_PARAM;
    int32_t status = OsalSpinLock(spinlock);
    if (status == HDF_SUCCESS)
        *flags = 0;
    return status;
}

int32_t OsalSpinUnlockIrqRestore(OsalSpinlock *spinlock, uint32_t *flags)
{
    return flags == NULL ? HDF_ERR_INVALID_PARAM : OsalSpinUnlock(spinlock);
}
