/*
 * Raw values: packed, little-endian, each in its own size, strings and bytes with their length
 * before them. A string's octets are followed by a NUL, so that it can be read in place. A slot for
 * a reference or a descriptor is four octets: zero, or SLOT_NONE where there is none; what it names
 * is found in the payload's list by the slot's place.
 */

#include <string.h>

#include "codecs/layout.h"
#include "codecs/octets.h"
#include "codecs/parcel_inside.h"

static size_t room(const struct payload_cursor *cursor)
{
    return cursor->payload->size - cursor->position;
}

static bool get_number(struct payload_cursor *cursor, size_t size, uint64_t *bitsp)
{
    if (size > room(cursor))
        return false;
    const uint8_t *at = cursor->payload->octets + cursor->position;
    cursor->position += size;
    *bitsp = octets_get(at, size);
    return true;
}

static enum via_status get_float(struct payload_cursor *cursor, struct value *valuep)
{
    bool is_f32 = cursor->tag == VIA_TAG_F32;
    uint64_t bits = 0;
    if (!get_number(cursor, is_f32 ? 4 : 8, &bits))
        return VIA_BAD_TAPE;
    if (is_f32) {
        uint32_t low = (uint32_t)bits;
        memcpy(&valuep->f32, &low, sizeof low);
    } else {
        memcpy(&valuep->f64, &bits, sizeof bits);
    }
    return VIA_OK;
}

/* A length, and so many units of @unit octets with @tail zeros behind. */
static enum via_status get_text(struct payload_cursor *cursor, size_t unit, size_t tail,
                                struct value *valuep)
{
    if (room(cursor) < PARCEL_LENGTH_SIZE)
        return VIA_BAD_TAPE;
    const uint8_t *at = cursor->payload->octets + cursor->position;
    size_t left = room(cursor) - PARCEL_LENGTH_SIZE;
    uint32_t length = octets_get_u32(at);
    at += PARCEL_LENGTH_SIZE;
    if (length == PARCEL_LENGTH_NULL && cursor->tag != VIA_TAG_BYTES) {
        valuep->null = true;
        valuep->text.octets = NULL;
        valuep->text.size = 0;
        cursor->position += PARCEL_LENGTH_SIZE;
        return VIA_OK;
    }
    if (length > left / unit)
        return VIA_BAD_TAPE;
    size_t size = length * unit;
    if (tail > left - size || octets_any(at + size, tail) != 0)
        return VIA_BAD_TAPE;
    valuep->text.octets = at;
    valuep->text.size = size;
    cursor->position += PARCEL_LENGTH_SIZE + size + tail;
    return VIA_OK;
}

static enum via_status get_slot(struct payload_cursor *cursor, struct value *valuep)
{
    if (room(cursor) < PARCEL_SLOT_SIZE)
        return VIA_BAD_TAPE;
    uint32_t slot = octets_get_u32(cursor->payload->octets + cursor->position);
    bool is_there = cursor->tag == VIA_TAG_REF ? payload_take_ref(cursor, &valuep->index)
                                               : payload_take_fd(cursor, &valuep->index);
    if (slot != 0 && (slot != PARCEL_SLOT_NONE || is_there))
        return VIA_BAD_TAPE;
    valuep->null = !is_there;
    cursor->position += PARCEL_SLOT_SIZE;
    return VIA_OK;
}

static enum via_status get_signed(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    uint64_t bits = 0;
    if (!get_number(cursor, size, &bits))
        return VIA_BAD_TAPE;
    unsigned unused = 64 - 8 * (unsigned)size;
    valuep->i = (int64_t)(bits << unused) >> unused;
    return VIA_OK;
}

static enum via_status get_unsigned(struct payload_cursor *cursor, size_t size,
                                    struct value *valuep)
{
    return get_number(cursor, size, &valuep->u) && value_is_in_range(valuep) ? VIA_OK
                                                                             : VIA_BAD_TAPE;
}

