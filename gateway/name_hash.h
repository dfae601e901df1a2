/*
 * A hash of names that nobody outside can foresee: SipHash-2-4 with a seed of the process's own,
 * over the name without regard to ASCII case.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct name_seed {
    uint64_t k0, k1;
};

/* From the kernel's random numbers. */
void name_seed_init(struct name_seed *seed);
uint64_t name_hash(const struct name_seed *seed, const char *name);
/* ASCII lower case; other octets as they are. */
unsigned char name_fold(char c);
