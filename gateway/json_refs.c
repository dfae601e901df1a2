/*
 * A number is a slot and, above it, the slot's generation, so that a number that was given back
 * never means another object soon. Looking for an object's number is a walk: who shows thousands of
 * references to a browser waits for that.
 */
#include "gateway/json_refs.h"

#include <stdlib.h>

#define SLOT_BITS 20u
#define SLOTS_AT_FIRST 16u
#define GENERATIONS (1u << 11) /* numbers stay below 2^31, which every JSON reader takes */

void json_refs_init(struct json_refs *refs, struct session *session, uint32_t max)
{
    *refs = (struct json_refs){.session = session, .max = max};
}

static void drop(struct json_refs *refs, uint32_t slot)
{
    struct json_ref *ref = &refs->slots[slot];
    struct gateway_object *object = ref->object;
    ref->object = NULL;
    ref->generation = (uint16_t)((ref->generation + 1u) % GENERATIONS);
    ref->next_free = refs->first_free;
    refs->first_free = slot;
    refs->n--;
    objects_let_go(object, refs->session);
}

void json_refs_deinit(struct json_refs *refs)
{
    for (uint32_t slot = 1; slot < refs->n_slots; slot++)
        if (refs->slots[slot].object != NULL)
            drop(refs, slot);
    free(refs->slots);
    refs->slots = NULL;
    refs->n_slots = 0;
    refs->first_free = 0;
}

static enum via_status grow(struct json_refs *refs)
{
    uint32_t n_slots = refs->n_slots == 0 ? SLOTS_AT_FIRST : refs->n_slots * 2;
    struct json_ref *slots = realloc(refs->slots, n_slots * sizeof *slots);
    if (slots == NULL)
        return VIA_NO_MEMORY;
    refs->slots = slots;
    for (uint32_t slot = n_slots; slot-- > (refs->n_slots == 0 ? 1 : refs->n_slots);) {
        slots[slot] = (struct json_ref){.next_free = refs->first_free};
        refs->first_free = slot;
    }
    refs->n_slots = n_slots;
    return VIA_OK;
}

static uint32_t number_of(const struct json_refs *refs, uint32_t slot)
{
    return (uint32_t)refs->slots[slot].generation << SLOT_BITS | slot;
}

enum via_status json_refs_show(struct json_refs *refs, struct gateway_object *object,
                               uint64_t message, uint32_t *numberp)
{
    for (uint32_t slot = 1; slot < refs->n_slots; slot++) {
        struct json_ref *ref = &refs->slots[slot];
        if (ref->object != object)
            continue;
        if (ref->shown_in != message)
            ref->counts++;
        ref->shown_in = message;
        *numberp = number_of(refs, slot);
        return VIA_OK;
    }
    if (refs->n >= refs->max)
        return VIA_BUSY;
    enum via_status status = objects_reserve_hold(object);
    if (status == VIA_OK && refs->first_free == 0)
        status = grow(refs);
    if (status != VIA_OK)
        return status;
    uint32_t slot = refs->first_free;
    struct json_ref *ref = &refs->slots[slot];
    refs->first_free = ref->next_free;
    refs->n++;
    objects_hold(object, refs->session);
    ref->object = object;
    ref->counts = 1;
    ref->shown_in = message;
    *numberp = number_of(refs, slot);
    return VIA_OK;
}

static uint32_t slot_of(const struct json_refs *refs, uint32_t number)
{
    uint32_t slot = number & ((1u << SLOT_BITS) - 1);
    if (slot == 0 || slot >= refs->n_slots || refs->slots[slot].object == NULL)
        return 0;
    return refs->slots[slot].generation == number >> SLOT_BITS ? slot : 0;
}

struct gateway_object *json_refs_get(const struct json_refs *refs, uint32_t number)
{
    uint32_t slot = slot_of(refs, number);
    return slot == 0 ? NULL : refs->slots[slot].object;
}

enum via_status json_refs_release(struct json_refs *refs, uint32_t number, uint32_t n)
{
    uint32_t slot = slot_of(refs, number);
    if (slot == 0)
        return VIA_NOT_FOUND;
    struct json_ref *ref = &refs->slots[slot];
    ref->counts -= n < ref->counts ? n : ref->counts;
    if (ref->counts == 0)
        drop(refs, slot);
    return VIA_OK;
}
