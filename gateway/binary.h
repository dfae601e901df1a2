/*
 * Sessions that speak binary frames: a peer over a link, a Unix socket or a WebSocket alike.
 */
#pragma once

#include "bridge/liveness.h"
#include "bridge/peer.h"
#include "gateway/bulk.h"
#include "gateway/resumption.h"
#include "gateway/session.h"

struct binary {
    struct session session;
    struct peer *peer;            /* owned */
    struct link *link;            /* owned; NULL while it is detached */
    struct loop_task flush;       /* writes what a turn has gathered, in one go */
    struct bulk_item bulk;        /* the same, when it is events to many */
    struct bulk_item held;        /* nothing is read from it: its events are still being written */
    struct loop_timer hello;      /* until HELLO has come */
    struct loop_timer ack;        /* what has come is to be acknowledged */
    struct resumption resumption; /* how it survives its link */
    struct liveness liveness;     /* of its link */
    struct binary *next, **linkp; /* in the gateway's list */
    bool handed_over;             /* it is another process's: nothing of it is done here any more */
    bool ended; /* the session is over; the link may still be writing its goodbye */
};

/* A session of @principal without link. VIA_BUSY: as many connections as the limit allows. */
VIA_MUST_USE enum via_status binary_create(struct binary **binaryp, struct gateway *gateway,
                                           const struct principal *principal);
/* Another process has it now: lets go of a Unix link without a word; says on a WebSocket that its
 * session is to be resumed, and closes that. */
void binary_abandon(struct binary *binary);
/* Whether @object, its own, is the one attached to that reference. */
bool binary_knows(struct binary *binary, const struct gateway_object *object);
/* Its calls whose sender is no more are cancelled. */
void binary_cancel_lost_calls(struct binary *binary);
/* Frees one that never got its link. */
struct binary *binary_destroy(struct binary *binary);
/* One whose slot another process gave it (sessions_state()). */
VIA_MUST_USE enum via_status binary_create_at(struct binary **binaryp, struct gateway *gateway,
                                              const struct principal *principal, uint16_t slot);
/* Takes its link, made with peer_outbox(), binary_link_events and the binary itself, and watches it
 * from now on. */
void binary_attach(struct binary *binary, struct link *link);
/* Watches the link it has got by other means. */
void binary_watch(struct binary *binary);

extern const struct link_events binary_link_events;

/* What has been put into its outbox goes out at the end of the turn. */
void binary_flush_later(struct binary *binary);
/* Reads nothing more from it until what is queued as bulk has been written. */
void binary_hold(struct binary *binary);

/* Answers its call @id without payload. Nothing happens if it is not in flight any more. */
void binary_answer(struct binary *binary, uint32_t id, enum via_status status, uint32_t result);

/* The gateway object behind a reference that came in: a new count. VIA_BAD_REFERENCE. */
VIA_MUST_USE enum via_status binary_resolve(struct binary *binary, const struct frame_ref *ref,
                                            struct gateway_object **objectp);

/* What the gateway says to it in WELCOME. */
void binary_welcome(const struct binary *binary, struct hello *welcome);
/* Its session is over; it is freed at the end of the turn. */
void binary_end_detached(struct binary *binary, enum via_cause cause);

/* The functions of a binary session in the router's table; binary_send.c. */
extern const struct session_ops binary_ops;
/* Ends the session with a goodbye; the link closes when that has been written. */
void binary_dismiss(struct binary *binary, enum frame_bye code, enum via_cause cause,
                    const char *text);
