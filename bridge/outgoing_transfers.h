/*
 * What one end of a session sends in pieces, and what waits behind it: a table of a peer's.
 *
 * Frames that do not fit one frame on the wire, and frames that come through a passage, are
 * transfers: their head goes out like any other frame, their rest in turns, as credit comes. What
 * must not overtake them is held until they are over:
 * - a CALL or EVENT behind those of the same sender to the same object, or for the same sink;
 * - a RELEASE or DEATH behind all that are for, from, or name what it is about.
 */
#pragma once

#include <stdbool.h>

#include "bridge/turns.h"
#include "codecs/frame.h"
#include "codecs/meta.h"

struct peer;
struct outgoing_frame;
struct passage;

#define OUTGOING_HELD_MAX 4096u /* frames that wait behind transfers; more are VIA_BUSY */

struct outgoing_transfers {
    struct outgoing_frame *first, *last; /* owned; in the order they were accepted */
    struct turns turns;
    uint32_t last_id;
    uint32_t n_begun; /* transfers whose head has gone out */
    uint32_t n_held;  /* frames that wait */
    size_t held_size; /* octets of the small ones among them */
    size_t weight;    /* octets that transfers keep, or may come to keep */
    uint32_t n_transfers;
    uint32_t begun_max; /* what the other end takes */
    uint32_t window;    /* first credit of each */
    uint32_t piece_max; /* octets of one CHUNK */
};

void outgoing_transfers_init(struct peer *peer);
/* What the other end has announced. */
void outgoing_transfers_limit(struct peer *peer);
/* All is dropped, nothing more is written. */
void outgoing_transfers_end(struct peer *peer);

/* Whether a frame with a payload may go out as it is, now: it is no transfer, nor behind one. */
bool outgoing_transfers_may_go(struct peer *peer, const struct frame *frame,
                               const struct meta *meta);
/* One that may not. It has been checked. Takes @fds on VIA_OK only. VIA_BUSY, VIA_NO_MEMORY.
 */
VIA_MUST_USE enum via_status outgoing_transfers_send(struct peer *peer, const struct frame *frame,
                                                     const struct meta *meta, const int *fds,
                                                     bool is_bounded);
/* A RELEASE or DEATH, about theirs or ours: held if it must not go yet. */
void outgoing_transfers_tell(struct peer *peer, const struct frame *frame);

/* CREDIT came for transfer @id. False for one that has never begun. */
bool outgoing_transfers_credit(struct peer *peer, uint32_t id, uint32_t n, bool no_more);
/* The two-way call @id is no longer wanted: ends it short. False if it is not under way here. */
bool outgoing_transfers_cancel(struct peer *peer, uint32_t id);

/* From process to process. */
struct peer_handover;
void outgoing_transfers_state(struct peer *peer, struct peer_handover *handover);
/* The rest, @left octets, comes out of @passage. False: it does not fit. */
bool outgoing_take_passage(struct outgoing_frame *out, struct passage *passage, size_t left);
/* Where the rest was to come from is no more. */
void outgoing_orphan(struct outgoing_frame *out, uint32_t cause);

/* For passages: the next octets of the rest. VIA_NO_MEMORY: to be cut short. */
VIA_MUST_USE enum via_status outgoing_push(struct outgoing_frame *out, const uint8_t *octets,
                                           size_t size);
/* The rest will not come. @cause: of the DEAD that a REPLY so ended becomes; 0 for none. */
void outgoing_cut_short(struct outgoing_frame *out, uint32_t cause);
/* All of the rest has come: the passage goes. */
void outgoing_leave_passage(struct outgoing_frame *out);
