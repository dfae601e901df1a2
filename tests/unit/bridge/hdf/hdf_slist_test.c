/*
 * Singly linked lists and their iterators.
 */
#include <cmocka.h>

#include "include/hdf/hdf_slist.h"

struct item {
    char name;
    struct HdfSListNode link;
};

static struct HdfSList list;
static struct item items[5];

static struct item *item_of(struct HdfSListNode *link)
{
    return HDF_SLIST_CONTAINER_OF(struct HdfSListNode, link, struct item, link);
}

static int begin(void **state)
{
    (void)state;
    HdfSListInit(&list);
    for (size_t i = 0; i < HDF_ARRAY_SIZE(items); i++)
        items[i] = (struct item){.name = (char)('a' + i)};
    return 0;
}

static int begin_with_three(void **state)
{
    (void)begin(state);
    for (size_t i = 0; i < 3; i++)
        HdfSListAddTail(&list, &items[i].link);
    return 0;
}

static void assert_list(const char *names)
{
    struct HdfSListNode *link = HdfSListPeek(&list);
    for (const char *name = names; *name != '\0'; name++) {
        assert_non_null(link);
        assert_int_equal(item_of(link)->name, *name);
        if (name[1] == '\0')
            assert_ptr_equal(HdfSListGetLast(&list), link);
        link = HdfSListNext(link);
    }
    assert_null(link);
    assert_int_equal(HdfSListCount(&list), strlen(names));
    assert_int_equal(HdfSListIsEmpty(&list), *names == '\0');
}

static void entries_go_to_the_head_or_the_tail(void **state)
{
    (void)state;
    assert_list("");
    assert_null(HdfSListGetLast(&list));
    HdfSListAddTail(&list, &items[1].link);
    HdfSListAddTail(&list, &items[2].link);
    HdfSListAdd(&list, &items[0].link);
    assert_list("abc");
    HdfSListAddTail(&list, &items[1].link);
    assert_list("abc");
}

static void entries_leave_from_anywhere(void **state)
{
    (void)state;
    HdfSListRemove(&list, &items[1].link);
    assert_list("ac");
    HdfSListRemove(&list, &items[1].link);
    HdfSListRemove(&list, &items[4].link);
    assert_list("ac");
    assert_ptr_equal(HdfSListPop(&list), &items[0].link);
    HdfSListRemove(&list, &items[2].link);
    assert_list("");
    assert_null(HdfSListPop(&list));
}

static bool has_name(struct HdfSListNode *link, uint32_t name)
{
    return (uint32_t)item_of(link)->name == name;
}

static void a_search_finds_the_first_that_fits(void **state)
{
    (void)state;
    items[2].name = 'b';
    assert_ptr_equal(HdfSListSearch(&list, 'b', has_name), &items[1].link);
    assert_null(HdfSListSearch(&list, 'x', has_name));
}

static bool is_before(struct HdfSListNode *first, struct HdfSListNode *second)
{
    return item_of(first)->name < item_of(second)->name;
}

static bool is_not_after(struct HdfSListNode *first, struct HdfSListNode *second)
{
    return item_of(first)->name <= item_of(second)->name;
}

static void entries_find_their_place_by_order(void **state)
{
    (void)state;
    static const size_t order[] = {3, 0, 4, 2, 1};
    for (size_t i = 0; i < HDF_ARRAY_SIZE(order); i++)
        assert_true(HdfSListAddOrder(&list, &items[order[i]].link, is_before));
    assert_list("abcde");
    assert_false(HdfSListAddOrder(&list, &items[2].link, is_before));
    assert_list("abcde");
}

static void an_equal_entry_goes_where_the_order_says(void **state)
{
    (void)state;
    items[3].name = 'a';
    assert_true(HdfSListAddOrder(&list, &items[3].link, is_not_after));
    assert_ptr_equal(HdfSListPeek(&list), &items[3].link);
    assert_list("aabc");
}

static char flushed[8];

static void note(struct HdfSListNode *link)
{
    size_t size = strlen(flushed);
    flushed[size] = item_of(link)->name;
    flushed[size + 1] = '\0';
    link->next = NULL;
}

static void a_flush_hands_out_each_entry(void **state)
{
    (void)state;
    flushed[0] = '\0';
    HdfSListFlush(&list, note);
    assert_string_equal(flushed, "abc");
    assert_list("");
    HdfSListAdd(&list, &items[0].link);
    HdfSListFlush(&list, NULL);
    assert_list("");
}

static void an_iterator_returns_each_entry_once(void **state)
{
    (void)state;
    struct HdfSListIterator iterator;
    HdfSListIteratorInit(&iterator, &list);
    for (size_t i = 0; i < 3; i++) {
        assert_true(HdfSListIteratorHasNext(&iterator));
        assert_ptr_equal(HdfSListIteratorNext(&iterator), &items[i].link);
    }
    assert_false(HdfSListIteratorHasNext(&iterator));
    assert_null(HdfSListIteratorNext(&iterator));
    assert_null(HdfSListIteratorNext(&iterator));
}

