/*
 * Times are seconds and microseconds, the latter never negative.
 */
#include "include/legato/le_clock.h"

#define USEC_PER_SEC 1000000L
#define NSEC_PER_USEC 1000L

static le_clk_Time_t time_of(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (le_clk_Time_t){.sec = now.tv_sec, .usec = now.tv_nsec / NSEC_PER_USEC};
}

le_clk_Time_t le_clk_GetRelativeTime(void)
{
    return time_of(CLOCK_MONOTONIC);
}

le_clk_Time_t le_clk_GetAbsoluteTime(void)
{
    return time_of(CLOCK_REALTIME);
}

bool le_clk_GreaterThan(le_clk_Time_t timeA, le_clk_Time_t timeB)
{
    return timeA.sec == timeB.sec ? timeA.usec > timeB.usec : timeA.sec > timeB.sec;
}

bool le_clk_Equal(le_clk_Time_t timeA, le_clk_Time_t timeB)
{
    return timeA.sec == timeB.sec && timeA.usec == timeB.usec;
}

le_clk_Time_t le_clk_Add(le_clk_Time_t timeA, le_clk_Time_t timeB)
{
    le_clk_Time_t sum = {.sec = timeA.sec + timeB.sec, .usec = timeA.usec + timeB.usec};
    if (sum.usec >= USEC_PER_SEC) {
        sum.sec++;
        sum.usec -= USEC_PER_SEC;
    }
    return sum;
}

le_clk_Time_t le_clk_Sub(le_clk_Time_t timeA, le_clk_Time_t timeB)
{
    le_clk_Time_t rest = {.sec = timeA.sec - timeB.sec, .usec = timeA.usec - timeB.usec};
    if (rest.usec < 0) {
        rest.sec--;
        rest.usec += USEC_PER_SEC;
    }
    return rest;
}

le_clk_Time_t le_clk_Multiply(int multiplier, le_clk_Time_t timeA)
{
    long long usec = (long long)multiplier * timeA.usec;
    long long sec = (long long)multiplier * timeA.sec + usec / USEC_PER_SEC;
    usec %= USEC_PER_SEC;
    if (usec < 0) {
        sec--;
        usec += USEC_PER_SEC;
    }
    return (le_clk_Time_t){.sec = (time_t)sec, .usec = (long)usec};
}
