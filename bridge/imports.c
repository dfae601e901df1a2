/*
 * Imports: a table in two levels by the other end's slot number, so that a number at the far end of
 * the range costs one chunk and not the whole table. Whoever gives references out frees a slot only
 * when every count is back: as long as we hold one, no other generation can come.
 *
 * A reference may be given again while our last count of it is on its way back. Then the same
 * number is a new import: nothing of the old one is remembered.
 */
#include "bridge/imports.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CHUNKS 4u

void imports_init(struct imports *imports, uint32_t limit)
{
    memset(imports, 0, sizeof *imports);
    imports->limit = limit;
}

void imports_deinit(struct imports *imports)
{
    for (uint32_t chunk = 0; chunk < imports->n_chunks; chunk++)
        free(imports->chunks[chunk]);
    free(imports->chunks);
    imports_init(imports, imports->limit);
}

void imports_clear(struct imports *imports)
{
    for (uint32_t chunk = 0; chunk < imports->n_chunks; chunk++)
        if (imports->chunks[chunk] != NULL)
            memset(imports->chunks[chunk], 0, IMPORTS_CHUNK * sizeof *imports->chunks[chunk]);
    imports->n_live = 0;
}

static struct imported *slot_of(struct imports *imports, uint32_t slot)
{
    uint32_t chunk = slot >> IMPORTS_CHUNK_BITS;
    if (chunk >= imports->n_chunks || imports->chunks[chunk] == NULL)
        return NULL;
    return &imports->chunks[chunk][slot & (IMPORTS_CHUNK - 1)];
}

static enum via_status make_slot(struct imports *imports, uint32_t slot)
{
    uint32_t chunk = slot >> IMPORTS_CHUNK_BITS;
    if (chunk >= imports->n_chunks) {
        uint32_t n_chunks = imports->n_chunks == 0 ? FIRST_CHUNKS : imports->n_chunks;
        while (n_chunks <= chunk)
            n_chunks *= 2;
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): chunks are pointers */
        struct imported **chunks = realloc(imports->chunks, n_chunks * sizeof *chunks);
        if (chunks == NULL)
            return VIA_NO_MEMORY;
        for (uint32_t new = imports->n_chunks; new < n_chunks; new ++)
            chunks[new] = NULL;
        imports->chunks = chunks;
        imports->n_chunks = n_chunks;
    }
    if (imports->chunks[chunk] == NULL)
        imports->chunks[chunk] = calloc(IMPORTS_CHUNK, sizeof *imports->chunks[chunk]);
    return imports->chunks[chunk] == NULL ? VIA_NO_MEMORY : VIA_OK;
}

enum via_status imports_add(struct imports *imports, uint32_t number)
{
    uint32_t slot = handle_slot(number);
    struct imported *imported = slot_of(imports, slot);
    if (imported != NULL && imported->count > 0) {
        if (imported->generation != handle_generation(number))
            return VIA_BAD_HANDLE;
        if (imported->count == UINT32_MAX)
            return VIA_BAD_REFERENCE;
        imported->count++;
        return VIA_OK;
    }
    if (imports->n_live >= imports->limit)
        return VIA_BAD_REFERENCE;
    if (imported == NULL) {
        enum via_status status = make_slot(imports, slot);
        if (status != VIA_OK)
            return status;
        imported = slot_of(imports, slot);
    }
    imports->n_live++;
    *imported = (struct imported){.count = 1, .generation = (uint16_t)handle_generation(number)};
    return VIA_OK;
}

struct imported *imports_find(struct imports *imports, uint32_t number)
{
    struct imported *imported = slot_of(imports, handle_slot(number));
    if (imported == NULL || imported->count == 0 ||
        imported->generation != handle_generation(number))
        return NULL;
    return imported;
}

uint32_t imports_release(struct imports *imports, uint32_t number, uint32_t n)
{
    struct imported *imported = imports_find(imports, number);
    if (imported == NULL)
        return 0;
    if (n > imported->count)
        n = imported->count;
    imported->count -= n;
    if (imported->count == 0)
        imports->n_live--;
    return n;
}

struct imported *imports_next(struct imports *imports, uint32_t *cursorp, uint32_t *numberp)
{
    uint32_t n_slots = imports->n_chunks << IMPORTS_CHUNK_BITS;
    for (uint32_t slot = *cursorp; slot < n_slots; slot++) {
        struct imported *imported = slot_of(imports, slot);
        if (imported == NULL) {
            slot |= IMPORTS_CHUNK - 1;
            continue;
        }
        if (imported->count == 0)
            continue;
        *cursorp = slot + 1;
        *numberp = handle_number(slot, imported->generation);
        return imported;
    }
    return NULL;
}

static void imported_state(struct imported *imported, struct state *state, state_object_fn object,
                           void *user)
{
    state_u32(state, &imported->count);
    state_bool(state, &imported->dead);
    object(user, state, &imported->attached);
}

void imports_state(struct imports *imports, struct state *state, state_object_fn object, void *user)
{
    uint32_t n = imports->n_live, cursor = 0, number = 0;
    state_u32(state, &imports->limit);
    state_count(state, &n, HANDLE_SLOTS);
    while (n-- > 0 && state_is_good(state)) {
        struct imported *imported = state->loading ? NULL : imports_next(imports, &cursor, &number);
        state_u32(state, &number);
        if (state->loading) {
            if (!state_require(state, imports_find(imports, number) == NULL, "a reference") ||
                !state_require(state, imports_add(imports, number) == VIA_OK, "a reference"))
                return;
            imported = imports_find(imports, number);
        }
        uint32_t count = imported->count;
        imported_state(imported, state, object, user);
        if (state->loading && !state_require(state, imported->count > 0, "a reference's count"))
            imported->count = count;
    }
}
