/*
 * A map is a table of chains that doubles when it has as many entries as chains. Its iterator
 * stands on an entry; when that one is removed, it stands between its neighbours.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/legato/fatal.h"
#include "include/legato/le_hashmap.h"

#define CHAINS_LEAST 4u

struct entry {
    struct entry *next;  /* of its chain */
    struct entry *newer; /* the order in which they came */
    struct entry *older;
    size_t hash;
    const void *key;   /* the program's */
    const void *value; /* the program's */
};

struct le_hashmap_It {
    struct le_hashmap *map;
    struct entry *entry; /* where it stands, NULL: between, or before the first */
    struct entry *next;  /* when it stands on none: what comes next and before */
    struct entry *previous;
};

struct le_hashmap {
    struct le_hashmap *older;
    const char *name; /* the program's */
    le_hashmap_HashFunc_t hash;
    le_hashmap_EqualsFunc_t equals;
    struct entry **chains;
    size_t n_chains; /* a power of 2 */
    size_t n_entries;
    struct entry *oldest;
    struct entry *newest;
    struct le_hashmap_It iterator;
};

/* All there are: they are never freed, and leaks look different. */
static _Atomic(struct le_hashmap *) maps;

static void check(const struct le_hashmap *map, const char *function)
{
    if (map == NULL)
        legato_fatal("%s: NULL is no map", function);
}

le_hashmap_Ref_t le_hashmap_Create(const char *nameStr, size_t capacity,
                                   le_hashmap_HashFunc_t hashFunc,
                                   le_hashmap_EqualsFunc_t equalsFunc)
{
    struct le_hashmap *map = legato_allocate(sizeof *map);
    *map = (struct le_hashmap){.name = nameStr, .hash = hashFunc, .equals = equalsFunc};
    map->n_chains = CHAINS_LEAST;
    while (map->n_chains < capacity && map->n_chains <= SIZE_MAX / 2 / sizeof(struct entry *))
        map->n_chains *= 2;
    map->chains = legato_allocate(map->n_chains * sizeof *map->chains);
    map->iterator.map = map;
    map->older = atomic_load(&maps);
    while (!atomic_compare_exchange_weak(&maps, &map->older, map))
        continue;
    return map;
}

static void double_chains(struct le_hashmap *map)
{
    size_t n_chains = map->n_chains * 2;
    struct entry **chains = calloc(n_chains, sizeof *chains);
    if (chains == NULL)
        return; /* it is slower, no more */
    for (struct entry *entry = map->oldest; entry != NULL; entry = entry->newer) {
        struct entry **chain = &chains[entry->hash & (n_chains - 1)];
        entry->next = *chain;
        *chain = entry;
    }
    free(map->chains);
    map->chains = chains;
    map->n_chains = n_chains;
}

/* What leads to the entry of @key in its chain, or to the chain's end. */
static struct entry **find(const struct le_hashmap *map, const void *key, size_t hash)
{
    struct entry **link = &map->chains[hash & (map->n_chains - 1)];
    while (*link != NULL && ((*link)->hash != hash || !map->equals((*link)->key, key)))
        link = &(*link)->next;
    return link;
}

/* Multiplied, so that keys that differ in their high bits alone do not share a chain. */
static size_t hash_of(const struct le_hashmap *map, const void *key)
{
    uint64_t mixed = (uint64_t)map->hash(key) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed ^ mixed >> 32);
}

static struct entry *entry_of(const struct le_hashmap *map, const void *key)
{
    return *find(map, key, hash_of(map, key));
}

static void *value_of(const struct entry *entry)
{
    return entry == NULL ? NULL : (void *)(uintptr_t)entry->value;
}

