/*
 * Lists of nodes.
 */
#include <cmocka.h>

#include "include/portfolio/list.h"

#define N 4

static List list;
static Node nodes[N];

static int set_up(void **state)
{
    (void)state;
    static char names[N][8] = {"Red", "green", "BLUE", "red"};
    InitList(&list, "colours");
    for (int i = 0; i < N; i++)
        nodes[i] = (Node){.n_Name = names[i], .n_Priority = (uint8)(i * 10)};
    return 0;
}

/* Nodes by their numbers, as digits, from head to tail. */
static void assert_order(int digits)
{
    const Node *node;
    int forward = 0, backward = 0, place = 1;
    ScanList(&list, node, const Node) forward = forward * 10 + (int)(node - nodes) + 1;
    ScanListB(&list, node, const Node)
    {
        backward += place * ((int)(node - nodes) + 1);
        place *= 10;
    }
    assert_int_equal(forward, digits);
    assert_int_equal(backward, digits);
}

static void a_new_list_is_empty_and_has_its_name(void **state)
{
    (void)state;
    assert_true(IsEmptyList(&list));
    assert_false(IsNode(&list, FirstNode(&list)));
    assert_false(IsNodeB(&list, LastNode(&list)));
    assert_string_equal(list.l.n_Name, "colours");
    assert_int_equal(list.l.n_Type, LISTNODE);
    assert_null(RemHead(&list));
    assert_null(RemTail(&list));
}

static void nodes_come_at_both_ends(void **state)
{
    (void)state;
    AddTail(&list, &nodes[1]);
    AddHead(&list, &nodes[0]);
    AddTail(&list, &nodes[2]);
    assert_order(123);
    assert_false(IsEmptyList(&list));
    assert_ptr_equal(NextNode(&nodes[0]), &nodes[1]);
    assert_ptr_equal(PrevNode(&nodes[2]), &nodes[1]);
}

static void nodes_leave_at_both_ends_and_between(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++)
        AddTail(&list, &nodes[i]);
    RemNode(&nodes[1]);
    assert_order(134);
    assert_ptr_equal(RemHead(&list), &nodes[0]);
    assert_ptr_equal(RemTail(&list), &nodes[3]);
    assert_order(3);
    RemNode(&nodes[2]);
    assert_true(IsEmptyList(&list));
    AddHead(&list, &nodes[3]);
    assert_order(4);
}

static void priorities_come_highest_first_and_in_order(void **state)
{
    (void)state;
    nodes[3].n_Priority = nodes[1].n_Priority;
    for (int i = 0; i < N; i++)
        InsertNodeFromTail(&list, &nodes[i]);
    assert_order(3241);
}

static void names_are_found_whatever_their_case(void **state)
{
    (void)state;
    assert_null(FindNamedNode(&list, "red"));
    for (int i = 0; i < N; i++)
        AddTail(&list, &nodes[i]);
    assert_ptr_equal(FindNamedNode(&list, "red"), &nodes[0]);
    assert_ptr_equal(FindNamedNode(&list, "Blue"), &nodes[2]);
    assert_null(FindNamedNode(&list, "gree"));
    assert_null(FindNamedNode(&list, "greens"));
    assert_null(FindNamedNode(&list, NULL));
    nodes[2].n_Name = NULL;
    assert_null(FindNamedNode(&list, "blue"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_list_is_empty_and_has_its_name, set_up),
        cmocka_unit_test_setup(nodes_come_at_both_ends, set_up),
        cmocka_unit_test_setup(nodes_leave_at_both_ends_and_between, set_up),
        cmocka_unit_test_setup(priorities_come_highest_first_and_in_order, set_up),
        cmocka_unit_test_setup(names_are_found_whatever_their_case, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
