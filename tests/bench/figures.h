/*
 * Figures: what one run of a subject measured, and the medians of several.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct figures {
    double p50_us; /* of a round trip */
    double p99_us;
    double per_second; /* calls finished a second */
};

/* Sorts @ns and reads p50 and p99 off it; @elapsed_ns is the whole run's. */
struct figures figures_of(uint64_t *ns, size_t n, uint64_t elapsed_ns);

/* The median of @n values, which are sorted in place. */
double figures_median(double *values, size_t n);

uint64_t figures_now_ns(void);
/* What this thread has had of a core: for work that waits for nothing, on a machine of many. */
uint64_t figures_cpu_ns(void);
