/*
 * Singly linked lists. An iterator's place ahead of the first entry is the list itself: what points
 * at an entry is the first member of a list as of a link, and is read as that, a pointer, whichever
 * it is. So nothing here knows the two apart, and the compiler takes neither for the other.
 */
#include "include/hdf/hdf_slist.h"

/* What points at the entry behind: of a list its root, of a link its next. */
static struct HdfSListNode **behind(void *list_or_link)
{
    return list_or_link;
}

static struct HdfSListNode *entry_behind(const void *list_or_link)
{
    return *(struct HdfSListNode *const *)list_or_link;
}

void HdfSListInit(struct HdfSList *list)
{
    if (list != NULL)
        list->root = NULL;
}

bool HdfSListIsEmpty(const struct HdfSList *list)
{
    return list == NULL || list->root == NULL;
}

struct HdfSListNode *HdfSListSearch(const struct HdfSList *list, uint32_t keyValue,
                                    HdfSListSearchComparer comparer)
{
    if (list == NULL || comparer == NULL)
        return NULL;
    struct HdfSListNode *entry = list->root;
    while (entry != NULL && !comparer(entry, keyValue))
        entry = entry->next;
    return entry;
}

struct HdfSListNode *HdfSListGetLast(const struct HdfSList *list)
{
    struct HdfSListNode *last = NULL;
    if (list != NULL)
        for (struct HdfSListNode *entry = list->root; entry != NULL; entry = entry->next)
            last = entry;
    return last;
}

static bool is_in(const struct HdfSList *list, const struct HdfSListNode *link)
{
    for (const struct HdfSListNode *entry = list->root; entry != NULL; entry = entry->next)
        if (entry == link)
            return true;
    return false;
}

void HdfSListAdd(struct HdfSList *list, struct HdfSListNode *link)
{
    if (list == NULL || link == NULL)
        return;
    link->next = list->root;
    list->root = link;
}

void HdfSListAddTail(struct HdfSList *list, struct HdfSListNode *link)
{
    if (list == NULL || link == NULL || is_in(list, link))
        return;
    struct HdfSListNode *last = HdfSListGetLast(list);
    link->next = NULL;
    if (last == NULL)
        list->root = link;
    else
        last->next = link;
}

bool HdfSListAddOrder(struct HdfSList *list, struct HdfSListNode *link,
                      HdfSListAddComparer comparer)
{
    if (list == NULL || link == NULL || comparer == NULL || is_in(list, link))
        return false;
    if (list->root == NULL || comparer(link, list->root)) {
        HdfSListAdd(list, link);
        return true;
    }
    struct HdfSListNode *before = list->root;
    while (before->next != NULL && !(comparer(before, link) && comparer(link, before->next)))
        before = before->next;
    link->next = before->next;
    before->next = link;
    return true;
}

void HdfSListRemove(struct HdfSList *list, struct HdfSListNode *link)
{
    if (list == NULL || link == NULL)
        return;
    struct HdfSListNode **place = &list->root;
    while (*place != NULL && *place != link)
        place = &(*place)->next;
    if (*place != NULL)
        *place = link->next;
}

void HdfSListFlush(struct HdfSList *list, HdfSListDeleter deleter)
{
    struct HdfSListNode *entry;
    while ((entry = HdfSListPop(list)) != NULL)
        if (deleter != NULL)
            deleter(entry);
}

int HdfSListCount(const struct HdfSList *list)
{
    int count = 0;
    if (list != NULL)
        for (const struct HdfSListNode *entry = list->root; entry != NULL; entry = entry->next)
            count++;
    return count;
}

struct HdfSListNode *HdfSListPeek(const struct HdfSList *list)
{
    return list == NULL ? NULL : list->root;
}

struct HdfSListNode *HdfSListNext(const struct HdfSListNode *link)
{
    return link == NULL ? NULL : link->next;
}

struct HdfSListNode *HdfSListPop(struct HdfSList *list)
{
    struct HdfSListNode *first = HdfSListPeek(list);
    if (first != NULL)
        list->root = first->next;
    return first;
}

/* ---- iterators ---- */

/*
 * Before the first step, and after a removal, curr is the entry to come (stepOnNext 0); after a
 * step it is the entry that was returned (stepOnNext 1). prev is what points at it. An entry that
 * was taken out of the list behind the iterator's back is one that prev no longer points at.
 */

void HdfSListIteratorInit(struct HdfSListIterator *iterator, const struct HdfSList *list)
{
    if (iterator == NULL)
        return;
    iterator->stepOnNext = 0;
    iterator->prev = NULL;
    iterator->curr = NULL;
    if (list == NULL)
        return;
    /* The interface's const goes here: removing and inserting do change the list. */
    memcpy(&iterator->prev, &list, sizeof iterator->prev);
    iterator->curr = list->root;
}

/* The entry that a step would lead to. */
static struct HdfSListNode *next_of(const struct HdfSListIterator *iterator)
{
    if (iterator == NULL || iterator->curr == NULL || iterator->prev == NULL)
        return NULL;
    if (iterator->stepOnNext != 0 && entry_behind(iterator->prev) == iterator->curr)
        return iterator->curr->next;
    return iterator->stepOnNext != 0 ? entry_behind(iterator->prev) : iterator->curr;
}

bool HdfSListIteratorHasNext(const struct HdfSListIterator *iterator)
{
    return next_of(iterator) != NULL;
}

struct HdfSListNode *HdfSListIteratorNext(struct HdfSListIterator *iterator)
{
    if (iterator == NULL)
        return NULL;
    struct HdfSListNode *next = next_of(iterator);
    if (iterator->stepOnNext != 0 && iterator->prev != NULL &&
        entry_behind(iterator->prev) == iterator->curr)
        iterator->prev = iterator->curr;
    iterator->stepOnNext = 1;
    iterator->curr = next;
    return next;
}

void HdfSListIteratorRemove(struct HdfSListIterator *iterator)
{
    if (iterator == NULL || iterator->curr == NULL || iterator->prev == NULL)
        return;
    if (entry_behind(iterator->prev) == iterator->curr)
        *behind(iterator->prev) = iterator->curr->next;
    iterator->curr = entry_behind(iterator->prev);
    iterator->stepOnNext = 0;
}

void HdfSListIteratorInsert(struct HdfSListIterator *iterator, struct HdfSListNode *link)
{
    if (iterator == NULL || link == NULL || iterator->prev == NULL)
        return;
    link->next = entry_behind(iterator->prev);
    *behind(iterator->prev) = link;
    iterator->prev = link;
}
