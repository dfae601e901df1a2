/*
 * What providers of pods and the broker say to each other (portfolio_pod.h) as JSON.
 */
#pragma once

#include "codecs/json_given.h"
#include "codecs/portfolio_pod.h"

/* Writes names and values, each with a comma before it. VIA_BAD_PAYLOAD: the octets are not of
 * @code. Else out->status. */
VIA_MUST_USE enum via_status portfolio_json_pod(struct buffer *out, const uint8_t *octets,
                                                size_t size, uint32_t code);

/* Writes what @object says, for @code, to @octets, which has room for PORTFOLIO_POD_PAYLOAD_MAX.
 * The source's fault is set on any other status than VIA_OK. */
VIA_MUST_USE enum via_status portfolio_given_pod(struct json_source *source,
                                                 const struct json_span *object, uint32_t code,
                                                 uint8_t *octets, size_t *sizep);
