/*
 * OpenHarmony parcels: numbers, strings, buffers and interface tokens. Each write puts its type on
 * the tape, so that a parcel can be shown as JSON; no read looks at the tape, because the system's
 * own does not check types.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/openharmony/parcel.h"
#include "bridge/openharmony/unicode.h"
#include "include/openharmony/IPCKit/ipc_error_code.h"

#define STRING_MAX PARCEL_CAPACITY_MAX
#define TOKEN_MAX 204800u
/* What stands before the text of an interface token: two words of the system's own, the length. */
#define TOKEN_STRICT_MODE 0x100
#define TOKEN_WORK_SOURCE 0

static size_t padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

static int write_octets(OHIPCParcel *parcel, const void *octets, size_t size, enum via_tag tag)
{
    if (parcel == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    if (!oh_parcel_make_room(parcel, size))
        return OH_IPC_PARCEL_WRITE_ERROR;
    if (via_parcel_append(parcel->payload, octets, size, tag, NULL) != VIA_OK)
        return OH_IPC_PARCEL_WRITE_ERROR;
    parcel->write_position += size;
    return OH_IPC_SUCCESS;
}

/* A read that enters a slot fails, and still moves the cursor: programs see it. */
static int read_octets(const OHIPCParcel *const_parcel, void *octets, size_t size)
{
    if (const_parcel == NULL || octets == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    struct OHIPCParcel *parcel = oh_parcel_unconst(const_parcel);
    if (size > oh_parcel_readable(parcel))
        return OH_IPC_PARCEL_READ_ERROR;
    bool slot = oh_parcel_touches_slot(parcel, size);
    if (!slot)
        memcpy(octets, via_parcel_data(parcel->payload) + parcel->read_position, size);
    parcel->read_position += size;
    return slot ? OH_IPC_PARCEL_READ_ERROR : OH_IPC_SUCCESS;
}

/* @WIDE is what stands in the octets: numbers below 32 bits are widened with their sign. */
/* NOLINTBEGIN(bugprone-macro-parentheses,bugprone-signed-char-misuse,cert-str34-c): types, and on
 * purpose */
#define DEFINE_VALUE(NAME, TYPE, WIDE, TAG)                                                        \
    int OH_IPCParcel_Write##NAME(OHIPCParcel *parcel, TYPE value)                                  \
    {                                                                                              \
        WIDE wide = value;                                                                         \
        return write_octets(parcel, &wide, sizeof wide, TAG);                                      \
    }                                                                                              \
    int OH_IPCParcel_Read##NAME(const OHIPCParcel *parcel, TYPE *value)                            \
    {                                                                                              \
        WIDE wide = 0;                                                                             \
        if (value == NULL)                                                                         \
            return OH_IPC_CHECK_PARAM_ERROR;                                                       \
        int error = read_octets(parcel, &wide, sizeof wide);                                       \
        if (error == OH_IPC_SUCCESS)                                                               \
            *value = (TYPE)wide;                                                                   \
        return error;                                                                              \
    }

DEFINE_VALUE(Int8, int8_t, int32_t, VIA_TAG_I8)
DEFINE_VALUE(Int16, int16_t, int32_t, VIA_TAG_I16)
DEFINE_VALUE(Int32, int32_t, int32_t, VIA_TAG_I32)
DEFINE_VALUE(Int64, int64_t, int64_t, VIA_TAG_I64)
DEFINE_VALUE(Uint8, uint8_t, uint32_t, VIA_TAG_U8)
DEFINE_VALUE(Uint16, uint16_t, uint32_t, VIA_TAG_U16)
DEFINE_VALUE(Uint32, uint32_t, uint32_t, VIA_TAG_U32)
DEFINE_VALUE(Uint64, uint64_t, uint64_t, VIA_TAG_U64)
DEFINE_VALUE(Float, float, float, VIA_TAG_F32)
DEFINE_VALUE(Double, double, double, VIA_TAG_F64)
/* NOLINTEND(bugprone-macro-parentheses,bugprone-signed-char-misuse,cert-str34-c) */

/* ---- strings and buffers ---- */

static int write_padded(OHIPCParcel *parcel, const void *octets, size_t size, size_t padded_size,
                        enum via_tag tag)
{
    if (!oh_parcel_make_room(parcel, padded_size))
        return OH_IPC_PARCEL_WRITE_ERROR;
    if (via_parcel_append_sized(parcel->payload, octets, size, padded_size, tag) != VIA_OK)
        return OH_IPC_PARCEL_WRITE_ERROR;
    parcel->write_position += padded_size;
    return OH_IPC_SUCCESS;
}

int OH_IPCParcel_WriteString(OHIPCParcel *parcel, const char *str)
{
    if (parcel == NULL || str == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    size_t size = strnlen(str, STRING_MAX);
    if (size == STRING_MAX)
        return OH_IPC_PARCEL_WRITE_ERROR;
    return write_padded(parcel, str, size, padded(size + 1), VIA_TAG_STR);
}

const char *OH_IPCParcel_ReadString(const OHIPCParcel *const_parcel)
{
    if (const_parcel == NULL)
        return NULL;
    struct OHIPCParcel *parcel = oh_parcel_unconst(const_parcel);
    size_t readable = oh_parcel_readable(parcel);
    if (readable == 0)
        return NULL;
    const uint8_t *text = via_parcel_data(parcel->payload) + parcel->read_position;
    const uint8_t *end = memchr(text, 0, readable);
    if (end == NULL)
        return NULL;
    size_t size = (size_t)(end - text) + 1;
    if (oh_parcel_touches_slot(parcel, size))
        return NULL;
    parcel->read_position += padded(size);
    return (const char *)text;
}

int OH_IPCParcel_WriteBuffer(OHIPCParcel *parcel, const uint8_t *buffer, int32_t len)
{
    if (parcel == NULL || buffer == NULL || len <= 0)
        return OH_IPC_CHECK_PARAM_ERROR;
    return write_padded(parcel, buffer, (size_t)len, padded((size_t)len), VIA_TAG_BYTES);
}

const uint8_t *OH_IPCParcel_ReadBuffer(const OHIPCParcel *const_parcel, int32_t len)
{
    if (const_parcel == NULL || len <= 0)
        return NULL;
    struct OHIPCParcel *parcel = oh_parcel_unconst(const_parcel);
    size_t size = (size_t)len;
    if (size > oh_parcel_readable(parcel) || oh_parcel_touches_slot(parcel, size))
        return NULL;
    const uint8_t *octets = via_parcel_data(parcel->payload) + parcel->read_position;
    parcel->read_position += size;
    return octets;
}

/* ---- interface tokens ---- */

int OH_IPCParcel_WriteInterfaceToken(OHIPCParcel *parcel, const char *token)
{
    if (parcel == NULL || token == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    size_t size = strnlen(token, TOKEN_MAX + 1);
    if (size == 0 || size > TOKEN_MAX)
        return OH_IPC_CHECK_PARAM_ERROR;
    size_t n_units = 0;
    if (!unicode_n_units(token, size, &n_units))
        return OH_IPC_PARCEL_WRITE_ERROR;

    const int32_t head[3] = {TOKEN_STRICT_MODE, TOKEN_WORK_SOURCE, (int32_t)n_units};
    size_t text_size = padded((n_units + 1) * sizeof(uint16_t));
    /* The system writes it in pieces, and the capacity grows with each. */
    for (size_t words = 1; words <= 3; words++)
        if (!oh_parcel_make_room(parcel, words * sizeof head[0]))
            return OH_IPC_PARCEL_WRITE_ERROR;
    if (!oh_parcel_make_room(parcel, sizeof head + text_size))
        return OH_IPC_PARCEL_WRITE_ERROR;
    uint8_t *place = NULL;
    if (via_parcel_append(parcel->payload, NULL, sizeof head + text_size, VIA_TAG_STR16, &place) !=
        VIA_OK)
        return OH_IPC_PARCEL_WRITE_ERROR;
    memcpy(place, head, sizeof head);
    unicode_to_units(token, size, place + sizeof head);
    parcel->write_position += sizeof head + text_size;
    return OH_IPC_SUCCESS;
}

/* The length and the units behind the two words; leaves the cursor behind them, or, where no token
 * is, behind the two words. *n_unitsp is 0 then. */
static const uint8_t *read_units(struct OHIPCParcel *parcel, size_t *n_unitsp)
{
    int32_t ignored = 0;
    int32_t length = 0;
    *n_unitsp = 0;
    (void)read_octets(parcel, &ignored, sizeof ignored);
    (void)read_octets(parcel, &ignored, sizeof ignored);
    size_t start = parcel->read_position;
    if (read_octets(parcel, &length, sizeof length) != OH_IPC_SUCCESS)
        return NULL;
    if (length < 0) {
        parcel->read_position = start;
        return NULL;
    }
    size_t size = ((size_t)length + 1) * sizeof(uint16_t);
    if (size > oh_parcel_readable(parcel) || oh_parcel_touches_slot(parcel, size)) {
        parcel->read_position = start;
        return NULL;
    }
    const uint8_t *units = via_parcel_data(parcel->payload) + parcel->read_position;
    if (units[size - 2] != 0 || units[size - 1] != 0) {
        parcel->read_position = start;
        return NULL;
    }
    parcel->read_position += padded(size);
    *n_unitsp = (size_t)length;
    return units;
}

int OH_IPCParcel_ReadInterfaceToken(const OHIPCParcel *const_parcel, char **token, int32_t *len,
                                    OH_IPC_MemAllocator allocator)
{
    if (const_parcel == NULL || token == NULL || len == NULL || allocator == NULL)
        return OH_IPC_CHECK_PARAM_ERROR;
    struct OHIPCParcel *parcel = oh_parcel_unconst(const_parcel);
    size_t start = parcel->read_position;
    size_t n_units = 0;
    const uint8_t *units = read_units(parcel, &n_units);
    size_t size = 0;
    if (n_units > 0 && !unicode_size(units, n_units, &size))
        return OH_IPC_PARCEL_READ_ERROR;

    *token = allocator((int32_t)size + 1);
    if (*token == NULL) {
        parcel->read_position = start;
        return OH_IPC_MEM_ALLOCATOR_ERROR;
    }
    if (n_units > 0)
        unicode_from_units(units, n_units, *token);
    (*token)[size] = '\0';
    *len = (int32_t)size + 1;
    return OH_IPC_SUCCESS;
}