void *le_hashmap_Put(le_hashmap_Ref_t mapRef, const void *keyPtr, const void *valuePtr)
{
    check(mapRef, __func__);
    size_t hash = hash_of(mapRef, keyPtr);
    struct entry **link = find(mapRef, keyPtr, hash);
    if (*link != NULL) {
        void *before = value_of(*link);
        (*link)->value = valuePtr;
        return before;
    }
    struct entry *entry = legato_allocate(sizeof *entry);
    *entry =
        (struct entry){.older = mapRef->newest, .hash = hash, .key = keyPtr, .value = valuePtr};
    *link = entry;
    if (mapRef->newest == NULL)
        mapRef->oldest = entry;
    else
        mapRef->newest->newer = entry;
    mapRef->newest = entry;
    if (++mapRef->n_entries > mapRef->n_chains)
        double_chains(mapRef);
    return NULL;
}

void *le_hashmap_Get(le_hashmap_Ref_t mapRef, const void *keyPtr)
{
    check(mapRef, __func__);
    return value_of(entry_of(mapRef, keyPtr));
}

void *le_hashmap_GetStoredKey(le_hashmap_Ref_t mapRef, const void *keyPtr)
{
    check(mapRef, __func__);
    const struct entry *entry = entry_of(mapRef, keyPtr);
    return entry == NULL ? NULL : (void *)(uintptr_t)entry->key;
}

bool le_hashmap_ContainsKey(le_hashmap_Ref_t mapRef, const void *keyPtr)
{
    check(mapRef, __func__);
    return entry_of(mapRef, keyPtr) != NULL;
}

static void leave(struct le_hashmap_It *iterator, const struct entry *entry)
{
    if (iterator->entry == entry) {
        iterator->entry = NULL;
        iterator->next = entry->newer;
        iterator->previous = entry->older;
        return;
    }
    if (iterator->next == entry)
        iterator->next = entry->newer;
    if (iterator->previous == entry)
        iterator->previous = entry->older;
}

void *le_hashmap_Remove(le_hashmap_Ref_t mapRef, const void *keyPtr)
{
    check(mapRef, __func__);
    struct entry **link = find(mapRef, keyPtr, hash_of(mapRef, keyPtr));
    struct entry *entry = *link;
    if (entry == NULL)
        return NULL;
    leave(&mapRef->iterator, entry);
    *link = entry->next;
    if (entry->older == NULL)
        mapRef->oldest = entry->newer;
    else
        entry->older->newer = entry->newer;
    if (entry->newer == NULL)
        mapRef->newest = entry->older;
    else
        entry->newer->older = entry->older;
    mapRef->n_entries--;
    void *value = value_of(entry);
    free(entry);
    return value;
}

void le_hashmap_RemoveAll(le_hashmap_Ref_t mapRef)
{
    check(mapRef, __func__);
    for (struct entry *entry = mapRef->oldest; entry != NULL;) {
        struct entry *newer = entry->newer;
        free(entry);
        entry = newer;
    }
    memset(mapRef->chains, 0, mapRef->n_chains * sizeof(struct entry *));
    mapRef->oldest = NULL;
    mapRef->newest = NULL;
    mapRef->n_entries = 0;
    mapRef->iterator = (struct le_hashmap_It){.map = mapRef};
}

bool le_hashmap_isEmpty(le_hashmap_Ref_t mapRef)
{
    check(mapRef, __func__);
    return mapRef->n_entries == 0;
}

size_t le_hashmap_Size(le_hashmap_Ref_t mapRef)
{
    check(mapRef, __func__);
    return mapRef->n_entries;
}

bool le_hashmap_ForEach(le_hashmap_Ref_t mapRef, le_hashmap_ForEachHandler_t forEachFn,
                        void *contextPtr)
{
    check(mapRef, __func__);
    for (const struct entry *entry = mapRef->oldest; entry != NULL;) {
        const struct entry *newer = entry->newer; /* it may be removed */
        if (!forEachFn(entry->key, entry->value, contextPtr))
            return false;
        entry = newer;
    }
    return true;
}

/* ---- iterators ---- */

le_hashmap_It_Ref_t le_hashmap_GetIterator(le_hashmap_Ref_t mapRef)
{
    check(mapRef, __func__);
    mapRef->iterator = (struct le_hashmap_It){.map = mapRef, .next = mapRef->oldest};
    return &mapRef->iterator;
}

