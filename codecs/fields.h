/*
 * Tagged fields, as META and HELLO hold them: u16 tag, u16 size, octets, zeros up to a multiple of
 * four.
 */
#pragma once

#include <stdbool.h>

#include "codecs/octets.h"

#define FIELD_HEAD_SIZE 4u
#define FIELD_UNIT 4u

struct field {
    uint16_t tag;
    uint16_t size;
    const uint8_t *octets;
    size_t whole; /* octets it takes, head and padding included */
};

/* The field at the front of @size octets; false if it is cut, or its padding is not zero. */
static inline bool field_get(const uint8_t *octets, size_t size, struct field *fieldp)
{
    if (size < FIELD_HEAD_SIZE)
        return false;
    uint16_t tag = octets_get_u16(octets);
    uint16_t length = octets_get_u16(octets + 2);
    size_t padding = octets_padding(length, FIELD_UNIT);
    if (length + padding > size - FIELD_HEAD_SIZE)
        return false;
    if (octets_any(octets + FIELD_HEAD_SIZE + length, padding) != 0)
        return false;
    *fieldp =
        (struct field){tag, length, octets + FIELD_HEAD_SIZE, FIELD_HEAD_SIZE + length + padding};
    return true;
}

/* What a field of @size octets takes. */
static inline size_t field_whole(size_t size)
{
    return FIELD_HEAD_SIZE + size + octets_padding(size, FIELD_UNIT);
}

/* Writes a field's head and its padding, and moves *outp past it; its @size octets are to be filled
 * in at the place returned. */
static inline uint8_t *field_put(uint8_t **outp, uint16_t tag, uint16_t size)
{
    uint8_t *out = *outp;
    octets_put_u16(out, tag);
    octets_put_u16(out + 2, size);
    *outp = octets_append_zeros(out + FIELD_HEAD_SIZE + size, octets_padding(size, FIELD_UNIT));
    return out + FIELD_HEAD_SIZE;
}
