/*
 * OpenHarmony's IPC parcel. Everything starts at a multiple of four: small integers are widened,
 * text and buffers padded with zeros. Strings and buffers have no length before them: a string ends
 * at its NUL, a buffer's length is on the tape alone. STR16 is the interface token: two numbers of
 * its header, the units' count, the units and a zero. What an object's slot holds is not looked at:
 * the payload's list names the object by the slot's place.
 */

#include <string.h>

#include "codecs/layout.h"
#include "codecs/octets.h"
#include "codecs/parcel_inside.h"

#define UNIT 4u
#define SLOT_SIZE 24u
#define SLOT_MAGIC_OBJECT 0x73682a85u /* "sh*", as a binder handle */
#define SLOT_MAGIC_FD 0x66642a85u     /* "fd*" */
#define TOKEN_HEAD_SIZE 12u
#define TOKEN_MAGIC 0x100u

static size_t room(const struct payload_cursor *cursor)
{
    return cursor->payload->size - cursor->position;
}

/* Passes @size octets and the zeros that pad them. */
static enum via_status pass(struct payload_cursor *cursor, size_t size)
{
    size_t padding = octets_padding(size, UNIT);
    if (size > room(cursor) || padding > room(cursor) - size)
        return VIA_BAD_TAPE;
    const uint8_t *at = cursor->payload->octets + cursor->position;
    if (octets_any(at + size, padding) != 0)
        return VIA_BAD_TAPE;
    cursor->position += size + padding;
    return VIA_OK;
}

static enum via_status get_number(struct payload_cursor *cursor, struct value *valuep)
{
    bool is_wide = cursor->tag == VIA_TAG_I64 || cursor->tag == VIA_TAG_U64;
    const uint8_t *at = cursor->payload->octets + cursor->position;
    enum via_status status = pass(cursor, is_wide ? 8 : 4);
    if (status != VIA_OK)
        return status;
    if (is_wide)
        valuep->u = octets_get_u64(at); /* as i: the same octets */
    else if (cursor->tag <= VIA_TAG_I32)
        valuep->i = (int32_t)octets_get_u32(at);
    else
        valuep->u = octets_get_u32(at);
    return value_is_in_range(valuep) ? VIA_OK : VIA_BAD_TAPE;
}

static enum via_status get_float(struct payload_cursor *cursor, struct value *valuep)
{
    const uint8_t *at = cursor->payload->octets + cursor->position;
    if (cursor->tag == VIA_TAG_F32) {
        enum via_status status = pass(cursor, 4);
        if (status == VIA_OK) {
            uint32_t bits = octets_get_u32(at);
            memcpy(&valuep->f32, &bits, sizeof bits);
        }
        return status;
    }
    enum via_status status = pass(cursor, 8);
    if (status == VIA_OK) {
        uint64_t bits = octets_get_u64(at);
        memcpy(&valuep->f64, &bits, sizeof bits);
    }
    return status;
}

static enum via_status get_str(struct payload_cursor *cursor, struct value *valuep)
{
    if (room(cursor) == 0)
        return VIA_BAD_TAPE;
    const uint8_t *at = cursor->payload->octets + cursor->position;
    const uint8_t *nul = memchr(at, 0, room(cursor));
    if (nul == NULL)
        return VIA_BAD_TAPE;
    valuep->text.octets = at;
    valuep->text.size = (size_t)(nul - at);
    return pass(cursor, valuep->text.size + 1);
}

static enum via_status get_token(struct payload_cursor *cursor, struct value *valuep)
{
    if (room(cursor) < TOKEN_HEAD_SIZE)
        return VIA_BAD_TAPE;
    const uint8_t *at = cursor->payload->octets + cursor->position;
    uint32_t n_units = octets_get_u32(at + 8);
    if (octets_get_u32(at) != TOKEN_MAGIC || octets_get_u32(at + 4) != 0 ||
        n_units >= (room(cursor) - TOKEN_HEAD_SIZE) / 2)
        return VIA_BAD_TAPE;
    size_t size = (size_t)n_units * 2;
    valuep->text.octets = at + TOKEN_HEAD_SIZE;
    valuep->text.size = size;
    if (octets_any(at + TOKEN_HEAD_SIZE + size, 2) != 0)
        return VIA_BAD_TAPE;
    return pass(cursor, TOKEN_HEAD_SIZE + size + 2);
}

static enum via_status get_buffer(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    if (size == 0)
        return VIA_BAD_TAPE;
    valuep->text.octets = cursor->payload->octets + cursor->position;
    valuep->text.size = size;
    return pass(cursor, size);
}

static enum via_status get_slot(struct payload_cursor *cursor, struct value *valuep)
{
    bool is_there = cursor->tag == VIA_TAG_REF ? payload_take_ref(cursor, &valuep->index)
                                               : payload_take_fd(cursor, &valuep->index);
    valuep->null = !is_there;
    return pass(cursor, SLOT_SIZE);
}

static enum via_status get(struct payload_cursor *cursor, size_t size, struct value *valuep)
{
    *valuep = (struct value){.tag = cursor->tag};
    switch (cursor->tag) {
    case VIA_TAG_I8:
    case VIA_TAG_I16:
    case VIA_TAG_I32:
    case VIA_TAG_I64:
    case VIA_TAG_U8:
    case VIA_TAG_U16:
    case VIA_TAG_U32:
    case VIA_TAG_U64:
        return get_number(cursor, valuep);
    case VIA_TAG_F32:
    case VIA_TAG_F64:
        return get_float(cursor, valuep);
    case VIA_TAG_STR:
        return get_str(cursor, valuep);
    case VIA_TAG_STR16:
        return get_token(cursor, valuep);
    case VIA_TAG_BYTES:
        return get_buffer(cursor, size, valuep);
    case VIA_TAG_REF:
    case VIA_TAG_FD:
        return get_slot(cursor, valuep);
    case VIA_TAG_PAD:
    case VIA_TAG_BOOL:
    case VIA_TAG_TOKEN:
        break;
    }
    return VIA_BAD_TAPE;
}

