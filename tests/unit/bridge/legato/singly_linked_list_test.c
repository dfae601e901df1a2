/*
 * Lists with one way.
 */
#include <cmocka.h>
#include <string.h>

#include "include/legato/le_singlyLinkedList.h"

struct letter {
    char key;
    char character;
    le_sls_Link_t link;
};

static struct letter letters[8];
static le_sls_List_t list;

static int make_letters(void **state)
{
    (void)state;
    list = LE_SLS_LIST_INIT;
    for (size_t i = 0; i < 8; i++)
        letters[i] = (struct letter){.character = (char)('a' + i), .link = LE_SLS_LINK_INIT};
    return 0;
}

static le_sls_Link_t *link_of(char character)
{
    return &letters[character - 'a'].link;
}

static void assert_list(const char *expected)
{
    char there[9] = "";
    size_t n = 0;
    struct letter *letter = NULL;
    LE_SLS_FOREACH(&list, letter, struct letter, link) there[n++] = letter->character;
    assert_null(letter);
    assert_string_equal(there, expected);
    assert_int_equal(le_sls_NumLinks(&list), strlen(expected));
    assert_int_equal(le_sls_IsEmpty(&list), *expected == '\0');
    assert_ptr_equal(le_sls_PeekTail(&list),
                     n == 0 ? NULL : link_of(expected[strlen(expected) - 1]));
    assert_false(le_sls_IsListCorrupted(&list));
}

static void queue_all(const char *characters)
{
    for (; *characters != '\0'; characters++)
        le_sls_Queue(&list, link_of(*characters));
}

static void links_come_and_go(void **state)
{
    (void)state;
    assert_list("");
    assert_null(le_sls_Pop(&list));
    queue_all("bc");
    le_sls_Stack(&list, link_of('a'));
    assert_list("abc");
    assert_ptr_equal(le_sls_Pop(&list), link_of('a'));
    assert_ptr_equal(le_sls_Pop(&list), link_of('b'));
    assert_list("c");
    assert_ptr_equal(le_sls_Pop(&list), link_of('c'));
    assert_list("");
}

static void links_stand_where_they_are_put(void **state)
{
    (void)state;
    le_sls_AddAfter(&list, NULL, link_of('b'));
    le_sls_AddAfter(&list, link_of('b'), link_of('d'));
    le_sls_AddAfter(&list, link_of('b'), link_of('c'));
    le_sls_AddAfter(&list, NULL, link_of('a'));
    assert_list("abcd");
    assert_ptr_equal(le_sls_RemoveAfter(&list, link_of('a')), link_of('b'));
    assert_ptr_equal(le_sls_RemoveAfter(&list, link_of('c')), link_of('d'));
    assert_null(le_sls_RemoveAfter(&list, link_of('c')));
    assert_list("ac");
    assert_true(le_sls_IsInList(&list, link_of('c')));
    assert_false(le_sls_IsInList(&list, link_of('b')));
    assert_true(le_sls_IsHead(&list, link_of('a')));
    assert_true(le_sls_IsTail(&list, link_of('c')));
    assert_ptr_equal(le_sls_PeekNext(&list, link_of('a')), link_of('c'));
    assert_null(le_sls_PeekNext(&list, link_of('c')));
}

static bool is_less(le_sls_Link_t *a, le_sls_Link_t *b)
{
    return CONTAINER_OF(a, struct letter, link)->key < CONTAINER_OF(b, struct letter, link)->key;
}

static void equal_ones_keep_their_order(void **state)
{
    (void)state;
    static const char keys[] = {3, 1, 2, 1, 3, 0, 2, 1};
    for (size_t i = 0; i < 8; i++)
        letters[i].key = keys[i];
    queue_all("abcdefgh");
    le_sls_Sort(&list, is_less);
    assert_list("fbdhcgae");
}

static void a_broken_ring_is_found_out(void **state)
{
    (void)state;
    queue_all("abcde");
    link_of('d')->nextPtr = link_of('b'); /* the tail is never reached */
    assert_true(le_sls_IsListCorrupted(&list));
    link_of('d')->nextPtr = NULL;
    assert_true(le_sls_IsListCorrupted(&list));
    link_of('d')->nextPtr = link_of('e');
    assert_false(le_sls_IsListCorrupted(&list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(links_come_and_go, make_letters),
        cmocka_unit_test_setup(links_stand_where_they_are_put, make_letters),
        cmocka_unit_test_setup(equal_ones_keep_their_order, make_letters),
        cmocka_unit_test_setup(a_broken_ring_is_found_out, make_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
