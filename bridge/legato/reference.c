/*
 * An array of slots. A reference is a slot's place and how often the slot has been given out, so
 * that a slot that is used again has another one.
 */
#include "bridge/legato/reference.h"

#include <pthread.h>
#include <stdlib.h>

#include "bridge/legato/fatal.h"

#define PLACE_BITS (sizeof(uintptr_t) > 4 ? 32 : 20)
#define FIRST_CAPACITY 64u

struct slot {
    const void *kind; /* NULL: free */
    void *object;
    uintptr_t n_times;
    size_t next_free;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot *slots;
static size_t n_slots, capacity, first_free; /* the slot at 0 is never used */

static void grow(void)
{
    size_t more = capacity == 0 ? FIRST_CAPACITY : 2 * capacity;
    struct slot *larger = realloc(slots, more * sizeof *slots);
    if (larger == NULL || more >> (PLACE_BITS - 1) != 0)
        legato_fatal("No memory for %zu references.", more);
    slots = larger;
    capacity = more;
    if (n_slots == 0)
        slots[n_slots++] = (struct slot){.kind = NULL};
}

uintptr_t reference_give(const void *kind, void *object)
{
    (void)pthread_mutex_lock(&lock);
    size_t place = first_free;
    if (place == 0) {
        if (n_slots == capacity)
            grow();
        place = n_slots++;
        slots[place] = (struct slot){.n_times = 0};
    } else {
        first_free = slots[place].next_free;
    }
    slots[place].kind = kind;
    slots[place].object = object;
    uintptr_t reference = slots[place].n_times << PLACE_BITS | (uintptr_t)place << 1 | 1;
    (void)pthread_mutex_unlock(&lock);
    return reference;
}

/* NULL: it has been dropped, or never was. Lock held. */
static struct slot *find(uintptr_t reference)
{
    uintptr_t places = ((uintptr_t)1 << PLACE_BITS) - 1;
    size_t place = (reference & places) >> 1;
    if ((reference & 1) == 0 || place >= n_slots)
        return NULL;
    struct slot *slot = &slots[place];
    uintptr_t n_times = slot->n_times << PLACE_BITS >> PLACE_BITS;
    return slot->kind != NULL && n_times == reference >> PLACE_BITS ? slot : NULL;
}

void *reference_find(const void *kind, uintptr_t reference, void (*hold)(void *object))
{
    (void)pthread_mutex_lock(&lock);
    const struct slot *slot = find(reference);
    void *object = slot != NULL && slot->kind == kind ? slot->object : NULL;
    if (object != NULL)
        hold(object);
    (void)pthread_mutex_unlock(&lock);
    return object;
}

void reference_drop(uintptr_t reference)
{
    (void)pthread_mutex_lock(&lock);
    struct slot *slot = find(reference);
    if (slot != NULL) {
        slot->kind = NULL;
        slot->n_times++;
        slot->next_free = first_free;
        first_free = (size_t)(slot - slots);
    }
    (void)pthread_mutex_unlock(&lock);
}
