/*
 * What the two sides of a session send each other: calls of the opened object, which is the
 * server's, and of the back reference, which is the client's. docs/legato.md, "On the wire".
 */
#pragma once

#include "bridge/legato/mailbox.h"

/* A message: a call is a request, a oneway is not. */
#define WIRE_MESSAGE 0u
/* A oneway, the last one of a session: whoever sends it has closed it. */
#define WIRE_CLOSED 1u
/* A oneway of the server's to itself: the session is open. It comes before all that the client
 * sends. */
#define WIRE_OPENED 2u
/* The event by which a client without a back reference is sent messages. */
#define WIRE_EVENT 0u

#define WIRE_ROOM_MS 5000u /* how long a full link is waited for */
#define WIRE_ROOM_TRIES 8u

/* As via_proxy_send() and so on. A link that is full is waited for, for a while. */
VIA_MUST_USE enum via_status wire_send(struct via_proxy *proxy, uint32_t code,
                                       struct via_parcel *parcel);
VIA_MUST_USE enum via_status wire_emit(struct via_stub *stub, struct via_parcel *parcel);
VIA_MUST_USE enum via_status wire_ask(struct via_proxy *proxy, struct via_parcel *parcel,
                                      struct via_parcel **replyp);
VIA_MUST_USE enum via_status wire_request(struct mailbox *mailbox, struct via_proxy *proxy,
                                          struct via_parcel *parcel, struct expected *expected);
VIA_MUST_USE enum via_status wire_reached(struct via_proxy *proxy);
VIA_MUST_USE enum via_status wire_ask_receipt(struct mailbox *mailbox, struct via_proxy *proxy,
                                              struct expected *expected);
