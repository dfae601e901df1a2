/*
 * Octets as the first frame of a stream. A frame that is accepted encodes to the same octets, and
 * is asked for more at every cut.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/frame.h"
#include "tests/fuzz/fuzz.h"

#define FRAME_LIMIT (1u << 20)

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void expect_same_octets(const struct frame *frame, const uint8_t *octets, size_t size)
{
    expect(frame_size(frame) == size);
    uint8_t *again = malloc(size);
    expect(again != NULL);
    frame_encode(frame, again);
    expect(memcmp(again, octets, size) == 0);
    free(again);
}

static void expect_lists_inside(const struct frame *frame)
{
    for (size_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        expect(ref.offset < frame->body_size);
    }
    for (size_t i = 0; i < frame->n_fds; i++) {
        struct frame_fd fd;
        frame_fd_get(frame->fds, i, &fd);
        expect(fd.offset < frame->body_size);
    }
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct frame frame;
    size_t used = 0;
    if (frame_decode(octets, size, FRAME_LIMIT, &frame, &used) != VIA_OK || used == 0)
        return false;
    expect(used <= size);
    expect_same_octets(&frame, octets, used);
    expect_lists_inside(&frame);

    struct frame part;
    size_t part_used = 0;
    expect(frame_decode(octets, used - 1, FRAME_LIMIT, &part, &part_used) == VIA_OK);
    expect(part_used == 0);
    return used == size;
}
