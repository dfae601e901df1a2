/*
 * Put before libc by LD_PRELOAD: while the file $CLOCK_1970 exists, the calendar says the first
 * hours of 1970, as on a device that has lost its clock. What only counts on is not touched. (A
 * time namespace could not do it: it has no calendar of its own.)
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int tell(clockid_t id, struct timespec *now)
{
    const char *path = getenv("CLOCK_1970");
    if ((id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) && path != NULL &&
        access(path, F_OK) == 0)
        id = CLOCK_MONOTONIC;
    return (int)syscall(SYS_clock_gettime, id, now);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *now)
{
    return tell(id, now);
}

__attribute__((visibility("default"))) time_t time(time_t *timep)
{
    struct timespec now = {0};
    (void)tell(CLOCK_REALTIME, &now);
    if (timep != NULL)
        *timep = now.tv_sec;
    return now.tv_sec;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict timep,
                                                        void *restrict zone)
{
    struct timespec now = {0};
    (void)zone;
    int result = tell(CLOCK_REALTIME, &now);
    timep->tv_sec = now.tv_sec;
    timep->tv_usec = now.tv_nsec / 1000;
    return result;
}
