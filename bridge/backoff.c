/*
 * Exponential, with the whole range as jitter: clients that lost the same gateway at the same
 * moment spread evenly over the pause, however many they are.
 */
#include "bridge/backoff.h"

#include <sys/random.h>
#include <time.h>

uint64_t backoff_pause(unsigned n_failures, uint64_t longest_ms, uint32_t random)
{
    if (n_failures == 0)
        return 0;
    uint64_t range = BACKOFF_FIRST_MS;
    for (unsigned i = 1; i < n_failures && range < longest_ms; i++)
        range *= 2;
    if (range > longest_ms)
        range = longest_ms;
    return 1 + (range - 1) * random / UINT32_MAX;
}

uint32_t backoff_random(void)
{
    uint32_t random;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) == (ssize_t)sizeof random)
        return random;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_nsec * 2654435761u;
}
