/*
 * A ring of links, of which the list knows the head. A link that is in no list has no neighbours.
 */
#include "include/legato/le_doublyLinkedList.h"

static void insert_between(le_dls_Link_t *before, le_dls_Link_t *link, le_dls_Link_t *after)
{
    link->prevPtr = before;
    link->nextPtr = after;
    before->nextPtr = link;
    after->prevPtr = link;
}

void le_dls_Queue(le_dls_List_t *listPtr, le_dls_Link_t *newLinkPtr)
{
    le_dls_Link_t *head = listPtr->headLinkPtr;
    if (head == NULL) {
        listPtr->headLinkPtr = newLinkPtr;
        insert_between(newLinkPtr, newLinkPtr, newLinkPtr);
        return;
    }
    insert_between(head->prevPtr, newLinkPtr, head);
}

void le_dls_Stack(le_dls_List_t *listPtr, le_dls_Link_t *newLinkPtr)
{
    le_dls_Queue(listPtr, newLinkPtr);
    listPtr->headLinkPtr = newLinkPtr;
}

void le_dls_AddAfter(le_dls_List_t *listPtr, le_dls_Link_t *currentLinkPtr,
                     le_dls_Link_t *newLinkPtr)
{
    (void)listPtr;
    insert_between(currentLinkPtr, newLinkPtr, currentLinkPtr->nextPtr);
}

void le_dls_AddBefore(le_dls_List_t *listPtr, le_dls_Link_t *currentLinkPtr,
                      le_dls_Link_t *newLinkPtr)
{
    insert_between(currentLinkPtr->prevPtr, newLinkPtr, currentLinkPtr);
    if (listPtr->headLinkPtr == currentLinkPtr)
        listPtr->headLinkPtr = newLinkPtr;
}

void le_dls_Remove(le_dls_List_t *listPtr, le_dls_Link_t *linkToRemovePtr)
{
    le_dls_Link_t *next = linkToRemovePtr->nextPtr;
    if (next == linkToRemovePtr) {
        listPtr->headLinkPtr = NULL;
    } else {
        next->prevPtr = linkToRemovePtr->prevPtr;
        next->prevPtr->nextPtr = next;
        if (listPtr->headLinkPtr == linkToRemovePtr)
            listPtr->headLinkPtr = next;
    }
    linkToRemovePtr->nextPtr = NULL;
    linkToRemovePtr->prevPtr = NULL;
}

le_dls_Link_t *le_dls_Pop(le_dls_List_t *listPtr)
{
    le_dls_Link_t *link = le_dls_Peek(listPtr);
    if (link != NULL)
        le_dls_Remove(listPtr, link);
    return link;
}

le_dls_Link_t *le_dls_PopTail(le_dls_List_t *listPtr)
{
    le_dls_Link_t *link = le_dls_PeekTail(listPtr);
    if (link != NULL)
        le_dls_Remove(listPtr, link);
    return link;
}

le_dls_Link_t *le_dls_Peek(const le_dls_List_t *listPtr)
{
    return listPtr->headLinkPtr;
}

le_dls_Link_t *le_dls_PeekTail(const le_dls_List_t *listPtr)
{
    return listPtr->headLinkPtr == NULL ? NULL : listPtr->headLinkPtr->prevPtr;
}

le_dls_Link_t *le_dls_PeekNext(const le_dls_List_t *listPtr, const le_dls_Link_t *currentLinkPtr)
{
    return currentLinkPtr->nextPtr == listPtr->headLinkPtr ? NULL : currentLinkPtr->nextPtr;
}

le_dls_Link_t *le_dls_PeekPrev(const le_dls_List_t *listPtr, const le_dls_Link_t *currentLinkPtr)
{
    return currentLinkPtr == listPtr->headLinkPtr ? NULL : currentLinkPtr->prevPtr;
}

bool le_dls_IsEmpty(const le_dls_List_t *listPtr)
{
    return listPtr->headLinkPtr == NULL;
}

bool le_dls_IsHead(const le_dls_List_t *listPtr, const le_dls_Link_t *linkPtr)
{
    return le_dls_Peek(listPtr) == linkPtr;
}

bool le_dls_IsTail(const le_dls_List_t *listPtr, const le_dls_Link_t *linkPtr)
{
    return le_dls_PeekTail(listPtr) == linkPtr;
}

bool le_dls_IsInList(const le_dls_List_t *listPtr, const le_dls_Link_t *linkPtr)
{
    const le_dls_Link_t *link = le_dls_Peek(listPtr);
    while (link != NULL && link != linkPtr)
        link = le_dls_PeekNext(listPtr, link);
    return link != NULL;
}

size_t le_dls_NumLinks(const le_dls_List_t *listPtr)
{
    size_t count = 0;
    for (const le_dls_Link_t *link = le_dls_Peek(listPtr); link != NULL;
         link = le_dls_PeekNext(listPtr, link))
        count++;
    return count;
}

void le_dls_Swap(le_dls_List_t *listPtr, le_dls_Link_t *linkPtr, le_dls_Link_t *otherLinkPtr)
{
    if (linkPtr == otherLinkPtr)
        return;
    /* a third one stands where the first does, meanwhile */
    le_dls_Link_t place = LE_DLS_LINK_DECL_INIT;
    le_dls_AddBefore(listPtr, linkPtr, &place);
    le_dls_Remove(listPtr, linkPtr);
    le_dls_AddBefore(listPtr, otherLinkPtr, linkPtr);
    le_dls_Remove(listPtr, otherLinkPtr);
    le_dls_AddBefore(listPtr, &place, otherLinkPtr);
    le_dls_Remove(listPtr, &place);
}

/* Takes the lesser head of two lists, the first one's when they are equal. */
static le_dls_Link_t *pop_lesser(le_dls_List_t *first, le_dls_List_t *second,
                                 le_dls_LessThanFunc_t less)
{
    if (le_dls_IsEmpty(first))
        return le_dls_Pop(second);
    if (le_dls_IsEmpty(second) || !less(le_dls_Peek(second), le_dls_Peek(first)))
        return le_dls_Pop(first);
    return le_dls_Pop(second);
}

/* Sorts the first @count links of @from to the end of @to, by halves. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the count has bits */
static void sort(le_dls_List_t *from, size_t count, le_dls_List_t *to, le_dls_LessThanFunc_t less)
{
    if (count == 1)
        le_dls_Queue(to, le_dls_Pop(from));
    if (count <= 1)
        return;
    le_dls_List_t first = LE_DLS_LIST_DECL_INIT;
    le_dls_List_t second = LE_DLS_LIST_DECL_INIT;
    sort(from, count / 2, &first, less);
    sort(from, count - count / 2, &second, less);
    for (size_t i = 0; i < count; i++)
        le_dls_Queue(to, pop_lesser(&first, &second, less));
}

void le_dls_Sort(le_dls_List_t *listPtr, le_dls_LessThanFunc_t comparatorPtr)
{
    le_dls_List_t sorted = LE_DLS_LIST_DECL_INIT;
    sort(listPtr, le_dls_NumLinks(listPtr), &sorted, comparatorPtr);
    *listPtr = sorted;
}

bool le_dls_IsListCorrupted(const le_dls_List_t *listPtr)
{
    const le_dls_Link_t *link = listPtr->headLinkPtr;
    if (link == NULL)
        return false;
    do {
        if (link->nextPtr == NULL || link->nextPtr->prevPtr != link)
            return true;
        link = link->nextPtr;
    } while (link != listPtr->headLinkPtr);
    return false;
}
