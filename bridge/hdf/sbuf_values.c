/*
 * HDF's sbufs: integers, buffers and strings. Each write puts its type on the tape of the parcel,
 * so that it can be shown as JSON; no read looks at the tape, because the system's own does not
 * check types. Reads believe nothing that stands in the octets: they may have come from anybody.
 */
#include <string.h>

#include "bridge/hdf/sbuf.h"
#include "codecs/octets.h"

static bool write_number(struct HdfSBuf *sbuf, uint64_t bits, size_t size, enum via_tag tag)
{
    size_t padded_size = size > SBUF_UNIT ? size : SBUF_UNIT;
    if (sbuf == NULL || !sbuf_make_room(sbuf, 0, padded_size))
        return false;
    uint8_t *at = sbuf_extend(sbuf, padded_size, tag, 0);
    if (padded_size == SBUF_UNIT)
        octets_put_u32(at, (uint32_t)bits);
    else
        octets_put_u64(at, bits);
    return true;
}

static const uint8_t *read_number(struct HdfSBuf *sbuf, const void *value, size_t size)
{
    return sbuf == NULL || value == NULL ? NULL : sbuf_take(sbuf, size);
}

/* @UNSIGNED keeps a sign from reaching the padding: it is zeros, also behind a negative number. */
/* NOLINTBEGIN(bugprone-macro-parentheses): types */
#define DEFINE_NUMBER(NAME, TYPE, UNSIGNED, TAG)                                                   \
    bool HdfSbufWrite##NAME(struct HdfSBuf *sbuf, TYPE value)                                      \
    {                                                                                              \
        return write_number(sbuf, (UNSIGNED)value, sizeof value, TAG);                             \
    }                                                                                              \
    bool HdfSbufRead##NAME(struct HdfSBuf *sbuf, TYPE *value)                                      \
    {                                                                                              \
        const uint8_t *at = read_number(sbuf, value, sizeof *value);                               \
        if (at == NULL)                                                                            \
            return false;                                                                          \
        *value = (TYPE)octets_get(at, sizeof *value);                                              \
        return true;                                                                               \
    }

DEFINE_NUMBER(Uint64, uint64_t, uint64_t, VIA_TAG_U64)
DEFINE_NUMBER(Uint32, uint32_t, uint32_t, VIA_TAG_U32)
DEFINE_NUMBER(Uint16, uint16_t, uint16_t, VIA_TAG_U16)
DEFINE_NUMBER(Uint8, uint8_t, uint8_t, VIA_TAG_U8)
DEFINE_NUMBER(Int64, int64_t, uint64_t, VIA_TAG_I64)
DEFINE_NUMBER(Int32, int32_t, uint32_t, VIA_TAG_I32)
DEFINE_NUMBER(Int16, int16_t, uint16_t, VIA_TAG_I16)
DEFINE_NUMBER(Int8, int8_t, uint8_t, VIA_TAG_I8)
/* NOLINTEND(bugprone-macro-parentheses) */

/* ---- buffers and strings ---- */

/* The system makes room for the length and then for the octets; the capacity grows with each, also
 * where the second does not come about. */
static bool write_sized(struct HdfSBuf *sbuf, const void *octets, size_t size, enum via_tag tag)
{
    size_t padding = octets_padding(size, SBUF_UNIT);
    if (size > UINT32_MAX - SBUF_UNIT || !sbuf_make_room(sbuf, 0, SBUF_LENGTH_SIZE) ||
        !sbuf_make_room(sbuf, SBUF_LENGTH_SIZE, size + padding))
        return false;
    size_t value_size = tag == VIA_TAG_BYTES ? size : 0;
    uint8_t *at = sbuf_extend(sbuf, SBUF_LENGTH_SIZE + size + padding, tag, value_size);
    octets_put_u32(at, (uint32_t)size);
    at = octets_append(at + SBUF_LENGTH_SIZE, octets, size);
    (void)octets_append_zeros(at, padding);
    return true;
}

bool HdfSbufWriteBuffer(struct HdfSBuf *sbuf, const void *data, uint32_t writeSize)
{
    size_t size = data == NULL ? 0 : writeSize;
    if (sbuf == NULL || (sbuf->is_ipc && size == 0))
        return false;
    return write_sized(sbuf, data, size, VIA_TAG_BYTES);
}

bool HdfSbufWriteString(struct HdfSBuf *sbuf, const char *value)
{
    if (sbuf == NULL || (sbuf->is_ipc && value == NULL))
        return false;
    return write_sized(sbuf, value, value == NULL ? 0 : strlen(value) + 1, VIA_TAG_STR);
}

/* The length at the read position, which passes it. */
static bool read_length(struct HdfSBuf *sbuf, int32_t *lengthp)
{
    const uint8_t *at = sbuf_take(sbuf, SBUF_LENGTH_SIZE);
    if (at == NULL)
        return false;
    *lengthp = (int32_t)octets_get_u32(at);
    return true;
}

bool HdfSbufReadBuffer(struct HdfSBuf *sbuf, const void **data, uint32_t *readSize)
{
    int32_t length = 0;
    if (sbuf == NULL || data == NULL || readSize == NULL)
        return false;
    size_t start = sbuf->position;
    if (!read_length(sbuf, &length))
        return false;
    if (length <= 0) {
        *data = NULL;
        *readSize = 0;
        return length == 0;
    }
    const uint8_t *octets = sbuf_take(sbuf, (size_t)length);
    if (octets == NULL) {
        sbuf->position = start;
        return false;
    }
    *data = octets;
    *readSize = (uint32_t)length;
    return true;
}

const char *HdfSbufReadString(struct HdfSBuf *sbuf)
{
    int32_t length = 0;
    if (sbuf == NULL)
        return NULL;
    size_t start = sbuf->position;
    if (!read_length(sbuf, &length) || length <= 0)
        return NULL;
    size_t size = (size_t)length;
    bool is_readable = sbuf->is_ipc || size <= SBUF_STRING_MAX;
    uint8_t *text = is_readable ? sbuf_take(sbuf, size) : NULL;
    if (text == NULL) {
        sbuf->position = start;
        return NULL;
    }
    if (text[size - 1] !=
        0) /* what ends as it should is not touched: it may be bound to constants */
        text[size - 1] = 0;
    return (const char *)text;
}
