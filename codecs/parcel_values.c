/*
 * Typed values in raw layout. A writer knows the type and says so on the tape; a reader compares
 * what it asks for with the tape, if there is one. The reader's place on the tape is remembered
 * beside the read cursor and found anew, from the front, after the cursor was moved or the tape
 * changed.
 */

#include <string.h>

#include "codecs/octets.h"
#include "codecs/parcel.h"
#include "codecs/parcel_inside.h"

static bool is_raw(const struct via_parcel *parcel)
{
    return parcel->layout == VIA_LAYOUT_RAW || parcel->layout == VIA_LAYOUT_CONTROL;
}

/* ---- writing ---- */

static enum via_status write_number(struct via_parcel *parcel, enum via_tag tag, uint64_t bits,
                                    size_t size)
{
    if (!is_raw(parcel))
        return VIA_INVALID;
    uint8_t *at = NULL;
    enum via_status status = parcel_extend(parcel, size, tag, 0, &at);
    if (status == VIA_OK)
        octets_put(at, bits, size);
    return status;
}

enum via_status via_parcel_write_i8(struct via_parcel *parcel, int8_t value)
{
    return write_number(parcel, VIA_TAG_I8, (uint64_t)value, 1);
}

enum via_status via_parcel_write_i16(struct via_parcel *parcel, int16_t value)
{
    return write_number(parcel, VIA_TAG_I16, (uint64_t)value, 2);
}

enum via_status via_parcel_write_i32(struct via_parcel *parcel, int32_t value)
{
    return write_number(parcel, VIA_TAG_I32, (uint64_t)value, 4);
}

enum via_status via_parcel_write_i64(struct via_parcel *parcel, int64_t value)
{
    return write_number(parcel, VIA_TAG_I64, (uint64_t)value, 8);
}

enum via_status via_parcel_write_u8(struct via_parcel *parcel, uint8_t value)
{
    return write_number(parcel, VIA_TAG_U8, value, 1);
}

enum via_status via_parcel_write_u16(struct via_parcel *parcel, uint16_t value)
{
    return write_number(parcel, VIA_TAG_U16, value, 2);
}

enum via_status via_parcel_write_u32(struct via_parcel *parcel, uint32_t value)
{
    return write_number(parcel, VIA_TAG_U32, value, 4);
}

enum via_status via_parcel_write_u64(struct via_parcel *parcel, uint64_t value)
{
    return write_number(parcel, VIA_TAG_U64, value, 8);
}

enum via_status via_parcel_write_f32(struct via_parcel *parcel, float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return write_number(parcel, VIA_TAG_F32, bits, 4);
}

enum via_status via_parcel_write_f64(struct via_parcel *parcel, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return write_number(parcel, VIA_TAG_F64, bits, 8);
}

enum via_status via_parcel_write_bool(struct via_parcel *parcel, bool value)
{
    return write_number(parcel, VIA_TAG_BOOL, value, 1);
}

enum via_status via_parcel_write_token(struct via_parcel *parcel, uint64_t value)
{
    return write_number(parcel, VIA_TAG_TOKEN, value, 8);
}

enum via_status parcel_write_text(struct via_parcel *parcel, enum via_tag tag, const void *octets,
                                  size_t size)
{
    if (!is_raw(parcel))
        return VIA_INVALID;
    size_t unit = tag == VIA_TAG_STR16 ? 2 : 1;
    size_t tail = tag == VIA_TAG_STR ? 1 : 0;
    if (size > VIA_PARCEL_SIZE_MAX - PARCEL_LENGTH_SIZE - tail)
        return VIA_TOO_LARGE;
    uint8_t *at = NULL;
    enum via_status status =
        parcel_extend(parcel, PARCEL_LENGTH_SIZE + size + tail, tag, size, &at);
    if (status != VIA_OK)
        return status;
    octets_put_u32(at, (uint32_t)(size / unit));
    at = octets_append(at + PARCEL_LENGTH_SIZE, octets, size);
    (void)octets_append_zeros(at, tail);
    return VIA_OK;
}

