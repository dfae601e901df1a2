/*
 * A moment to come. What is asked for is at most 2^32 seconds, which no clock's start is near the
 * end of time for.
 */
#include "bridge/hdf/deadline.h"

#define NS_PER_S 1000000000L

struct timespec deadline_after(uint64_t us)
{
    struct timespec end;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)(us / US_PER_S);
    end.tv_nsec += (long)(us % US_PER_S) * NS_PER_US;
    if (end.tv_nsec >= NS_PER_S) {
        end.tv_nsec -= NS_PER_S;
        end.tv_sec++;
    }
    return end;
}
