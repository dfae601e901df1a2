/*
 * The descriptors that have come over a link and that no frame has claimed yet, in the order in
 * which they came. Those of a frame that were lost on the way leave a mark in their place, so that
 * the frame they belonged to is known when it claims them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "bridge/outbox.h"
#include "codecs/state.h"

#define FD_QUEUE_FEW 8u /* with marks; more take memory of their own */
/* The end of one frame and the start of the next may come together, each with its descriptors and
 * a mark. */
#define FD_QUEUE_MAX ((size_t)2 * (OUTBOX_FDS_MAX + 1u))

/* Empty when all is zero. */
struct fd_queue {
    int few[FD_QUEUE_FEW];
    int *many; /* owned; room for FD_QUEUE_MAX; NULL: few holds them */
    size_t n;
};

/* What stands in it is closed. */
void fd_queue_deinit(struct fd_queue *queue);
/*
 * Takes the @n descriptors of one frame, always; @lost: it had more, which are lost. Without memory
 * all of them are. False: there is no room, for nobody claims those that came before.
 */
VIA_MUST_USE bool fd_queue_put(struct fd_queue *queue, const int *fds, size_t n, bool lost);
/*
 * A frame claims its @n. Fewer may have come: then the last ones in @fds are -1. False: some of
 * them were lost; none is given then, and those that came are closed.
 */
VIA_MUST_USE bool fd_queue_take(struct fd_queue *queue, int *fds, size_t n);
/* From process to process. */
void fd_queue_state(struct fd_queue *queue, struct state *state);
