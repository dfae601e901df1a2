/*
 * Legato: maps of keys to values, both the program's own. A map is not for several threads at once.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_hashmap.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_hashmap *le_hashmap_Ref_t;
typedef struct le_hashmap_It *le_hashmap_It_Ref_t;
typedef size_t (*le_hashmap_HashFunc_t)(const void *keyToHashPtr);
typedef bool (*le_hashmap_EqualsFunc_t)(const void *firstKeyPtr, const void *secondKeyPtr);
typedef bool (*le_hashmap_ForEachHandler_t)(const void *keyPtr, const void *valuePtr,
                                            void *contextPtr);

/** le_hashmap_Create() - for ever. @capacity: how many it expects; it takes more */
LE_SHARED le_hashmap_Ref_t le_hashmap_Create(const char *nameStr, size_t capacity,
                                             le_hashmap_HashFunc_t hashFunc,
                                             le_hashmap_EqualsFunc_t equalsFunc);
/** LE_HASHMAP_DEFINE_STATIC(), le_hashmap_InitStatic() - the same by a name of the program's */
#define LE_HASHMAP_DEFINE_STATIC(name, capacity) enum { _hashmap_##name##Capacity = (capacity) }
#define le_hashmap_InitStatic(name, capacity, hashFunc, equalsFunc)                                \
    le_hashmap_Create(#name, (capacity), (hashFunc), (equalsFunc))

/** le_hashmap_Put() - key and value are borrowed while they are in it. Return: the value that was
 * there, whose key stays; NULL */
LE_SHARED void *le_hashmap_Put(le_hashmap_Ref_t mapRef, const void *keyPtr, const void *valuePtr);
/** le_hashmap_Get() - NULL: no such key */
LE_SHARED void *le_hashmap_Get(le_hashmap_Ref_t mapRef, const void *keyPtr);
LE_SHARED void *le_hashmap_GetStoredKey(le_hashmap_Ref_t mapRef, const void *keyPtr);
/** le_hashmap_Remove() - Return: its value; NULL: no such key */
LE_SHARED void *le_hashmap_Remove(le_hashmap_Ref_t mapRef, const void *keyPtr);
LE_SHARED void le_hashmap_RemoveAll(le_hashmap_Ref_t mapRef);
LE_SHARED bool le_hashmap_isEmpty(le_hashmap_Ref_t mapRef);
LE_SHARED size_t le_hashmap_Size(le_hashmap_Ref_t mapRef);
LE_SHARED bool le_hashmap_ContainsKey(le_hashmap_Ref_t mapRef, const void *keyPtr);
/** le_hashmap_ForEach() - until @forEachFn gives false. Return: whether it came to the end */
LE_SHARED bool le_hashmap_ForEach(le_hashmap_Ref_t mapRef, le_hashmap_ForEachHandler_t forEachFn,
                                  void *contextPtr);

/** le_hashmap_GetIterator() - the map's only one, before its first entry. What it stands on may be
 * removed */
LE_SHARED le_hashmap_It_Ref_t le_hashmap_GetIterator(le_hashmap_Ref_t mapRef);
/** le_hashmap_NextNode(), le_hashmap_PrevNode() - LE_OK; LE_NOT_FOUND: there is none */
LE_SHARED le_result_t le_hashmap_NextNode(le_hashmap_It_Ref_t iteratorRef);
LE_SHARED le_result_t le_hashmap_PrevNode(le_hashmap_It_Ref_t iteratorRef);
/** le_hashmap_GetKey(), le_hashmap_GetValue() - where it is; NULL when that was removed */
LE_SHARED const void *le_hashmap_GetKey(le_hashmap_It_Ref_t iteratorRef);
LE_SHARED void *le_hashmap_GetValue(le_hashmap_It_Ref_t iteratorRef);
/** le_hashmap_GetFirstNode() - LE_OK; LE_NOT_FOUND: it is empty; LE_BAD_PARAMETER: NULL for a key.
 * The value's pointer may be NULL */
LE_SHARED le_result_t le_hashmap_GetFirstNode(le_hashmap_Ref_t mapRef, void **firstKeyPtr,
                                              void **firstValuePtr);
/** le_hashmap_GetNodeAfter() - LE_OK; LE_NOT_FOUND: @keyPtr is the last; LE_BAD_PARAMETER: it is
 * not there */
LE_SHARED le_result_t le_hashmap_GetNodeAfter(le_hashmap_Ref_t mapRef, const void *keyPtr,
                                              void **nextKeyPtr, void **nextValuePtr);
/** le_hashmap_CountCollisions() - entries that share their place with an earlier one */
LE_SHARED size_t le_hashmap_CountCollisions(le_hashmap_Ref_t mapRef);

/* Keys that are strings, point to numbers, or are pointers themselves. */
LE_SHARED size_t le_hashmap_HashString(const void *stringToHashPtr);
LE_SHARED bool le_hashmap_EqualsString(const void *firstStringPtr, const void *secondStringPtr);
LE_SHARED size_t le_hashmap_HashUInt32(const void *intToHashPtr);
LE_SHARED bool le_hashmap_EqualsUInt32(const void *firstIntPtr, const void *secondIntPtr);
LE_SHARED size_t le_hashmap_HashUInt64(const void *intToHashPtr);
LE_SHARED bool le_hashmap_EqualsUInt64(const void *firstIntPtr, const void *secondIntPtr);
LE_SHARED size_t le_hashmap_HashVoidPointer(const void *voidToHashPtr);
LE_SHARED bool le_hashmap_EqualsVoidPointer(const void *firstVoidPtr, const void *secondVoidPtr);

#ifdef __cplusplus
}
#endif