static void an_iterator_removes_what_it_returned(void **state)
{
    (void)state;
    for (size_t gone = 0; gone < 3; gone++) {
        (void)begin_with_three(state);
        struct HdfSListIterator iterator;
        HdfSListIteratorInit(&iterator, &list);
        for (size_t i = 0; i < 3; i++) {
            assert_ptr_equal(HdfSListIteratorNext(&iterator), &items[i].link);
            if (i == gone)
                HdfSListIteratorRemove(&iterator);
            assert_int_equal(HdfSListIteratorHasNext(&iterator), i < 2);
        }
        static const char *const left[] = {"bc", "ac", "ab"};
        assert_list(left[gone]);
    }
}

static void an_iterator_may_remove_all(void **state)
{
    (void)state;
    struct HdfSListIterator iterator;
    HdfSListIteratorInit(&iterator, &list);
    HdfSListIteratorRemove(&iterator);
    assert_list("bc");
    while (HdfSListIteratorHasNext(&iterator)) {
        assert_non_null(HdfSListIteratorNext(&iterator));
        HdfSListIteratorRemove(&iterator);
    }
    assert_list("");
    HdfSListIteratorRemove(&iterator);
    assert_list("");
}

static void an_iterator_bears_the_removal_of_its_entry(void **state)
{
    (void)state;
    struct HdfSListIterator iterator;
    HdfSListIteratorInit(&iterator, &list);
    assert_ptr_equal(HdfSListIteratorNext(&iterator), &items[0].link);
    assert_ptr_equal(HdfSListIteratorNext(&iterator), &items[1].link);
    HdfSListRemove(&list, &items[1].link);
    items[1].link.next = NULL;
    assert_true(HdfSListIteratorHasNext(&iterator));
    assert_ptr_equal(HdfSListIteratorNext(&iterator), &items[2].link);
    HdfSListRemove(&list, &items[2].link);
    HdfSListIteratorRemove(&iterator);
    assert_false(HdfSListIteratorHasNext(&iterator));
    assert_list("a");
}

static void an_iterator_inserts_before_what_it_returned(void **state)
{
    (void)state;
    struct HdfSListIterator iterator;
    HdfSListIteratorInit(&iterator, &list);
    (void)HdfSListIteratorNext(&iterator);
    HdfSListIteratorInsert(&iterator, &items[3].link);
    assert_list("dabc");
    assert_ptr_equal(HdfSListIteratorNext(&iterator), &items[1].link);
    HdfSListIteratorInsert(&iterator, &items[4].link);
    assert_list("daebc");
    assert_ptr_equal(HdfSListIteratorNext(&iterator), &items[2].link);
}

static void null_is_borne_by_all(void **state)
{
    (void)state;
    struct HdfSListIterator iterator;
    HdfSListInit(NULL);
    assert_true(HdfSListIsEmpty(NULL));
    assert_null(HdfSListSearch(NULL, 0, has_name));
    assert_null(HdfSListSearch(&list, 0, NULL));
    assert_null(HdfSListGetLast(NULL));
    HdfSListAdd(NULL, &items[4].link);
    HdfSListAdd(&list, NULL);
    HdfSListAddTail(NULL, &items[4].link);
    HdfSListAddTail(&list, NULL);
    assert_false(HdfSListAddOrder(NULL, &items[4].link, is_before));
    assert_false(HdfSListAddOrder(&list, NULL, is_before));
    assert_false(HdfSListAddOrder(&list, &items[4].link, NULL));
    HdfSListRemove(NULL, &items[0].link);
    HdfSListRemove(&list, NULL);
    HdfSListFlush(NULL, note);
    assert_int_equal(HdfSListCount(NULL), 0);
    assert_null(HdfSListPeek(NULL));
    assert_null(HdfSListNext(NULL));
    assert_null(HdfSListPop(NULL));
    HdfSListIteratorInit(NULL, &list);
    assert_false(HdfSListIteratorHasNext(NULL));
    assert_null(HdfSListIteratorNext(NULL));
    HdfSListIteratorRemove(NULL);
    HdfSListIteratorInsert(NULL, &items[4].link);
    HdfSListIteratorInit(&iterator, NULL);
    assert_false(HdfSListIteratorHasNext(&iterator));
    assert_null(HdfSListIteratorNext(&iterator));
    HdfSListIteratorRemove(&iterator);
    HdfSListIteratorInsert(&iterator, &items[4].link);
    HdfSListIteratorInsert(&iterator, NULL);
    assert_list("abc");
}

int main(void)
{
#define with_three(test) cmocka_unit_test_setup(test, begin_with_three)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(entries_go_to_the_head_or_the_tail, begin),
        with_three(entries_leave_from_anywhere),
        with_three(a_search_finds_the_first_that_fits),
        cmocka_unit_test_setup(entries_find_their_place_by_order, begin),
        with_three(an_equal_entry_goes_where_the_order_says),
        with_three(a_flush_hands_out_each_entry),
        with_three(an_iterator_returns_each_entry_once),
        with_three(an_iterator_removes_what_it_returned),
        with_three(an_iterator_may_remove_all),
        with_three(an_iterator_bears_the_removal_of_its_entry),
        with_three(an_iterator_inserts_before_what_it_returned),
        with_three(null_is_borne_by_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
