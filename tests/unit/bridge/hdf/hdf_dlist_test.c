/*
 * Doubly linked lists.
 */
#include <cmocka.h>

#include "include/hdf/hdf_dlist.h"

struct item {
    char name;
    struct DListHead link;
};

static struct DListHead list;
static struct item items[4];

static int begin(void **state)
{
    (void)state;
    memset(items, 0, sizeof items);
    DListHeadInit(&list);
    for (size_t i = 0; i < HDF_ARRAY_SIZE(items); i++) {
        items[i].name = (char)('a' + i);
        items[i].link.next = NULL;
        items[i].link.prev = NULL;
    }
    return 0;
}

/* The names from the first to the last, and by the other links too. */
static void assert_list(struct DListHead *head, const char *names)
{
    size_t n_names = strlen(names);
    size_t i = 0;
    struct item *item;
    DLIST_FOR_EACH_ENTRY(item, head, struct item, link)
    {
        assert_true(i < n_names);
        assert_int_equal(item->name, names[i++]);
    }
    assert_int_equal(i, n_names);
    DLIST_FOR_EACH_ENTRY_REVERSE(item, head, struct item, link)
    {
        assert_true(i > 0);
        // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): it takes prev and next for unrelated
        assert_int_equal(item->name, names[--i]);
    }
    assert_int_equal(i, 0);
    assert_int_equal(DListGetCount(head), n_names);
    assert_int_equal(DListIsEmpty(head), n_names == 0);
}

static void entries_go_to_the_head_or_the_tail(void **state)
{
    (void)state;
    assert_list(&list, "");
    DListInsertTail(&items[1].link, &list);
    assert_list(&list, "b");
    DListInsertTail(&items[2].link, &list);
    DListInsertHead(&items[0].link, &list);
    assert_list(&list, "abc");
    assert_ptr_equal(DLIST_FIRST_ENTRY(&list, struct item, link), &items[0]);
    assert_ptr_equal(DLIST_LAST_ENTRY(&list, struct item, link), &items[2]);
    assert_ptr_equal(CONTAINER_OF(&items[3].link, struct item, link), &items[3]);
}

static void a_removed_entry_has_no_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        DListInsertTail(&items[i].link, &list);
    DListRemove(&items[1].link);
    assert_null(items[1].link.next);
    assert_null(items[1].link.prev);
    assert_list(&list, "ac");
    DListRemove(&items[1].link);
    assert_list(&list, "ac");
    DListRemove(&items[0].link);
    DListRemove(&items[2].link);
    assert_list(&list, "");
}

static void the_entry_of_a_safe_walk_may_go(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        DListInsertTail(&items[i].link, &list);
    struct item *item, *next;
    DLIST_FOR_EACH_ENTRY_SAFE(item, next, &list, struct item, link)
    if (item->name != 'b')
        DListRemove(&item->link);
    assert_list(&list, "b");
    DLIST_FOR_EACH_ENTRY_SAFE(item, next, &list, struct item, link)
    DListRemove(&item->link);
    assert_list(&list, "");
}

static void a_merged_list_comes_first_and_is_empty(void **state)
{
    (void)state;
    struct DListHead other;
    DListHeadInit(&other);
    DListMerge(&other, &list);
    assert_list(&list, "");
    DListInsertTail(&items[2].link, &list);
    DListInsertTail(&items[3].link, &list);
    DListMerge(&other, &list);
    assert_list(&list, "cd");
    DListInsertTail(&items[0].link, &other);
    DListInsertTail(&items[1].link, &other);
    DListMerge(&other, &list);
    assert_list(&list, "abcd");
    assert_list(&other, "");
    DListMerge(&list, &other);
    assert_list(&other, "abcd");
    assert_list(&list, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(entries_go_to_the_head_or_the_tail, begin),
        cmocka_unit_test_setup(a_removed_entry_has_no_links, begin),
        cmocka_unit_test_setup(the_entry_of_a_safe_walk_may_go, begin),
        cmocka_unit_test_setup(a_merged_list_comes_first_and_is_empty, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
