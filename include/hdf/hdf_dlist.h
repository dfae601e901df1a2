/*
 * HDF: doubly linked lists, their links in what is listed. A head is a link too; a list is empty
 * when its head points at itself. Nothing is locked, and no argument may be NULL.
 *
 * Source: docs/hdf.md, "Lists and strings"; the system's hdf_dlist.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** struct DListHead - the head of a list, or the link of an entry */
struct DListHead {
    struct DListHead *next;
    struct DListHead *prev;
};

/** DListHeadInit() - makes an empty list */
static inline void DListHeadInit(struct DListHead *head)
{
    head->next = head;
    head->prev = head;
}

/** DListIsEmpty() - whether a list that was initialised has no entries */
static inline bool DListIsEmpty(const struct DListHead *head)
{
    return head->next == head;
}

/** DListRemove() - takes an entry out of its list and sets both its links to NULL. An entry with
 * such links is in no list, and left alone. */
static inline void DListRemove(struct DListHead *entry)
{
    if (entry->next == NULL || entry->prev == NULL)
        return;
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
    entry->prev = NULL;
    entry->next = NULL;
}

/** DListInsertHead() - makes an entry the first; whatever its links held is lost */
static inline void DListInsertHead(struct DListHead *entry, struct DListHead *head)
{
    entry->next = head->next;
    entry->prev = head;
    head->next->prev = entry;
    head->next = entry;
}

/** DListInsertTail() - makes an entry the last; whatever its links held is lost */
static inline void DListInsertTail(struct DListHead *entry, struct DListHead *head)
{
    entry->next = head;
    entry->prev = head->prev;
    head->prev->next = entry;
    head->prev = entry;
}

/** DListMerge() - puts the entries of @list before those of @head, in their order; @list is empty
 * then */
static inline void DListMerge(struct DListHead *list, struct DListHead *head)
{
    if (DListIsEmpty(list))
        return;
    list->next->prev = head;
    list->prev->next = head->next;
    head->next->prev = list->prev;
    head->next = list->next;
    DListHeadInit(list);
}

/** DListGetCount() - how many entries, by counting them */
static inline int DListGetCount(const struct DListHead *head)
{
    int count = 0;
    for (const struct DListHead *entry = head->next; entry != head; entry = entry->next)
        count++;
    return count;
}

/** CONTAINER_OF() - the structure of @type whose @member is at @ptr */
#ifdef __cplusplus
/* Not offsetof: it warns of classes with virtual functions, which programs do embed a list in. */
#define CONTAINER_OF(ptr, type, member)                                                            \
    ((type *)(void *)((char *)(ptr) - (char *)&((type *)0)->member))
#else
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#endif

/** DLIST_FIRST_ENTRY() - of the list whose head is @ptr, which is not empty */
#define DLIST_FIRST_ENTRY(ptr, type, member) CONTAINER_OF((ptr)->next, type, member)
/** DLIST_LAST_ENTRY() - of the list whose head is @ptr, which is not empty */
#define DLIST_LAST_ENTRY(ptr, type, member) CONTAINER_OF((ptr)->prev, type, member)

/** DLIST_FOR_EACH_ENTRY() - @pos is each entry from the first to the last; none may be removed */
#define DLIST_FOR_EACH_ENTRY(pos, head, type, member)                                              \
    for ((pos) = CONTAINER_OF((head)->next, type, member); &(pos)->member != (head);               \
         (pos) = CONTAINER_OF((pos)->member.next, type, member))

/** DLIST_FOR_EACH_ENTRY_REVERSE() - from the last to the first; none may be removed */
#define DLIST_FOR_EACH_ENTRY_REVERSE(pos, head, type, member)                                      \
    for ((pos) = CONTAINER_OF((head)->prev, type, member); &(pos)->member != (head);               \
         (pos) = CONTAINER_OF((pos)->member.prev, type, member))

/** DLIST_FOR_EACH_ENTRY_SAFE() - from the first to the last; @pos may be removed, @tmp not */
#define DLIST_FOR_EACH_ENTRY_SAFE(pos, tmp, head, type, member)                                    \
    for ((pos) = CONTAINER_OF((head)->next, type, member),                                         \
        (tmp) = CONTAINER_OF((pos)->member.next, type, member);                                    \
         &(pos)->member != (head);                                                                 \
         (pos) = (tmp), (tmp) = CONTAINER_OF((pos)->member.next, type, member))

#ifdef __cplusplus
}
#endif
