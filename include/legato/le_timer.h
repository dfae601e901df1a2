/*
 * Legato: timers. A timer runs out on the loop of the thread that started it, and is that thread's
 * while it runs. NULL and a stale reference are fatal.
 *
 * Source: docs/legato.md, "Timers"; the framework's le_timer.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "le_basics.h"
#include "le_clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_timer *le_timer_Ref_t;
typedef void (*le_timer_ExpiryHandler_t)(le_timer_Ref_t timerRef);

/** le_timer_Create() - one that runs out once, without handler or interval yet. @name: copied */
LE_SHARED le_timer_Ref_t le_timer_Create(const char *nameStr);
/** le_timer_Delete() - also while it runs, and inside its handler */
LE_SHARED void le_timer_Delete(le_timer_Ref_t timerRef);

/* LE_OK; LE_BUSY: it runs. The interval may change while it does: it is counted from the last time
 * that it ran out, or from the start. */
LE_SHARED le_result_t le_timer_SetHandler(le_timer_Ref_t timerRef,
                                          le_timer_ExpiryHandler_t handlerFunc);
LE_SHARED le_result_t le_timer_SetInterval(le_timer_Ref_t timerRef, le_clk_Time_t interval);
LE_SHARED le_result_t le_timer_SetMsInterval(le_timer_Ref_t timerRef, uint32_t interval);
/** le_timer_SetRepeat() - how often it runs out, 0 for ever */
LE_SHARED le_result_t le_timer_SetRepeat(le_timer_Ref_t timerRef, uint32_t repeatCount);
LE_SHARED le_result_t le_timer_SetContextPtr(le_timer_Ref_t timerRef, void *contextPtr);
/** le_timer_SetWakeup() - whether it wakes a system that sleeps: says nothing here */
LE_SHARED le_result_t le_timer_SetWakeup(le_timer_Ref_t timerRef, bool wakeupEnabled);

LE_SHARED void *le_timer_GetContextPtr(le_timer_Ref_t timerRef);
LE_SHARED le_clk_Time_t le_timer_GetInterval(le_timer_Ref_t timerRef);
LE_SHARED uint32_t le_timer_GetMsInterval(le_timer_Ref_t timerRef);
/** le_timer_GetExpiryCount() - how often it ran out since it was started */
LE_SHARED uint32_t le_timer_GetExpiryCount(le_timer_Ref_t timerRef);
/** le_timer_GetTimeRemaining() - until it runs out next; 0 when it does not run */
LE_SHARED le_clk_Time_t le_timer_GetTimeRemaining(le_timer_Ref_t timerRef);
LE_SHARED uint32_t le_timer_GetMsTimeRemaining(le_timer_Ref_t timerRef);
LE_SHARED bool le_timer_IsRunning(le_timer_Ref_t timerRef);

/** le_timer_Start() - LE_OK; LE_BUSY: it runs */
LE_SHARED le_result_t le_timer_Start(le_timer_Ref_t timerRef);
/** le_timer_Stop() - LE_OK; LE_FAULT: it does not run */
LE_SHARED le_result_t le_timer_Stop(le_timer_Ref_t timerRef);
/** le_timer_Restart() - from now, whether it runs or not */
LE_SHARED void le_timer_Restart(le_timer_Ref_t timerRef);

#ifdef __cplusplus
}
#endif
