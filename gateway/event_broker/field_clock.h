/*
 * Which field it is, by a clock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct field_clock {
    uint64_t start_ns;
    uint32_t hz;   /* not 0 */
    uint64_t told; /* fields that have begun, or passed, for whoever is told */
};

void field_clock_start(struct field_clock *clock, uint32_t hz, uint64_t now_ns);
/* How many fields have passed since it was last asked, without the one in which it is now: of that
 * field_clock_begin() tells. */
uint32_t field_clock_passed(struct field_clock *clock, uint64_t now_ns);
/* Whether a field may begin now, which it then has: one that was not begun yet. */
bool field_clock_begin(struct field_clock *clock, uint64_t now_ns);
/* When the next one may begin. */
uint64_t field_clock_next_ns(const struct field_clock *clock);
