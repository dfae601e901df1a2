/*
 * What took longer than a few times the bound is counted as that much.
 */
#include "bridge/pace.h"

#include <time.h>

uint64_t pace_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

void pace_account(struct pace *pace, uint64_t took_us)
{
    const uint32_t most = PACE_LONG_US * 4;
    uint32_t took = took_us < most ? (uint32_t)took_us : most;
    pace->us = (pace->us * 7 + took) / 8;
}

bool pace_is_long(const struct pace *pace)
{
    return pace->us > PACE_LONG_US;
}
