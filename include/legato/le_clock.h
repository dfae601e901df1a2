/*
 * Legato: time. Any pthread.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_clock.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

/** le_clk_Time_t - seconds, and microseconds from 0 to 999,999 */
typedef struct {
    time_t sec;
    long usec;
} le_clk_Time_t;

/** le_clk_GetRelativeTime() - since some moment: nobody sets this clock */
LE_SHARED le_clk_Time_t le_clk_GetRelativeTime(void);
/** le_clk_GetAbsoluteTime() - since 1970 */
LE_SHARED le_clk_Time_t le_clk_GetAbsoluteTime(void);
LE_SHARED bool le_clk_GreaterThan(le_clk_Time_t timeA, le_clk_Time_t timeB);
LE_SHARED bool le_clk_Equal(le_clk_Time_t timeA, le_clk_Time_t timeB);
LE_SHARED le_clk_Time_t le_clk_Add(le_clk_Time_t timeA, le_clk_Time_t timeB);
/** le_clk_Sub() - @timeA - @timeB; what is negative is so in its seconds */
LE_SHARED le_clk_Time_t le_clk_Sub(le_clk_Time_t timeA, le_clk_Time_t timeB);
LE_SHARED le_clk_Time_t le_clk_Multiply(int multiplier, le_clk_Time_t timeA);

#ifdef __cplusplus
}
#endif
