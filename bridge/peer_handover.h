/*
 * Peers on their way into another process: peer_hand_over() for each, then what stands between two
 * of them. For the gateway's hand-over.
 */
#pragma once

#include "codecs/state.h"

struct peer;
struct passage;
struct stream;
struct incoming_transfer;
struct outgoing_frame;

/* A passage that was saved: both of its ends, as far as they move. */
struct peer_handover_passage {
    const struct passage *saved;        /* saving; borrowed */
    struct incoming_transfer *incoming; /* loading; borrowed; NULL until it has come */
    struct outgoing_frame *outgoing;
};

struct peer_handover {
    struct state *state;    /* borrowed */
    state_object_fn object; /* does the same for what is given out, and attached to references */
    /* The same for what stands behind a stream: it is stream_user(), to be stream_attach()ed. */
    void (*stream)(void *user, struct state *state, struct stream *stream);
    void *user;                             /* @object's and @stream's */
    struct peer_handover_passage *passages; /* owned */
    uint32_t n_passages, capacity;
};

/* Saves a gateway's peer that has not ended, or loads it into one just made. */
void peer_hand_over(struct peer *peer, struct peer_handover *handover);
/* All have been: loading, passages are put together; one whose other end has not come ends. Frees.
 */
void peer_handover_end(struct peer_handover *handover);

/* ---- for the tables of a peer ---- */

/* The number of @passage, 0 for NULL. Loading: NULL, and *numberp. */
void peer_handover_passage(struct peer_handover *handover, const struct passage *passage,
                           uint32_t *numberp);
/* Loading: where its ends are to be entered; NULL after a failure. */
struct peer_handover_passage *peer_handover_ends(struct peer_handover *handover, uint32_t number);
