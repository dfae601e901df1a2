/*
 * Legato: semaphores. Any pthread. NULL is fatal.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_semaphore.h.
 */
#pragma once

#include <stdint.h>

#include "le_basics.h"
#include "le_clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_sem *le_sem_Ref_t;

/** le_sem_Create() - @name: copied, for messages and le_sem_FindSemaphore() */
LE_SHARED le_sem_Ref_t le_sem_Create(const char *name, int32_t initialCount);
/** le_sem_Delete() - fatal while somebody waits for it */
LE_SHARED void le_sem_Delete(le_sem_Ref_t semaphorePtr);
/** le_sem_FindSemaphore() - the newest of that name, or NULL */
LE_SHARED le_sem_Ref_t le_sem_FindSemaphore(const char *name);
LE_SHARED void le_sem_Wait(le_sem_Ref_t semaphorePtr);
/** le_sem_TryWait() - LE_OK; LE_WOULD_BLOCK */
LE_SHARED le_result_t le_sem_TryWait(le_sem_Ref_t semaphorePtr);
/** le_sem_WaitWithTimeOut() - LE_OK; LE_TIMEOUT: @timeToWait, from now, is over */
LE_SHARED le_result_t le_sem_WaitWithTimeOut(le_sem_Ref_t semaphorePtr, le_clk_Time_t timeToWait);
LE_SHARED void le_sem_Post(le_sem_Ref_t semaphorePtr);
LE_SHARED int le_sem_GetValue(le_sem_Ref_t semaphorePtr);

#ifdef __cplusplus
}
#endif
