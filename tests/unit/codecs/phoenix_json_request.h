/*
 * Phoenix messages as JSON, against which their reader is held: nobody else writes these.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/phoenix_message.h"

/* Adds a canonical message, of which phoenix_json_read() makes the same octets again but for pid
 * and pulse. Returns out->status. */
VIA_MUST_USE enum via_status phoenix_json_write_request(struct buffer *out,
                                                        const struct phoenix_request *request);
