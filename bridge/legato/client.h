/*
 * The client's side of a session. What is open is a attachment; a session may have one after the
 * other.
 */
#pragma once

#include <viaduct/node.h>

#include "bridge/legato/session.h"

struct attachment;

struct client {
    struct session session;        /* first */
    struct owned owned;            /* by its thread, while it has a attachment */
    struct attachment *attachment; /* a count; NULL: closed */
    bool deleted;
    le_msg_ReceiveHandler_t receive;
    void *receive_context;
    le_msg_SessionEventHandler_t closed;
    void *closed_context;
};

/* On the owner's thread. The callbacks of a session, whatever becomes of it in them, are followed
 * by a look at whether @attachment is still the client's. */

/* A message that the server sent of its own accord. */
void client_received(struct client *client, struct via_parcel *parcel);
/* The server's side has ended, and every callback was told: the session is closed. */
void client_ended(struct client *client);
