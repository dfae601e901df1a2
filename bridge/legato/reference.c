/*
 * A table's slots are reused, each time under another generation, which is a part of the reference.
 * A reference is, from its lowest bit: 1, the slot's index, the generation.
 *
 * Programs put references of their maps into messages as 32 bits, so those have no more. That
 * leaves few generations, so a slot of such a table rests until many others are free.
 */
#include "bridge/legato/reference.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bridge/legato/fatal.h"

#define FIRST_SLOTS 16u
#define WIDE_INDEX_BITS 31u
#define NARROW_INDEX_BITS 20u
#define NARROW_REST 1024u   /* free slots of a narrow table before one is used again */
#define SEED_STRIDE 0x1f35u /* far enough that small tables do not meet */

struct reference_slot {
    void *object;         /* borrowed */
    size_t next_free;     /* while free, as free_slot */
    uintptr_t generation; /* as many bits as a reference has room for */
    bool is_used;
};

static struct {
    pthread_mutex_t mutex;
    struct reference_table tables[REFERENCE_KINDS];
} references = {.mutex = PTHREAD_MUTEX_INITIALIZER};

uint32_t reference_seed(void)
{
    static atomic_uint n_tables;
    return (atomic_fetch_add(&n_tables, 1) + 1) * SEED_STRIDE;
}

static bool is_narrow(const struct reference_table *table)
{
    return table->is_narrow || sizeof(uintptr_t) < 8;
}

static unsigned index_bits(const struct reference_table *table)
{
    return is_narrow(table) ? NARROW_INDEX_BITS : WIDE_INDEX_BITS;
}

static size_t most_slots(const struct reference_table *table)
{
    return (size_t)1 << index_bits(table);
}

static void *number_of(const struct reference_table *table, size_t index)
{
    uintptr_t generation = table->slots[index].generation << (index_bits(table) + 1u);
    uintptr_t number = generation | (uintptr_t)index << 1 | 1u;
    return (void *)(is_narrow(table) ? number & UINT32_MAX : number);
}

static struct reference_slot *slot_of(const struct reference_table *table, const void *reference)
{
    uintptr_t number = (uintptr_t)reference;
    size_t index = (size_t)(number >> 1) & (most_slots(table) - 1);
    if ((number & 1u) == 0 || index >= table->n_made)
        return NULL;
    struct reference_slot *slot = &table->slots[index];
    return slot->is_used && number_of(table, index) == reference ? slot : NULL;
}

static void grow(struct reference_table *table)
{
    size_t n_slots = table->n_slots == 0 ? FIRST_SLOTS : table->n_slots * 2;
    if (n_slots > most_slots(table))
        legato_fatal("more than %zu references", most_slots(table));
    struct reference_slot *slots = realloc(table->slots, n_slots * sizeof *slots);
    if (slots == NULL)
        legato_fatal("no memory for %zu references", n_slots);
    table->slots = slots;
    table->n_slots = n_slots;
}

/* Whether a free slot is used again, where another could be made. */
static bool reuses(const struct reference_table *table)
{
    if (table->n_free == 0)
        return false;
    return !is_narrow(table) || table->n_free > NARROW_REST || table->n_made == most_slots(table);
}

void *reference_table_add(struct reference_table *table, void *object)
{
    size_t index = table->n_made;
    if (reuses(table)) {
        index = table->free_slot - 1;
        table->free_slot = table->slots[index].next_free;
        table->n_free--;
    } else {
        if (table->n_made == table->n_slots)
            grow(table);
        table->n_made++;
        table->slots[index].generation = table->seed;
    }
    struct reference_slot *slot = &table->slots[index];
    slot->object = object;
    slot->is_used = true;
    return number_of(table, index);
}

bool reference_table_has(const struct reference_table *table, const void *reference)
{
    return slot_of(table, reference) != NULL;
}

void *reference_table_find(const struct reference_table *table, const void *reference)
{
    const struct reference_slot *slot = slot_of(table, reference);
    return slot == NULL ? NULL : slot->object;
}

void *reference_table_remove(struct reference_table *table, const void *reference)
{
    struct reference_slot *slot = slot_of(table, reference);
    if (slot == NULL)
        return NULL;
    void *object = slot->object;
    slot->object = NULL;
    slot->is_used = false;
    slot->generation++;
    slot->next_free = 0;
    size_t position = (size_t)(slot - table->slots) + 1;
    if (table->n_free++ == 0)
        table->free_slot = position;
    else
        table->slots[table->last_free - 1].next_free = position;
    table->last_free = position;
    return object;
}

void *reference_table_next(const struct reference_table *table, size_t *index, void **referencep)
{
    while (*index < table->n_made) {
        size_t here = (*index)++;
        if (!table->slots[here].is_used)
            continue;
        *referencep = number_of(table, here);
        return table->slots[here].object;
    }
    *referencep = NULL;
    return NULL;
}

void *reference_create(enum reference_kind kind, void *object)
{
    (void)pthread_mutex_lock(&references.mutex);
    struct reference_table *table = &references.tables[kind];
    if (table->seed == 0)
        table->seed = reference_seed();
    void *reference = reference_table_add(table, object);
    (void)pthread_mutex_unlock(&references.mutex);
    return reference;
}

void *reference_hold(enum reference_kind kind, const void *reference, void (*hold)(void *object))
{
    (void)pthread_mutex_lock(&references.mutex);
    void *object = reference_table_find(&references.tables[kind], reference);
    if (object != NULL && hold != NULL)
        hold(object);
    (void)pthread_mutex_unlock(&references.mutex);
    return object;
}

void *reference_find(enum reference_kind kind, const void *reference)
{
    return reference_hold(kind, reference, NULL);
}

void *reference_delete(enum reference_kind kind, const void *reference)
{
    (void)pthread_mutex_lock(&references.mutex);
    void *object = reference_table_remove(&references.tables[kind], reference);
    (void)pthread_mutex_unlock(&references.mutex);
    return object;
}
