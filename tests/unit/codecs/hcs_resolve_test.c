/*
 * What copies, changes, deletions, templates and references come to, and what is said where they
 * cannot be had.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codecs/hcs_resolve.h"
#include "tests/unit/codecs/hcs_texts.h"

struct form {
    const char *text; /* in root {} */
    const char *comes_to;
};

static void expect_each(const struct form *forms, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hcs_text_expect(forms[i].text, forms[i].comes_to);
}

static void refuse_each(const struct form *faults, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hcs_text_refuse(faults[i].text, faults[i].comes_to);
}

#define EACH(forms) forms, sizeof(forms) / sizeof *(forms)

static void copies_add_what_is_missing(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"a { x = 1; y = 2; } b : a { x = 3; }", "a { x = 1; y = 2; } b { x = 3; y = 2; }"},
        {"b : a { } a { x = 1; }", "b { x = 1; } a { x = 1; }"},
        {"a { k { x = 1; y = 1; } } b : a { k { x = 2; } }",
         "a { k { x = 1; y = 1; } } b { k { x = 2; y = 1; } }"},
        {"a { } n { b : root.a { } a { y = 1; } }", "a { } n { b { } a { y = 1; } }"},
        {"n { a { x = 1; } } b : root.n.a { }", "n { a { x = 1; } } b { x = 1; }"},
        /* a copy of a copy, whatever the order */
        {"c : b { } b : a { } a { x = 1; }", "c { x = 1; } b { x = 1; } a { x = 1; }"},
        {"a { x = 1; } b : a { } c : b { y = 2; }",
         "a { x = 1; } b { x = 1; } c { y = 2; x = 1; }"},
        /* with a copy inside, or into what is a copy itself */
        {"b : a { } a { k : root.c { } } c { x = 1; }",
         "b { k { x = 1; } } a { k { x = 1; } } c { x = 1; }"},
        {"p : q { c : root.p.d { } d { x = 1; } } q { y = 2; }",
         "p { y = 2; c { x = 1; } d { x = 1; } } q { y = 2; }"},
        {"c : root.p.d { } p : q { } q { d { x = 1; } }",
         "c { x = 1; } p { d { x = 1; } } q { d { x = 1; } }"},
        {"a { k { x = 1; } } b : a { k : root.c { } } c { x = 2; z = 3; }",
         "a { k { x = 1; } } b { k { x = 2; z = 3; } } c { x = 2; z = 3; }"},
        /* of a template, and of what inherits: that inherits too, also from afar */
        {"template t { x = 1; } a : t { }", "a { x = 1; }"},
        {"template t { x = 1; } a :: t { } b : a { }", "a { x = 1; } b { x = 1; }"},
        {"n { template t { x = 1; } a :: t { y = 2; } } b : root.n.a { }",
         "n { a { y = 2; x = 1; } } b { y = 2; x = 1; }"},
        {"n { template t { x = 1; } a :: t { } b : a { } } c : root.n.b { } ",
         "n { a { x = 1; } b { x = 1; } } c { x = 1; }"},
        /* its own deletions win, others' are not copied */
        {"a { x = 1; k { } } b : a { x = delete; k : delete { } }", "a { x = 1; k { } } b { }"},
        {"a { x = delete; k : delete { } y = 1; } b : a { }", "a { y = 1; } b { y = 1; }"},
    };
    expect_each(EACH(forms));
}

static void changes_reach_a_node_elsewhere(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"a { x = 1; } m : &a { x = 2; y = 3; }", "a { x = 2; y = 3; }"},
        {"m : &root.n.a { x = \"b\"; } n { a { x = \"a\"; } }", "n { a { x = \"b\"; } }"},
        {"a { k { x = 1; } } m : &a { k { y = 2; } l { } }", "a { k { x = 1; y = 2; } l { } }"},
        {"a { x = [1]; r = &k; k { } l { } } m : &a { x = [2, 3]; r = &l; }",
         "a { x = [2, 3]; r = &root.a.l; k { } l { } }"},
        {"a { x = 1; k { } } m : &a { x = delete; k : delete { } }", "a { }"},
        {"a { x = delete; } m : &a { x = \"new\"; }", "a { x = \"new\"; }"},
        /* as they stand in the text */
        {"a { x = 1; } m : &a { x = 2; } o : &a { x = 3; }", "a { x = 3; }"},
        {"a { x = 1; } m : &a { x = 2; } c : a { }", "a { x = 2; } c { x = 2; }"},
        {"a { x = 1; } c : a { } m : &a { x = 2; }", "a { x = 2; } c { x = 1; }"},
        /* of a copy, of what inherits, with a copy, with a change inside */
        {"m : &b { x = 3; } b : a { } a { x = 1; y = 1; }",
         "b { x = 3; y = 1; } a { x = 1; y = 1; }"},
        {"template t { x = 1; y = 1; } a :: t { } m : &a { x = 2; }", "a { x = 2; y = 1; }"},
        {"a { } m : &a { k : root.b { } } b { x = 1; }", "a { k { x = 1; } } b { x = 1; }"},
        {"a { k { } } m : &a { k : &root.b { x = 1; } } b { }", "a { k { } } b { x = 1; }"},
        {"template t { x = 1; } a { } m : &a { k :: root.t { } }", "a { k { x = 1; } }"},
        {"a { m : &root.b { x = 1; } } b { } c : a { }", "a { } b { x = 1; } c { }"},
    };
    expect_each(EACH(forms));
}

