/*
 * Legato: lists whose links stand in what they link, one way. Not for several threads at once.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_singlyLinkedList.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct le_sls_Link {
    struct le_sls_Link *nextPtr;
} le_sls_Link_t;
/* Its links form a ring. */
typedef struct {
    le_sls_Link_t *tailLinkPtr;
} le_sls_List_t;
typedef bool (*le_sls_LessThanFunc_t)(le_sls_Link_t *a, le_sls_Link_t *b);

#ifdef __cplusplus
#define LE_SLS_LIST_INIT                                                                           \
    le_sls_List_t                                                                                  \
    {                                                                                              \
        NULL                                                                                       \
    }
#define LE_SLS_LINK_INIT                                                                           \
    le_sls_Link_t                                                                                  \
    {                                                                                              \
        NULL                                                                                       \
    }
#else
#define LE_SLS_LIST_INIT                                                                           \
    (le_sls_List_t)                                                                                \
    {                                                                                              \
        NULL                                                                                       \
    }
#define LE_SLS_LINK_INIT                                                                           \
    (le_sls_Link_t)                                                                                \
    {                                                                                              \
        NULL                                                                                       \
    }
#endif
/* The same, where a declaration takes no compound literal. */
#define LE_SLS_LIST_DECL_INIT                                                                      \
    {                                                                                              \
        NULL                                                                                       \
    }
#define LE_SLS_LINK_DECL_INIT                                                                      \
    {                                                                                              \
        NULL                                                                                       \
    }

/** le_sls_Stack() - to the head; le_sls_Queue() - to the tail */
LE_SHARED void le_sls_Stack(le_sls_List_t *listPtr, le_sls_Link_t *newLinkPtr);
LE_SHARED void le_sls_Queue(le_sls_List_t *listPtr, le_sls_Link_t *newLinkPtr);
/** le_sls_AddAfter() - NULL as @currentLinkPtr: to the head */
LE_SHARED void le_sls_AddAfter(le_sls_List_t *listPtr, le_sls_Link_t *currentLinkPtr,
                               le_sls_Link_t *newLinkPtr);
/** le_sls_Pop() - takes the head out; NULL: empty */
LE_SHARED le_sls_Link_t *le_sls_Pop(le_sls_List_t *listPtr);
/** le_sls_RemoveAfter() - takes out what stands behind; NULL: nothing does */
LE_SHARED le_sls_Link_t *le_sls_RemoveAfter(le_sls_List_t *listPtr, le_sls_Link_t *currentLinkPtr);
/** le_sls_Peek() - the head; le_sls_PeekTail() - the tail; NULL: empty */
LE_SHARED le_sls_Link_t *le_sls_Peek(const le_sls_List_t *listPtr);
LE_SHARED le_sls_Link_t *le_sls_PeekTail(const le_sls_List_t *listPtr);
/** le_sls_PeekNext() - its neighbour; NULL: there is none */
LE_SHARED le_sls_Link_t *le_sls_PeekNext(const le_sls_List_t *listPtr,
                                         const le_sls_Link_t *currentLinkPtr);
LE_SHARED bool le_sls_IsEmpty(const le_sls_List_t *listPtr);
LE_SHARED bool le_sls_IsInList(const le_sls_List_t *listPtr, const le_sls_Link_t *linkPtr);
LE_SHARED bool le_sls_IsHead(const le_sls_List_t *listPtr, const le_sls_Link_t *linkPtr);
LE_SHARED bool le_sls_IsTail(const le_sls_List_t *listPtr, const le_sls_Link_t *linkPtr);
LE_SHARED size_t le_sls_NumLinks(const le_sls_List_t *listPtr);
/** le_sls_Sort() - ascending; equal ones keep their order */
LE_SHARED void le_sls_Sort(le_sls_List_t *listPtr, le_sls_LessThanFunc_t comparatorPtr);
/** le_sls_IsListCorrupted() - its ring does not close */
LE_SHARED bool le_sls_IsListCorrupted(const le_sls_List_t *listPtr);

/** LE_SLS_FOREACH() - @iteratorPtr is each @type of the list in turn, linked by its @member; NULL
 * behind the last */
#define LE_SLS_FOREACH(listPtr, iteratorPtr, type, member)                                         \
    for ((iteratorPtr) =                                                                           \
             le_sls_IsEmpty(listPtr) ? NULL : CONTAINER_OF(le_sls_Peek(listPtr), type, member);    \
         (iteratorPtr) != NULL;                                                                    \
         (iteratorPtr) =                                                                           \
             le_sls_PeekNext((listPtr), &(iteratorPtr)->member) == NULL                            \
                 ? NULL                                                                            \
                 : CONTAINER_OF(le_sls_PeekNext((listPtr), &(iteratorPtr)->member), type, member))

#ifdef __cplusplus
}
#endif
