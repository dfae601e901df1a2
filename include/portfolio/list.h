/*
 * Portfolio: doubly linked lists of nodes. A list's anchor is both the node before the first and
 * the node behind the last, so a node is taken out without knowing its list.
 *
 * Lists are the program's own: nothing locks them.
 *
 * Source: docs/event-broker.md, "Lists"; the system's list.h.
 */
#pragma once

#include "kernelnodes.h"
#include "nodes.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct Link {
    struct Link *flink; /* forward */
    struct Link *blink; /* backward */
} Link;

typedef union ListAnchor {
    struct {
        Link links; /* of the one before the first */
        Link *filler;
    } head;
    struct {
        Link *filler;
        Link links; /* of the one behind the last */
    } tail;
} ListAnchor;

typedef struct List {
    Node l;
    union ListAnchor ListAnchor;
} List, *ListP;

/** FirstNode() - the first node; the anchor, which is no node, in a list that is empty */
#define FirstNode(l) ((Node *)(void *)((l)->ListAnchor.head.links.flink))
/** LastNode() - the last node, likewise */
#define LastNode(l) ((Node *)(void *)((l)->ListAnchor.tail.links.blink))
/** IsNode() - whether @n, found going forward in @l, is a node and not the end */
#define IsNode(l, n) ((const void *)(n) != (const void *)&((l)->ListAnchor.head.links.blink))
/** IsNodeB() - likewise going backward */
#define IsNodeB(l, n) ((const void *)(n) != (const void *)&((l)->ListAnchor.head.links.flink))
#define IsEmptyList(l) (!IsNode((l), FirstNode(l)))
#define IsListEmpty(l) IsEmptyList(l)
#define NextNode(n) (((const Node *)(const void *)(n))->n_Next)
#define PrevNode(n) (((const Node *)(const void *)(n))->n_Prev)
/** ScanList() - for each node @n, of type @t, of @l; @n stays in the list meanwhile */
#define ScanList(l, n, t)                                                                          \
    for ((n) = (t *)(void *)FirstNode(l); IsNode((l), (n)); (n) = (t *)(void *)NextNode(n))
/** ScanListB() - likewise backward */
#define ScanListB(l, n, t)                                                                         \
    for ((n) = (t *)(void *)LastNode(l); IsNodeB((l), (n)); (n) = (t *)(void *)PrevNode(n))

#define FIRSTNODE(l) FirstNode(l)
#define LASTNODE(l) LastNode(l)
#define ISNODE(l, n) IsNode(l, n)
#define ISNODEB(l, n) IsNodeB(l, n)
#define ISEMPTYLIST(l) IsEmptyList(l)
#define ISLISTEMPTY(l) IsEmptyList(l)
#define NEXTNODE(n) NextNode(n)
#define PREVNODE(n) PrevNode(n)
#define SCANLIST(l, n, t) ScanList(l, n, t)
#define SCANLISTB(l, n, t) ScanListB(l, n, t)

/** InitList() - makes @l an empty list.
 * @name: for the program alone; borrowed, may be NULL */
void InitList(List *l, const char *name);
/** AddHead() - puts @n before all others; it is in no list */
void AddHead(List *l, Node *n);
/** AddTail() - puts @n behind all others; it is in no list */
void AddTail(List *l, Node *n);
/** RemHead() - takes the first node out. Return: it; NULL: there is none */
Node *RemHead(List *l);
/** RemTail() - takes the last node out. Return: it; NULL: there is none */
Node *RemTail(List *l);
/** RemNode() - takes @n out of the list that it is in */
void RemNode(Node *n);
/** InsertNodeFromTail() - puts @n behind all of at least its n_Priority */
void InsertNodeFromTail(List *l, Node *n);
/** FindNamedNode() - the first node of that name, whatever the case of its letters.
 * Return: it; NULL: there is none, or @name is NULL */
Node *FindNamedNode(const List *l, const char *name);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