static enum via_status get(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    *valuep = (struct value){.tag = cursor->tag};
    enum via_status status = VIA_OK;
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
    case VIA_TAG_BOOL:
        return get_unsigned(cursor, 1, valuep);
    case VIA_TAG_U16:
        return get_unsigned(cursor, 2, valuep);
    case VIA_TAG_U32:
        return get_unsigned(cursor, 4, valuep);
    case VIA_TAG_U64:
    case VIA_TAG_TOKEN:
        return get_unsigned(cursor, 8, valuep);
    case VIA_TAG_F32:
    case VIA_TAG_F64:
        return get_float(cursor, valuep);
    case VIA_TAG_STR:
        status = get_text(cursor, 1, 1, valuep);
        if (status == VIA_OK && valuep->text.size != 0 &&
            memchr(valuep->text.octets, 0, valuep->text.size) != NULL)
            return VIA_BAD_TAPE;
        return status;
    case VIA_TAG_STR16:
        return get_text(cursor, 2, 0, valuep);
    case VIA_TAG_BYTES:
        status = get_text(cursor, 1, 0, valuep);
        return status == VIA_OK && valuep->text.size != size ? VIA_BAD_TAPE : status;
    case VIA_TAG_REF:
    case VIA_TAG_FD:
        return get_slot(cursor, valuep);
    case VIA_TAG_PAD:
        break;
    }
    return VIA_BAD_TAPE;
}

static enum via_status put(struct via_parcel *parcel, const struct value *value)
{
    if (!value_is_in_range(value))
        return VIA_BAD_TYPE;
    switch (value->tag) {
    case VIA_TAG_I8:
        return via_parcel_write_i8(parcel, (int8_t)value->i);
    case VIA_TAG_I16:
        return via_parcel_write_i16(parcel, (int16_t)value->i);
    case VIA_TAG_I32:
        return via_parcel_write_i32(parcel, (int32_t)value->i);
    case VIA_TAG_I64:
        return via_parcel_write_i64(parcel, value->i);
    case VIA_TAG_U8:
        return via_parcel_write_u8(parcel, (uint8_t)value->u);
    case VIA_TAG_U16:
        return via_parcel_write_u16(parcel, (uint16_t)value->u);
    case VIA_TAG_U32:
        return via_parcel_write_u32(parcel, (uint32_t)value->u);
    case VIA_TAG_U64:
        return via_parcel_write_u64(parcel, value->u);
    case VIA_TAG_F32:
        return via_parcel_write_f32(parcel, value->f32);
    case VIA_TAG_F64:
        return via_parcel_write_f64(parcel, value->f64);
    case VIA_TAG_BOOL:
        return via_parcel_write_bool(parcel, value->u != 0);
    case VIA_TAG_TOKEN:
        return via_parcel_write_token(parcel, value->u);
    case VIA_TAG_STR:
        if (value->null)
            return via_parcel_write_str(parcel, NULL);
        if (value->text.size != 0 && memchr(value->text.octets, 0, value->text.size) != NULL)
            return VIA_BAD_TYPE;
        return parcel_write_text(parcel, VIA_TAG_STR, value->text.octets, value->text.size);
    case VIA_TAG_STR16:
        if (value->null)
            return via_parcel_write_str16(parcel, NULL, 0);
        return parcel_write_text(parcel, VIA_TAG_STR16, value->text.octets, value->text.size);
    case VIA_TAG_BYTES:
        return parcel_write_text(parcel, VIA_TAG_BYTES, value->text.octets, value->text.size);
    case VIA_TAG_REF:
    case VIA_TAG_FD:
    case VIA_TAG_PAD:
        break;
    }
    return VIA_BAD_TYPE;
}

#define RAW_VALUES                                                                                 \
    .ref_slot = PARCEL_SLOT_SIZE,                                                                  \
    .plain =                                                                                       \
        {                                                                                          \
            [VIA_TAG_I8] = 1,  [VIA_TAG_I16] = 2, [VIA_TAG_I32] = 4,   [VIA_TAG_I64] = 8,          \
            [VIA_TAG_U8] = 1,  [VIA_TAG_U16] = 2, [VIA_TAG_U32] = 4,   [VIA_TAG_U64] = 8,          \
            [VIA_TAG_F32] = 4, [VIA_TAG_F64] = 8, [VIA_TAG_TOKEN] = 8,                             \
    },                                                                                             \
    .get = get, .put = put, .put_ref = via_parcel_write_ref, .put_fd = via_parcel_write_fd

const struct layout layout_raw = {.number = VIA_LAYOUT_RAW, .name = "raw", RAW_VALUES};
const struct layout layout_control = {.number = VIA_LAYOUT_CONTROL, .name = "control", RAW_VALUES};
