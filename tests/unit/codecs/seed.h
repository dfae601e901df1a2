/*
 * A small random source for property tests. Each run has another seed and prints it; to repeat a
 * run, give it in VIADUCT_TEST_SEED.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct seed {
    uint64_t state;
};

/* splitmix64 */
static inline uint64_t seed_next(struct seed *seed)
{
    uint64_t mixed = seed->state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

/* 0 to @n - 1 */
static inline uint32_t seed_below(struct seed *seed, uint32_t n)
{
    return (uint32_t)(seed_next(seed) % n);
}

static inline void seed_fill(struct seed *seed, uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        octets[i] = (uint8_t)seed_next(seed);
}

static inline struct seed seed_start(const char *test)
{
    const char *given = getenv("VIADUCT_TEST_SEED");
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct seed seed = {(uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec};
    if (given != NULL)
        seed.state = strtoull(given, NULL, 0);
    (void)printf("%s: VIADUCT_TEST_SEED=%llu\n", test, (unsigned long long)seed.state);
    return seed;
}
