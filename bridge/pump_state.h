/*
 * What the parts of a pump share: pump.c (its life and work) and pump_handover.c (from process to
 * process).
 */
#pragma once

#include <sys/types.h>

#include "bridge/descriptor.h"
#include "bridge/pump.h"

struct pump {
    struct loop_source source; /* first; its fd is owned */
    struct pumps *pumps;       /* borrowed */
    struct pump *next, **linkp;
    struct stream *stream; /* borrowed; NULL: it is over */
    enum descriptor_way way;
    bool is_ours;  /* we made what is at the other side */
    bool is_added; /* to the loop */
    bool is_saved; /* with its stream: while a state is being saved */
    bool reads;    /* descriptor to stream, not ended */
    bool writes;   /* stream to descriptor, not ended */
    bool stalled;  /* there was nothing to read: an edge will tell */
    bool ended;    /* what is kept is the last */
    bool unwanted; /* the other end has no use for more */
    off_t offset;  /* WAY_FILE: of what is read next */
    uint8_t *kept; /* owned: what came and is not written, from @start */
    size_t start, size, capacity;
};

extern const struct stream_ops pump_stream_ops;

/* One without stream and directions, that stands in the loop. Takes @fd on VIA_OK only. */
VIA_MUST_USE enum via_status pump_create(struct pumps *pumps, int fd, enum descriptor_way way,
                                         struct pump **pumpp);
