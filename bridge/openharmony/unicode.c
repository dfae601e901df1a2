/*
 * UTF-8 to UTF-16 and back: see the header for what is lenient here and what is not. Sizes are
 * measured first and written second, so that who calls knows them before memory is taken.
 */
#include "bridge/openharmony/unicode.h"

#define SURROGATE_FIRST 0xd800u
#define SURROGATE_LOW 0xdc00u
#define SURROGATE_LAST 0xdfffu

/* Octets of the character that begins with @lead; a stray continuation stands for itself. */
static size_t character_size(uint8_t lead)
{
    if (lead < 0xc0)
        return 1;
    if (lead < 0xe0)
        return 2;
    return lead < 0xf0 ? 3 : 4;
}

static uint32_t character(const uint8_t *octets, size_t size)
{
    static const uint8_t lead_bits[] = {0, 0xff, 0x1f, 0x0f, 0x07};
    uint32_t point = octets[0] & lead_bits[size];
    for (size_t i = 1; i < size; i++)
        point = point << 6 | (octets[i] & 0x3fu);
    return point;
}

bool unicode_n_units(const char *text, size_t size, size_t *n_unitsp)
{
    size_t n_units = 0;
    for (size_t at = 0; at < size;) {
        size_t step = character_size((uint8_t)text[at]);
        if (step > size - at)
            return false;
        n_units += step == 4 && character((const uint8_t *)text + at, step) > 0xffff ? 2 : 1;
        at += step;
    }
    *n_unitsp = n_units;
    return true;
}

static uint8_t *put_unit(uint8_t *place, uint32_t unit)
{
    place[0] = (uint8_t)(unit & 0xff);
    place[1] = (uint8_t)(unit >> 8 & 0xff);
    return place + 2;
}

void unicode_to_units(const char *text, size_t size, uint8_t *units)
{
    for (size_t at = 0; at < size;) {
        size_t step = character_size((uint8_t)text[at]);
        uint32_t point = character((const uint8_t *)text + at, step);
        at += step;
        if (point <= 0xffff) {
            units = put_unit(units, point);
            continue;
        }
        units = put_unit(units, SURROGATE_FIRST | ((point - 0x10000) >> 10 & 0x3ff));
        units = put_unit(units, SURROGATE_LOW | ((point - 0x10000) & 0x3ff));
    }
}

static uint32_t get_unit(const uint8_t *units, size_t index)
{
    return units[2 * index] | (uint32_t)units[2 * index + 1] << 8;
}

/* The character at *@indexp, which moves past it; false for an unpaired surrogate. */
static bool next_point(const uint8_t *units, size_t n_units, size_t *indexp, uint32_t *pointp)
{
    uint32_t unit = get_unit(units, (*indexp)++);
    *pointp = unit;
    if (unit < SURROGATE_FIRST || unit > SURROGATE_LAST)
        return true;
    if (unit >= SURROGATE_LOW || *indexp == n_units)
        return false;
    uint32_t low = get_unit(units, *indexp);
    if (low < SURROGATE_LOW || low > SURROGATE_LAST)
        return false;
    (*indexp)++;
    *pointp = 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
    return true;
}

static size_t point_size(uint32_t point)
{
    if (point < 0x80)
        return 1;
    if (point < 0x800)
        return 2;
    return point < 0x10000 ? 3 : 4;
}

bool unicode_size(const uint8_t *units, size_t n_units, size_t *sizep)
{
    size_t size = 0;
    for (size_t index = 0; index < n_units;) {
        uint32_t point = 0;
        if (!next_point(units, n_units, &index, &point))
            return false;
        if (point == 0)
            break;
        size += point_size(point);
    }
    *sizep = size;
    return true;
}

void unicode_from_units(const uint8_t *units, size_t n_units, char *text)
{
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t index = 0; index < n_units;) {
        uint32_t point = 0;
        if (!next_point(units, n_units, &index, &point) || point == 0)
            return;
        size_t size = point_size(point);
        for (size_t i = size; i-- > 1; point >>= 6)
            text[i] = (char)(0x80 | (point & 0x3f));
        text[0] = (char)(leads[size] | point);
        text += size;
    }
}
