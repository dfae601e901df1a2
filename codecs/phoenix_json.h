/*
 * Phoenix messages as JSON objects, a natural one for each type. docs/PROTOCOL.md, "Phoenix in
 * JSON", has the names.
 */
#pragma once

#include <viaduct/parcel.h>

#include "codecs/buffer.h"
#include "codecs/json_parcel.h"
#include "codecs/phoenix_message.h"

/* The number of a type by its name, such as "mtRead". */
bool phoenix_json_code(const char *text, size_t size, uint32_t *codep);

/* What a message is made of besides its JSON. */
struct phoenix_json_target {
    int32_t type;
    const struct phoenix_oid *oid; /* where the text names none; NULL: it must */
    bool is_pulse;
};

/*
 * Adds the message that @text describes to @parcel, which is empty. @text may be NULL: nothing is
 * said. What is needed for the answer goes to @questionp. @scratch is as for json_parcel_read().
 *
 * VIA_BAD_JSON, VIA_TOO_LARGE or VIA_NO_MEMORY; @fault is set on all of them.
 */
VIA_MUST_USE enum via_status
phoenix_json_read(const char *text, size_t size, const struct phoenix_json_target *target,
                  struct via_parcel *parcel, struct phoenix_question *questionp,
                  struct buffer *scratch, struct json_parcel_fault *fault);

/* Adds an answer of any ABI and returns out->status. VIA_INVALID: it does not fit @question's ABI,
 * which is canonical. */
VIA_MUST_USE enum via_status phoenix_json_write_reply(struct buffer *out,
                                                      const struct phoenix_reply *reply,
                                                      const struct phoenix_question *question,
                                                      struct buffer *scratch);
