/*
 * The clock is the one that nobody sets.
 */
#include "bridge/phoenix/moment.h"

#include <stdint.h>

#define US_PER_S 1000000
#define NS_PER_US 1000

static time_t now(clockid_t clock)
{
    struct timespec at;
    (void)clock_gettime(clock, &at);
    return at.tv_sec * US_PER_S + at.tv_nsec / NS_PER_US;
}

int gettime(time_t *raw, time_t *offs)
{
    const time_t monotonic = now(CLOCK_MONOTONIC);
    if (raw != NULL)
        *raw = monotonic;
    if (offs != NULL)
        *offs = now(CLOCK_REALTIME) - monotonic;
    return 0;
}

struct timespec moment_in(time_t timeout)
{
    const time_t from = now(CLOCK_MONOTONIC);
    time_t until;
    if (__builtin_add_overflow(from, timeout, &until))
        until = INT64_MAX;
    if (until < 0)
        until = 0;
    return (struct timespec){until / US_PER_S, until % US_PER_S * NS_PER_US};
}

void moment_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(condition, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}