static void deletions_take_out(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"a : delete { x = 1; }", ""},
        {"x = delete;", ""},
        {"n { a : delete { } b { x = delete; y = 1; } }", "n { b { y = 1; } }"},
        /* before inheritance: the template's is there again */
        {"template t { x = 1; } a :: t { x = delete; }", "a { x = 1; }"},
    };
    expect_each(EACH(forms));
}

static void heirs_get_what_they_do_not_have(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"template t { x = 1; y = 2; } a :: t { x = 3; z = 4; }", "a { x = 3; z = 4; y = 2; }"},
        {"a :: t { } template t { x = 1; }", "a { x = 1; }"},
        {"n { template t { x = 1; } } a :: root.n.t { }", "n { } a { x = 1; }"},
        {"template t { k { x = 1; y = 1; } } a :: t { k { x = 2; } }", "a { k { x = 2; y = 1; } }"},
        {"b { x = 1; } a :: b { }", "b { x = 1; } a { x = 1; }"},
        /* templates inside templates are seen by who inherits the outer one */
        {"template host { p = 1; template device { q = 2; template node { r = 3; } } } "
         "h :: host { d :: device { n :: node { } } }",
         "h { p = 1; d { q = 2; n { r = 3; } } }"},
        {"template host { template device { q = 2; } d :: device { } } h :: host { }",
         "h { d { q = 2; } }"},
        {"template host { template device { q = 2; } d :: device { } } "
         "h :: host { template device { q = 3; } }",
         "h { d { q = 3; } }"},
        {"template t { k :: root.u { } } template u { x = 1; } a :: t { k { y = 2; } }",
         "a { k { y = 2; x = 1; } }"},
        /* through another heir, in any order, also across */
        {"c :: b { } b :: a { } a { x = 1; }", "c { x = 1; } b { x = 1; } a { x = 1; }"},
        {"a :: root.b.t { } b :: u { template t { x = 1; } } template u { y = 2; }",
         "a { x = 1; } b { y = 2; }"},
        {"a :: root.b.t { } b :: u { } template u { template t { x = 1; } }", "a { x = 1; } b { }"},
        {"a :: root.b.t { template u { x = 1; } } b :: root.a.u { template t { y = 2; } }",
         "a { y = 2; } b { x = 1; }"},
        /* a template nobody uses, and one of a name that a plain node takes again */
        {"template t { template u { x = 1; } a :: u { } }", ""},
        {"template t { template k { x = 1; } } a :: t { k { y = 2; } }",
         "a { k { y = 2; x = 1; } }"},
    };
    expect_each(EACH(forms));
}

static void references_find_their_node_where_they_ended_up(void **state)
{
    (void)state;
    static const struct form forms[] = {
        {"r = &root.a.b; a { b { } s = &b; t = &root.a; }",
         "r = &root.a.b; a { s = &root.a.b; t = &root.a; b { } }"},
        {"template t { k { } r = &k; } a :: t { } b :: t { }",
         "a { r = &root.a.k; k { } } b { r = &root.b.k; k { } }"},
        {"a { k { } r = &k; } b : a { }", "a { r = &root.a.k; k { } } b { r = &root.b.k; k { } }"},
        {"template t { k { } } a :: t { } r = &root.a.k;", "r = &root.a.k; a { k { } }"},
    };
    expect_each(EACH(forms));
}

