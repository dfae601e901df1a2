/*
 * An outbox: the frames that wait to be written to one link, coalesced into blocks of up to 64 KiB,
 * each with the headroom that a WebSocket write needs before its data. Descriptors begin a block.
 *
 * Urgent frames overtake the others at the next end of a block. One that keeps holds on to what has
 * been written until the other end has acknowledged it, so that it can be written again to another
 * link; its frames are counted, from 1, in the order in which they were added.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "codecs/state.h"

#define OUTBOX_HEADROOM 32u        /* at least LWS_PRE */
#define OUTBOX_COALESCE_MAX 65536u /* frames are put together up to this */
#define OUTBOX_FDS_MAX 250u        /* with one block: SCM_RIGHTS takes 253 */

struct outbox_block {
    struct outbox_block *next;
    size_t size;     /* octets in it */
    size_t done;     /* octets already written */
    size_t capacity; /* octets it can hold */
    int *fds;        /* owned; go with the block's first octet; NULL when none */
    size_t n_fds;
    uint64_t before;   /* frames that were added before its first */
    uint32_t n_frames; /* in it */
    uint8_t *octets;   /* OUTBOX_HEADROOM octets of room stand before it */
};

struct outbox;

VIA_MUST_USE enum via_status outbox_create(struct outbox **outboxp);
struct outbox *outbox_destroy(struct outbox *outbox);

/* Room for @size octets (not 0) of one frame, to be filled at once. @n_fds descriptors of @fds, at
 * most OUTBOX_FDS_MAX, go with it: taken on VIA_OK only. A block of which nothing has been written
 * may move. VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status outbox_add(struct outbox *outbox, size_t size, const int *fds,
                                        size_t n_fds, uint8_t **placep);

/* The same for @n_frames frames, @size octets together, without descriptors. */
VIA_MUST_USE enum via_status outbox_add_frames(struct outbox *outbox, size_t size,
                                               uint32_t n_frames, uint8_t **placep);

/* The same for a frame that goes before all others and is not counted. */
VIA_MUST_USE enum via_status outbox_add_urgent(struct outbox *outbox, size_t size,
                                               uint8_t **placep);

/* The last @size octets that are urgent, to be changed in place; NULL when there are not so many,
 * or they have begun to be written. */
uint8_t *outbox_urgent_end(struct outbox *outbox, size_t size);

/*
 * Blocks made elsewhere, for what is written in turns. A block has room for @size octets and
 * OUTBOX_HEADROOM before them; NULL when there is no memory. Appending takes it, with the octets it
 * has (block->size, not 0), which are one frame, and never fails.
 */
struct outbox_block *outbox_block_create(size_t size);
struct outbox_block *outbox_block_destroy(struct outbox_block *block);
void outbox_append_block(struct outbox *outbox, struct outbox_block *block);

/* Asked by outbox_head() when nothing else waits: may append a block. */
typedef void (*outbox_refill_fn)(void *user, struct outbox *outbox);
void outbox_set_refill(struct outbox *outbox, outbox_refill_fn refill, void *user);

/* Octets that wait, but for what a refill would bring. */
size_t outbox_size(const struct outbox *outbox);

/* The block to write next, from octets + done; NULL when nothing waits. The link may take its fds
 * (and then sets n_fds to 0) once they are sent. */
struct outbox_block *outbox_head(struct outbox *outbox);

/* @n octets of the head are written; a finished block is kept, or goes back to the pool. */
void outbox_wrote(struct outbox *outbox, size_t n);
/* The link failed while it wrote the head. How much of that went, nobody here knows: the other end
 * may have its frames, or not. */
void outbox_failed(struct outbox *outbox);
/* As it was at first, but for keeping. */
void outbox_clear(struct outbox *outbox);
/* Saves what waits, or loads it into an empty one; a frame of which a part has been written goes on
 * from there. */
void outbox_state(struct outbox *outbox, struct state *state);

/*
 * From now on what has been written is kept. While @window octets are, nothing but urgent frames is
 * given out to be written.
 */
void outbox_keep(struct outbox *outbox, size_t window);
/* The other end has the first @count frames: they need not be kept. False: so many were never
 * written. */
bool outbox_acknowledge(struct outbox *outbox, uint64_t count);
/* The link is gone: only urgent frames are given out from now on, those of the old link are
 * dropped, and what was being written is begun anew. */
void outbox_hold(struct outbox *outbox);
/*
 * There is another link, and the other end has the first @count frames: all others are to be
 * written to it, from the first octet of a frame. @again, unless it is NULL, may change each of
 * these frames. False, with nothing changed: it cannot have so many, or so few.
 */
bool outbox_rewind(struct outbox *outbox, uint64_t count, void (*again)(void *user, uint8_t *frame),
                   void *user);
/* Octets that are kept; how many frames were added so far. */
size_t outbox_kept(const struct outbox *outbox);
uint64_t outbox_count(const struct outbox *outbox);

/* Frees the blocks that no outbox uses, for tests that count allocations and leaks. */
void outbox_pool_drain(void);
