/*
 * Sent calls: we choose the ids, so we choose ones whose place in the table is free. Ids count
 * upward and wrap; one whose slot is still taken, by a call that has waited for a whole turn of the
 * table, is passed over. Half of the table at least is free, so a free one is near.
 */
#include "bridge/sent_calls.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16u

void sent_calls_init(struct sent_calls *calls, uint32_t limit)
{
    memset(calls, 0, sizeof *calls);
    calls->limit = limit;
}

void sent_calls_deinit(struct sent_calls *calls)
{
    free(calls->slots);
    sent_calls_init(calls, calls->limit);
}

void sent_calls_limit(struct sent_calls *calls, uint32_t limit)
{
    if (limit < calls->limit)
        calls->limit = limit;
}

static struct sent_call *slot_of(struct sent_calls *calls, uint32_t id)
{
    return &calls->slots[id & (calls->capacity - 1)];
}

/* Two ids that had different places in the smaller table have different ones in the larger. */
static enum via_status grow(struct sent_calls *calls)
{
    uint32_t old_capacity = calls->capacity;
    uint32_t capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity * 2;
    struct sent_call *slots = calloc(capacity, sizeof *slots);
    if (slots == NULL)
        return VIA_NO_MEMORY;
    struct sent_call *old_slots = calls->slots;
    calls->slots = slots;
    calls->capacity = capacity;
    for (uint32_t i = 0; i < old_capacity; i++) {
        if (old_slots[i].waiting)
            *slot_of(calls, old_slots[i].id) = old_slots[i];
    }
    free(old_slots);
    return VIA_OK;
}

enum via_status sent_calls_add(struct sent_calls *calls, uint64_t context, uint32_t *idp)
{
    if (calls->n_waiting >= calls->limit)
        return VIA_BUSY;
    if (calls->n_waiting >= calls->capacity / 2) {
        enum via_status status = grow(calls);
        if (status != VIA_OK)
            return status;
    }
    do {
        calls->last_id++;
    } while (slot_of(calls, calls->last_id)->waiting);
    calls->n_waiting++;
    *slot_of(calls, calls->last_id) =
        (struct sent_call){.context = context, .id = calls->last_id, .waiting = true};
    *idp = calls->last_id;
    return VIA_OK;
}

struct sent_call *sent_calls_find(struct sent_calls *calls, uint32_t id)
{
    if (calls->n_waiting == 0)
        return NULL;
    struct sent_call *call = slot_of(calls, id);
    return call->waiting && call->id == id ? call : NULL;
}

void sent_calls_remove(struct sent_calls *calls, struct sent_call *call)
{
    call->waiting = false;
    calls->n_waiting--;
}

struct sent_call *sent_calls_next(struct sent_calls *calls, uint32_t *cursorp)
{
    for (uint32_t place = *cursorp; place < calls->capacity; place++) {
        if (!calls->slots[place].waiting)
            continue;
        *cursorp = place + 1;
        return &calls->slots[place];
    }
    return NULL;
}

static void sent_call_state(struct sent_call *call, struct state *state)
{
    state_u32(state, &call->id);
    state_u32(state, &call->object);
    state_u32(state, &call->since);
    state_u64(state, &call->context);
    state_u64(state, &call->until_ms);
    state_bool(state, &call->forgotten);
    state_bool(state, &call->cancelled);
}

/* Ids have different places in a table of the size that they had them in. */
void sent_calls_state(struct sent_calls *calls, struct state *state)
{
    uint32_t n = calls->n_waiting, capacity = calls->capacity, cursor = 0;
    state_u32(state, &calls->limit);
    state_u32(state, &calls->last_id);
    state_u32(state, &capacity);
    state_count(state, &n, SENT_CALLS_MAX);
    if (!state_require(state, capacity <= 4 * SENT_CALLS_MAX && n <= capacity, "calls sent"))
        return;
    while (state->loading && calls->capacity < capacity) {
        if (grow(calls) != VIA_OK) {
            state->status = VIA_NO_MEMORY;
            return;
        }
    }
    for (; n > 0 && state_is_good(state); n--) {
        struct sent_call read = {.waiting = true};
        sent_call_state(state->loading ? &read : sent_calls_next(calls, &cursor), state);
        if (!state->loading || !state_is_good(state) ||
            !state_require(state, !slot_of(calls, read.id)->waiting, "a call sent twice"))
            continue;
        *slot_of(calls, read.id) = read;
        calls->n_waiting++;
    }
}
