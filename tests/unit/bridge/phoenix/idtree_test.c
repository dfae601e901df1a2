/*
 * The lowest free number.
 */
#include <cmocka.h>
#include <posix/idtree.h>
#include <stdbool.h>
#include <stdlib.h>

#define N_ITEMS 500

struct item {
    int other;
    idnode_t node;
};

static struct item items[N_ITEMS];

static struct item *item_of(idnode_t *node)
{
    return lib_treeof(struct item, node, node);
}

static void numbers_go_up_from_0(void **state)
{
    (void)state;
    idtree_t tree;
    idtree_init(&tree);
    assert_null(idtree_find(&tree, 0));
    for (int i = 0; i < N_ITEMS; i++)
        assert_int_equal(idtree_alloc(&tree, &items[i].node), i);
    for (int i = 0; i < N_ITEMS; i++) {
        assert_ptr_equal(item_of(idtree_find(&tree, i)), &items[i]);
        assert_int_equal(idtree_id(&items[i].node), i);
    }
    assert_null(idtree_find(&tree, N_ITEMS));
    assert_null(idtree_find(&tree, -1));
}

static void a_free_one_is_given_again_the_lowest_first(void **state)
{
    (void)state;
    idtree_t tree;
    idtree_init(&tree);
    struct item *taken[N_ITEMS] = {NULL}; /* by number */
    struct item *idle[N_ITEMS];
    size_t n_idle = 0;
    for (int i = 0; i < N_ITEMS; i++)
        idle[n_idle++] = &items[i];

    unsigned int seed = 3;
    for (int step = 0; step < 20 * N_ITEMS; step++) {
        const int id = rand_r(&seed) % N_ITEMS;
        if (taken[id] != NULL) {
            assert_ptr_equal(item_of(idtree_find(&tree, id)), taken[id]);
            idtree_remove(&tree, &taken[id]->node);
            idle[n_idle++] = taken[id];
            taken[id] = NULL;
        }
        assert_null(idtree_find(&tree, id));
        for (int i = rand_r(&seed) % 3; i > 0 && n_idle > 0; i--) {
            int lowest = 0;
            while (taken[lowest] != NULL)
                lowest++;
            struct item *item = idle[--n_idle];
            assert_int_equal(idtree_alloc(&tree, &item->node), lowest);
            taken[lowest] = item;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_go_up_from_0),
        cmocka_unit_test(a_free_one_is_given_again_the_lowest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
