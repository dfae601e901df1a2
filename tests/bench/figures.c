/*
 * Figures. Medians throughout: the machine is shared, a mean would measure the neighbours.
 */
#include "tests/bench/figures.h"

#include <stdlib.h>
#include <time.h>

uint64_t figures_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t figures_cpu_ns(void)
{
    struct timespec had;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &had);
    return (uint64_t)had.tv_sec * 1000000000u + (uint64_t)had.tv_nsec;
}

static int by_ns(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

struct figures figures_of(uint64_t *ns, size_t n, uint64_t elapsed_ns)
{
    qsort(ns, n, sizeof *ns, by_ns);
    size_t middle = n / 2;
    size_t late = n - 1 - n / 100;
    return (struct figures){
        .p50_us = (double)ns[middle] / 1000.0,
        .p99_us = (double)ns[late] / 1000.0,
        .per_second = (double)n * 1e9 / (double)(elapsed_ns == 0 ? 1 : elapsed_ns),
    };
}

double figures_median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}
