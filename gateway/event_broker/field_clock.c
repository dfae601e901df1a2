/*
 * Fields are counted from the start. One begins as soon as there is something to do in it, if it
 * has not begun already: what happens after a pause is told at once, and not at the next tick.
 */
#include "gateway/event_broker/field_clock.h"

#define SECOND_NS 1000000000u

void field_clock_start(struct field_clock *clock, uint32_t hz, uint64_t now_ns)
{
    *clock = (struct field_clock){.start_ns = now_ns, .hz = hz};
}

/* Without what a product of years and hertz would not fit. */
static uint64_t field_at(const struct field_clock *clock, uint64_t now_ns)
{
    const uint64_t since = now_ns - clock->start_ns;
    return since / SECOND_NS * clock->hz + since % SECOND_NS * clock->hz / SECOND_NS + 1;
}

uint32_t field_clock_passed(struct field_clock *clock, uint64_t now_ns)
{
    const uint64_t before = field_at(clock, now_ns) - 1;
    if (before <= clock->told)
        return 0;
    const uint64_t n = before - clock->told;
    clock->told = before;
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

bool field_clock_begin(struct field_clock *clock, uint64_t now_ns)
{
    if (field_at(clock, now_ns) <= clock->told)
        return false;
    clock->told++;
    return true;
}

/* The first nanosecond in which field_at() is one more. */
uint64_t field_clock_next_ns(const struct field_clock *clock)
{
    const uint64_t second = clock->told / clock->hz, part = clock->told % clock->hz;
    return clock->start_ns + second * SECOND_NS + (part * SECOND_NS + clock->hz - 1) / clock->hz;
}
