/*
 * The router: calls, oneways and replies from session to session. docs/ARCHITECTURE.md, "The path
 * of one call".
 */
#pragma once

#include "gateway/objects.h"

/* Passes a call on to @object's owner. On VIA_OK the reply goes to the sender's @id, once;
 * *contextp is for router_cancel(). Else the sender is to be answered with the status; descriptors
 * are still the caller's. */
VIA_MUST_USE enum via_status router_call(const struct message *message,
                                         struct gateway_object *object, uint32_t id,
                                         uint64_t *contextp);
/* The same for what the gateway asks on behalf of the sender: the reply goes to ask @id. */
VIA_MUST_USE enum via_status router_ask(const struct message *message,
                                        struct gateway_object *object, uint32_t id,
                                        uint64_t *contextp);
/* Passes the sender's oneway @number on; a refusal further on comes back to the sender. */
VIA_MUST_USE enum via_status router_oneway(const struct message *message,
                                           struct gateway_object *object, uint32_t number);
/* The reply to the call of @context. Takes the message's descriptors. */
void router_reply(const struct message *message, uint64_t context);
/* @receiver says that the oneway it got as @number went no further. */
void router_refused(struct session *receiver, uint32_t number, enum via_status status);
/* The sender of the call of @context no longer wants the reply. */
void router_cancel(struct gateway *gateway, uint64_t context);

/* Why a call to @object ends with VIA_DEAD. */
enum via_cause router_cause(const struct gateway_object *object);
