/*
 * A header is 2 octets, then the length in 0, 2 or 8, then the mask in 0 or 4. Masking goes eight
 * octets at a time.
 */
#include "bridge/ws_frame.h"

#include <string.h>

size_t ws_frame_header(uint8_t header[WS_HEADER_MAX], enum ws_opcode opcode, bool final,
                       size_t size, const uint8_t mask[4])
{
    uint8_t masked = mask != NULL ? 0x80 : 0;
    size_t n = 2;
    header[0] = (uint8_t)((final ? 0x80 : 0) | (int)opcode);
    if (size < 126) {
        header[1] = (uint8_t)(masked | size);
    } else if (size <= UINT16_MAX) {
        header[1] = masked | 126;
        header[2] = (uint8_t)(size >> 8);
        header[3] = (uint8_t)size;
        n = 4;
    } else {
        header[1] = masked | 127;
        for (unsigned i = 0; i < 8; i++)
            header[2 + i] = (uint8_t)((uint64_t)size >> (56 - 8 * i));
        n = 10;
    }
    if (mask == NULL)
        return n;
    memcpy(header + n, mask, 4);
    return n + 4;
}

void ws_frame_mask(uint8_t *to, const uint8_t *from, size_t size, const uint8_t mask[4])
{
    uint8_t eight[8] = {mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]};
    uint64_t wide;
    memcpy(&wide, eight, sizeof wide);
    size_t at = 0;
    for (; size - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, from + at, sizeof word);
        word ^= wide;
        memcpy(to + at, &word, sizeof word);
    }
    for (; at < size; at++)
        to[at] = (uint8_t)(from[at] ^ eight[at & 3]);
}