enum via_status via_parcel_write_str(struct via_parcel *parcel, const char *value)
{
    if (value == NULL)
        return write_number(parcel, VIA_TAG_STR, PARCEL_LENGTH_NULL, PARCEL_LENGTH_SIZE);
    return parcel_write_text(parcel, VIA_TAG_STR, value, strlen(value));
}

enum via_status via_parcel_write_str16(struct via_parcel *parcel, const uint16_t *units,
                                       size_t n_units)
{
    if (units == NULL)
        return write_number(parcel, VIA_TAG_STR16, PARCEL_LENGTH_NULL, PARCEL_LENGTH_SIZE);
    if (n_units > VIA_PARCEL_SIZE_MAX / 2)
        return VIA_TOO_LARGE;
    return parcel_write_text(parcel, VIA_TAG_STR16, units, n_units * 2);
}

enum via_status via_parcel_write_bytes(struct via_parcel *parcel, const void *octets, size_t size)
{
    return parcel_write_text(parcel, VIA_TAG_BYTES, octets, size);
}

enum via_status via_parcel_write_ref(struct via_parcel *parcel, struct via_proxy *proxy)
{
    if (!is_raw(parcel))
        return VIA_INVALID;
    uint8_t *at = NULL;
    enum via_status status = parcel_extend_ref(parcel, PARCEL_SLOT_SIZE, proxy, &at);
    if (status == VIA_OK)
        octets_put_u32(at, proxy != NULL ? 0 : PARCEL_SLOT_NONE);
    return status;
}

enum via_status via_parcel_write_fd(struct via_parcel *parcel, int fd)
{
    if (!is_raw(parcel))
        return VIA_INVALID;
    uint8_t *at = NULL;
    enum via_status status = parcel_extend_fd(parcel, PARCEL_SLOT_SIZE, fd, &at);
    if (status == VIA_OK)
        octets_put_u32(at, 0);
    return status;
}

/* ---- reading ---- */

/* Brings the reader's place on the tape to the read cursor. */
static enum via_status find_place(struct via_parcel *parcel)
{
    struct payload payload;
    struct payload_cursor cursor;
    parcel_payload(parcel, &payload);
    payload_start(&cursor, &payload);
    if (payload_skip(&cursor, parcel->position) != VIA_OK)
        return VIA_BAD_TYPE; /* the cursor is inside a value */
    parcel->reader = (struct parcel_reader){
        .at = parcel->position,
        .tape_position = (uint32_t)cursor.tape_position,
        .run = (uint32_t)cursor.run,
        .length = cursor.length,
        .tag = cursor.tag,
    };
    return VIA_OK;
}

/* Whether a value of type @tag may be read at the cursor; *leftp is how many octets are there. */
static enum via_status expect(struct via_parcel *parcel, enum via_tag tag, size_t *leftp)
{
    if (!is_raw(parcel))
        return VIA_INVALID;
    if (parcel->position >= parcel->size)
        return VIA_END;
    *leftp = parcel->size - parcel->position;
    if (!parcel->has_tape)
        return VIA_OK;

    struct parcel_reader *reader = &parcel->reader;
    if (reader->at != parcel->position) {
        enum via_status status = find_place(parcel);
        if (status != VIA_OK)
            return status;
    }
    if (reader->run == 0) {
        struct tape_entry entry;
        size_t position = reader->tape_position;
        enum via_status status =
            tape_next(parcel->tape.octets, parcel->tape.size, &position, &entry);
        if (status != VIA_OK)
            return VIA_BAD_TYPE;
        reader->tape_position = (uint32_t)position;
        reader->run = entry.count;
        reader->length = entry.size;
        reader->tag = entry.tag;
    }
    return reader->tag == tag ? VIA_OK : VIA_BAD_TYPE;
}

/* Moves the cursor, and the place on the tape with it, past a value of @size octets. */
static void pass(struct via_parcel *parcel, size_t size)
{
    parcel->position += (uint32_t)size;
    if (parcel->has_tape) {
        parcel->reader.at = parcel->position;
        parcel->reader.run--;
    }
}

