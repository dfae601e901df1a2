/*
 * For tests: until so many threads wait for a mutex or a condition.
 */
#pragma once

#include <sched.h>

#include "bridge/phoenix/handle.h"

static inline void until_waiting(handle_t handle, enum handle_kind kind, unsigned int n)
{
    for (unsigned int n_waiting = n + 1; n_waiting != n;) {
        struct place *place = handle_enter(handle, kind);
        if (place == NULL)
            return; /* the test sees it by what the threads return */
        n_waiting = place->n_waiting;
        handle_leave(place);
        (void)sched_yield();
    }
}
