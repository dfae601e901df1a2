/*
 * Legato: references that may be given to others: a stale one is found out. A map is not for
 * several threads at once. References are odd numbers, so that none is ever a pointer.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_safeRef.h.
 */
#pragma once

#include <stddef.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_ref_Map *le_ref_MapRef_t;
typedef struct le_ref_Iter *le_ref_IterRef_t;

/** le_ref_CreateMap() - for ever. @maxRefs: how many it expects; it takes more */
LE_SHARED le_ref_MapRef_t le_ref_CreateMap(const char *name, size_t maxRefs);
/** LE_REF_DEFINE_STATIC_MAP(), le_ref_InitStaticMap() - the same by a name of the program's */
#define LE_REF_DEFINE_STATIC_MAP(name, maxRefs) enum { _ref_##name##Max = (maxRefs) }
#define le_ref_InitStaticMap(name, maxRefs) le_ref_CreateMap(#name, (maxRefs))

LE_SHARED void *le_ref_CreateRef(le_ref_MapRef_t mapRef, void *ptr);
/** le_ref_Lookup() - its pointer; NULL when it was deleted or never made */
LE_SHARED void *le_ref_Lookup(le_ref_MapRef_t mapRef, void *safeRef);
/** le_ref_DeleteRef() - one that is not there is logged */
LE_SHARED void le_ref_DeleteRef(le_ref_MapRef_t mapRef, void *safeRef);

/** le_ref_GetIterator() - the map's only one, before its first reference. References may be made
 * and deleted while it goes on; a new one may not be met */
LE_SHARED le_ref_IterRef_t le_ref_GetIterator(le_ref_MapRef_t mapRef);
/** le_ref_NextNode() - LE_OK; LE_NOT_FOUND: there is no next; LE_FAULT: it was said already */
LE_SHARED le_result_t le_ref_NextNode(le_ref_IterRef_t iteratorRef);
/** le_ref_GetSafeRef(), le_ref_GetValue() - where it is; NULL when that was deleted */
LE_SHARED const void *le_ref_GetSafeRef(le_ref_IterRef_t iteratorRef);
LE_SHARED void *le_ref_GetValue(le_ref_IterRef_t iteratorRef);

#ifdef __cplusplus
}
#endif
