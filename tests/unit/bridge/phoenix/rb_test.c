/*
 * Balanced trees, held against an array, with their rules looked at after each step.
 */
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/rb.h>

#define N_ITEMS 300

struct item {
    int key;
    rbnode_t node;
    int sum; /* of the keys at and below it */
    int gap; /* the longest way between neighbours of which one at least is at or below it */
    bool is_in;
};

static struct item items[N_ITEMS];
static rbtree_t tree;

static struct item *item_of(rbnode_t *node)
{
    return lib_treeof(struct item, node, node);
}

static int compare(rbnode_t *n1, rbnode_t *n2)
{
    return item_of(n1)->key - item_of(n2)->key;
}

static int sum(rbnode_t *node)
{
    return node == NULL ? 0 : item_of(node)->sum;
}

static void augment(rbnode_t *node)
{
    struct item *item = item_of(node);
    item->sum = item->key + sum(node->left) + sum(node->right);
}

/* How far it is to the neighbour before or behind, which is above. */
static int way_up(rbnode_t *node, int is_behind)
{
    const int key = item_of(node)->key;
    while (node->parent != NULL && node == (is_behind ? node->parent->right : node->parent->left))
        node = node->parent;
    if (node->parent != NULL)
        return abs(item_of(node->parent)->key - key);
    return is_behind ? N_ITEMS - key : key + 1;
}

static void augment_gap(rbnode_t *node)
{
    augment(node);
    const int before = node->left == NULL ? way_up(node, 0) : item_of(node->left)->gap;
    const int behind = node->right == NULL ? way_up(node, 1) : item_of(node->right)->gap;
    item_of(node)->gap = before > behind ? before : behind;
}

static void assert_gap(void)
{
    int longest = 0;
    int last = -1;
    for (int i = 0; i < N_ITEMS; i++) {
        if (!items[i].is_in)
            continue;
        longest = i - last > longest ? i - last : longest;
        last = i;
    }
    longest = N_ITEMS - last > longest ? N_ITEMS - last : longest;
    if (tree.root != NULL)
        assert_int_equal(item_of(tree.root)->gap, longest);
}

/* How many black nodes each way down passes; the rules hold. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree */
static int black_height(const rbnode_t *node, const rbnode_t *parent)
{
    if (node == NULL)
        return 1;
    assert_ptr_equal(node->parent, parent);
    if (node->color == RB_RED)
        assert_true(parent != NULL && parent->color == RB_BLACK);
    const int left = black_height(node->left, node);
    assert_int_equal(black_height(node->right, node), left);
    return left + (node->color == RB_BLACK);
}

static void assert_sound(bool is_augmented)
{
    (void)black_height(tree.root, NULL);
    int total = 0;
    rbnode_t *node = lib_rbMinimum(tree.root);
    rbnode_t *before = NULL;
    for (int i = 0; i < N_ITEMS; i++) {
        if (!items[i].is_in)
            continue;
        total += items[i].key;
        assert_ptr_equal(node, &items[i].node);
        assert_ptr_equal(lib_rbPrev(node), before);
        before = node;
        node = lib_rbNext(node);
    }
    assert_null(node);
    assert_ptr_equal(lib_rbMaximum(tree.root), before);
    if (is_augmented)
        assert_int_equal(sum(tree.root), total);
}

static int reset(void **state)
{
    (void)state;
    memset(items, 0, sizeof items);
    for (int i = 0; i < N_ITEMS; i++)
        items[i].key = i;
    return 0;
}

static void put_in(int key)
{
    assert_null(lib_rbInsert(&tree, &items[key].node));
    items[key].is_in = true;
}

static void take_out(int key)
{
    lib_rbRemove(&tree, &items[key].node);
    items[key].is_in = false;
}

static void an_empty_tree_has_nothing(void **state)
{
    (void)state;
    lib_rbInit(&tree, compare, NULL);
    assert_null(lib_rbFind(&tree, &items[0].node));
    assert_null(lib_rbMinimum(tree.root));
    assert_null(lib_rbMaximum(tree.root));
    assert_null(lib_treeof(struct item, node, tree.root));
}

static void upwards_and_downwards(void **state)
{
    (void)state;
    lib_rbInit(&tree, compare, augment);
    for (int key = 0; key < N_ITEMS; key++) {
        put_in(key);
        assert_sound(true);
    }
    for (int key = N_ITEMS - 1; key >= 0; key--) {
        take_out(key);
        assert_sound(true);
    }
    assert_null(tree.root);
    for (int key = N_ITEMS - 1; key >= 0; key--)
        put_in(key);
    for (int key = 0; key < N_ITEMS; key++) {
        take_out(key);
        assert_sound(true);
    }
}

static void any_order(rbaugment_t augmentation)
{
    lib_rbInit(&tree, compare, augmentation);
    unsigned int seed = 7;
    for (int step = 0; step < 20 * N_ITEMS; step++) {
        const int key = rand_r(&seed) % N_ITEMS;
        struct item sought = {.key = key};
        if (items[key].is_in) {
            assert_ptr_equal(lib_rbFind(&tree, &sought.node), &items[key].node);
            assert_ptr_equal(lib_rbInsert(&tree, &sought.node), &items[key].node);
            take_out(key);
        } else {
            assert_null(lib_rbFind(&tree, &sought.node));
            put_in(key);
        }
        assert_sound(augmentation != NULL);
        if (augmentation == augment_gap)
            assert_gap();
    }
}

static void any_order_without_augmentation(void **state)
{
    (void)state;
    any_order(NULL);
}

static void any_order_with_it(void **state)
{
    (void)state;
    any_order(augment);
}

static void any_order_with_one_that_looks_at_neighbours(void **state)
{
    (void)state;
    any_order(augment_gap);
}

static int compare_tens(rbnode_t *in_tree, rbnode_t *sought)
{
    return item_of(in_tree)->key / 10 - item_of(sought)->key;
}

static void another_order_finds_as_well(void **state)
{
    (void)state;
    lib_rbInit(&tree, compare, NULL);
    for (int key = 0; key < 50; key += 3)
        put_in(key);
    struct item sought = {.key = 4};
    rbnode_t *found = lib_rbFindEx(tree.root, &sought.node, compare_tens);
    assert_int_equal(item_of(found)->key / 10, 4);
    sought.key = 5;
    assert_null(lib_rbFindEx(tree.root, &sought.node, compare_tens));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_tree_has_nothing, reset),
        cmocka_unit_test_setup(upwards_and_downwards, reset),
        cmocka_unit_test_setup(any_order_without_augmentation, reset),
        cmocka_unit_test_setup(any_order_with_it, reset),
        cmocka_unit_test_setup(any_order_with_one_that_looks_at_neighbours, reset),
        cmocka_unit_test_setup(another_order_finds_as_well, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
