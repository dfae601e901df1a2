/*
 * HDF's sbuf. Every value starts at a multiple of four. A small integer stands in the first octets
 * of its four; a string or buffer behind its length, a string with its NUL, which the length
 * counts; a null string is the length 0. Padding is written as zeros and, as the system's own
 * buffers leave in it what was there before, never looked at. Neither objects nor descriptors cross
 * a driver call, and there is no bool.
 */

#include <string.h>

#include "codecs/layout.h"
#include "codecs/octets.h"
#include "codecs/parcel_inside.h"

#define UNIT 4u

static size_t room(const struct payload_cursor *cursor)
{
    return cursor->payload->size - cursor->position;
}

/* Passes @size octets, what pads them, and @head octets before them, which stand there already. */
static enum via_status pass(struct payload_cursor *cursor, size_t head, size_t size)
{
    size_t padding = octets_padding(size, UNIT);
    size_t left = room(cursor) - head;
    if (size > left || padding > left - size)
        return VIA_BAD_TAPE;
    cursor->position += head + size + padding;
    return VIA_OK;
}

static enum via_status get_number(struct payload_cursor *cursor, size_t size, uint64_t *bitsp)
{
    const uint8_t *at = cursor->payload->octets + cursor->position;
    enum via_status status = pass(cursor, 0, size);
    if (status == VIA_OK)
        *bitsp = octets_get(at, size);
    return status;
}

static enum via_status get_signed(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    uint64_t bits = 0;
    enum via_status status = get_number(cursor, size, &bits);
    unsigned unused = 64 - 8 * (unsigned)size;
    valuep->i = (int64_t)(bits << unused) >> unused;
    return status;
}

/* A length and so many octets. */
static enum via_status get_text(struct payload_cursor *cursor, struct value *valuep)
{
    if (room(cursor) < PARCEL_LENGTH_SIZE)
        return VIA_BAD_TAPE;
    const uint8_t *at = cursor->payload->octets + cursor->position;
    uint32_t size = octets_get_u32(at);
    valuep->text.octets = size != 0 ? at + PARCEL_LENGTH_SIZE : NULL;
    valuep->text.size = size;
    return size <= INT32_MAX ? pass(cursor, PARCEL_LENGTH_SIZE, size) : VIA_BAD_TAPE;
}

static enum via_status get_str(struct payload_cursor *cursor, struct value *valuep)
{
    enum via_status status = get_text(cursor, valuep);
    if (status != VIA_OK)
        return status;
    if (valuep->text.size == 0) {
        valuep->null = true;
        return VIA_OK;
    }
    const uint8_t *text = valuep->text.octets;
    valuep->text.size--;
    return memchr(text, 0, valuep->text.size + 1) == text + valuep->text.size ? VIA_OK
                                                                              : VIA_BAD_TAPE;
}

static enum via_status get(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    *valuep = (struct value){.tag = cursor->tag};
    enum via_status status = VIA_BAD_TAPE;
    switch (cursor->tag) {
    case VIA_TAG_I8:
        return get_signed(cursor, 1, valuep);
    case VIA_TAG_I16:
        return get_signed(cursor, 2, valuep);
    case VIA_TAG_I32:
        return get_signed(cursor, 4, valuep);
    case VIA_TAG_I64:
        return get_signed(cursor, 8, valuep);
    case VIA_TAG_U8:
        return get_number(cursor, 1, &valuep->u);
    case VIA_TAG_U16:
        return get_number(cursor, 2, &valuep->u);
    case VIA_TAG_U32:
        return get_number(cursor, 4, &valuep->u);
    case VIA_TAG_U64:
        return get_number(cursor, 8, &valuep->u);
    case VIA_TAG_STR:
        return get_str(cursor, valuep);
    case VIA_TAG_BYTES:
        status = get_text(cursor, valuep);
        return status == VIA_OK && valuep->text.size != size ? VIA_BAD_TAPE : status;
    case VIA_TAG_PAD:
    case VIA_TAG_F32:
    case VIA_TAG_F64:
    case VIA_TAG_BOOL:
    case VIA_TAG_STR16:
    case VIA_TAG_REF:
    case VIA_TAG_FD:
    case VIA_TAG_TOKEN:
        break;
    }
    return status;
}

