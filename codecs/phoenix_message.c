/*
 * Numbers of the head are little-endian, and errors Linux's, whatever the ABI: raws and data are as
 * the sender has them, and the flags say how that is. The raws come last, so that what the sender
 * left in o.raw, mostly nothing, need not be there; the NUL behind i.data is there so that nobody
 * has to copy them once more to put one.
 */
#include "codecs/phoenix_message.h"

#include <string.h>

#include "codecs/octets.h"
#include "codecs/phoenix_convert.h"
#include "codecs/phoenix_ioctl.h"

#define REQUEST_SIZE 112u /* octets before the data, without o.raw */
#define NUL_SIZE 1u
#define ATTR_AT 1u /* which member of mtSetAttr's raw is the attribute */

enum flag {
    HAS_IN = 0x01,  /* i.data is not NULL */
    HAS_OUT = 0x02, /* o.data is not NULL */
    NO_RAW = 0x04,  /* o.raw is all zeros and not there */
    PULSE = 0x08,
    IOCTL = 0x10,
    REQUEST_FLAGS = 0x1f
};

/* Where fields stand. */
enum request_at {
    AT_TYPE = 0,
    AT_PID = 4,
    AT_PRIORITY = 8,
    AT_PORT = 12,
    AT_ID = 16,
    AT_ERR = 24,
    AT_FLAGS = 28,
    AT_IN_SIZE = 32,
    AT_OUT_SIZE = 40,
    AT_IN_RAW = 48,
    AT_OUT_RAW = 112
};
enum reply_at { AT_REPLY_ERR = 0, AT_REPLY_FLAGS = 4, AT_REPLY_N = 8, AT_REPLY_RAW = 16 };

static const uint8_t zeros[PHOENIX_RAW_SIZE];

/* ---- requests ---- */

static bool has_raw(const struct phoenix_request *request)
{
    return request->out_raw != NULL && memcmp(request->out_raw, zeros, sizeof zeros) != 0;
}

enum via_status phoenix_request_size(const struct phoenix_request *request, size_t *sizep)
{
    if ((request->in_data == NULL && request->in_size > 0) ||
        (!request->has_out && request->out_size > 0 && !request->is_pulse))
        return VIA_INVALID;
    if (request->in_size > PHOENIX_DATA_MOST ||
        (request->out_size > PHOENIX_DATA_MOST && !request->is_pulse))
        return VIA_TOO_LARGE;
    *sizep = REQUEST_SIZE + (has_raw(request) ? PHOENIX_RAW_SIZE : 0) + request->in_size +
             (request->in_data != NULL ? NUL_SIZE : 0);
    return VIA_OK;
}

static uint32_t flags_of(const struct phoenix_request *request)
{
    return (request->in_data != NULL ? HAS_IN : 0u) |
           (request->has_out && !request->is_pulse ? HAS_OUT : 0u) |
           (has_raw(request) ? 0u : NO_RAW) | (request->is_pulse ? PULSE : 0u) |
           (request->is_ioctl ? IOCTL : 0u) | request->abi;
}

size_t phoenix_request_encode_head(const struct phoenix_request *request, uint8_t *octets)
{
    octets_put_u32(octets + AT_TYPE, (uint32_t)request->type);
    octets_put_u32(octets + AT_PID, (uint32_t)request->pid);
    octets_put_u32(octets + AT_PRIORITY, request->priority);
    octets_put_u32(octets + AT_PORT, request->oid.port);
    octets_put_u64(octets + AT_ID, request->oid.id);
    octets_put_u32(octets + AT_ERR, (uint32_t)request->err);
    octets_put_u32(octets + AT_FLAGS, flags_of(request));
    octets_put_u64(octets + AT_IN_SIZE, request->in_size);
    octets_put_u64(octets + AT_OUT_SIZE, request->is_pulse ? 0 : request->out_size);
    uint8_t *at = octets_append(octets + AT_IN_RAW, request->in_raw, PHOENIX_RAW_SIZE);
    if (has_raw(request))
        at = octets_append(at, request->out_raw, PHOENIX_RAW_SIZE);
    return (size_t)(at - octets);
}

void phoenix_request_encode(const struct phoenix_request *request, uint8_t *octets)
{
    uint8_t *at = octets + phoenix_request_encode_head(request, octets);
    at = octets_append(at, request->in_data, request->in_size);
    if (request->in_data != NULL)
        *at = 0;
}

/* i.data are the octets behind the head, and a NUL. */
static enum via_status decode_data(const uint8_t *octets, size_t size, bool has_in,
                                   struct phoenix_request *request)
{
    uint64_t in_size = octets_get_u64(octets + AT_IN_SIZE);
    size_t head = request->out_raw != NULL ? AT_OUT_RAW + PHOENIX_RAW_SIZE : AT_OUT_RAW;
    if (size < head)
        return VIA_BAD_PAYLOAD;
    if (!has_in)
        return in_size == 0 && size == head ? VIA_OK : VIA_BAD_PAYLOAD;
    if (in_size > PHOENIX_DATA_MOST)
        return VIA_TOO_LARGE;
    if (size - head != in_size + NUL_SIZE || octets[size - NUL_SIZE] != 0)
        return VIA_BAD_PAYLOAD;
    request->in_data = octets + head;
    request->in_size = (size_t)in_size;
    return VIA_OK;
}

