/*
 * META: what is taken is encoded again, and decodes to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/meta.h"
#include "tests/fuzz/fuzz.h"

static void require(bool condition)
{
    if (!condition)
        abort();
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct meta meta, again;
    if (meta_decode(octets, size, &meta) != VIA_OK)
        return false;
    size_t encoded = meta_size(&meta);
    uint8_t *copy = malloc(encoded + 1);
    require(copy != NULL);
    meta_encode(&meta, copy);
    require(meta_decode(copy, encoded, &again) == VIA_OK);
    require(again.has_caller == meta.has_caller && again.has_chain == meta.has_chain);
    require(again.n_introductions == meta.n_introductions);
    require(again.unknown_size == meta.unknown_size);
    free(copy);
    return true;
}
