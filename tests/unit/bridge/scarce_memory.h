/*
 * Memory that runs out when a test says so. The program is linked with --wrap for malloc, calloc,
 * realloc and free; what cmocka allocates is not counted.
 */
#pragma once

#include <stddef.h>
#include <viaduct/status.h>

#define MEMORY_ENOUGH ((size_t)-1)

/* The @n-th request from now on fails, 0 being the next, and with @is_lasting all that follow. */
void memory_fail(size_t n, int is_lasting);
/* Requests since memory_fail(). */
size_t memory_n_asked(void);
/* Pieces that have not been freed. */
size_t memory_n_live(void);

/* Runs @scenario with memory enough, when it must succeed; then again with each of its requests
 * failing in turn, and again with each and all that follow failing: then it may be VIA_NO_MEMORY.
 * Nothing may be left of any run. Returns how many requests there are. */
size_t memory_fail_each(enum via_status (*scenario)(void));
