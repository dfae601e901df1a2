/*
 * A code point above U+FFFF is two surrogates, the high one first; on their own they mean nothing.
 */
#include "codecs/utf16.h"

#include "codecs/utf8.h"

#define HIGH_FIRST 0xd800u
#define LOW_FIRST 0xdc00u
#define LOW_LAST 0xdfffu
#define PLANE_1 0x10000u

static uint32_t unit_at(const uint8_t *units, size_t index)
{
    return (uint32_t)units[2 * index] | (uint32_t)units[2 * index + 1] << 8;
}

size_t utf16_decode(const uint8_t *units, size_t n_units, uint32_t *pointp)
{
    uint32_t unit = unit_at(units, 0);
    *pointp = unit;
    if (unit < HIGH_FIRST || unit > LOW_LAST)
        return 1;
    if (unit >= LOW_FIRST || n_units < 2)
        return 0;
    uint32_t low = unit_at(units, 1);
    if (low < LOW_FIRST || low > LOW_LAST)
        return 0;
    *pointp = PLANE_1 + ((unit - HIGH_FIRST) << 10) + (low - LOW_FIRST);
    return 2;
}

bool utf16_check(const uint8_t *units, size_t n_units)
{
    for (size_t at = 0; at < n_units;) {
        uint32_t point;
        size_t n = utf16_decode(units + 2 * at, n_units - at, &point);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

static uint8_t *put_unit(uint8_t *out, uint32_t unit)
{
    out[0] = (uint8_t)unit;
    out[1] = (uint8_t)(unit >> 8);
    return out + 2;
}

size_t utf16_from_utf8(const char *text, size_t size, uint8_t *out)
{
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *end = at + size;
    uint8_t *to = out;
    while (at < end) {
        uint32_t point = 0;
        at += utf8_decode(at, (size_t)(end - at), &point);
        if (point >= PLANE_1) {
            to = put_unit(to, HIGH_FIRST + ((point - PLANE_1) >> 10));
            point = LOW_FIRST + ((point - PLANE_1) & 0x3ffu);
        }
        to = put_unit(to, point);
    }
    return (size_t)(to - out);
}