enum via_status phoenix_request_decode(const uint8_t *octets, size_t size, uint32_t code,
                                       struct phoenix_request *requestp)
{
    if (size < REQUEST_SIZE)
        return VIA_BAD_PAYLOAD;
    uint32_t flags = octets_get_u32(octets + AT_FLAGS);
    uint32_t priority = octets_get_u32(octets + AT_PRIORITY);
    uint64_t out_size = octets_get_u64(octets + AT_OUT_SIZE);
    struct phoenix_request request = {
        .type = (int32_t)octets_get_u32(octets + AT_TYPE),
        .pid = (int32_t)octets_get_u32(octets + AT_PID),
        .priority = priority < PHOENIX_PRIORITY_MAX ? priority : PHOENIX_PRIORITY_MAX,
        .err = (int32_t)octets_get_u32(octets + AT_ERR),
        .oid = {.port = octets_get_u32(octets + AT_PORT), .id = octets_get_u64(octets + AT_ID)},
        .abi = flags & PHOENIX_ABI_MASK,
        .is_pulse = (flags & PULSE) != 0,
        .is_ioctl = (flags & IOCTL) != 0,
        .has_out = (flags & HAS_OUT) != 0,
        .in_raw = octets + AT_IN_RAW,
        .out_raw = (flags & NO_RAW) != 0 ? NULL : octets + AT_OUT_RAW,
    };
    if ((flags & ~(REQUEST_FLAGS | PHOENIX_ABI_MASK)) != 0 || (uint32_t)request.type != code ||
        (!request.has_out && out_size > 0) || (request.is_pulse && request.has_out) ||
        (request.is_ioctl && request.type != PHOENIX_DEVCTL))
        return VIA_BAD_PAYLOAD;
    if (out_size > PHOENIX_DATA_MOST)
        return VIA_TOO_LARGE;
    request.out_size = (size_t)out_size;
    enum via_status status = decode_data(octets, size, (flags & HAS_IN) != 0, &request);
    if (status == VIA_OK)
        *requestp = request;
    return status;
}

bool phoenix_request_has_attr_oid(const struct phoenix_request *request)
{
    const struct phoenix_type *type = phoenix_type_of(request->type);
    if (type->in_data != PHOENIX_ATTR || request->in_data == NULL ||
        request->in_size != phoenix_member_size(PHOENIX_OID, request->abi))
        return false;
    size_t at = phoenix_member_at(&type->in, ATTR_AT, request->abi);
    return phoenix_get(PHOENIX_I32, request->abi, request->in_raw + at) == PHOENIX_AT_DEV;
}

void phoenix_request_question(const struct phoenix_request *request,
                              struct phoenix_question *questionp)
{
    *questionp = (struct phoenix_question){
        .type = request->type, .abi = request->abi, .out_size = request->out_size};
    if (request->type == PHOENIX_READDIR)
        questionp->offs = (int64_t)phoenix_get(PHOENIX_I64, request->abi, request->in_raw);
    if (request->is_ioctl)
        questionp->ioctl = phoenix_ioctl_request(request->abi, request->in_raw);
}

/* ---- replies ---- */

/* @size without the zeros at the end of @octets. */
static size_t used_size(const uint8_t *octets, size_t size)
{
    while (size >= sizeof zeros && memcmp(octets + size - sizeof zeros, zeros, sizeof zeros) == 0)
        size -= sizeof zeros;
    while (size > 0 && octets[size - 1] == 0)
        size--;
    return size;
}

size_t phoenix_reply_encode_head(int32_t err, uint32_t abi, const uint8_t *out_raw,
                                 const uint8_t *out_data, size_t out_size, uint8_t *octets)
{
    size_t n = used_size(out_data, out_size);
    octets_put_u32(octets + AT_REPLY_ERR, (uint32_t)err);
    octets_put_u32(octets + AT_REPLY_FLAGS, abi);
    octets_put_u64(octets + AT_REPLY_N, n);
    memcpy(octets + AT_REPLY_RAW, out_raw, PHOENIX_RAW_SIZE);
    return n;
}

size_t phoenix_reply_encode(int32_t err, uint32_t abi, const uint8_t *out_raw, size_t out_size,
                            uint8_t *octets)
{
    return PHOENIX_REPLY_SIZE + phoenix_reply_encode_head(err, abi, out_raw,
                                                          octets + PHOENIX_REPLY_SIZE, out_size,
                                                          octets);
}

enum via_status phoenix_reply_decode(const uint8_t *octets, size_t size,
                                     const struct phoenix_question *question,
                                     struct phoenix_reply *replyp)
{
    if (size < PHOENIX_REPLY_SIZE)
        return VIA_BAD_PAYLOAD;
    uint32_t flags = octets_get_u32(octets + AT_REPLY_FLAGS);
    uint64_t n = octets_get_u64(octets + AT_REPLY_N);
    if ((flags & ~PHOENIX_ABI_MASK) != 0 || n != size - PHOENIX_REPLY_SIZE ||
        n > phoenix_out_size(question->type, question->out_size, question->abi, flags))
        return VIA_BAD_PAYLOAD;
    *replyp = (struct phoenix_reply){
        .err = (int32_t)octets_get_u32(octets + AT_REPLY_ERR),
        .abi = flags,
        .out_raw = octets + AT_REPLY_RAW,
        .out_data = octets + PHOENIX_REPLY_SIZE,
        .n = (size_t)n,
    };
    return VIA_OK;
}