static const struct form faults[] = {
    {"root { b : a { } }", "1:12: 'a' is no node that is there"},
    {"root { a = 1; b : a { } }", "1:19: 'a' is no node that is there"},
    {"root { b : root.a.c { } a { } }", "1:12: 'root.a.c' is no node that is there"},
    {"root { b :: t { } }", "1:13: 't' is no node that is there"},
    {"root { b :& t { } }", "1:13: 't' is no node that is there"},
    {"root { template t { a :: u { } } }", "1:26: 'u' is no node that is there"},
    {"root { b : a { } a : delete { } }", "1:12: 'a' is deleted"},
    {"root { m : &a { } a : delete { } }", "1:13: 'a' is deleted"},
    {"root { b :: a { } a : delete { } }", "1:13: 'a' is no node that is there"},
    {"root { b : m { } m : &a { } a { } }",
     "1:12: 'm' only changes another node, and is none itself"},
    {"root { m : &a { } b : m { } a { } }", "1:23: 'm' is no node that is there"},
    {"root { m : &t { } template t { } }", "1:13: 't' is a template: only a node can be changed"},
    /* circles */
    {"root { a : a { } }", "1:12: 'a' is circular: one holds the other"},
    {"root { a :: a { } }", "1:13: 'a' is circular: one holds the other"},
    {"root { a : &a { } }", "1:13: 'a' only changes another node, and is none itself"},
    {"root { a { b : root.a { } } }", "1:16: 'root.a' is circular: one holds the other"},
    {"root { a :: root.a.b { b { } } }", "1:13: 'root.a.b' is circular: one holds the other"},
    {"root { a { m : &root.a { } } }", "1:17: 'root.a' is circular: one holds the other"},
    {"root { a : b { } b : a { } }", "1:22: 'a' is circular: it needs this node first"},
    {"root { a : b { } b : c { } c : a { } }", "1:32: 'a' is circular: it needs this node first"},
    {"root { a { c : root.b { } } b { d : root.a { } } }",
     "1:16: 'root.b' is circular: it needs this node first"},
    {"root { a :: b { } b :: a { } }", "1:24: 'a' is circular: it needs this node first"},
    {"root { a :: b { } b :: c { } c :: b { } }",
     "1:35: 'b' is circular: it needs this node first"},
    {"root { template t { a :: root.t { } } }", "1:26: 'root.t' is circular: one holds the other"},
    /* types */
    {"root {\n a { x = 1; }\n m : &a { x = \"s\"; }\n}",
     "3:11: 'x' is a string here and a number at f:2:6"},
    {"root {\n a { x = [1]; }\n m : &a { x = 1; }\n}",
     "3:11: 'x' is a number here and an array at f:2:6"},
    {"root {\n a { x = 1; }\n m : &a { x { } }\n}",
     "3:11: 'x' is a node here and an attribute at f:2:6"},
    {"root {\n a { x { } }\n m : &a { x = 1; }\n}",
     "3:11: 'x' is an attribute here and a node at f:2:6"},
    {"root {\n a { x = 1; }\n b : a { x { } }\n}",
     "3:10: 'x' is a node here and an attribute at f:2:6"},
    {"root {\n template t { x { } }\n b :: t { x = 1; }\n}",
     "3:11: 'x' is an attribute here and a node at f:2:15"},
    /* references */
    {"root { r = &a; }", "1:8: 'a' refers to a node that is not there"},
    {"root { a = 1; r = &a; }", "1:15: 'a' refers to a node that is not there"},
    {"root { r = &a; a : delete { } }", "1:8: 'a' refers to a node that is not there"},
    {"root { r = &m; m : &a { } a { } }", "1:8: 'm' refers to a node that is not there"},
    {"root { r = &root.a.b.c; a { b { } } }",
     "1:8: 'root.a.b.c' refers to a node that is not there"},
    {"root { r = &t; template t { } }",
     "1:8: 't' refers to a template, which is no node of the tree"},
    {"root { r = &root.t.k; template t { k { } } }",
     "1:8: 'root.t.k' refers to a template, which is no node of the tree"},
};

static void what_cannot_be_had_is_told(void **state)
{
    (void)state;
    refuse_each(EACH(faults));
}

static char text[1 << 20];

/* A chain of nodes, each from the next, as @format has it with two numbers. */
static void put_chain(unsigned n, const char *before, const char *middle, const char *after)
{
    size_t size = (size_t)snprintf(text, sizeof text, "root {\n");
    for (unsigned i = 0; i < n; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%u%s%u%s\n", before, i, middle,
                                 i + 1, after);
    (void)snprintf(text + size, sizeof text - size, "n%u { x = 1; } template t%u { } }", n, n);
}

static void a_chain_has_a_bound(void **state)
{
    (void)state;
    static const struct {
        const char *before, *middle, *after, *says;
    } chains[] = {
        {"n", " : n", " { }", "f:66:7: more than 64 nodes need one another"},
        {"n", " :: n", " { }", "f:66:8: more than 64 nodes need one another"},
        {"n", " : root.n", ".k { }", "f:66:7: more than 64 nodes need one another"},
    };
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        const struct hcs_file_text files[] = {{"f", text}, {NULL, NULL}};
        bool is_deep = strchr(chains[i].after, '.') != NULL;
        put_chain(HCS_CHAIN_MAX, chains[i].before, chains[i].middle, chains[i].after);
        if (!is_deep)
            hcs_tree_destroy(hcs_text_load(text));
        put_chain(1000, chains[i].before, chains[i].middle, chains[i].after);
        hcs_texts_refuse(files, VIA_TOO_LARGE, chains[i].says);
    }
}

