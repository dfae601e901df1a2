/*
 * Opened objects: what opening a service gives to one client alone. Whoever subscribes to one has
 * its service's events, and in order with them those that are meant for this client. With the back
 * reference that the client passed it is in one order: calls and replies of both.
 */
#pragma once

#include "gateway/session.h"

/* An open that has been passed on and is not answered yet; in the list of the service's owner. */
struct opening {
    struct opening *next;
    struct gateway_object *service; /* one count */
    struct gateway_object *back;    /* one count; NULL: none was passed */
    struct bound *bound;            /* owned: by what binding it was found; NULL: none */
    uint32_t id;                    /* of the call, at its owner's */
};

/* Whether the call is an open. */
bool openings_is_open(const struct frame *frame);

/* Before an open of @service goes to its owner. @back: what the client passed, or NULL. NULL: no
 * memory. */
VIA_MUST_USE struct opening *openings_expect(struct gateway_object *service,
                                             struct gateway_object *back);
/* The back reference that an open brings, borrowed, or NULL. */
struct gateway_object *openings_back(const struct message *message);
/* It has gone as call @id. */
void openings_sent(struct opening *opening, struct session *owner, uint32_t id);
/* It has not gone, freeing it. */
void openings_drop(struct opening *opening);

/* A reply of @message->from: if it is that to an open, the object in it is an opened one, from
 * before the reply is passed on. NULL: it is not; else to be ended. */
VIA_MUST_USE struct opening *openings_answered(const struct message *message);
/* It has been passed on, freeing it. */
void openings_end(struct opening *opening, const struct message *message);
/* None of @owner's will be answered. */
void openings_forget(struct session *owner);

/* From process to process. */
struct snapshot;
void openings_state(struct snapshot *snapshot, struct session *owner);
