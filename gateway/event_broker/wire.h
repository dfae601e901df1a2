/*
 * What the broker says, as parcels: numbers of ports in it have their objects along.
 */
#pragma once

#include "codecs/portfolio_message.h"
#include "gateway/event_broker/broker.h"
#include "gateway/event_broker/ports.h"

/* The answer to a message of @kind with @flavor. */
VIA_MUST_USE enum via_status wire_answer(const struct ports *ports, enum portfolio_kind kind,
                                         uint32_t flavor, const struct broker_answer *answer,
                                         struct via_parcel **parcelp);
/* A message of the broker's own, with a buffer; replies to it go to @broker, whose number is
 * @number. */
VIA_MUST_USE enum via_status wire_message(const struct ports *ports, struct via_proxy *broker,
                                          uint32_t number, const uint8_t *data, size_t size,
                                          struct via_parcel **parcelp);
/* The names of the listeners in @data, an EB_GetListenersReply, each with a NUL: free() it. NULL:
 * memory is short. */
char *wire_names(const struct ports *ports, const uint8_t *data, size_t size, size_t *sizep);
