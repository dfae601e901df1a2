/*
 * Received calls: the other end chooses the ids, any that is not in flight: one that had to wait
 * behind a large message comes after younger ones. A hash table finds them, half empty, by linear
 * probing. The hash is seeded, or a sender could pick ids that all fall on one place and make each
 * search long.
 */
#include "bridge/received_calls.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16u

void received_calls_init(struct received_calls *calls, uint32_t limit, uint64_t seed)
{
    memset(calls, 0, sizeof *calls);
    calls->limit = limit;
    calls->seed = seed;
}

void received_calls_deinit(struct received_calls *calls)
{
    free(calls->slots);
    received_calls_init(calls, calls->limit, calls->seed);
}

void received_calls_clear(struct received_calls *calls)
{
    for (uint32_t place = 0; place < calls->capacity; place++)
        calls->slots[place].taken = false;
    calls->n_calls = 0;
}

/* The finisher of splitmix64, keyed. */
static uint32_t hash(const struct received_calls *calls, uint32_t id)
{
    uint64_t x = calls->seed + id;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(x ^ x >> 31) & (calls->capacity - 1);
}

/* Where @id stands, or the free place where it belongs. */
static struct received_call *place_of(const struct received_calls *calls, uint32_t id)
{
    uint32_t place = hash(calls, id);
    while (calls->slots[place].taken && calls->slots[place].id != id)
        place = (place + 1) & (calls->capacity - 1);
    return &calls->slots[place];
}

static enum via_status grow(struct received_calls *calls)
{
    uint32_t old_capacity = calls->capacity;
    uint32_t capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity * 2;
    struct received_call *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL)
        return VIA_NO_MEMORY;
    struct received_call *old_slots = calls->slots;
    calls->slots = slots;
    calls->capacity = capacity;
    for (uint32_t i = 0; i < old_capacity; i++) {
        if (old_slots[i].taken)
            *place_of(calls, old_slots[i].id) = old_slots[i];
    }
    free(old_slots);
    return VIA_OK;
}

enum via_status received_calls_add(struct received_calls *calls, uint32_t id, uint32_t object)
{
    if (received_calls_find(calls, id) != NULL)
        return VIA_BAD_KIND;
    if (calls->n_calls >= calls->limit)
        return VIA_BUSY;
    if (calls->n_calls >= calls->capacity / 2) {
        enum via_status status = grow(calls);
        if (status != VIA_OK)
            return status;
    }
    calls->n_calls++;
    *place_of(calls, id) = (struct received_call){.id = id, .object = object, .taken = true};
    return VIA_OK;
}

struct received_call *received_calls_find(const struct received_calls *calls, uint32_t id)
{
    if (calls->n_calls == 0)
        return NULL;
    struct received_call *call = place_of(calls, id);
    return call->taken ? call : NULL;
}

void received_calls_remove(struct received_calls *calls, struct received_call *call)
{
    uint32_t mask = calls->capacity - 1;
    uint32_t hole = (uint32_t)(call - calls->slots);
    for (uint32_t place = (hole + 1) & mask; calls->slots[place].taken;
         place = (place + 1) & mask) {
        /* what could have stood in the hole moves there, so that no search ends too early */
        uint32_t home = hash(calls, calls->slots[place].id);
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        calls->slots[hole] = calls->slots[place];
        hole = place;
    }
    calls->slots[hole].taken = false;
    calls->n_calls--;
}

static void received_call_state(struct received_call *call, struct state *state)
{
    state_u32(state, &call->id);
    state_u32(state, &call->object);
    state_u64(state, &call->context);
    state_bool(state, &call->cancelled);
}

/* Behind a free place: from there on, those that share a home stand in the order in which they
 * came, also where they go on at the table's start. Who loads them so has them stand so again. */
static uint32_t behind_a_free_place(const struct received_calls *calls)
{
    uint32_t place = 0;
    while (place < calls->capacity && calls->slots[place].taken)
        place++;
    return place + 1;
}

void received_calls_state(struct received_calls *calls, struct state *state)
{
    uint32_t n = calls->n_calls, from = state->loading ? 0 : behind_a_free_place(calls);
    state_u32(state, &calls->limit);
    state_u64(state, &calls->seed);
    state_count(state, &n, RECEIVED_CALLS_MAX);
    for (uint32_t i = 0; n > 0 && state_is_good(state); i++) {
        struct received_call read = {.taken = true}, *call = &read;
        if (!state->loading)
            call = &calls->slots[(from + i) & (calls->capacity - 1)];
        if (!call->taken)
            continue;
        received_call_state(call, state);
        n--;
        if (!state->loading || !state_is_good(state))
            continue;
        if (calls->n_calls >= calls->capacity / 2 && grow(calls) != VIA_OK) {
            state->status = VIA_NO_MEMORY;
            return;
        }
        if (!state_require(state, !place_of(calls, read.id)->taken, "a call received twice"))
            return;
        *place_of(calls, read.id) = read;
        calls->n_calls++;
    }
}
