/*
 * Red-black trees: no red node has a red child, and every way down from the root passes as many
 * black ones. An empty place is black. Left and right are mirror images, so a side is a number, and
 * each case is written once.
 */
#include <assert.h>
#include <stdbool.h>
#include <sys/rb.h>

enum { LEFT = 0, RIGHT = 1 };

static rbnode_t **child_at(rbnode_t *node, int side)
{
    return side == LEFT ? &node->left : &node->right;
}

/* What points to @node from above. */
static rbnode_t **above(rbtree_t *tree, rbnode_t *node)
{
    rbnode_t *parent = node->parent;
    if (parent == NULL)
        return &tree->root;
    return child_at(parent, node == parent->left ? LEFT : RIGHT);
}

static bool is_red(const rbnode_t *node)
{
    return node != NULL && node->color == RB_RED;
}

static void augment(const rbtree_t *tree, rbnode_t *node)
{
    if (tree->augment != NULL)
        tree->augment(node);
}

static void augment_upwards(const rbtree_t *tree, rbnode_t *node)
{
    for (; node != NULL; node = node->parent)
        augment(tree, node);
}

static void put_below(rbnode_t *parent, int side, rbnode_t *child)
{
    *child_at(parent, side) = child;
    if (child != NULL)
        child->parent = parent;
}

/* @node goes down to @side; its child on the other side takes its place. */
static void rotate(rbtree_t *tree, rbnode_t *node, int side)
{
    rbnode_t *rising = *child_at(node, !side);
    *above(tree, node) = rising;
    rising->parent = node->parent;
    put_below(node, !side, *child_at(rising, side));
    put_below(rising, side, node);
    augment(tree, node);
    augment(tree, rising);
}

void lib_rbInit(rbtree_t *tree, rbcomp_t compare, rbaugment_t augment_node)
{
    tree->root = NULL;
    tree->compare = compare;
    tree->augment = augment_node;
}

/* @node is red, and so may its parent be. */
static void balance_after_insert(rbtree_t *tree, rbnode_t *node)
{
    while (is_red(node->parent)) {
        rbnode_t *parent = node->parent;
        rbnode_t *grandparent = parent->parent; /* a red node is not the root */
        const int side = parent == grandparent->left ? LEFT : RIGHT;
        rbnode_t *uncle = *child_at(grandparent, !side);
        grandparent->color = RB_RED;
        if (is_red(uncle)) {
            parent->color = RB_BLACK;
            uncle->color = RB_BLACK;
            node = grandparent;
            continue;
        }
        if (node != *child_at(parent, side)) {
            rotate(tree, parent, side);
            parent = node;
        }
        parent->color = RB_BLACK;
        rotate(tree, grandparent, !side);
        break;
    }
    tree->root->color = RB_BLACK;
}

rbnode_t *lib_rbInsert(rbtree_t *tree, rbnode_t *node)
{
    rbnode_t *parent = NULL;
    rbnode_t **place = &tree->root;
    while (*place != NULL) {
        parent = *place;
        const int order = tree->compare(parent, node);
        if (order == 0)
            return parent;
        place = child_at(parent, order > 0 ? LEFT : RIGHT);
    }
    *node = (rbnode_t){.parent = parent, .color = RB_RED};
    *place = node;
    augment_upwards(tree, node);
    balance_after_insert(tree, node);
    return NULL;
}

/* Ways through @node, which may be an empty place below @parent, pass one black node too few. */
static void balance_after_remove(rbtree_t *tree, rbnode_t *node, rbnode_t *parent)
{
    while (node != tree->root && !is_red(node)) {
        const int side = node == parent->right ? RIGHT : LEFT;
        rbnode_t *sibling = *child_at(parent, !side);
        if (is_red(sibling)) {
            sibling->color = RB_BLACK;
            parent->color = RB_RED;
            rotate(tree, parent, side);
            sibling = *child_at(parent, !side);
        }
        assert(sibling != NULL); /* its ways have that black one */
        rbnode_t *inner = *child_at(sibling, side);
        rbnode_t *outer = *child_at(sibling, !side);
        if (!is_red(inner) && !is_red(outer)) {
            sibling->color = RB_RED;
            node = parent;
            parent = node->parent;
            continue;
        }
        if (!is_red(outer)) {
            rotate(tree, sibling, !side);
            outer = sibling;
            sibling = inner;
        }
        sibling->color = parent->color;
        parent->color = RB_BLACK;
        outer->color = RB_BLACK;
        rotate(tree, parent, side);
        return;
    }
    if (node != NULL)
        node->color = RB_BLACK;
}

void lib_rbRemove(rbtree_t *tree, rbnode_t *node)
{
    rbnode_t *child;  /* what comes to the place that gets empty */
    rbnode_t *parent; /* above that */
    rbcolor_t color;  /* what is missing there */
    if (node->left == NULL || node->right == NULL) {
        child = node->left != NULL ? node->left : node->right;
        parent = node->parent;
        color = node->color;
        *above(tree, node) = child;
        if (child != NULL)
            child->parent = parent;
    } else { /* the next one leaves its place and takes this one's */
        rbnode_t *next = lib_rbMinimum(node->right);
        child = next->right;
        parent = next->parent == node ? next : next->parent;
        color = next->color;
        if (parent != next) {
            put_below(parent, LEFT, child);
            put_below(next, RIGHT, node->right);
        }
        *above(tree, node) = next;
        next->parent = node->parent;
        next->color = node->color;
        put_below(next, LEFT, node->left);
        /* those next to it in order have another neighbour now */
        augment_upwards(tree, lib_rbMaximum(next->left));
        augment_upwards(tree, lib_rbMinimum(next->right));
    }
    augment_upwards(tree, child != NULL ? child : parent);
    if (color == RB_BLACK)
        balance_after_remove(tree, child, parent);
}

rbnode_t *lib_rbFind(rbtree_t *tree, rbnode_t *node)
{
    return lib_rbFindEx(tree->root, node, tree->compare);
}

rbnode_t *lib_rbFindEx(rbnode_t *root, rbnode_t *node, rbcomp_t compare)
{
    while (root != NULL) {
        const int order = compare(root, node);
        if (order == 0)
            return root;
        root = *child_at(root, order > 0 ? LEFT : RIGHT);
    }
    return NULL;
}

static rbnode_t *outermost(rbnode_t *node, int side)
{
    while (node != NULL && *child_at(node, side) != NULL)
        node = *child_at(node, side);
    return node;
}

static rbnode_t *neighbour(rbnode_t *node, int side)
{
    if (*child_at(node, side) != NULL)
        return outermost(*child_at(node, side), !side);
    rbnode_t *parent = node->parent;
    while (parent != NULL && node == *child_at(parent, side)) {
        node = parent;
        parent = node->parent;
    }
    return parent;
}

rbnode_t *lib_rbMinimum(rbnode_t *node)
{
    return outermost(node, LEFT);
}

rbnode_t *lib_rbMaximum(rbnode_t *node)
{
    return outermost(node, RIGHT);
}

rbnode_t *lib_rbNext(rbnode_t *node)
{
    return neighbour(node, RIGHT);
}

rbnode_t *lib_rbPrev(rbnode_t *node)
{
    return neighbour(node, LEFT);
}
