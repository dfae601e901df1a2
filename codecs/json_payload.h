/*
 * A payload as natural JSON: an array with one element for each value, written straight into a
 * buffer. docs/PROTOCOL.md, "JSON", has the grammar; codecs/json_parcel.h reads it.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/payload.h"

/* Under which number an object or descriptor is shown. Each returns VIA_OK or why not; that status
 * becomes json_payload_write()'s. The same index may be asked for twice. NULL functions show the
 * place in the payload's list. */
struct json_numbers {
    void *user;
    enum via_status (*ref)(void *user, uint32_t index, uint32_t *numberp);
    enum via_status (*fd)(void *user, uint32_t index, uint32_t *numberp);
};

/*
 * Adds @payload to @out. One whose tape is missing, or disagrees with the octets, goes as
 * {"raw":"base64"}. @numbers may be NULL. Returns out->status, or what a function of @numbers
 * returned; what was added before an error stays, for the caller to cut.
 */
VIA_MUST_USE enum via_status json_payload_write(struct buffer *out, const struct payload *payload,
                                                const struct json_numbers *numbers);

/* The name of @tag in JSON, such as "u8"; NULL for what is no tag of a value. */
const char *json_payload_tag_name(enum via_tag tag);
