/*
 * Allocations and copies of large data, counted in the process that is linked with this: the linker
 * puts it in the place of the library's functions (--wrap). What the gateway's thread does is
 * counted by itself. Any thread.
 */
#pragma once

#include "tests/integration/gateway_thread.h"

#define COUNTED_COPY_LEAST 16384u /* octets: a piece of large data */

struct counted_memory {
    unsigned int by_gateway; /* allocations */
    unsigned int allocations, copies;
};

/* @gateway's thread is the one, from now on; borrowed. */
void counted_memory_tell_apart(const struct gateway_thread *gateway);
struct counted_memory counted_memory_now(void);
struct counted_memory counted_memory_between(const struct counted_memory *before,
                                             const struct counted_memory *after);
