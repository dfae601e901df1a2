/*
 * Octets as the fields of META. What is accepted encodes to the same octets.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/meta.h"
#include "tests/fuzz/fuzz.h"

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct meta meta;
    if (meta_decode(octets, size, &meta) != VIA_OK)
        return false;
    uint8_t again[META_SIZE_MAX];
    if (meta_size(&meta) != size || size > sizeof again)
        abort();
    meta_encode(&meta, again);
    if (memcmp(again, octets, size) != 0)
        abort();
    return true;
}
