/*
 * Phoenix-RTOS: balanced trees. The nodes are members of what the tree holds, and nothing is
 * allocated. No two nodes of a tree are equal.
 *
 * Source: docs/phoenix.md, "Containers"; the system's sys/rb.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): their names there */

/** rbcolor_t - of a node */
typedef enum _rbcolor_t { RB_RED, RB_BLACK } rbcolor_t;

/** rbnode_t - a node; all the library's */
typedef struct _rbnode_t {
    struct _rbnode_t *parent;
    struct _rbnode_t *left;
    struct _rbnode_t *right;
    rbcolor_t color;
} rbnode_t;

/** rbcomp_t - less than 0 when @n1 comes first, more when @n2 does, 0 when they are equal */
typedef int (*rbcomp_t)(rbnode_t *n1, rbnode_t *n2);
/** rbaugment_t - what lies below @node has changed, or which nodes come next to it in order: work
 * out again what the node says of them. It is called for children before parents. */
typedef void (*rbaugment_t)(rbnode_t *node);

/** rbtree_t - a tree */
typedef struct _rbtree_t {
    rbnode_t *root;
    rbcomp_t compare;
    rbaugment_t augment;
} rbtree_t;

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): their names there */

/** lib_rbInit() - an empty tree; @augment may be NULL */
void lib_rbInit(rbtree_t *tree, rbcomp_t compare, rbaugment_t augment);
/** lib_rbInsert() - puts a node in.
 * Return: NULL, or the one that is equal and there already: nothing was done */
rbnode_t *lib_rbInsert(rbtree_t *tree, rbnode_t *node);
/** lib_rbRemove() - takes out a node that is in */
void lib_rbRemove(rbtree_t *tree, rbnode_t *node);
/** lib_rbFind() - the one that is equal to @node, which need not be in a tree; or NULL */
rbnode_t *lib_rbFind(rbtree_t *tree, rbnode_t *node);
/** lib_rbFindEx() - likewise, below @root and by another order: @compare gets first a node of the
 * tree, then @node */
rbnode_t *lib_rbFindEx(rbnode_t *root, rbnode_t *node, rbcomp_t compare);
/** lib_rbMinimum() - the first one of those at and below @node; NULL for NULL */
rbnode_t *lib_rbMinimum(rbnode_t *node);
/** lib_rbMaximum() - the last one of those at and below @node; NULL for NULL */
rbnode_t *lib_rbMaximum(rbnode_t *node);
/** lib_rbNext() - the one behind @node; NULL when it is the last */
rbnode_t *lib_rbNext(rbnode_t *node);
/** lib_rbPrev() - the one before @node; NULL when it is the first */
rbnode_t *lib_rbPrev(rbnode_t *node);

/** lib_rbHolder_() - what has a node @offset octets from its beginning; NULL for NULL */
static inline void *lib_rbHolder_(const void *node, size_t offset)
{
    return node == NULL ? NULL : (void *)((uintptr_t)node - offset);
}
/** lib_treeof() - the @type whose @node_field is at @node; NULL for NULL */
#define lib_treeof(type, node_field, node)                                                         \
    ((type *)lib_rbHolder_((node), offsetof(type, node_field)))

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
