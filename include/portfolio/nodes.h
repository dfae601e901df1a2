/*
 * Portfolio: nodes, of which lists and Items are made.
 *
 * Source: docs/event-broker.md, "Items"; the system's nodes.h.
 */
#pragma once

#include "types.h"

/** MKNODEID() - a kind of Items: the subsystem it is of, and its type there */
#define MKNODEID(a, b) ((int32)(((a) << 8) | (b)))
#define SUBSYSPART(n) ((uint32)(((n) >> 8) & 0xfff))
#define NODEPART(n) ((uint8)((n)&0xff))
#define MkNodeID(a, b) MKNODEID(a, b)
#define SubsysPart(n) SUBSYSPART(n)
#define NodePart(n) NODEPART(n)

typedef struct Node {
    struct Node *n_Next;
    struct Node *n_Prev;
    uint8 n_SubsysType;
    uint8 n_Type;
    uint8 n_Priority; /* the higher, the earlier in a list that is ordered */
    uint8 n_Flags;
    int32 n_Size; /* octets, all of it */
    char *n_Name; /* NULL: none */
} Node, *NodeP;

typedef struct NamelessNode {
    struct NamelessNode *n_Next;
    struct NamelessNode *n_Prev;
    uint8 n_SubsysType;
    uint8 n_Type;
    uint8 n_Priority;
    uint8 n_Flags;
    int32 n_Size;
} NamelessNode, *NamelessNodeP;

/** ItemNode - how every Item begins. Programs read it, and write nothing */
typedef struct ItemNode {
    struct ItemNode *n_Next;
    struct ItemNode *n_Prev;
    uint8 n_SubsysType;
    uint8 n_Type;
    uint8 n_Priority;
    uint8 n_Flags;
    int32 n_Size;
    char *n_Name; /* NULL: none; "" where the Item is another process's */
    uint8 n_Version;
    uint8 n_Revision;
    uint8 n_FolioFlags;
    uint8 n_ItemFlags;
    Item n_Item;  /* its own number */
    Item n_Owner; /* a task's */
    void *n_ReservedP;
} ItemNode, *ItemNodeP;

/** MinNode - links and nothing else */
typedef struct MinNode {
    struct MinNode *n_Next;
    struct MinNode *n_Prev;
} MinNode;

/* n_Flags; the low four bits are each kind's own */
#define NODE_ITEMVALID 0x10 /* it is an ItemNode */
#define NODE_SIZELOCKED 0x20
#define NODE_RSRV1 0x40
#define NODE_NAMEVALID 0x80 /* it has n_Name */

/* n_ItemFlags */
#define ITEMNODE_UNIQUE_NAME 0x10   /* no other of its kind has this name */
#define ITEMNODE_PRIVILEGED 0x20    /* never set here */
#define ITEMNODE_CONSTANT_NAME 0x40 /* n_Name is the program's own string */
#define ITEMNODE_NOTREADY 0x80      /* never seen: an Item is found when it is whole */
