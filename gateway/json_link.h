/*
 * A JSON session over a WebSocket: each message is one JSON text.
 */
#pragma once

#include "bridge/liveness.h"
#include "gateway/bulk.h"
#include "gateway/json_session.h"

struct json_link {
    struct json_session session;
    struct link *link;        /* owned */
    struct outbox *outbox;    /* owned */
    struct liveness liveness; /* of its link */
    struct loop_task flush;   /* writes what a turn has gathered; ends one that takes nothing */
    struct bulk_item bulk;    /* the same, when it is events to many */
    struct json_link *next, **linkp; /* in the gateway's list */
    uint64_t n_put;                  /* octets that its outbox has been given */
    bool closing;
};

/* Takes @link, accepted, on VIA_OK only. */
VIA_MUST_USE enum via_status json_link_create(struct gateway *gateway,
                                              const struct principal *principal, struct link *link);
/* Ends it at once. */
void json_link_destroy(struct json_link *json);
