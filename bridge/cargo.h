/*
 * A parcel crosses the link: its references become handles of the session and back, its
 * descriptors duplicates. Lock held throughout.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <viaduct/parcel.h>

#include "codecs/frame.h"

struct via_node;

#define CARGO_SMALL 4u /* references, and descriptors, without an allocation */

/* A parcel that is to be sent. */
struct cargo {
    struct frame frame;
    int *fds;      /* frame.n_fds of them, to be taken by the peer */
    void *scratch; /* owned; NULL for a small one */
    int small_fds[CARGO_SMALL];
    uint8_t small_refs[CARGO_SMALL * FRAME_REF_SIZE];
    uint8_t small_entries[CARGO_SMALL * FRAME_FD_SIZE];
};

/* @parcel: NULL for nothing. On VIA_OK the frame points at it and at the cargo: send it and then
 * tell cargo_sent(). */
VIA_MUST_USE enum via_status cargo_pack(struct via_node *node, struct via_parcel *parcel,
                                        struct cargo *cargo);
/* Cleans up; if it was not @sent, takes back what had been counted for it. */
void cargo_sent(struct via_node *node, struct cargo *cargo, bool sent);

/* The parcel of a frame that came. Takes @fds, and the frame's counts, always. */
VIA_MUST_USE enum via_status cargo_unpack(struct via_node *node, const struct frame *frame,
                                          const int *fds, struct via_parcel **parcelp);
/* Gives back what a frame brought that nobody wants. */
void cargo_discard(struct via_node *node, const struct frame *frame, const int *fds);
