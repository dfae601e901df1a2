/*
 * HDF, operating system: time and sleep. The clock is monotonic: it says nothing of the date, and
 * two hosts' cannot be compared.
 *
 * Source: docs/hdf.md, "Operating system"; the system's osal_time.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** OsalTimespec - seconds and microseconds since some moment in the past, or between two */
typedef struct {
    uint64_t sec;
    uint64_t usec; /* 0 to 999,999 */
} OsalTimespec;

/** OsalSleep() - lets the thread sleep so many seconds, all of them: a signal does not end it */
void OsalSleep(uint32_t sec);
/** OsalMSleep() - as OsalSleep(), milliseconds */
void OsalMSleep(uint32_t ms);
/** OsalUSleep() - as OsalSleep(), microseconds */
void OsalUSleep(uint32_t us);

/** OsalGetTime() - what time it is now.
 * Return: HDF_SUCCESS, or HDF_ERR_INVALID_PARAM for NULL. */
int32_t OsalGetTime(OsalTimespec *time);
/** OsalDiffTime() - from @start to @end; @diff is set on HDF_SUCCESS only.
 * Return: HDF_SUCCESS, or HDF_ERR_INVALID_PARAM for NULL and for a start later than its end. */
int32_t OsalDiffTime(const OsalTimespec *start, const OsalTimespec *end, OsalTimespec *diff);
/** OsalGetSysTimeMs() - as OsalGetTime(), in milliseconds */
uint64_t OsalGetSysTimeMs(void);

/** OsalMDelay() - a busy wait in the kernel; in user space, as here, it does nothing */
void OsalMDelay(uint32_t ms);
/** OsalUDelay() - as OsalMDelay() */
void OsalUDelay(uint32_t us);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
