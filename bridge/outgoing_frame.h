/*
 * A frame that was accepted and has not gone whole: what it is for and what it names, by which it
 * stands behind others; and its octets, whole or as blocks. For outgoing_*.c alone.
 */
#pragma once

#include <stdbool.h>

#include "bridge/outbox.h"
#include "bridge/peer_state.h"
#include "bridge/turns.h"
#include "codecs/frame.h"
#include "codecs/meta.h"

#define OUTGOING_BLOCK_ROOM (FRAME_HEADER_SIZE + 8u) /* beside a piece: header and padding */

/* A handle that a frame names: whose it is and its number. */
#define OUTGOING_OURS(number) ((uint64_t)(number))
#define OUTGOING_THEIRS(number) ((uint64_t)1 << 32 | (number))

struct outgoing_frame {
    struct turn turn;
    struct peer *peer; /* borrowed */
    struct outgoing_frame *next, *previous;
    struct outgoing_frame *blocker; /* an earlier one; NULL for none */
    uint8_t kind;
    bool is_transfer, is_begun, is_cut, has_gone;
    bool is_two_way;  /* a CALL that is answered */
    uint32_t number;  /* of the CALL */
    uint32_t cause;   /* a REPLY's, when cut */
    uint32_t object;  /* CALL, EVENT: what it is for; REPLY: what it is in one order with, or 0 */
    uint32_t sender;  /* CALL: META's caller */
    uint64_t about;   /* DEATH, RELEASE */
    uint64_t expires; /* of a CALL that waits: when its time is up; 0 for never */
    size_t size;      /* counted as held, or as weight */

    /* until it begins: the frame, or the head of it */
    uint8_t *octets; /* owned */
    size_t octets_size;
    int *fds; /* owned */
    size_t n_fds;

    /* transfers */
    uint32_t id;
    uint64_t credit;
    uint64_t left;                            /* octets of the rest that are not in blocks yet */
    struct outbox_block *blocks, *last_block; /* owned; their room filled behind the header's */
    struct passage *passage;                  /* where the rest comes from; NULL: it is here */

    uint32_t n_introductions, n_named;
    uint64_t named[]; /* those introduced come first */
};

static inline struct outgoing_transfers *outgoing_table(const struct outgoing_frame *out)
{
    return &out->peer->outgoing;
}

/* What a frame is ordered by: a CALL or EVENT what it is for; a REPLY the partner of what was
 * called, or 0. */
uint32_t outgoing_frame_object(struct peer *peer, const struct frame *frame);
/* One that names up to @n_named handles, and none yet. NULL: no memory. */
struct outgoing_frame *outgoing_frame_alloc(struct peer *peer, size_t n_named);
/* One that names what @frame and @meta do; its octets are missing. NULL: no memory. */
struct outgoing_frame *outgoing_frame_create(struct peer *peer, const struct frame *frame,
                                             const struct meta *meta);
void outgoing_frame_destroy(struct outgoing_frame *out);

/* Who is the last of those up to @earlier that @out may not overtake; NULL: none. */
struct outgoing_frame *outgoing_frame_blocker(const struct outgoing_frame *out,
                                              struct outgoing_frame *earlier);

/* The octets of @frame, all or the head; takes @fds on VIA_OK only. VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status outgoing_frame_fill(struct outgoing_frame *out,
                                                 const struct frame *frame, const int *fds,
                                                 size_t n_fds);
/* The first @size octets of it, to go out when its turn comes. */
VIA_MUST_USE enum via_status outgoing_frame_keep_octets(struct outgoing_frame *out,
                                                        const struct frame *frame, size_t size);
/* A block for up to @size octets of the rest, behind the others. NULL: no memory. */
struct outbox_block *outgoing_frame_add_block(struct outgoing_frame *out, size_t size);
void outgoing_frame_drop_blocks(struct outgoing_frame *out);

/* outgoing_transfers.c: at the end of the list, held; and counted with what it keeps. */
void outgoing_append(struct outgoing_frame *out);
void outgoing_count_in(struct outgoing_frame *out);
/* It may have something to write: its turn will come. */
void outgoing_join(struct outgoing_frame *out);
