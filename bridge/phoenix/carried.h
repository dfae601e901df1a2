/*
 * Ports that are named in a message, for an end on another host: it may call only what it has a
 * reference to, or finds by name, so references go along with their numbers.
 */
#pragma once

#include <viaduct/parcel.h>

#include "codecs/phoenix_message.h"

/* To a message, and to an answer to one of @type, in @parcel; in this process's own ABI. What is
 * nobody's port goes as a number alone, and so do what stood in o.raw of the message already
 * (@given_raw, NULL for zeros) and all of an answer whose @err is an error. */
void carried_add_to_request(struct via_parcel *parcel, const struct phoenix_request *request);
void carried_add_to_reply(struct via_parcel *parcel, int32_t type, int32_t err,
                          const uint8_t *out_raw, const uint8_t *given_raw);

/* What came along is kept by its numbers. @abi: the sender's. */
void carried_take_from_request(struct via_parcel *parcel, int32_t type, uint32_t abi);
void carried_take_from_reply(struct via_parcel *parcel, int32_t type, uint32_t abi);
