/*
 * Legato's messages: a structure of the two programs' own, as it stands in their memory. Programs
 * write its octets without a tape, so that JSON shows them as they are; what writes it value by
 * value, JSON too, puts packed little-endian numbers and bytes without a length one after the
 * other. The zeros at the end of the structure need not be there, and the descriptor of a message
 * stands at its first octet, in no slot of its own.
 */

#include <string.h>

#include "codecs/layout.h"
#include "codecs/octets.h"
#include "codecs/parcel_inside.h"

/* Octets of a number; 0: it is none. */
static const uint8_t sizes[TAPE_TAGS] = {
    [VIA_TAG_I8] = 1,  [VIA_TAG_I16] = 2, [VIA_TAG_I32] = 4, [VIA_TAG_I64] = 8,
    [VIA_TAG_U8] = 1,  [VIA_TAG_U16] = 2, [VIA_TAG_U32] = 4, [VIA_TAG_U64] = 8,
    [VIA_TAG_F32] = 4, [VIA_TAG_F64] = 8, [VIA_TAG_BOOL] = 1};

static bool is_signed(enum via_tag tag)
{
    return tag >= VIA_TAG_I8 && tag <= VIA_TAG_I64;
}

static void set_number(struct value *value, uint64_t bits, size_t size)
{
    uint32_t low = (uint32_t)bits;
    unsigned unused = 64 - 8 * (unsigned)size;
    if (is_signed(value->tag))
        value->i = (int64_t)(bits << unused) >> unused;
    else if (value->tag == VIA_TAG_F32)
        memcpy(&value->f32, &low, sizeof low);
    else if (value->tag == VIA_TAG_F64)
        memcpy(&value->f64, &bits, sizeof bits);
    else
        value->u = bits;
}

static uint64_t number_of(const struct value *value)
{
    uint32_t low = 0;
    uint64_t bits = value->u;
    if (is_signed(value->tag))
        return (uint64_t)value->i;
    if (value->tag == VIA_TAG_F64)
        memcpy(&bits, &value->f64, sizeof bits);
    if (value->tag != VIA_TAG_F32)
        return bits;
    memcpy(&low, &value->f32, sizeof low);
    return low;
}

static enum via_status get(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    const uint8_t *at = cursor->payload->octets + cursor->position;
    size_t room = cursor->payload->size - cursor->position;
    *valuep = (struct value){.tag = cursor->tag};
    if (cursor->tag == VIA_TAG_BYTES) {
        valuep->text.octets = at;
        valuep->text.size = size;
    } else {
        size = sizes[cursor->tag];
    }
    if (size == 0 || size > room)
        return VIA_BAD_TAPE;
    if (cursor->tag != VIA_TAG_BYTES) {
        set_number(valuep, octets_get(at, size), size);
        if (!value_is_in_range(valuep))
            return VIA_BAD_TAPE;
    }
    cursor->position += size;
    return VIA_OK;
}

static enum via_status put(struct via_parcel *parcel, const struct value *value)
{
    size_t size = sizes[value->tag];
    if (value->tag == VIA_TAG_BYTES && value->text.size > 0)
        return via_parcel_append_sized(parcel, value->text.octets, value->text.size,
                                       value->text.size, VIA_TAG_BYTES);
    if (size == 0 || !value_is_in_range(value))
        return VIA_BAD_TYPE;
    uint8_t *at = NULL;
    enum via_status status = parcel_extend(parcel, size, value->tag, 0, &at);
    if (status == VIA_OK)
        octets_put(at, number_of(value), size);
    return status;
}

const struct layout layout_legato = {
    .number = VIA_LAYOUT_LEGATO,
    .name = "legato",
    .ref_slot = 1,
    .plain =
        {
            [VIA_TAG_I8] = 1,
            [VIA_TAG_I16] = 2,
            [VIA_TAG_I32] = 4,
            [VIA_TAG_I64] = 8,
            [VIA_TAG_U8] = 1,
            [VIA_TAG_U16] = 2,
            [VIA_TAG_U32] = 4,
            [VIA_TAG_U64] = 8,
            [VIA_TAG_F32] = 4,
            [VIA_TAG_F64] = 8,
        },
    .get = get,
    .put = put,
    .put_ref = layout_refuse_ref,
    .put_fd = layout_refuse_fd,
};