static const uint8_t *cursor(const struct via_parcel *parcel)
{
    return parcel->octets + parcel->position;
}

static enum via_status read_number(struct via_parcel *parcel, enum via_tag tag, size_t size,
                                   uint64_t *bitsp)
{
    size_t left = 0;
    enum via_status status = expect(parcel, tag, &left);
    if (status != VIA_OK)
        return status;
    if (size > left)
        return VIA_END;
    *bitsp = octets_get(cursor(parcel), size);
    pass(parcel, size);
    return VIA_OK;
}

enum via_status via_parcel_read_u8(struct via_parcel *parcel, uint8_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_U8, 1, &bits);
    if (status == VIA_OK)
        *valuep = (uint8_t)bits;
    return status;
}

enum via_status via_parcel_read_u16(struct via_parcel *parcel, uint16_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_U16, 2, &bits);
    if (status == VIA_OK)
        *valuep = (uint16_t)bits;
    return status;
}

enum via_status via_parcel_read_u32(struct via_parcel *parcel, uint32_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_U32, 4, &bits);
    if (status == VIA_OK)
        *valuep = (uint32_t)bits;
    return status;
}

enum via_status via_parcel_read_u64(struct via_parcel *parcel, uint64_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_U64, 8, &bits);
    if (status == VIA_OK)
        *valuep = bits;
    return status;
}

enum via_status via_parcel_read_i8(struct via_parcel *parcel, int8_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_I8, 1, &bits);
    if (status == VIA_OK)
        *valuep = (int8_t)bits;
    return status;
}

enum via_status via_parcel_read_i16(struct via_parcel *parcel, int16_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_I16, 2, &bits);
    if (status == VIA_OK)
        *valuep = (int16_t)bits;
    return status;
}

enum via_status via_parcel_read_i32(struct via_parcel *parcel, int32_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_I32, 4, &bits);
    if (status == VIA_OK)
        *valuep = (int32_t)bits;
    return status;
}

enum via_status via_parcel_read_i64(struct via_parcel *parcel, int64_t *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_I64, 8, &bits);
    if (status == VIA_OK)
        *valuep = (int64_t)bits;
    return status;
}

enum via_status via_parcel_read_token(struct via_parcel *parcel, uint64_t *valuep)
{
    return read_number(parcel, VIA_TAG_TOKEN, 8, valuep);
}

enum via_status via_parcel_read_f32(struct via_parcel *parcel, float *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_F32, 4, &bits);
    uint32_t low = (uint32_t)bits;
    if (status == VIA_OK)
        memcpy(valuep, &low, sizeof low);
    return status;
}

enum via_status via_parcel_read_f64(struct via_parcel *parcel, double *valuep)
{
    uint64_t bits = 0;
    enum via_status status = read_number(parcel, VIA_TAG_F64, 8, &bits);
    if (status == VIA_OK)
        memcpy(valuep, &bits, sizeof bits);
    return status;
}

enum via_status via_parcel_read_bool(struct via_parcel *parcel, bool *valuep)
{
    size_t left = 0;
    enum via_status status = expect(parcel, VIA_TAG_BOOL, &left);
    if (status != VIA_OK)
        return status;
    uint8_t octet = *cursor(parcel);
    if (octet > 1)
        return VIA_BAD_PAYLOAD;
    *valuep = octet == 1;
    pass(parcel, 1);
    return VIA_OK;
}

/* A length, its units of @unit octets, and @tail octets. *octetsp is NULL for a null string. The
 * cursor stays: *wholep is how far it is to go. */