/* Each level has two of the level below: 2^20 nodes out of 20 lines. */
static void what_doubles_at_each_level_ends_at_the_bound(void **state)
{
    (void)state;
    static const char *const signs[] = {":", "::"};
    for (size_t form = 0; form < sizeof signs / sizeof *signs; form++) {
        struct hcs_fault fault = {.text = ""};
        struct hcs_tree *tree = NULL;
        size_t size = (size_t)snprintf(text, sizeof text, "root {\nn0 { }\n");
        for (unsigned i = 1; i < 21; i++)
            size += (size_t)snprintf(text + size, sizeof text - size,
                                     "n%u { a %s root.n%u { } b %s root.n%u { } }\n", i,
                                     signs[form], i - 1, signs[form], i - 1);
        (void)snprintf(text + size, sizeof text - size, "}");
        const struct hcs_file_text files[] = {{"f", text}, {NULL, NULL}};
        assert_int_equal(hcs_texts_load(files, &tree, &fault), VIA_TOO_LARGE);
        assert_non_null(strstr(fault.text, "more than 65536 attributes and nodes in all"));
    }
}

/* What is copied into its own depth ends at the bound of that. */
static void copies_count_in_depth(void **state)
{
    (void)state;
    size_t size = (size_t)snprintf(text, sizeof text, "root { ");
    for (unsigned i = 0; i < 40; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "n%u { k : root.n%u { } } ", i,
                                 i + 1);
    (void)snprintf(text + size, sizeof text - size, "n40 { } }");
    const struct hcs_file_text files[] = {{"f", text}, {NULL, NULL}};
    struct hcs_fault fault = {.text = ""};
    struct hcs_tree *tree = NULL;
    assert_int_equal(hcs_texts_load(files, &tree, &fault), VIA_TOO_LARGE);
    assert_string_equal(fault.text,
                        "nodes stand at most 32 deep, with what copies and templates make");
}

/* Each of two templates has a node of the other. */
static void templates_that_hold_one_another_end_at_the_bound(void **state)
{
    (void)state;
    static const struct hcs_file_text files[] = {
        {"f",
         "root { template t { a :: root.u { } }\n template u { b :: root.t { } } x :: t { } }"},
        {NULL, NULL}};
    hcs_texts_refuse(files, VIA_TOO_LARGE,
                     "f:1:21: nodes stand at most 32 deep, with what copies and templates make");
}

static void nodes_are_numbered_in_preorder(void **state)
{
    (void)state;
    struct hcs_tree *tree = hcs_text_load("root { a { b { } c { match_attr = \"m\"; } } "
                                          "template t { } d { match_attr = \"m\"; } x = 1; }");
    assert_int_equal(tree->n_nodes, 5);
    assert_int_equal(tree->n_attrs, 3);
    static const char *const names[] = {"root", "a", "b", "c", "d"};
    uint32_t id = 0;
    for (const struct hcs_node *node = tree->root; node != NULL;
         node = hcs_node_next(node, tree->root)) {
        assert_string_equal(node->name, names[id]);
        assert_int_equal(node->id, ++id);
        assert_int_equal(node->kind, HCS_PLAIN);
    }
    assert_int_equal(id, 5);
    assert_string_equal(hcs_node_match(tree->root, "m")->name, "c");
    assert_null(hcs_node_match(tree->root, "n"));
    assert_null(hcs_node_match(hcs_node_child(hcs_node_child(tree->root, "a"), "b"), "m"));
    hcs_tree_destroy(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_add_what_is_missing),
        cmocka_unit_test(changes_reach_a_node_elsewhere),
        cmocka_unit_test(deletions_take_out),
        cmocka_unit_test(heirs_get_what_they_do_not_have),
        cmocka_unit_test(references_find_their_node_where_they_ended_up),
        cmocka_unit_test(what_cannot_be_had_is_told),
        cmocka_unit_test(a_chain_has_a_bound),
        cmocka_unit_test(what_doubles_at_each_level_ends_at_the_bound),
        cmocka_unit_test(copies_count_in_depth),
        cmocka_unit_test(templates_that_hold_one_another_end_at_the_bound),
        cmocka_unit_test(nodes_are_numbered_in_preorder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
