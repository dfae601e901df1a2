/*
 * Rings of links.
 */
#include <cmocka.h>
#include <sys/list.h>

struct item {
    int number;
    struct item *next, *prev;
    struct item *younger, *elder; /* of another list */
};

static struct item items[3];

static void assert_order(const struct item *list, const int *numbers, size_t n)
{
    const struct item *item = list;
    for (size_t i = 0; i < n; i++, item = item->next) {
        assert_int_equal(item->number, numbers[i]);
        assert_ptr_equal(item->next->prev, item);
    }
    assert_ptr_equal(item, list); /* all round */
}

static int reset(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        items[i] = (struct item){.number = i};
    return 0;
}

static void what_is_added_is_the_last(void **state)
{
    (void)state;
    struct item *list = NULL;
    for (int i = 0; i < 3; i++)
        LIST_ADD(&list, &items[i]);
    assert_order(list, (int[]){0, 1, 2}, 3);
}

static void the_first_the_last_and_the_middle_come_out(void **state)
{
    (void)state;
    for (int gone = 0; gone < 3; gone++) {
        struct item *list = NULL;
        for (int i = 0; i < 3; i++)
            LIST_ADD(&list, &items[i]);
        LIST_REMOVE(&list, &items[gone]);
        assert_order(list, (int[]){gone == 0 ? 1 : 0, gone == 2 ? 1 : 2}, 2);
        assert_null(items[gone].next);
        assert_null(items[gone].prev);
    }
}

static void with_the_only_one_the_list_is_empty(void **state)
{
    (void)state;
    struct item *list = NULL;
    LIST_ADD(&list, &items[0]);
    assert_order(list, (int[]){0}, 1);
    LIST_REMOVE(&list, &items[0]);
    assert_null(list);
}

static void an_element_is_in_two_lists_by_other_links(void **state)
{
    (void)state;
    struct item *list = NULL;
    struct item *by_age = NULL;
    for (int i = 0; i < 3; i++) {
        LIST_ADD(&list, &items[i]);
        LIST_ADD_EX(&by_age, &items[2 - i], younger, elder);
    }
    assert_ptr_equal(by_age, &items[2]);
    assert_ptr_equal(by_age->younger, &items[1]);
    LIST_REMOVE_EX(&by_age, &items[2], younger, elder);
    assert_ptr_equal(by_age, &items[1]);
    assert_ptr_equal(by_age->elder, &items[0]);
    assert_order(list, (int[]){0, 1, 2}, 3);
}

static void no_element_changes_nothing(void **state)
{
    (void)state;
    struct item *list = NULL;
    /* cppcheck-suppress nullPointer; of what it points to, the type alone is asked */
    LIST_ADD(&list, (struct item *)NULL);
    assert_null(list);
    LIST_ADD(&list, &items[0]);
    /* cppcheck-suppress nullPointer; of what it points to, the type alone is asked */
    LIST_REMOVE(&list, (struct item *)NULL);
    assert_order(list, (int[]){0}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_added_is_the_last, reset),
        cmocka_unit_test_setup(the_first_the_last_and_the_middle_come_out, reset),
        cmocka_unit_test_setup(with_the_only_one_the_list_is_empty, reset),
        cmocka_unit_test_setup(an_element_is_in_two_lists_by_other_links, reset),
        cmocka_unit_test_setup(no_element_changes_nothing, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
