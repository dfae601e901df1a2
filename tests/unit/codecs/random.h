/* Random numbers for tests, from a seed: the same ones at every run. */
#pragma once

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t bits = (random->state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

/* From 0 to @n - 1. */
static inline unsigned random_below(struct random *random, unsigned n)
{
    return (unsigned)(random_next(random) % n);
}
