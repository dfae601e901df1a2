/*
 * Decoding by the table of well-formed sequences (Unicode, table 3-7): the first octet gives the
 * length and the range of the second, all others are 80 to BF. ASCII goes eight octets at a time.
 */
#include "codecs/utf8.h"

#include <string.h>

static bool is_tail(uint8_t octet)
{
    return (octet & 0xc0u) == 0x80u;
}

static size_t decode_long(const uint8_t *text, size_t size, uint32_t *pointp)
{
    uint8_t first = text[0];
    if (first >= 0xc2 && first <= 0xdf) {
        if (size < 2 || !is_tail(text[1]))
            return 0;
        *pointp = (uint32_t)(first & 0x1fu) << 6 | (text[1] & 0x3fu);
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        if (size < 3 || !is_tail(text[1]) || !is_tail(text[2]))
            return 0;
        if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f))
            return 0;
        *pointp =
            (uint32_t)(first & 0x0fu) << 12 | (uint32_t)(text[1] & 0x3fu) << 6 | (text[2] & 0x3fu);
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (size < 4 || !is_tail(text[1]) || !is_tail(text[2]) || !is_tail(text[3]))
            return 0;
        if ((first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f))
            return 0;
        *pointp = (uint32_t)(first & 0x07u) << 18 | (uint32_t)(text[1] & 0x3fu) << 12 |
                  (uint32_t)(text[2] & 0x3fu) << 6 | (text[3] & 0x3fu);
        return 4;
    }
    return 0;
}

size_t utf8_decode(const uint8_t *text, size_t size, uint32_t *pointp)
{
    if (text[0] < 0x80) {
        *pointp = text[0];
        return 1;
    }
    return decode_long(text, size, pointp);
}

size_t utf8_encode(uint32_t point, uint8_t *out)
{
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xc0u | point >> 6);
        out[1] = (uint8_t)(0x80u | (point & 0x3fu));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (uint8_t)(0xe0u | point >> 12);
        out[1] = (uint8_t)(0x80u | (point >> 6 & 0x3fu));
        out[2] = (uint8_t)(0x80u | (point & 0x3fu));
        return 3;
    }
    out[0] = (uint8_t)(0xf0u | point >> 18);
    out[1] = (uint8_t)(0x80u | (point >> 12 & 0x3fu));
    out[2] = (uint8_t)(0x80u | (point >> 6 & 0x3fu));
    out[3] = (uint8_t)(0x80u | (point & 0x3fu));
    return 4;
}

size_t utf8_span(const uint8_t *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        if (size - at >= 8) {
            uint64_t word;
            memcpy(&word, text + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += 8;
                continue;
            }
        }
        uint32_t point;
        size_t n = utf8_decode(text + at, size - at, &point);
        if (n == 0)
            return at;
        at += n;
    }
    return size;
}
