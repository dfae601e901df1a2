/*
 * Lists with two ways, whose contents are read both ways after each change.
 */
#include <cmocka.h>
#include <string.h>

#include "include/legato/le_doublyLinkedList.h"

struct letter {
    char key;
    char character;
    le_dls_Link_t link;
};

static struct letter letters[8];
static le_dls_List_t list;

static int make_letters(void **state)
{
    (void)state;
    list = LE_DLS_LIST_INIT;
    for (size_t i = 0; i < 8; i++)
        letters[i] = (struct letter){.character = (char)('a' + i), .link = LE_DLS_LINK_INIT};
    return 0;
}

static le_dls_Link_t *link_of(char character)
{
    return &letters[character - 'a'].link;
}

static void assert_list(const char *expected)
{
    char there[9] = "";
    char back[9] = "";
    size_t n = 0;
    struct letter *letter = NULL;
    LE_DLS_FOREACH(&list, letter, struct letter, link) there[n++] = letter->character;
    assert_null(letter);
    assert_string_equal(there, expected);
    for (le_dls_Link_t *link = le_dls_PeekTail(&list); link != NULL;
         link = le_dls_PeekPrev(&list, link))
        back[--n] = CONTAINER_OF(link, struct letter, link)->character;
    assert_string_equal(back, expected);
    assert_int_equal(le_dls_NumLinks(&list), strlen(expected));
    assert_int_equal(le_dls_IsEmpty(&list), *expected == '\0');
    assert_false(le_dls_IsListCorrupted(&list));
}

static void queue_all(const char *characters)
{
    for (; *characters != '\0'; characters++)
        le_dls_Queue(&list, link_of(*characters));
}

static void links_come_and_go_at_both_ends(void **state)
{
    (void)state;
    assert_list("");
    assert_null(le_dls_Pop(&list));
    assert_null(le_dls_PopTail(&list));
    assert_null(le_dls_PeekTail(&list));
    queue_all("bc");
    le_dls_Stack(&list, link_of('a'));
    assert_list("abc");
    assert_ptr_equal(le_dls_Pop(&list), link_of('a'));
    assert_ptr_equal(le_dls_PopTail(&list), link_of('c'));
    assert_list("b");
    assert_ptr_equal(le_dls_PopTail(&list), link_of('b'));
    assert_list("");
}

static void links_stand_where_they_are_put(void **state)
{
    (void)state;
    queue_all("c");
    le_dls_AddBefore(&list, link_of('c'), link_of('a'));
    le_dls_AddAfter(&list, link_of('a'), link_of('b'));
    le_dls_AddAfter(&list, link_of('c'), link_of('d'));
    assert_list("abcd");
    le_dls_Remove(&list, link_of('a'));
    le_dls_Remove(&list, link_of('c'));
    assert_list("bd");
    assert_true(le_dls_IsInList(&list, link_of('d')));
    assert_false(le_dls_IsInList(&list, link_of('a')));
    assert_true(le_dls_IsHead(&list, link_of('b')));
    assert_true(le_dls_IsTail(&list, link_of('d')));
    assert_false(le_dls_IsTail(&list, link_of('b')));
    assert_ptr_equal(le_dls_PeekNext(&list, link_of('b')), link_of('d'));
    assert_null(le_dls_PeekNext(&list, link_of('d')));
    assert_null(le_dls_PeekPrev(&list, link_of('b')));
}

static void any_two_swap(void **state)
{
    (void)state;
    queue_all("abcd");
    le_dls_Swap(&list, link_of('a'), link_of('d'));
    assert_list("dbca");
    le_dls_Swap(&list, link_of('b'), link_of('c'));
    assert_list("dcba");
    le_dls_Swap(&list, link_of('c'), link_of('d'));
    assert_list("cdba");
    le_dls_Swap(&list, link_of('a'), link_of('a'));
    assert_list("cdba");
    le_dls_PopTail(&list);
    le_dls_PopTail(&list);
    le_dls_Swap(&list, link_of('c'), link_of('d'));
    assert_list("dc");
}

static bool is_less(le_dls_Link_t *a, le_dls_Link_t *b)
{
    return CONTAINER_OF(a, struct letter, link)->key < CONTAINER_OF(b, struct letter, link)->key;
}

static void equal_ones_keep_their_order(void **state)
{
    (void)state;
    le_dls_Sort(&list, is_less);
    assert_list("");
    static const char keys[] = {3, 1, 2, 1, 3, 0, 2, 1};
    for (size_t i = 0; i < 8; i++)
        letters[i].key = keys[i];
    queue_all("abcdefgh");
    le_dls_Sort(&list, is_less);
    assert_list("fbdhcgae");
}

static void a_broken_ring_is_found_out(void **state)
{
    (void)state;
    queue_all("abc");
    link_of('b')->prevPtr = link_of('c');
    assert_true(le_dls_IsListCorrupted(&list));
    link_of('b')->prevPtr = link_of('a');
    link_of('b')->nextPtr = NULL;
    assert_true(le_dls_IsListCorrupted(&list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(links_come_and_go_at_both_ends, make_letters),
        cmocka_unit_test_setup(links_stand_where_they_are_put, make_letters),
        cmocka_unit_test_setup(any_two_swap, make_letters),
        cmocka_unit_test_setup(equal_ones_keep_their_order, make_letters),
        cmocka_unit_test_setup(a_broken_ring_is_found_out, make_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
