/*
 * Time and sleep, by the monotonic clock. A sleep has an end on that clock, so that signals do not
 * make it longer or shorter.
 */
#include "include/hdf/osal_time.h"

#include <errno.h>
#include <time.h>

#include "bridge/hdf/deadline.h"

static void sleep_for(uint64_t us)
{
    struct timespec end = deadline_after(us);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
        continue;
}

void OsalSleep(uint32_t sec)
{
    sleep_for((uint64_t)sec * US_PER_S);
}

void OsalMSleep(uint32_t ms)
{
    sleep_for((uint64_t)ms * US_PER_MS);
}

void OsalUSleep(uint32_t us)
{
    sleep_for(us);
}

int32_t OsalGetTime(OsalTimespec *time)
{
    if (time == NULL)
        return HDF_ERR_INVALID_PARAM;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    time->sec = (uint64_t)now.tv_sec;
    time->usec = (uint64_t)now.tv_nsec / NS_PER_US;
    return HDF_SUCCESS;
}

int32_t OsalDiffTime(const OsalTimespec *start, const OsalTimespec *end, OsalTimespec *diff)
{
    if (start == NULL || end == NULL || diff == NULL)
        return HDF_ERR_INVALID_PARAM;
    if (start->usec >= US_PER_S || end->usec >= US_PER_S || start->sec > end->sec ||
        (start->sec == end->sec && start->usec > end->usec))
        return HDF_ERR_INVALID_PARAM;
    uint64_t borrow = end->usec < start->usec ? 1 : 0;
    uint64_t sec = end->sec - start->sec - borrow;
    uint64_t usec = end->usec + borrow * US_PER_S - start->usec;
    diff->sec = sec;
    diff->usec = usec;
    return HDF_SUCCESS;
}

uint64_t OsalGetSysTimeMs(void)
{
    OsalTimespec now = {0, 0};
    (void)OsalGetTime(&now);
    return now.sec * HDF_KILO_UNIT + now.usec / HDF_KILO_UNIT;
}

void OsalMDelay(uint32_t ms)
{
    (void)ms;
}

void OsalUDelay(uint32_t us)
{
    (void)us;
}
