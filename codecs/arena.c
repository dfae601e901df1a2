/*
 * Blocks of at least BLOCK_SIZE octets, from the newest of which pieces are cut. A piece that does
 * not fit there gets a new block, so at most half of the memory lies idle.
 */
#include "codecs/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"

#define BLOCK_SIZE 8192u

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char octets[];
};

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){.limit = limit};
}

void arena_deinit(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}

static void *fail(struct arena *arena, enum via_status status)
{
    arena->status = status;
    return NULL;
}

void *arena_take(struct arena *arena, size_t size)
{
    if (size > arena->limit - arena->taken)
        return fail(arena, VIA_TOO_LARGE);
    size_t padding = octets_padding(size, alignof(max_align_t));
    if (padding > arena->limit - arena->taken - size)
        return fail(arena, VIA_TOO_LARGE);
    size += padding;
    struct arena_block *block = arena->blocks;
    if (block == NULL || size > block->size - block->used) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        if (room > SIZE_MAX - sizeof *block)
            return fail(arena, VIA_TOO_LARGE);
        block = calloc(1, sizeof *block + room);
        if (block == NULL)
            return fail(arena, VIA_NO_MEMORY);
        block->size = room;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *piece = block->octets + block->used;
    block->used += size;
    arena->taken += size;
    return piece;
}

char *arena_copy(struct arena *arena, const char *text, size_t size)
{
    char *copy = size == SIZE_MAX ? fail(arena, VIA_TOO_LARGE) : arena_take(arena, size + 1);
    if (copy != NULL && size > 0)
        memcpy(copy, text, size);
    return copy;
}
