/*
 * How long it takes lately what is done with the lead let go: whether somebody else had better read
 * meanwhile. Short work is waited for, as waking a thread costs more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PACE_LONG_US 50u /* what takes longer leaves the lead to somebody */

/* An average over some ten, in which one that lost its processor meanwhile counts little. */
struct pace {
    uint32_t us;
};

uint64_t pace_now_us(void);
void pace_account(struct pace *pace, uint64_t took_us);
bool pace_is_long(const struct pace *pace);
