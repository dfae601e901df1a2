/*
 * HDF, operating system: spin locks. There are no interrupts in user space: the functions with Irq
 * in their names are the plain ones.
 *
 * Each function returns HDF_ERR_INVALID_PARAM for NULL and for a lock that was not initialised
 * (realSpinlock NULL) or has been destroyed.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_spinlock.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OsalSpinlock - holds one; do not copy */
typedef struct {
    void *realSpinlock; /* owned, NULL until initialised */
} OsalSpinlock;

#define OSAL_DECLARE_SPINLOCK(spinlock) OsalSpinlock spinlock

/** OsalSpinInit() - makes it, unlocked; OsalSpinDestroy() it.
 * Return: HDF_SUCCESS, HDF_ERR_MALLOC_FAIL. */
int32_t OsalSpinInit(OsalSpinlock *spinlock);
/** OsalSpinDestroy() - frees it; nobody may hold it. Return: HDF_SUCCESS. */
int32_t OsalSpinDestroy(OsalSpinlock *spinlock);
/** OsalSpinLock() - takes it, busy until it is free. Return: HDF_SUCCESS. */
int32_t OsalSpinLock(OsalSpinlock *spinlock);
/** OsalSpinUnlock() - gives it back; only who holds it may. Return: HDF_SUCCESS. */
int32_t OsalSpinUnlock(OsalSpinlock *spinlock);
/** OsalSpinLockIrq() - as OsalSpinLock() */
int32_t OsalSpinLockIrq(OsalSpinlock *spinlock);
/** OsalSpinUnlockIrq() - as OsalSpinUnlock() */
int32_t OsalSpinUnlockIrq(OsalSpinlock *spinlock);
/** OsalSpinLockIrqSave() - as OsalSpinLock(); @flags, not NULL, is set to 0 */
int32_t OsalSpinLockIrqSave(OsalSpinlock *spinlock, uint32_t *flags);
/** OsalSpinUnlockIrqRestore() - as OsalSpinUnlock(); @flags, not NULL, is left alone */
int32_t OsalSpinUnlockIrqRestore(OsalSpinlock *spinlock, uint32_t *flags);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
