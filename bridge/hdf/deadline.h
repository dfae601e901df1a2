/*
 * A moment so many microseconds from now, on the monotonic clock: setting the date moves none.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#define US_PER_S 1000000u
#define US_PER_MS 1000u
#define NS_PER_US 1000

struct timespec deadline_after(uint64_t us);
