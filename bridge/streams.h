/*
 * Streams: what stands for a descriptor on a link that passes none. Whoever sends a descriptor
 * opens one, and whoever receives it joins it; then octets go either way, each bounded by the
 * credit that the other end gives. A table of a peer's. What is at the end of a stream here is its
 * owner's (bridge/pump.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <viaduct/status.h>

#include "bridge/turns.h"
#include "codecs/frame.h"

struct peer;
struct peer_handover;
struct stream;

#define STREAM_OF_GATEWAY 0x80000000u /* in the id: the accepting side has opened it */

/* What whoever receives the descriptor may do with it; as on the wire. */
enum stream_direction { STREAM_READS = 1, STREAM_WRITES = 2, STREAM_NONBLOCKING = 4 };

/* What its owner does. None of these ends the session; all but fill() may be called from within
 * stream_*() functions too. */
struct stream_ops {
    /* The next octets to go out, @size at most: how many; 0: none now, stream_ready() when there
     * are; -1: no more come. */
    ssize_t (*fill)(void *user, uint8_t *octets, size_t size);
    /* These have come. stream_consumed() when they have gone on. */
    void (*take)(void *user, const uint8_t *octets, size_t size);
    /* No more comes. */
    void (*ended)(void *user);
    /* The other end wants no more: fill() is not called again. */
    void (*unwanted)(void *user);
    /* It is over, both ways, or its session is: freed after this. */
    void (*gone)(void *user);
};

struct streams {
    struct stream **slots;           /* owned; open addressing by id */
    uint32_t capacity;               /* a power of two; 0 at first */
    uint32_t n;                      /* in the table */
    uint32_t n_ours, n_theirs;       /* opened by us, by them */
    uint32_t last_ours, last_theirs; /* ids, without the top bit */
    uint32_t last_begun;             /* of ours whose frame has gone */
};

/* A stream for a descriptor that goes out with one of the next frames; it sends nothing before that
 * has gone. @entry gets its id, for as long; its directions are set. VIA_BUSY: as many as the other
 * end takes; VIA_NO_MEMORY; VIA_DEAD. */
VIA_MUST_USE enum via_status stream_open(struct peer *peer, const struct stream_ops *ops,
                                         void *user, struct frame_fd *entry,
                                         struct stream **streamp);
/* The frame did not go: the stream never was. No callback; returns its @user, NULL for no stream.
 */
void *stream_forget(struct peer *peer, uint32_t id);
/* From ops->accept_stream: takes the stream of @entry. */
VIA_MUST_USE enum via_status stream_join(struct peer *peer, const struct stream_ops *ops,
                                         void *user, const struct frame_fd *entry,
                                         struct stream **streamp);

/* fill() has something. */
void stream_ready(struct stream *stream);
/* @n octets that came have gone on. */
void stream_consumed(struct stream *stream, size_t n);
/* No more of what comes is wanted; what still does is passed to nobody. */
void stream_refuse(struct stream *stream);

/* ---- for the peer ---- */

/* The frame whose encoded head stands at @octets, where it goes out from, is the next to go: its
 * streams may send. Its entries get the ids that are theirs from now on. */
void streams_begin(struct peer *peer, uint8_t *octets, size_t size);
/* *fdp is the descriptor for @entry of a frame that came; -1: there can be none, or it is not
 * @wanted. False: there was no room for it here. */
bool streams_accept(struct peer *peer, const struct frame_fd *entry, bool wanted, int *fdp);
VIA_MUST_USE enum via_status streams_receive_data(struct peer *peer, const struct frame *frame);
VIA_MUST_USE enum via_status streams_receive_credit(struct peer *peer, const struct frame *frame);
/* The session is over: gone() for each. */
void streams_end(struct peer *peer);

/* ---- from process to process (streams_state.c) ---- */

/* All, and by handover->stream what stands behind each. */
void streams_state(struct peer *peer, struct peer_handover *handover);
/* For handover->stream: saving, whose it is; loading, whose it is from now on. */
void *stream_user(const struct stream *stream);
void stream_attach(struct stream *stream, const struct stream_ops *ops, void *user);
/* Another process has it: it is no more, of which neither its owner nor the other end is told. */
void stream_abandon(struct stream *stream);
