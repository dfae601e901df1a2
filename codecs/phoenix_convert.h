/*
 * Messages of one ABI for a program of another. Whoever receives raws and data of another ABI than
 * its own converts them; of its own, they are taken as they are.
 *
 * What is converted are the structures of standard messages, and ioctls that are known as such. All
 * else stays octet by octet, also behind the structure in a raw. What does not fit the other ABI is
 * refused, never cut.
 */
#pragma once

#include "codecs/phoenix_ioctl.h"
#include "codecs/phoenix_message.h"

/* Where converted parts of a request stand. */
struct phoenix_room {
    uint8_t in_raw[PHOENIX_RAW_SIZE];
    uint8_t out_raw[PHOENIX_RAW_SIZE];
    uint8_t data[PHOENIX_IOCTL_INLINE_MAX + 1];
};

/* Makes @request one of @abi; it then points into @room, too. VIA_INVALID: a number does not fit,
 * and @request is as it was. */
VIA_MUST_USE enum via_status phoenix_request_convert(struct phoenix_request *request, uint32_t abi,
                                                     struct phoenix_room *room);

/*
 * Gives the asker what @reply says, in its own ABI: 64 octets of @out_raw, and @question->out_size
 * of @out_data, which are zero where nothing was sent. VIA_INVALID: a number does not fit; the
 * octets mean nothing then.
 */
VIA_MUST_USE enum via_status phoenix_reply_take(const struct phoenix_reply *reply,
                                                const struct phoenix_question *question,
                                                uint8_t *out_raw, uint8_t *out_data);

/* The size of o.data in ABI @to for which a program of ABI @from said @size. */
size_t phoenix_out_size(int32_t type, size_t size, uint32_t from, uint32_t to);