static enum via_status put_number(struct via_parcel *parcel, enum via_tag tag, uint64_t bits,
                                  size_t size)
{
    uint8_t *at = NULL;
    enum via_status status = parcel_extend(parcel, size, tag, 0, &at);
    if (status == VIA_OK)
        octets_put(at, bits, size);
    return status;
}

static enum via_status put_float(struct via_parcel *parcel, const struct value *value)
{
    if (value->tag == VIA_TAG_F32) {
        uint32_t bits = 0;
        memcpy(&bits, &value->f32, sizeof bits);
        return put_number(parcel, VIA_TAG_F32, bits, 4);
    }
    uint64_t bits = 0;
    memcpy(&bits, &value->f64, sizeof bits);
    return put_number(parcel, VIA_TAG_F64, bits, 8);
}

static enum via_status put_str(struct via_parcel *parcel, const void *octets, size_t size)
{
    if (size != 0 && memchr(octets, 0, size) != NULL)
        return VIA_BAD_TYPE;
    if (size >= VIA_PARCEL_SIZE_MAX)
        return VIA_TOO_LARGE;
    size_t padded_size = size + 1 + octets_padding(size + 1, UNIT);
    return via_parcel_append_sized(parcel, octets, size, padded_size, VIA_TAG_STR);
}

static enum via_status put_token(struct via_parcel *parcel, const void *octets, size_t size)
{
    if (size >= VIA_PARCEL_SIZE_MAX)
        return VIA_TOO_LARGE;
    size_t whole = TOKEN_HEAD_SIZE + size + 2;
    size_t padding = octets_padding(whole, UNIT);
    uint8_t *at = NULL;
    enum via_status status = parcel_extend(parcel, whole + padding, VIA_TAG_STR16, 0, &at);
    if (status != VIA_OK)
        return status;
    octets_put_u32(at, TOKEN_MAGIC);
    octets_put_u32(at + 4, 0);
    octets_put_u32(at + 8, (uint32_t)(size / 2));
    at = octets_append(at + TOKEN_HEAD_SIZE, octets, size);
    (void)octets_append_zeros(at, 2 + padding);
    return VIA_OK;
}

static enum via_status put_buffer(struct via_parcel *parcel, const void *octets, size_t size)
{
    if (size == 0)
        return VIA_BAD_TYPE; /* WriteBuffer refuses it too */
    if (size > VIA_PARCEL_SIZE_MAX)
        return VIA_TOO_LARGE;
    return via_parcel_append_sized(parcel, octets, size, size + octets_padding(size, UNIT),
                                   VIA_TAG_BYTES);
}

static enum via_status put(struct via_parcel *parcel, const struct value *value)
{
    if (value->null || !value_is_in_range(value))
        return VIA_BAD_TYPE;
    switch (value->tag) {
    case VIA_TAG_I8:
    case VIA_TAG_I16:
    case VIA_TAG_I32:
        return put_number(parcel, value->tag, (uint64_t)value->i, 4);
    case VIA_TAG_I64:
        return put_number(parcel, value->tag, (uint64_t)value->i, 8);
    case VIA_TAG_U8:
    case VIA_TAG_U16:
    case VIA_TAG_U32:
        return put_number(parcel, value->tag, value->u, 4);
    case VIA_TAG_U64:
        return put_number(parcel, value->tag, value->u, 8);
    case VIA_TAG_F32:
    case VIA_TAG_F64:
        return put_float(parcel, value);
    case VIA_TAG_STR:
        return put_str(parcel, value->text.octets, value->text.size);
    case VIA_TAG_STR16:
        return put_token(parcel, value->text.octets, value->text.size);
    case VIA_TAG_BYTES:
        return put_buffer(parcel, value->text.octets, value->text.size);
    case VIA_TAG_PAD:
    case VIA_TAG_BOOL:
    case VIA_TAG_REF:
    case VIA_TAG_FD:
    case VIA_TAG_TOKEN:
        break;
    }
    return VIA_BAD_TYPE;
}

static enum via_status put_ref(struct via_parcel *parcel, struct via_proxy *proxy)
{
    uint8_t *at = NULL;
    enum via_status status = parcel_extend_ref(parcel, SLOT_SIZE, proxy, &at);
    if (status != VIA_OK)
        return status;
    octets_put_u32(at, SLOT_MAGIC_OBJECT);
    (void)octets_append_zeros(at + 4, SLOT_SIZE - 4);
    return VIA_OK;
}

static enum via_status put_fd(struct via_parcel *parcel, int fd)
{
    uint8_t *at = NULL;
    enum via_status status = parcel_extend_fd(parcel, SLOT_SIZE, fd, &at);
    if (status != VIA_OK)
        return status;
    octets_put_u32(at, SLOT_MAGIC_FD);
    (void)octets_append_zeros(at + 4, SLOT_SIZE - 4);
    return VIA_OK;
}

const struct layout layout_openharmony = {
    .number = VIA_LAYOUT_OPENHARMONY,
    .name = "openharmony",
    .ref_slot = SLOT_SIZE,
    .plain =
        {
            [VIA_TAG_I32] = 4,
            [VIA_TAG_I64] = 8,
            [VIA_TAG_U32] = 4,
            [VIA_TAG_U64] = 8,
            [VIA_TAG_F32] = 4,
            [VIA_TAG_F64] = 8,
        },
    .get = get,
    .put = put,
    .put_ref = put_ref,
    .put_fd = put_fd,
};