static enum via_status put_number(struct via_parcel *parcel, enum via_tag tag, uint64_t bits,
                                  size_t size)
{
    uint8_t *at = NULL;
    enum via_status status = parcel_extend(parcel, size + octets_padding(size, UNIT), tag, 0, &at);
    if (status != VIA_OK)
        return status;
    octets_put(at, bits, size);
    (void)octets_append_zeros(at + size, octets_padding(size, UNIT));
    return VIA_OK;
}

/* @size octets and @tail zeros, which the length before them counts. */
static enum via_status put_text(struct via_parcel *parcel, enum via_tag tag, const void *octets,
                                size_t size, size_t tail)
{
    if (size > VIA_PARCEL_SIZE_MAX)
        return VIA_TOO_LARGE;
    size_t padding = octets_padding(size + tail, UNIT);
    uint8_t *at = NULL;
    enum via_status status =
        parcel_extend(parcel, PARCEL_LENGTH_SIZE + size + tail + padding, tag, size, &at);
    if (status != VIA_OK)
        return status;
    octets_put_u32(at, (uint32_t)(size + tail));
    at = octets_append(at + PARCEL_LENGTH_SIZE, octets, size);
    (void)octets_append_zeros(at, tail + padding);
    return VIA_OK;
}

static enum via_status put_str(struct via_parcel *parcel, const struct value *value)
{
    const void *octets = value->text.octets;
    size_t size = value->text.size;
    if (value->null)
        return put_text(parcel, VIA_TAG_STR, NULL, 0, 0);
    if (size != 0 && memchr(octets, 0, size) != NULL)
        return VIA_BAD_TYPE;
    return put_text(parcel, VIA_TAG_STR, octets, size, 1);
}

static enum via_status put(struct via_parcel *parcel, const struct value *value)
{
    if (!value_is_in_range(value))
        return VIA_BAD_TYPE;
    switch (value->tag) {
    case VIA_TAG_I8:
        return put_number(parcel, value->tag, (uint64_t)value->i, 1);
    case VIA_TAG_I16:
        return put_number(parcel, value->tag, (uint64_t)value->i, 2);
    case VIA_TAG_I32:
        return put_number(parcel, value->tag, (uint64_t)value->i, 4);
    case VIA_TAG_I64:
        return put_number(parcel, value->tag, (uint64_t)value->i, 8);
    case VIA_TAG_U8:
        return put_number(parcel, value->tag, value->u, 1);
    case VIA_TAG_U16:
        return put_number(parcel, value->tag, value->u, 2);
    case VIA_TAG_U32:
        return put_number(parcel, value->tag, value->u, 4);
    case VIA_TAG_U64:
        return put_number(parcel, value->tag, value->u, 8);
    case VIA_TAG_STR:
        return put_str(parcel, value);
    case VIA_TAG_BYTES:
        return put_text(parcel, value->tag, value->text.octets, value->text.size, 0);
    case VIA_TAG_PAD:
    case VIA_TAG_F32:
    case VIA_TAG_F64:
    case VIA_TAG_BOOL:
    case VIA_TAG_STR16:
    case VIA_TAG_REF:
    case VIA_TAG_FD:
    case VIA_TAG_TOKEN:
        break;
    }
    return VIA_BAD_TYPE;
}

const struct layout layout_hdf = {
    .number = VIA_LAYOUT_SBUF,
    .name = "hdf",
    .ref_slot = UNIT,
    .plain =
        {
            [VIA_TAG_I8] = 4,
            [VIA_TAG_I16] = 4,
            [VIA_TAG_I32] = 4,
            [VIA_TAG_I64] = 8,
            [VIA_TAG_U8] = 4,
            [VIA_TAG_U16] = 4,
            [VIA_TAG_U32] = 4,
            [VIA_TAG_U64] = 8,
        },
    .get = get,
    .put = put,
    .put_ref = layout_refuse_ref,
    .put_fd = layout_refuse_fd,
};
