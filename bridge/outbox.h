/*
 * An outbox: the frames that wait to be written to one link, coalesced into blocks of up to 64 KiB,
 * each with the headroom that a WebSocket write needs before its data. Descriptors begin a block.
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
    uint8_t *octets; /* OUTBOX_HEADROOM octets of room stand before it */
};

struct outbox;

VIA_MUST_USE enum via_status outbox_create(struct outbox **outboxp);
struct outbox *outbox_destroy(struct outbox *outbox);

/* Room for @size octets (not 0) of one frame, to be filled at once. @n_fds descriptors of @fds, at
 * most OUTBOX_FDS_MAX, go with it: taken on VIA_OK only. A block of which nothing has been written
 * may move. VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status outbox_add(struct outbox *outbox, size_t size, const int *fds,
                                        size_t n_fds, uint8_t **placep);

/*
 * Blocks made elsewhere, for what is written in turns. A block has room for @size octets and
 * OUTBOX_HEADROOM before them; NULL when there is no memory. Appending takes it, with the octets it
 * has (block->size, not 0), and never fails.
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

/* @n octets of the head are written; a finished block goes back to the pool. */
void outbox_wrote(struct outbox *outbox, size_t n);
void outbox_clear(struct outbox *outbox);
/* Saves what waits, or loads it into an empty one; a frame of which a part has been written goes on
 * from there. */
void outbox_state(struct outbox *outbox, struct state *state);

/* Frees the blocks that no outbox uses, for tests that count allocations and leaks. */
void outbox_pool_drain(void);
