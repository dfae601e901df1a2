/*
 * Legato: lists whose links stand in what they link. Not for several threads at once.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_doublyLinkedList.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_dls_Link {
    struct le_dls_Link *nextPtr;
    struct le_dls_Link *prevPtr;
} le_dls_Link_t;
/* Its links form a ring. */
typedef struct {
    le_dls_Link_t *headLinkPtr;
} le_dls_List_t;
typedef bool (*le_dls_LessThanFunc_t)(le_dls_Link_t *a, le_dls_Link_t *b);

#ifdef __cplusplus
#define LE_DLS_LIST_INIT                                                                           \
    le_dls_List_t                                                                                  \
    {                                                                                              \
        NULL                                                                                       \
    }
#define LE_DLS_LINK_INIT                                                                           \
    le_dls_Link_t                                                                                  \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }
#else
#define LE_DLS_LIST_INIT                                                                           \
    (le_dls_List_t)                                                                                \
    {                                                                                              \
        NULL                                                                                       \
    }
#define LE_DLS_LINK_INIT                                                                           \
    (le_dls_Link_t)                                                                                \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }
#endif
/* The same, where a declaration takes no compound literal. */
#define LE_DLS_LIST_DECL_INIT                                                                      \
    {                                                                                              \
        NULL                                                                                       \
    }
#define LE_DLS_LINK_DECL_INIT                                                                      \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }

/** le_dls_Stack() - to the head; le_dls_Queue() - to the tail */
LE_SHARED void le_dls_Stack(le_dls_List_t *listPtr, le_dls_Link_t *newLinkPtr);
LE_SHARED void le_dls_Queue(le_dls_List_t *listPtr, le_dls_Link_t *newLinkPtr);
LE_SHARED void le_dls_AddAfter(le_dls_List_t *listPtr, le_dls_Link_t *currentLinkPtr,
                               le_dls_Link_t *newLinkPtr);
LE_SHARED void le_dls_AddBefore(le_dls_List_t *listPtr, le_dls_Link_t *currentLinkPtr,
                                le_dls_Link_t *newLinkPtr);
/** le_dls_Pop() - takes the head out; le_dls_PopTail() - the tail; NULL: empty */
LE_SHARED le_dls_Link_t *le_dls_Pop(le_dls_List_t *listPtr);
LE_SHARED le_dls_Link_t *le_dls_PopTail(le_dls_List_t *listPtr);
LE_SHARED void le_dls_Remove(le_dls_List_t *listPtr, le_dls_Link_t *linkToRemovePtr);
/** le_dls_Peek() - the head; le_dls_PeekTail() - the tail; NULL: empty */
LE_SHARED le_dls_Link_t *le_dls_Peek(const le_dls_List_t *listPtr);
LE_SHARED le_dls_Link_t *le_dls_PeekTail(const le_dls_List_t *listPtr);
/** le_dls_PeekNext(), le_dls_PeekPrev() - its neighbour; NULL: there is none */
LE_SHARED le_dls_Link_t *le_dls_PeekNext(const le_dls_List_t *listPtr,
                                         const le_dls_Link_t *currentLinkPtr);
LE_SHARED le_dls_Link_t *le_dls_PeekPrev(const le_dls_List_t *listPtr,
                                         const le_dls_Link_t *currentLinkPtr);
LE_SHARED bool le_dls_IsEmpty(const le_dls_List_t *listPtr);
LE_SHARED bool le_dls_IsInList(const le_dls_List_t *listPtr, const le_dls_Link_t *linkPtr);
LE_SHARED bool le_dls_IsHead(const le_dls_List_t *listPtr, const le_dls_Link_t *linkPtr);
LE_SHARED bool le_dls_IsTail(const le_dls_List_t *listPtr, const le_dls_Link_t *linkPtr);
LE_SHARED size_t le_dls_NumLinks(const le_dls_List_t *listPtr);
LE_SHARED void le_dls_Swap(le_dls_List_t *listPtr, le_dls_Link_t *linkPtr,
                           le_dls_Link_t *otherLinkPtr);
/** le_dls_Sort() - ascending; equal ones keep their order */
LE_SHARED void le_dls_Sort(le_dls_List_t *listPtr, le_dls_LessThanFunc_t comparatorPtr);
/** le_dls_IsListCorrupted() - some link does not stand between its neighbours */
LE_SHARED bool le_dls_IsListCorrupted(const le_dls_List_t *listPtr);

/** LE_DLS_FOREACH() - @iteratorPtr is each @type of the list in turn, linked by its @member; NULL
 * behind the last */
#define LE_DLS_FOREACH(listPtr, iteratorPtr, type, member)                                         \
    for ((iteratorPtr) =                                                                           \
             le_dls_IsEmpty(listPtr) ? NULL : CONTAINER_OF(le_dls_Peek(listPtr), type, member);    \
         (iteratorPtr) != NULL;                                                                    \
         (iteratorPtr) =                                                                           \
             le_dls_PeekNext((listPtr), &(iteratorPtr)->member) == NULL                            \
                 ? NULL                                                                            \
                 : CONTAINER_OF(le_dls_PeekNext((listPtr), &(iteratorPtr)->member), type, member))

#ifdef __cplusplus
}
#endif
