/*
 * The payloads of layout VIA_LAYOUT_PHOENIX: a message and its answer, from and to the parts of a
 * program's msg_t, which this layer does not know. docs/PROTOCOL.md, "Phoenix", has every octet.
 *
 * All pointers are borrowed. What a decoder gives points into the payload, whose data stand at
 * multiples of 16 octets from its start.
 */
#pragma once

#include <viaduct/status.h>

#include "codecs/phoenix_fields.h"

/* Octets of i.data, and of o.data: unless somebody says otherwise, and in any case. */
#define PHOENIX_DATA_MAX (16u << 20)
#define PHOENIX_DATA_MOST (63u << 20)
#define PHOENIX_HEAD_MAX 176u   /* octets before the data of a message, at most */
#define PHOENIX_REPLY_SIZE 80u  /* octets before the data of an answer */
#define PHOENIX_PRIORITY_MAX 7u /* the lowest */
#define PHOENIX_PRIORITY 4u     /* of whoever says nothing */

struct phoenix_request {
    int32_t type;
    int32_t pid;
    uint32_t priority; /* decoded: at most PHOENIX_PRIORITY_MAX */
    int32_t err;       /* what the sender left in o.err */
    struct phoenix_oid oid;
    uint32_t abi;           /* of raws and data */
    bool is_pulse;          /* has no answer; o.data goes for nothing */
    bool is_ioctl;          /* i.raw is known to hold an ioctl_in_t */
    bool has_out;           /* o.data is not NULL */
    const uint8_t *in_raw;  /* 64 octets */
    const uint8_t *out_raw; /* 64 octets; NULL: zeros */
    const void *in_data;    /* NULL or not, as the program has it; decoded: a NUL stands behind */
    size_t in_size;
    size_t out_size;
};

/* What of a message is needed to read its answer. */
struct phoenix_question {
    int32_t type;
    uint32_t abi;
    uint32_t ioctl;  /* the request of an ioctl; 0: it is none */
    int64_t offs;    /* of mtReaddir */
    size_t out_size; /* of o.data */
};

struct phoenix_reply {
    int32_t err;
    uint32_t abi;
    const uint8_t *out_raw;  /* 64 octets */
    const uint8_t *out_data; /* the first octets of o.data, the others are zero */
    size_t n;
};

/*
 * The octets that @request takes. VIA_INVALID: there is a size without data. VIA_TOO_LARGE: data
 * are over PHOENIX_DATA_MOST.
 */
VIA_MUST_USE enum via_status phoenix_request_size(const struct phoenix_request *request,
                                                  size_t *sizep);
/* Writes what stands before the data, at most PHOENIX_HEAD_MAX octets, and returns how many they
 * are. In the payload i.data follow, if they are not NULL, and a NUL. */
size_t phoenix_request_encode_head(const struct phoenix_request *request, uint8_t *octets);
/* Writes phoenix_request_size() octets. */
void phoenix_request_encode(const struct phoenix_request *request, uint8_t *octets);

/*
 * @code is that of the frame, by which rules have judged it: another type is VIA_BAD_PAYLOAD, like
 * anything else that is not as it should be. VIA_TOO_LARGE: data are over PHOENIX_DATA_MOST.
 */
VIA_MUST_USE enum via_status phoenix_request_decode(const uint8_t *octets, size_t size,
                                                    uint32_t code,
                                                    struct phoenix_request *requestp);

/* Whether i.data are the oid of mtSetAttr's PHOENIX_AT_DEV. */
bool phoenix_request_has_attr_oid(const struct phoenix_request *request);

void phoenix_request_question(const struct phoenix_request *request,
                              struct phoenix_question *questionp);

/*
 * Writes the answer's head to @octets, which have room for PHOENIX_REPLY_SIZE + @out_size. There
 * the whole o.data stand behind it already: that is where the server wrote them. Returns how many
 * octets the answer has without the zeros at its end.
 */
size_t phoenix_reply_encode(int32_t err, uint32_t abi, const uint8_t *out_raw, size_t out_size,
                            uint8_t *octets);

/* The same where o.data stand elsewhere: writes PHOENIX_REPLY_SIZE octets, and returns how many of
 * @out_data follow them. */
size_t phoenix_reply_encode_head(int32_t err, uint32_t abi, const uint8_t *out_raw,
                                 const uint8_t *out_data, size_t out_size, uint8_t *octets);

/* VIA_BAD_PAYLOAD also where there are more data than @question has room for. */
VIA_MUST_USE enum via_status phoenix_reply_decode(const uint8_t *octets, size_t size,
                                                  const struct phoenix_question *question,
                                                  struct phoenix_reply *replyp);