static enum via_status look_at_text(struct via_parcel *parcel, enum via_tag tag, size_t unit,
                                    size_t tail, const uint8_t **octetsp, size_t *n_unitsp,
                                    size_t *wholep)
{
    size_t left = 0;
    enum via_status status = expect(parcel, tag, &left);
    if (status != VIA_OK)
        return status;
    if (left < PARCEL_LENGTH_SIZE)
        return VIA_END;
    left -= PARCEL_LENGTH_SIZE;
    uint32_t length = octets_get_u32(cursor(parcel));
    if (length == PARCEL_LENGTH_NULL && tag != VIA_TAG_BYTES) {
        *octetsp = NULL;
        *n_unitsp = 0;
        *wholep = PARCEL_LENGTH_SIZE;
        return VIA_OK;
    }
    if (length > left / unit || tail > left - length * unit)
        return VIA_END;
    *octetsp = cursor(parcel) + PARCEL_LENGTH_SIZE;
    *n_unitsp = length;
    *wholep = PARCEL_LENGTH_SIZE + length * unit + tail;
    return VIA_OK;
}

enum via_status via_parcel_read_str(struct via_parcel *parcel, const char **valuep)
{
    const uint8_t *octets = NULL;
    size_t length = 0, whole = 0;
    enum via_status status = look_at_text(parcel, VIA_TAG_STR, 1, 1, &octets, &length, &whole);
    if (status != VIA_OK)
        return status;
    /* The first NUL is the one behind it, so that C reads the whole of it and no more. */
    if (octets != NULL && memchr(octets, 0, length + 1) != octets + length)
        return VIA_BAD_PAYLOAD;
    *valuep = (const char *)octets;
    pass(parcel, whole);
    return VIA_OK;
}

enum via_status via_parcel_read_str16(struct via_parcel *parcel, const void **unitsp,
                                      size_t *n_unitsp)
{
    const uint8_t *units = NULL;
    size_t n_units = 0, whole = 0;
    enum via_status status = look_at_text(parcel, VIA_TAG_STR16, 2, 0, &units, &n_units, &whole);
    if (status != VIA_OK)
        return status;
    *unitsp = units;
    *n_unitsp = n_units;
    pass(parcel, whole);
    return VIA_OK;
}

enum via_status via_parcel_read_bytes(struct via_parcel *parcel, const void **octetsp,
                                      size_t *sizep)
{
    const uint8_t *octets = NULL;
    size_t size = 0, whole = 0;
    enum via_status status = look_at_text(parcel, VIA_TAG_BYTES, 1, 0, &octets, &size, &whole);
    if (status != VIA_OK)
        return status;
    *octetsp = octets;
    *sizep = size;
    pass(parcel, whole);
    return VIA_OK;
}

/* A slot at the cursor that is empty (SLOT_NONE) or names something. */
static enum via_status look_at_slot(struct via_parcel *parcel, enum via_tag tag, bool is_there)
{
    size_t left = 0;
    enum via_status status = expect(parcel, tag, &left);
    if (status != VIA_OK)
        return status;
    if (left < PARCEL_SLOT_SIZE)
        return VIA_END;
    uint32_t slot = octets_get_u32(cursor(parcel));
    return slot == 0 || (slot == PARCEL_SLOT_NONE && !is_there) ? VIA_OK : VIA_BAD_PAYLOAD;
}

enum via_status via_parcel_read_ref(struct via_parcel *parcel, struct via_proxy **proxyp)
{
    struct via_proxy *proxy = via_parcel_ref_at(parcel, parcel->position, NULL);
    enum via_status status = look_at_slot(parcel, VIA_TAG_REF, proxy != NULL);
    if (status != VIA_OK)
        return status;
    if (proxy != NULL) {
        struct object *object = (struct object *)proxy;
        object->ops->ref(object);
    }
    *proxyp = proxy;
    pass(parcel, PARCEL_SLOT_SIZE);
    return VIA_OK;
}

enum via_status via_parcel_read_fd(struct via_parcel *parcel, int *fdp)
{
    int fd = via_parcel_fd_at(parcel, parcel->position);
    enum via_status status = look_at_slot(parcel, VIA_TAG_FD, fd >= 0);
    if (status != VIA_OK)
        return status;
    int own = -1;
    if (fd >= 0) {
        status = parcel_dup_fd(fd, &own);
        if (status != VIA_OK)
            return status;
    }
    *fdp = own;
    pass(parcel, PARCEL_SLOT_SIZE);
    return VIA_OK;
}
