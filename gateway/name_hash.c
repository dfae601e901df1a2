/*
 * Names come from whoever may publish, so the table of names must not be one that chosen names can
 * turn into a list. SipHash is Aumasson's and Bernstein's, as published; the case is folded so that
 * families that compare names without case find them in the same bucket.
 */
#include "gateway/name_hash.h"

#include <string.h>
#include <sys/random.h>

#include "bridge/loop.h"

void name_seed_init(struct name_seed *seed)
{
    if (getrandom(seed, sizeof *seed, GRND_NONBLOCK) == (ssize_t)sizeof *seed)
        return;
    /* Early at boot there may be none yet: the clock is better than nothing. */
    seed->k0 = loop_now() * UINT64_C(0x9e3779b97f4a7c15);
    seed->k1 = (uint64_t)(uintptr_t)seed;
}

unsigned char name_fold(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void rounds(uint64_t v[4], unsigned n)
{
    while (n-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

uint64_t name_hash(const struct name_seed *seed, const char *name)
{
    uint64_t v[4] = {
        seed->k0 ^ UINT64_C(0x736f6d6570736575), seed->k1 ^ UINT64_C(0x646f72616e646f6d),
        seed->k0 ^ UINT64_C(0x6c7967656e657261), seed->k1 ^ UINT64_C(0x7465646279746573)};
    size_t size = strlen(name);
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)name_fold(name[i]) << (i % 8 * 8);
        if (i % 8 == 7) {
            v[3] ^= word;
            rounds(v, 2);
            v[0] ^= word;
            word = 0;
        }
    }
    word |= (uint64_t)size << 56;
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
