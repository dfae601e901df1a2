/*
 * Reference maps of programs, over a table of references each. The iterator is a place in the
 * table, so that what comes and goes meanwhile disturbs nothing.
 */
#include <stdatomic.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/reference.h"
#include "include/legato/le_safeRef.h"

struct le_ref_Iter {
    struct le_ref_Map *map;
    size_t next;
    void *reference; /* where it is, NULL: nowhere yet, or it is over */
    bool is_over;
};

struct le_ref_Map {
    struct le_ref_Map *next; /* older */
    const char *name;        /* the program's */
    struct reference_table table;
    struct le_ref_Iter iterator;
};

/* All there are: they are never freed, and leaks look different. */
static _Atomic(struct le_ref_Map *) maps;

static void check(const struct le_ref_Map *map, const char *function)
{
    if (map == NULL)
        legato_fatal("%s: NULL is no map", function);
}

le_ref_MapRef_t le_ref_CreateMap(const char *name, size_t maxRefs)
{
    (void)maxRefs; /* it grows as it must */
    struct le_ref_Map *map = legato_allocate(sizeof *map);
    map->name = name;
    map->table.seed = reference_seed();
    map->table.is_narrow = true;
    map->iterator.map = map;
    map->next = atomic_load(&maps);
    while (!atomic_compare_exchange_weak(&maps, &map->next, map))
        continue;
    return map;
}

void *le_ref_CreateRef(le_ref_MapRef_t mapRef, void *ptr)
{
    check(mapRef, __func__);
    return reference_table_add(&mapRef->table, ptr);
}

void *le_ref_Lookup(le_ref_MapRef_t mapRef, void *safeRef)
{
    check(mapRef, __func__);
    return reference_table_find(&mapRef->table, safeRef);
}

void le_ref_DeleteRef(le_ref_MapRef_t mapRef, void *safeRef)
{
    check(mapRef, __func__);
    if (!reference_table_has(&mapRef->table, safeRef)) {
        legato_error("%p is no reference of map '%s'", safeRef, mapRef->name);
        return;
    }
    (void)reference_table_remove(&mapRef->table, safeRef);
}

le_ref_IterRef_t le_ref_GetIterator(le_ref_MapRef_t mapRef)
{
    check(mapRef, __func__);
    mapRef->iterator = (struct le_ref_Iter){.map = mapRef};
    return &mapRef->iterator;
}

le_result_t le_ref_NextNode(le_ref_IterRef_t iteratorRef)
{
    if (iteratorRef->is_over)
        return LE_FAULT;
    (void)reference_table_next(&iteratorRef->map->table, &iteratorRef->next,
                               &iteratorRef->reference);
    iteratorRef->is_over = iteratorRef->reference == NULL;
    return iteratorRef->is_over ? LE_NOT_FOUND : LE_OK;
}

const void *le_ref_GetSafeRef(le_ref_IterRef_t iteratorRef)
{
    return reference_table_has(&iteratorRef->map->table, iteratorRef->reference)
               ? iteratorRef->reference
               : NULL;
}

void *le_ref_GetValue(le_ref_IterRef_t iteratorRef)
{
    return reference_table_find(&iteratorRef->map->table, iteratorRef->reference);
}
