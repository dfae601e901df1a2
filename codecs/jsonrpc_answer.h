/*
 * JSON-RPC 2.0: answers and notifications, written straight into a buffer. docs/PROTOCOL.md, "JSON
 * frames", has their shapes.
 */
#pragma once

#include "codecs/json_payload.h"
#include "codecs/jsonrpc.h"
#include "codecs/layout.h"

/* ---- answers; @id is the request's, text NULL writes null ---- */

/* {"jsonrpc":"2.0","id":ID,"result": and, after whatever result the caller adds, its end. */
void jsonrpc_result_begin(struct buffer *out, const struct json_span *id);
void jsonrpc_result_end(struct buffer *out);

/* The result of a call: the handler's own @result, and its reply. On an error, which may be one of
 * @numbers, nothing has been added. */
VIA_MUST_USE enum via_status jsonrpc_write_reply(struct buffer *out, const struct json_span *id,
                                                 int32_t result, const struct payload *payload,
                                                 const struct json_numbers *numbers);

/* The same with the answer to a message of @messages. */
VIA_MUST_USE enum via_status jsonrpc_write_message(struct buffer *out, const struct json_span *id,
                                                   int32_t result, const struct payload *payload,
                                                   const struct layout_messages *messages,
                                                   const struct layout_question *question,
                                                   struct buffer *scratch);

void jsonrpc_write_fault(struct buffer *out, const struct json_span *id,
                         const struct jsonrpc_fault *fault);

/* ---- notifications ---- */

/* Of whom one speaks: by name, or by number where service.text is NULL. */
struct jsonrpc_source {
    struct json_span service;
    uint32_t ref;
    uint32_t subscription; /* 0: not told */
};

struct jsonrpc_event {
    struct jsonrpc_source source;
    uint64_t epoch;
    uint64_t number;
    uint64_t lost; /* events left out before this one; 0: not told */
    uint64_t seq;  /* of a listener's records, from 1; 0: it is none */
    uint32_t event;
    const struct payload *payload;
    struct json_span data; /* the payload as it was written before; NULL: it was not */
};

/* The notification, or with the next its params alone, as server-sent events carry them. On an
 * error nothing has been added. */
VIA_MUST_USE enum via_status jsonrpc_write_event(struct buffer *out,
                                                 const struct jsonrpc_event *event,
                                                 const struct json_numbers *numbers);
VIA_MUST_USE enum via_status jsonrpc_write_event_params(struct buffer *out,
                                                        const struct jsonrpc_event *event,
                                                        const struct json_numbers *numbers);

void jsonrpc_write_death(struct buffer *out, const struct jsonrpc_source *source,
                         enum via_cause cause);

/* "EPOCH:NUMBER" without quotes. */
void jsonrpc_write_since(struct buffer *out, uint64_t epoch, uint64_t number);
