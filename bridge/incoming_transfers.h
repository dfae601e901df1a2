/*
 * What one end of a session receives in pieces: a table of a peer's. A transfer is put together and
 * then taken like any other frame, or, where the owner says so, passed on as it comes.
 *
 * Memory: what is put together has its whole room at once, the oldest first, as long as all of it
 * is within assembly_max (one alone always has). The others keep what their first credit allows,
 * and get no more until their turn.
 */
#pragma once

#include <stdbool.h>

#include "bridge/passage.h"
#include "codecs/frame.h"

struct peer;
struct incoming_transfer;
struct outgoing_frame;

struct incoming_transfers {
    struct incoming_transfer *first, *last; /* owned; oldest first */
    struct incoming_transfer *spare;        /* owned; for when there is no memory */
    uint32_t n;
    uint32_t last_id; /* of the newest, once there was one */
    bool any;
    size_t reserved; /* octets of those that have their whole room */
    size_t held;     /* octets of all rooms */
};

VIA_MUST_USE enum via_status incoming_transfers_init(struct peer *peer);
/* All that is under way ends: what is passed on is cut short with @cause, what is put together is
 * dropped, without callbacks. */
void incoming_transfers_end(struct peer *peer, uint32_t cause);
void incoming_transfers_deinit(struct peer *peer);

/* A CHUNK. */
VIA_MUST_USE enum via_status incoming_transfers_receive(struct peer *peer,
                                                        const struct frame *chunk);
/* Nobody wants the reply to call @id any more: no more of it is asked for. */
void incoming_transfers_forget(struct peer *peer, uint32_t id);
/* CANCEL for call @id. False if it is not being put together; else it has been answered. */
bool incoming_transfers_cancel(struct peer *peer, uint32_t id);

/* From process to process. */
struct peer_handover;
void incoming_transfers_state(struct peer *peer, struct peer_handover *handover);
/* What comes in as @transfer goes out as @out. False: they do not fit. */
bool incoming_connect(struct incoming_transfer *transfer, struct outgoing_frame *out);

/* For passages: @n octets have gone on. */
void incoming_consumed(struct incoming_transfer *transfer, size_t n);
/* No more of it is wanted. */
void incoming_refused(struct incoming_transfer *transfer);
