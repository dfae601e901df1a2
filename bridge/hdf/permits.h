/*
 * A number of permits, which threads take and give: what semaphores and mutexes are made of.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct permits;

/* With @n of them, at most @most at any time. NULL without memory. */
struct permits *permits_create(uint32_t n, uint32_t most);
/* Nobody may be waiting. Whoever has taken a permit that was given may do this at once, though the
 * giver may not have returned yet. */
void permits_destroy(struct permits *permits);
/* Waits up to @ms milliseconds, UINT32_MAX for ever. False: none came in that time. */
bool permits_take(struct permits *permits, uint32_t ms);
/* False: there are as many as there may be. */
bool permits_give(struct permits *permits);
/* Whether all are there. */
bool permits_are_whole(struct permits *permits);