static le_result_t stand_on(struct le_hashmap_It *iterator, struct entry *entry)
{
    if (entry == NULL)
        return LE_NOT_FOUND;
    iterator->entry = entry;
    return LE_OK;
}

le_result_t le_hashmap_NextNode(le_hashmap_It_Ref_t iteratorRef)
{
    return stand_on(iteratorRef,
                    iteratorRef->entry == NULL ? iteratorRef->next : iteratorRef->entry->newer);
}

le_result_t le_hashmap_PrevNode(le_hashmap_It_Ref_t iteratorRef)
{
    return stand_on(iteratorRef,
                    iteratorRef->entry == NULL ? iteratorRef->previous : iteratorRef->entry->older);
}

const void *le_hashmap_GetKey(le_hashmap_It_Ref_t iteratorRef)
{
    return iteratorRef->entry == NULL ? NULL : iteratorRef->entry->key;
}

void *le_hashmap_GetValue(le_hashmap_It_Ref_t iteratorRef)
{
    return value_of(iteratorRef->entry);
}

static le_result_t give(const struct entry *entry, void **keyp, void **valuep)
{
    if (entry == NULL)
        return LE_NOT_FOUND;
    *keyp = (void *)(uintptr_t)entry->key;
    if (valuep != NULL)
        *valuep = value_of(entry);
    return LE_OK;
}

le_result_t le_hashmap_GetFirstNode(le_hashmap_Ref_t mapRef, void **firstKeyPtr,
                                    void **firstValuePtr)
{
    check(mapRef, __func__);
    return firstKeyPtr == NULL ? LE_BAD_PARAMETER
                               : give(mapRef->oldest, firstKeyPtr, firstValuePtr);
}

le_result_t le_hashmap_GetNodeAfter(le_hashmap_Ref_t mapRef, const void *keyPtr, void **nextKeyPtr,
                                    void **nextValuePtr)
{
    check(mapRef, __func__);
    const struct entry *entry = keyPtr == NULL ? NULL : entry_of(mapRef, keyPtr);
    if (entry == NULL || nextKeyPtr == NULL)
        return LE_BAD_PARAMETER;
    return give(entry->newer, nextKeyPtr, nextValuePtr);
}

size_t le_hashmap_CountCollisions(le_hashmap_Ref_t mapRef)
{
    check(mapRef, __func__);
    size_t n_used = 0;
    for (size_t i = 0; i < mapRef->n_chains; i++)
        n_used += mapRef->chains[i] != NULL;
    return mapRef->n_entries - n_used;
}

/* ---- keys ---- */

size_t le_hashmap_HashString(const void *stringToHashPtr)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (const unsigned char *octet = stringToHashPtr; *octet != '\0'; octet++)
        hash = (hash ^ *octet) * UINT64_C(0x100000001b3);
    return (size_t)hash;
}

bool le_hashmap_EqualsString(const void *firstStringPtr, const void *secondStringPtr)
{
    return strcmp(firstStringPtr, secondStringPtr) == 0;
}

size_t le_hashmap_HashUInt32(const void *intToHashPtr)
{
    uint32_t number = 0;
    memcpy(&number, intToHashPtr, sizeof number);
    return number;
}

bool le_hashmap_EqualsUInt32(const void *firstIntPtr, const void *secondIntPtr)
{
    return memcmp(firstIntPtr, secondIntPtr, sizeof(uint32_t)) == 0;
}

size_t le_hashmap_HashUInt64(const void *intToHashPtr)
{
    uint64_t number = 0;
    memcpy(&number, intToHashPtr, sizeof number);
    return (size_t)number;
}

bool le_hashmap_EqualsUInt64(const void *firstIntPtr, const void *secondIntPtr)
{
    return memcmp(firstIntPtr, secondIntPtr, sizeof(uint64_t)) == 0;
}

size_t le_hashmap_HashVoidPointer(const void *voidToHashPtr)
{
    return (size_t)(uintptr_t)voidToHashPtr;
}

bool le_hashmap_EqualsVoidPointer(const void *firstVoidPtr, const void *secondVoidPtr)
{
    return firstVoidPtr == secondVoidPtr;
}
