/*
 * Phoenix-RTOS: numbers for things, always the lowest that is free, from 0. The nodes are members
 * of what has the numbers.
 *
 * Source: docs/phoenix.md, "Containers"; the system's posix/idtree.h.
 */
#pragma once

#include <sys/rb.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** idtree_t - which numbers are taken, and by what */
typedef rbtree_t idtree_t;

/** idnode_t - what has a number */
typedef struct {
    rbnode_t linkage;
    unsigned int n_nodes; /* the library's: at and below this one */
    unsigned int id;      /* idtree_id() */
} idnode_t;

/** idtree_init() - all numbers are free */
void idtree_init(idtree_t *tree);
/** idtree_find() - what has the number @id; NULL: it is free */
idnode_t *idtree_find(idtree_t *tree, int id);
/** idtree_remove() - its number is free again; it is in the tree */
void idtree_remove(idtree_t *tree, idnode_t *node);
/** idtree_id() - its number */
int idtree_id(idnode_t *node);
/** idtree_alloc() - gives @n, which is in no tree, the lowest free number.
 * Return: the number, or -1: all are taken, which are as many as an int has */
int idtree_alloc(idtree_t *tree, idnode_t *n);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
