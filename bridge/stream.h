/*
 * One stream, as streams.c (its life) and streams_state.c (from process to process) share it.
 */
#pragma once

#include "bridge/streams.h"

struct stream {
    struct turn turn;             /* first */
    struct peer *peer;            /* borrowed */
    const struct stream_ops *ops; /* borrowed */
    void *user;                   /* borrowed */
    uint32_t id;
    uint32_t credit;      /* that we have */
    uint32_t window;      /* that they may have at most */
    uint32_t outstanding; /* that they have */
    uint32_t consumed;    /* not yet given back to them */
    bool begun;           /* the frame it came with has gone, or come */
    bool sends;           /* our direction has not ended */
    bool receives;        /* theirs */
    bool refused;         /* we want no more */
    bool ready;           /* fill() may have something */
};

struct stream *streams_find(const struct streams *streams, uint32_t id);
/* Whether this end has opened it. */
bool streams_is_ours(const struct peer *peer, uint32_t id);
/* One in the table, of no direction yet, that is not counted as anybody's. */
VIA_MUST_USE enum via_status streams_make(struct peer *peer, uint32_t id,
                                          const struct stream_ops *ops, void *user,
                                          struct stream **streamp);
/* Into the line of those that send; false: it has nothing to send, or may not. */
bool stream_queue(struct stream *stream);
