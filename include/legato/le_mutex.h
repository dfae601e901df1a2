/*
 * Legato: mutexes. Any pthread. NULL, and what another thread holds being unlocked or anyone's
 * being deleted, are fatal; so is a thread that locks a non-recursive one twice.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_mutex.h.
 */
#pragma once

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_mutex *le_mutex_Ref_t;

LE_SHARED le_mutex_Ref_t le_mutex_CreateRecursive(const char *nameStr);
LE_SHARED le_mutex_Ref_t le_mutex_CreateNonRecursive(const char *nameStr);
LE_SHARED void le_mutex_Delete(le_mutex_Ref_t mutexRef);
LE_SHARED void le_mutex_Lock(le_mutex_Ref_t mutexRef);
/** le_mutex_TryLock() - LE_OK; LE_WOULD_BLOCK */
LE_SHARED le_result_t le_mutex_TryLock(le_mutex_Ref_t mutexRef);
LE_SHARED void le_mutex_Unlock(le_mutex_Ref_t mutexRef);

/** LE_MUTEX_DECLARE_REF() - a file's own mutex, and Lock() and Unlock() of it */
#define LE_MUTEX_DECLARE_REF(refName)                                                              \
    static le_mutex_Ref_t refName;                                                                 \
    static inline __attribute__((unused)) void Lock(void)                                          \
    {                                                                                              \
        le_mutex_Lock(refName);                                                                    \
    }                                                                                              \
    static inline __attribute__((unused)) void Unlock(void)                                        \
    {                                                                                              \
        le_mutex_Unlock(refName);                                                                  \
    }                                                                                              \
    static inline void Unlock(void) /* so that it ends as a declaration does */

#ifdef __cplusplus
}
#endif
