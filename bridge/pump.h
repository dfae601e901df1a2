/*
 * Pumps: a descriptor of this process on one side, a stream of a peer's on the other, and octets
 * between them as either takes them, on the loop, without ever blocking. A node and a gateway have
 * the same ones.
 */
#pragma once

#include "bridge/loop.h"
#include "bridge/peer.h"
#include "bridge/streams.h"
#include "codecs/state.h"

struct pump;

/* Those of one loop. */
struct pumps {
    struct loop *loop;  /* borrowed */
    struct pump *first; /* owned */
    int scratch[2];     /* owned: a pipe, empty between two calls; -1 until needed */
};

void pumps_init(struct pumps *pumps, struct loop *loop);
/* Closes all descriptors, also those that still have something to be written. No stream is left. */
void pumps_deinit(struct pumps *pumps);
/* Another process has them: lets go of all, with their streams, without a word to either side. */
void pumps_abandon(struct pumps *pumps);
/* In the child of a fork, after loop_abandon(): closes the copies, frees nothing. */
void pumps_forget(struct pumps *pumps);

/*
 * For a descriptor that goes out with a frame: a pump of its own copy of @fd, which stays the
 * caller's. @entry, which keeps its offset, gets the rest; one that can be no stream gets an empty
 * entry. VIA_BUSY: as many streams as the other end takes; VIA_NO_MEMORY: also for want of
 * descriptors.
 */
VIA_MUST_USE enum via_status pump_offer(struct pumps *pumps, struct peer *peer, int fd,
                                        struct frame_fd *entry);
/* The frame was not sent. */
void pump_withdraw(struct peer *peer, const struct frame_fd *entry);
/* For ops->accept_stream: the descriptor that stands for @entry's, or -1. The caller's. */
VIA_MUST_USE enum via_status pump_accept(struct pumps *pumps, struct peer *peer,
                                         const struct frame_fd *entry, int *fdp);

/* ---- from process to process (pump_handover.c) ---- */

/* The one behind @stream, with what it has still to write; for peer_handover. */
void pump_state(struct pumps *pumps, struct state *state, struct stream *stream);
/* After the others: those that still have something to write, though their session is over, or will
 * be there, as it does not move. */
void pumps_state(struct pumps *pumps, struct state *state);
