/*
 * How members of Phoenix's structures are read from what a JSON object says under its names.
 */
#pragma once

#include "codecs/json_given.h"
#include "codecs/phoenix_fields.h"

/* What is not said of the oid is @base's; with @base NULL all must be. */
VIA_MUST_USE enum via_status phoenix_given_oid(struct json_source *source,
                                               const struct json_given *given,
                                               const struct phoenix_oid *base,
                                               struct phoenix_oid *oidp);
/* Writes the member to its place @at in a canonical structure. */
VIA_MUST_USE enum via_status phoenix_given_member(struct json_source *source,
                                                  const struct json_given *given,
                                                  const struct phoenix_member *member, uint8_t *at);
/* base64 of 64 octets at most; the others become zero. */
VIA_MUST_USE enum via_status phoenix_given_raw(struct json_source *source,
                                               const struct json_given *given, uint8_t *raw);
