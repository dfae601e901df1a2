/*
 * One frame: what is taken is encoded again, and decodes to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/frame.h"
#include "tests/fuzz/fuzz.h"

static void require(bool condition)
{
    if (!condition)
        abort();
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct frame frame, again;
    size_t used = 0, used_again = 0;
    if (frame_decode(octets, size, UINT32_MAX, &frame, &used) != VIA_OK || used == 0)
        return false;
    require(used <= size && frame_size(&frame) == used);
    uint8_t *copy = malloc(used);
    require(copy != NULL);
    frame_encode(&frame, copy);
    require(frame_decode(copy, used, UINT32_MAX, &again, &used_again) == VIA_OK);
    require(used_again == used && again.kind == frame.kind && again.flags == frame.flags);
    require(again.body_size == frame.body_size && again.n_refs == frame.n_refs);
    require(again.body_size == 0 || memcmp(again.body, frame.body, frame.body_size) == 0);
    free(copy);
    return used == size;
}
