/*
 * A tree by number, each node of which knows how many there are at and below it. If fewer stand
 * left of a node than there are numbers up to its own, one of those is free: so the lowest free one
 * is found on one way down.
 */
#include <limits.h>
#include <posix/idtree.h>

static idnode_t *idnode_of(rbnode_t *node)
{
    return lib_treeof(idnode_t, linkage, node);
}

static int compare(rbnode_t *n1, rbnode_t *n2)
{
    const unsigned int id1 = idnode_of(n1)->id;
    const unsigned int id2 = idnode_of(n2)->id;
    return (id1 > id2) - (id1 < id2);
}

static unsigned int count(rbnode_t *node)
{
    return node == NULL ? 0 : idnode_of(node)->n_nodes;
}

static void augment(rbnode_t *node)
{
    idnode_of(node)->n_nodes = 1 + count(node->left) + count(node->right);
}

void idtree_init(idtree_t *tree)
{
    lib_rbInit(tree, compare, augment);
}

idnode_t *idtree_find(idtree_t *tree, int id)
{
    idnode_t sought = {.id = (unsigned int)id};
    return idnode_of(lib_rbFind(tree, &sought.linkage));
}

void idtree_remove(idtree_t *tree, idnode_t *node)
{
    lib_rbRemove(tree, &node->linkage);
}

int idtree_id(idnode_t *node)
{
    return (int)node->id;
}

int idtree_alloc(idtree_t *tree, idnode_t *n)
{
    unsigned int lowest = 0; /* all below it are taken */
    for (rbnode_t *node = tree->root; node != NULL;) {
        const unsigned int id = idnode_of(node)->id;
        if (count(node->left) < id - lowest) {
            node = node->left;
        } else {
            lowest = id + 1;
            node = node->right;
        }
    }
    if (lowest > INT_MAX)
        return -1;
    n->id = lowest;
    (void)lib_rbInsert(tree, &n->linkage);
    return (int)lowest;
}
