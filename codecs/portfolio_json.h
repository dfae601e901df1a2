/*
 * Portfolio's messages as JSON objects, a natural one for each flavor. docs/PROTOCOL.md, "Portfolio
 * in JSON", has the names.
 */
#pragma once

#include <viaduct/parcel.h>

#include "codecs/buffer.h"
#include "codecs/json_parcel.h"
#include "codecs/portfolio_message.h"

#define PORTFOLIO_JSON_BUFFER 65536u /* octets of a request's buffer, unless it says otherwise */

/* Names of events that programs have registered, by whoever knows them. */
struct portfolio_json_names {
    void *user;
    const char *(*name)(void *user, uint8_t number);              /* NULL: it has none */
    uint8_t (*number)(void *user, const char *text, size_t size); /* 0: none is called so */
};

/* What is needed to read the answer to a message. */
struct portfolio_question {
    uint32_t code;
    enum portfolio_kind kind;
    uint32_t capacity;
};

/* The code called @text: "EB_SetFocus", "PodAttach". */
bool portfolio_json_code(const char *text, size_t size, uint32_t *codep);

/*
 * Adds the message with @code that @text describes to @parcel, which is empty. @text may be NULL:
 * nothing is said. @names may be NULL. The message has no reply port; whoever sends it puts one at
 * PORTFOLIO_MESSAGE_REPLY_PORT_AT. @scratch is as for json_parcel_read().
 *
 * VIA_BAD_JSON, VIA_TOO_LARGE or VIA_NO_MEMORY; @fault is set on all of them.
 */
VIA_MUST_USE enum via_status portfolio_json_read(const char *text, size_t size, uint32_t code,
                                                 const struct portfolio_json_names *names,
                                                 struct via_parcel *parcel,
                                                 struct portfolio_question *questionp,
                                                 struct buffer *scratch,
                                                 struct json_parcel_fault *fault);

/* Adds the answer to @question. VIA_BAD_PAYLOAD, VIA_TOO_LARGE: it is none. Else out->status. */
VIA_MUST_USE enum via_status portfolio_json_write_answer(struct buffer *out, const uint8_t *octets,
                                                         size_t size,
                                                         const struct portfolio_question *question);

/* Adds a message with @code, a record of events or any other, as portfolio_json_read() takes it;
 * what a program would not see is not shown. Returns likewise. */
VIA_MUST_USE enum via_status portfolio_json_write_message(struct buffer *out, const uint8_t *octets,
                                                          size_t size, uint32_t code,
                                                          const struct portfolio_json_names *names);
