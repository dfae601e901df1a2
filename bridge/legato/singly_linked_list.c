/*
 * A ring of links, of which the list knows the tail. A link that is in no list leads nowhere.
 */
#include "include/legato/le_singlyLinkedList.h"

void le_sls_Stack(le_sls_List_t *listPtr, le_sls_Link_t *newLinkPtr)
{
    if (listPtr->tailLinkPtr == NULL) {
        listPtr->tailLinkPtr = newLinkPtr;
        newLinkPtr->nextPtr = newLinkPtr;
        return;
    }
    newLinkPtr->nextPtr = listPtr->tailLinkPtr->nextPtr;
    listPtr->tailLinkPtr->nextPtr = newLinkPtr;
}

void le_sls_Queue(le_sls_List_t *listPtr, le_sls_Link_t *newLinkPtr)
{
    le_sls_Stack(listPtr, newLinkPtr);
    listPtr->tailLinkPtr = newLinkPtr;
}

void le_sls_AddAfter(le_sls_List_t *listPtr, le_sls_Link_t *currentLinkPtr,
                     le_sls_Link_t *newLinkPtr)
{
    if (currentLinkPtr == NULL) {
        le_sls_Stack(listPtr, newLinkPtr);
        return;
    }
    newLinkPtr->nextPtr = currentLinkPtr->nextPtr;
    currentLinkPtr->nextPtr = newLinkPtr;
    if (listPtr->tailLinkPtr == currentLinkPtr)
        listPtr->tailLinkPtr = newLinkPtr;
}

static le_sls_Link_t *remove_behind(le_sls_List_t *list, le_sls_Link_t *before)
{
    le_sls_Link_t *link = before->nextPtr;
    before->nextPtr = link->nextPtr;
    if (link == list->tailLinkPtr)
        list->tailLinkPtr = link == before ? NULL : before;
    link->nextPtr = NULL;
    return link;
}

le_sls_Link_t *le_sls_RemoveAfter(le_sls_List_t *listPtr, le_sls_Link_t *currentLinkPtr)
{
    if (le_sls_IsTail(listPtr, currentLinkPtr))
        return NULL;
    return remove_behind(listPtr, currentLinkPtr);
}

le_sls_Link_t *le_sls_Pop(le_sls_List_t *listPtr)
{
    return le_sls_IsEmpty(listPtr) ? NULL : remove_behind(listPtr, listPtr->tailLinkPtr);
}

le_sls_Link_t *le_sls_Peek(const le_sls_List_t *listPtr)
{
    return listPtr->tailLinkPtr == NULL ? NULL : listPtr->tailLinkPtr->nextPtr;
}

le_sls_Link_t *le_sls_PeekTail(const le_sls_List_t *listPtr)
{
    return listPtr->tailLinkPtr;
}

le_sls_Link_t *le_sls_PeekNext(const le_sls_List_t *listPtr, const le_sls_Link_t *currentLinkPtr)
{
    return currentLinkPtr == listPtr->tailLinkPtr ? NULL : currentLinkPtr->nextPtr;
}

bool le_sls_IsEmpty(const le_sls_List_t *listPtr)
{
    return listPtr->tailLinkPtr == NULL;
}

bool le_sls_IsHead(const le_sls_List_t *listPtr, const le_sls_Link_t *linkPtr)
{
    return le_sls_Peek(listPtr) == linkPtr;
}

bool le_sls_IsTail(const le_sls_List_t *listPtr, const le_sls_Link_t *linkPtr)
{
    return le_sls_PeekTail(listPtr) == linkPtr;
}

bool le_sls_IsInList(const le_sls_List_t *listPtr, const le_sls_Link_t *linkPtr)
{
    const le_sls_Link_t *link = le_sls_Peek(listPtr);
    while (link != NULL && link != linkPtr)
        link = le_sls_PeekNext(listPtr, link);
    return link != NULL;
}

size_t le_sls_NumLinks(const le_sls_List_t *listPtr)
{
    size_t count = 0;
    for (const le_sls_Link_t *link = le_sls_Peek(listPtr); link != NULL;
         link = le_sls_PeekNext(listPtr, link))
        count++;
    return count;
}

/* Takes the lesser head of two lists, the first one's when they are equal. */
static le_sls_Link_t *pop_lesser(le_sls_List_t *first, le_sls_List_t *second,
                                 le_sls_LessThanFunc_t less)
{
    if (le_sls_IsEmpty(first))
        return le_sls_Pop(second);
    if (le_sls_IsEmpty(second) || !less(le_sls_Peek(second), le_sls_Peek(first)))
        return le_sls_Pop(first);
    return le_sls_Pop(second);
}

/* Sorts the first @count links of @from to the end of @to, by halves. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the count has bits */
static void sort(le_sls_List_t *from, size_t count, le_sls_List_t *to, le_sls_LessThanFunc_t less)
{
    if (count == 1)
        le_sls_Queue(to, le_sls_Pop(from));
    if (count <= 1)
        return;
    le_sls_List_t first = LE_SLS_LIST_DECL_INIT;
    le_sls_List_t second = LE_SLS_LIST_DECL_INIT;
    sort(from, count / 2, &first, less);
    sort(from, count - count / 2, &second, less);
    for (size_t i = 0; i < count; i++)
        le_sls_Queue(to, pop_lesser(&first, &second, less));
}

void le_sls_Sort(le_sls_List_t *listPtr, le_sls_LessThanFunc_t comparatorPtr)
{
    le_sls_List_t sorted = LE_SLS_LIST_DECL_INIT;
    sort(listPtr, le_sls_NumLinks(listPtr), &sorted, comparatorPtr);
    *listPtr = sorted;
}

/* One pointer goes twice as fast as the other: they meet before the tail in a ring that does not
 * close there. */
bool le_sls_IsListCorrupted(const le_sls_List_t *listPtr)
{
    const le_sls_Link_t *tail = listPtr->tailLinkPtr;
    if (tail == NULL)
        return false;
    const le_sls_Link_t *slow = tail->nextPtr;
    const le_sls_Link_t *fast = tail->nextPtr;
    while (fast != tail) {
        for (int i = 0; i < 2 && fast != tail; i++)
            fast = fast == NULL ? NULL : fast->nextPtr;
        if (fast == NULL)
            return true;
        slow = slow->nextPtr;
        if (fast == slow && fast != tail)
            return true;
    }
    return false;
}
