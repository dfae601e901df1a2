/*
 * The anchor of a list is two links that overlap in a NULL: one is the link of a node before the
 * first, whose backward half is that NULL, the other of one behind the last, whose forward half it
 * is. Nodes are seen here as links, which is what they begin with.
 */
#include "include/portfolio/list.h"

#include "bridge/portfolio/name.h"

/* A Link of a List, and the first two members of any node. */
struct __attribute__((may_alias)) link {
    struct link *flink, *blink;
};

static struct link *link_of(Node *node)
{
    return (struct link *)(void *)node;
}

static Node *node_of(struct link *link)
{
    return (Node *)(void *)link;
}

static struct link *before_first(List *l)
{
    return (struct link *)(void *)&l->ListAnchor.head.links;
}

static struct link *behind_last(List *l)
{
    return (struct link *)(void *)&l->ListAnchor.tail.links;
}

/* @link gets in between two neighbours. */
static void put_between(struct link *link, struct link *earlier, struct link *later)
{
    link->flink = later;
    link->blink = earlier;
    earlier->flink = link;
    later->blink = link;
}

static void take_out(const struct link *link)
{
    struct link *earlier = link->blink;
    struct link *later = link->flink;
    earlier->flink = later;
    later->blink = earlier;
}

void InitList(List *l, const char *name)
{
    *l = (List){.l = {.n_SubsysType = KERNELNODE,
                      .n_Type = LISTNODE,
                      .n_Flags = name != NULL ? NODE_NAMEVALID : 0,
                      .n_Size = (int32)sizeof *l,
                      .n_Name = name_for_reading(name)}};
    before_first(l)->flink = behind_last(l);
    behind_last(l)->blink = before_first(l);
}

void AddHead(List *l, Node *n)
{
    put_between(link_of(n), before_first(l), before_first(l)->flink);
}

void AddTail(List *l, Node *n)
{
    put_between(link_of(n), behind_last(l)->blink, behind_last(l));
}

Node *RemHead(List *l)
{
    if (IsEmptyList(l))
        return NULL;
    struct link *first = before_first(l)->flink;
    take_out(first);
    return node_of(first);
}

Node *RemTail(List *l)
{
    if (IsEmptyList(l))
        return NULL;
    struct link *last = behind_last(l)->blink;
    take_out(last);
    return node_of(last);
}

void RemNode(Node *n)
{
    take_out(link_of(n));
}

void InsertNodeFromTail(List *l, Node *n)
{
    struct link *later = behind_last(l);
    while (later->blink != before_first(l) && node_of(later->blink)->n_Priority < n->n_Priority)
        later = later->blink;
    put_between(link_of(n), later->blink, later);
}

Node *FindNamedNode(const List *l, const char *name)
{
    Node *node;
    if (name == NULL)
        return NULL;
    ScanList(l, node, Node)
    {
        if (node->n_Name != NULL && name_is_same(node->n_Name, name))
            return node;
    }
    return NULL;
}
