/*
 * Exports: an array of slots, a free list through the free ones, and a hash from object to slot
 * that only giving out and dying look into. A freed slot's generation goes up at once, so a handle
 * is stale from then on; after 4,096 generations the slot is never used again. The slot freed last
 * is used first: it is warm in the cache.
 */
#include "bridge/exports.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16u

void exports_init(struct exports *exports, uint32_t limit)
{
    memset(exports, 0, sizeof *exports);
    exports->n_slots = 1;
    exports->limit = limit;
}

void exports_deinit(struct exports *exports)
{
    free(exports->slots);
    free(exports->index);
    exports_init(exports, exports->limit);
}

void exports_limit(struct exports *exports, uint32_t limit)
{
    if (limit < exports->limit)
        exports->limit = limit;
}

/* Fibonacci hashing: the objects are our own, nobody else chooses their addresses. */
static uint32_t hash(const struct exports *exports, const void *object)
{
    uint64_t product = ((uint64_t)(uintptr_t)object >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(product >> 32) & (exports->capacity * 2 - 1);
}

/* The place in the index where @object's slot stands, or the empty one where it belongs. */
static uint32_t place_of(const struct exports *exports, const void *object)
{
    uint32_t mask = exports->capacity * 2 - 1;
    uint32_t place = hash(exports, object);
    while (exports->index[place] != 0 && exports->slots[exports->index[place]].object != object)
        place = (place + 1) & mask;
    return place;
}

static void index_remove(struct exports *exports, const void *object)
{
    uint32_t mask = exports->capacity * 2 - 1;
    uint32_t hole = place_of(exports, object);
    for (uint32_t place = (hole + 1) & mask; exports->index[place] != 0;
         place = (place + 1) & mask) {
        /* what could have stood in the hole moves there, so that no probe ends too early */
        uint32_t home = hash(exports, exports->slots[exports->index[place]].object);
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        exports->index[hole] = exports->index[place];
        hole = place;
    }
    exports->index[hole] = 0;
}

static enum via_status grow(struct exports *exports)
{
    uint32_t capacity = exports->capacity == 0 ? FIRST_CAPACITY : exports->capacity * 2;
    uint32_t *index = calloc((size_t)capacity * 2, sizeof *index);
    if (index == NULL)
        return VIA_NO_MEMORY;
    struct exported *slots = realloc(exports->slots, capacity * sizeof *slots);
    if (slots == NULL) {
        free(index);
        return VIA_NO_MEMORY;
    }
    free(exports->index);
    exports->index = index;
    exports->slots = slots;
    exports->capacity = capacity;
    for (uint32_t slot = 1; slot < exports->n_slots; slot++) {
        if (slots[slot].object != NULL)
            index[place_of(exports, slots[slot].object)] = slot;
    }
    return VIA_OK;
}

static enum via_status take_slot(struct exports *exports, uint32_t *slotp)
{
    if (exports->n_live >= exports->limit)
        return VIA_BUSY;
    if (exports->first_free != 0) {
        *slotp = exports->first_free;
        exports->first_free = exports->slots[*slotp].count;
        return VIA_OK;
    }
    if (exports->n_slots >= HANDLE_SLOTS)
        return VIA_BUSY;
    if (exports->n_slots >= exports->capacity) {
        enum via_status status = grow(exports);
        if (status != VIA_OK)
            return status;
    }
    *slotp = exports->n_slots++;
    exports->slots[*slotp].generation = 0;
    return VIA_OK;
}

enum via_status exports_add(struct exports *exports, void *object, uint32_t *numberp, bool *newp)
{
    assert(object != NULL);
    struct exported *there = exports_find_object(exports, object, numberp);
    if (there != NULL) {
        if (there->count == UINT32_MAX)
            return VIA_BUSY;
        there->count++;
        *newp = false;
        return VIA_OK;
    }
    uint32_t slot;
    enum via_status status = take_slot(exports, &slot);
    if (status != VIA_OK)
        return status;
    struct exported *exported = &exports->slots[slot];
    exports->index[place_of(exports, object)] = slot;
    exported->object = object;
    exported->count = 1;
    exported->partner = 0;
    exported->cause = VIA_ALIVE;
    exported->is_introduced = false;
    exports->n_live++;
    *numberp = handle_number(slot, exported->generation);
    *newp = true;
    return VIA_OK;
}

struct exported *exports_find(struct exports *exports, uint32_t number)
{
    uint32_t slot = handle_slot(number);
    if (slot == 0 || slot >= exports->n_slots)
        return NULL;
    struct exported *exported = &exports->slots[slot];
    if (exported->object == NULL || exported->generation != handle_generation(number))
        return NULL;
    return exported;
}

struct exported *exports_find_object(struct exports *exports, const void *object, uint32_t *numberp)
{
    if (exports->n_live == 0)
        return NULL;
    uint32_t slot = exports->index[place_of(exports, object)];
    if (slot == 0)
        return NULL;
    *numberp = handle_number(slot, exports->slots[slot].generation);
    return &exports->slots[slot];
}

enum via_status exports_check(struct exports *exports, uint32_t number)
{
    if (exports_find(exports, number) != NULL)
        return VIA_OK;
    uint32_t slot = handle_slot(number);
    if (slot == 0 || slot >= exports->n_slots)
        return VIA_BAD_HANDLE;
    if (handle_generation(number) >= exports->slots[slot].generation)
        return VIA_BAD_HANDLE;
    return VIA_NOT_FOUND;
}

static void free_slot(struct exports *exports, uint32_t slot)
{
    struct exported *exported = &exports->slots[slot];
    index_remove(exports, exported->object);
    exported->object = NULL;
    exported->generation++;
    exports->n_live--;
    if (exported->generation == HANDLE_GENERATIONS)
        return;
    exported->count = exports->first_free;
    exports->first_free = slot;
}

enum via_status exports_take_back(struct exports *exports, uint32_t number, uint32_t n,
                                  void **objectp)
{
    struct exported *exported = exports_find(exports, number);
    if (exported == NULL || n > exported->count)
        return VIA_BAD_HANDLE;
    exported->count -= n;
    *objectp = exported->count == 0 ? exported->object : NULL;
    if (exported->count == 0)
        free_slot(exports, handle_slot(number));
    return VIA_OK;
}

void *exports_take_next(struct exports *exports, uint32_t *cursorp, uint32_t *numberp)
{
    for (uint32_t slot = *cursorp + 1; slot < exports->n_slots; slot++) {
        void *object = exports->slots[slot].object;
        if (object == NULL)
            continue;
        *cursorp = slot;
        *numberp = handle_number(slot, exports->slots[slot].generation);
        free_slot(exports, slot);
        return object;
    }
    return NULL;
}

struct exported *exports_next(struct exports *exports, uint32_t *cursorp)
{
    for (uint32_t slot = *cursorp + 1; slot < exports->n_slots; slot++) {
        if (exports->slots[slot].object == NULL)
            continue;
        *cursorp = slot;
        return &exports->slots[slot];
    }
    return NULL;
}

/* ---- from process to process ---- */

static bool make_slots(struct exports *exports, uint32_t n_slots)
{
    while (exports->capacity < n_slots)
        if (grow(exports) != VIA_OK)
            return false;
    return true;
}

/* What was read of one slot, where it is in use. */
static void put_in_use(struct exports *exports, struct state *state, uint32_t slot)
{
    const struct exported *exported = &exports->slots[slot];
    uint32_t place = place_of(exports, exported->object);
    if (!state_require(state,
                       exported->count > 0 && exported->generation < HANDLE_GENERATIONS &&
                           exports->index[place] == 0,
                       "an object given out"))
        return;
    exports->index[place] = slot;
    exports->n_live++;
}

/* The free slots that are to be used again, the next one first. */
static void free_state(struct exports *exports, struct state *state)
{
    uint32_t n = 0;
    for (uint32_t slot = exports->first_free; slot != 0; slot = exports->slots[slot].count)
        n++;
    state_count(state, &n, HANDLE_SLOTS);
    uint32_t *place = &exports->first_free;
    while (n-- > 0 && state_is_good(state)) {
        uint32_t slot = *place;
        state_u32(state, &slot);
        if (!state->loading) {
            place = &exports->slots[slot].count;
            continue;
        }
        /* While it is read, a free slot's count is 1 until it has been in the list. */
        if (!state_require(state,
                           slot > 0 && slot < exports->n_slots &&
                               exports->slots[slot].object == NULL &&
                               exports->slots[slot].generation < HANDLE_GENERATIONS &&
                               exports->slots[slot].count == 1,
                           "a free handle"))
            return;
        exports->slots[slot].count = 0;
        *place = slot;
        place = &exports->slots[slot].count;
    }
}

void exports_state(struct exports *exports, struct state *state, state_object_fn object, void *user)
{
    uint32_t n_slots = exports->n_slots - 1;
    state_u32(state, &exports->limit);
    state_count(state, &n_slots, HANDLE_SLOTS - 1);
    if (state->loading && !make_slots(exports, n_slots + 1)) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    for (uint32_t slot = 1; slot <= n_slots && state_is_good(state); slot++) {
        if (state->loading)
            exports->slots[slot] = (struct exported){.object = NULL};
        struct exported *exported = &exports->slots[slot];
        state_u16(state, &exported->generation);
        exported->cause = (uint8_t)state_choice(state, exported->cause, VIA_EVICTED);
        object(user, state, &exported->object);
        uint32_t count = exported->object != NULL ? exported->count : 1;
        state_u32(state, &count);
        if (exported->object != NULL)
            state_u32(state, &exported->partner);
        if (!state->loading)
            continue;
        exported->count = exported->object != NULL ? count : 1;
        exports->n_slots = slot + 1;
        (void)state_require(state, exported->generation <= HANDLE_GENERATIONS, "a generation");
        if (exported->object != NULL && state_is_good(state))
            put_in_use(exports, state, slot);
    }
    free_state(exports, state);
    (void)state_require(state, exports->n_live <= HANDLE_SLOTS, "handles");
}
