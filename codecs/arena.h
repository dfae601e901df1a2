/*
 * An arena: memory that is taken in pieces and given back as a whole. Nothing of it moves.
 */
#pragma once

#include <stddef.h>
#include <viaduct/status.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* owned; the newest first */
    size_t taken;               /* octets, of all pieces */
    size_t limit;               /* taken never exceeds this */
    enum via_status status;     /* VIA_OK, or why the last piece that failed did so */
};

/* Empty; takes no memory yet. */
void arena_init(struct arena *arena, size_t limit);
void arena_deinit(struct arena *arena);

/* @size octets of zeros, aligned for anything. NULL: status is VIA_NO_MEMORY or VIA_TOO_LARGE. */
void *arena_take(struct arena *arena, size_t size);

/* A copy of @size octets with a NUL behind them. NULL as above. */
char *arena_copy(struct arena *arena, const char *text, size_t size);
