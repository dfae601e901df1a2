/*
 * HDF: singly linked lists, their links in what is listed. Nothing is locked. Every function takes
 * NULL for each of its arguments: it then does nothing and returns NULL, 0 or false.
 *
 * Source: docs/hdf.md, "Lists and strings"; the system's hdf_slist.h.
 */
#pragma once

#include "hdf_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** struct HdfSListNode - the link of an entry */
struct HdfSListNode {
    struct HdfSListNode *next; /* NULL for the last */
};

/** struct HdfSList - a list; one whose root is NULL is empty */
struct HdfSList {
    struct HdfSListNode *root;
};

/** struct HdfSListIterator - a place in a list, valid while the entries before it stay */
struct HdfSListIterator {
    int stepOnNext;
    struct HdfSListNode *prev;
    struct HdfSListNode *curr;
};

/** HdfSListDeleter - what HdfSListFlush() does with each entry, which is out of the list by then */
typedef void (*HdfSListDeleter)(struct HdfSListNode *);
/** HdfSListSearchComparer - whether an entry is the one that a key stands for */
typedef bool (*HdfSListSearchComparer)(struct HdfSListNode *, uint32_t);
/** HdfSListAddComparer - whether the first entry comes before the second */
typedef bool (*HdfSListAddComparer)(struct HdfSListNode *, struct HdfSListNode *);

/** HdfSListInit() - makes an empty list */
void HdfSListInit(struct HdfSList *list);
/** HdfSListIsEmpty() - whether it has no entries; true for NULL */
bool HdfSListIsEmpty(const struct HdfSList *list);
/** HdfSListSearch() - the first entry that @comparer accepts, or NULL */
struct HdfSListNode *HdfSListSearch(const struct HdfSList *list, uint32_t keyValue,
                                    HdfSListSearchComparer comparer);
/** HdfSListGetLast() - the last entry, or NULL */
struct HdfSListNode *HdfSListGetLast(const struct HdfSList *list);
/** HdfSListAdd() - makes an entry the first; it may not be in the list */
void HdfSListAdd(struct HdfSList *list, struct HdfSListNode *link);
/** HdfSListAddTail() - makes an entry the last; one that is in the list stays where it is */
void HdfSListAddTail(struct HdfSList *list, struct HdfSListNode *link);
/** HdfSListAddOrder() - puts an entry at the first place where it comes before the next entry and
 * not before the one ahead of it, or last. Return: false if it is in the list already. */
bool HdfSListAddOrder(struct HdfSList *list, struct HdfSListNode *link,
                      HdfSListAddComparer comparer);
/** HdfSListRemove() - takes an entry out; one that is not in the list is left alone */
void HdfSListRemove(struct HdfSList *list, struct HdfSListNode *link);
/** HdfSListFlush() - takes all entries out, from the first, and gives each to @deleter, if any */
void HdfSListFlush(struct HdfSList *list, HdfSListDeleter deleter);
/** HdfSListCount() - how many entries, by counting them */
int HdfSListCount(const struct HdfSList *list);
/** HdfSListPeek() - the first entry, which stays, or NULL */
struct HdfSListNode *HdfSListPeek(const struct HdfSList *list);
/** HdfSListNext() - the entry behind another, or NULL */
struct HdfSListNode *HdfSListNext(const struct HdfSListNode *link);
/** HdfSListPop() - takes the first entry out; NULL if there is none */
struct HdfSListNode *HdfSListPop(struct HdfSList *list);

/** HdfSListIteratorInit() - before the first entry; without a list it has no next */
void HdfSListIteratorInit(struct HdfSListIterator *iterator, const struct HdfSList *list);
/** HdfSListIteratorHasNext() - whether HdfSListIteratorNext() has one more */
bool HdfSListIteratorHasNext(const struct HdfSListIterator *iterator);
/** HdfSListIteratorNext() - steps to the next entry and returns it, or NULL */
struct HdfSListNode *HdfSListIteratorNext(struct HdfSListIterator *iterator);
/** HdfSListIteratorRemove() - takes the entry that was returned last out of the list */
void HdfSListIteratorRemove(struct HdfSListIterator *iterator);
/** HdfSListIteratorInsert() - puts an entry before the one that was returned last */
void HdfSListIteratorInsert(struct HdfSListIterator *iterator, struct HdfSListNode *link);

#define OFFSET_OF(type, mem) offsetof(type, mem)
/** HDF_SLIST_CONTAINER_OF() - the structure of @type whose @mem, a @mtype, is at @ptr */
#define HDF_SLIST_CONTAINER_OF(mtype, ptr, type, mem)                                              \
    ((type *)(void *)((char *)(ptr)-OFFSET_OF(type, mem)))

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
