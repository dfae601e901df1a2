/*
 * ioctl_in_t, which an ioctl puts into i.raw: unsigned long request, unsigned long size, and the
 * input if there is room for it; else it is in i.data.
 */
#pragma once

#include <viaduct/status.h>

#include "codecs/phoenix_fields.h"

#define PHOENIX_IOC_OUT 0x40000000u
#define PHOENIX_IOC_IN 0x80000000u

#define PHOENIX_IOCTL_INLINE_MAX 56u /* octets of input in i.raw, in any ABI */

/* Octets of its argument, as @request says. */
static inline uint32_t phoenix_ioctl_length(uint32_t request)
{
    return request >> 16 & 0x1fffu;
}

/* Whether the argument is the value itself and not what it points to. */
static inline bool phoenix_ioctl_is_value(uint32_t request)
{
    return (request & (PHOENIX_IOC_IN | PHOENIX_IOC_OUT)) == 0 && phoenix_ioctl_length(request) > 0;
}

struct phoenix_ioctl {
    uint32_t request;
    uint64_t size;
    const uint8_t *input; /* borrowed; NULL: none, or it is in i.data */
    size_t room;          /* octets behind the header */
};

uint32_t phoenix_ioctl_request(uint32_t abi, const uint8_t *raw);
void phoenix_ioctl_get(uint32_t abi, const uint8_t *raw, struct phoenix_ioctl *ioctlp);
/* The header, with zeros behind it. VIA_INVALID: the size is too large for @abi. */
VIA_MUST_USE enum via_status phoenix_ioctl_put(uint32_t abi, uint8_t *raw, uint32_t request,
                                               uint64_t size);
/* Where the input begins in i.raw. */
size_t phoenix_ioctl_input_at(uint32_t abi);

/*
 * Redoes @raw for another ABI in @out. The input moves between i.raw and i.data where it stands on
 * one side of the border here and on the other there: *datap, if it is in i.data afterwards, is
 * what it was, or @room, PHOENIX_IOCTL_INLINE_MAX octets and one for the NUL.
 */
VIA_MUST_USE enum via_status phoenix_ioctl_convert(uint32_t from, const uint8_t *raw, uint32_t to,
                                                   uint8_t *out, const void **datap, size_t *sizep,
                                                   uint8_t *room);
