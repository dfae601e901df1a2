/*
 * Files that include one another: their order, their paths, their circles, their limits.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/hcs.h"
#include "tests/unit/codecs/hcs_texts.h"

static void later_files_win(void **state)
{
    (void)state;
    static const struct hcs_file_text files[] = {
        {"dir/main.hcs", "#include \"base.hcs\"\n#include \"./board//../board/own.hcs\"\n"
                         "root { x = 3; n { c = 3; } }"},
        {"dir/base.hcs", "root { x = 1; y = 1; z = 1; n { a = 1; b = 1; c = 1; } }"},
        {"dir/board/own.hcs", "#include \"../more.hcs\" root { x = 2; y = \"two\"; n { b = 2; } }"},
        {"dir/more.hcs", "#include \"/etc/abs.hcs\""},
        {"/etc/abs.hcs", "root { w = 0; }"},
        {NULL, NULL},
    };
    hcs_texts_expect(files, "x = 3; y = \"two\"; z = 1; w = 0; n { a = 1; b = 2; c = 3; }");
}

struct overlay {
    const char *base, *over; /* in root {} */
    const char *comes_to;
};

static void nodes_of_one_name_are_merged(void **state)
{
    (void)state;
    static const struct overlay overlays[] = {
        {"a { x = 1; }", "a { y = 2; }", "a { x = 1; y = 2; }"},
        /* what a later file says of a node's kind counts; a plain one says nothing */
        {"template t { x = 1; } a :: t { }", "a { y = 2; } t { z = 3; }",
         "a { y = 2; x = 1; z = 3; }"},
        {"template t { x = 1; } a { y = 2; }", "a :: t { }", "a { y = 2; x = 1; }"},
        {"template t { x = 1; } template u { x = 2; } a :: t { }", "a :: u { }", "a { x = 2; }"},
        {"a { x = 1; } b { y = 1; }", "b : a { }", "a { x = 1; } b { y = 1; x = 1; }"},
        {"a { x = 1; k { } }", "a : delete { }", ""},
        {"a { x = 1; y = 2; }", "a { x = delete; }", "a { y = 2; }"},
        {"a : delete { x = 1; }", "a { y = 2; }", "a { y = 2; }"},
        {"a { x = 1; }", "m : &root.a { x = 2; }", "a { x = 2; }"},
        {"a { x = 1; }", "a { x = [\"s\"]; }", "a { x = [\"s\"]; }"},
        {"x = delete;", "x = 1;", "x = 1;"},
    };
    for (size_t i = 0; i < sizeof overlays / sizeof *overlays; i++) {
        char base[256], over[256];
        (void)snprintf(base, sizeof base, "root { %s }", overlays[i].base);
        (void)snprintf(over, sizeof over, "#include \"base\" root { %s }", overlays[i].over);
        const struct hcs_file_text files[] = {{"over", over}, {"base", base}, {NULL, NULL}};
        hcs_texts_expect(files, overlays[i].comes_to);
    }
}

static void an_attribute_and_a_node_of_one_name_are_refused(void **state)
{
    (void)state;
    static const struct hcs_file_text attr[] = {{"d/f", "#include \"g\"\nroot { n { x = 1; } }"},
                                                {"d/g", "root {\n n {\n x { } } }"},
                                                {NULL, NULL}};
    hcs_texts_refuse(attr, VIA_INVALID, "d/f:2:12: 'x' is an attribute here and a node at d/g:3:2");
    static const struct hcs_file_text node[] = {
        {"d/f", "#include \"g\"\nroot { x { } }"}, {"d/g", "root {\n x = 1; }"}, {NULL, NULL}};
    hcs_texts_refuse(node, VIA_INVALID, "d/f:2:8: 'x' is a node here and an attribute at d/g:2:2");
}

static void a_fault_is_told_in_the_file_where_it_is(void **state)
{
    (void)state;
    static const struct hcs_file_text syntax[] = {{"f", "#include \"d/g\" root { }"},
                                                  {"d/g", "#include \"h\""},
                                                  {"d/h", "\n root { x }"},
                                                  {NULL, NULL}};
    hcs_texts_refuse(syntax, VIA_INVALID, "d/h:2:11: expected '=', '{' or ':' after 'x', not '}'");
    static const struct hcs_file_text absent[] = {
        {"f", "#include \"d/g\" root { }"}, {"d/g", "\n#include \"h\""}, {NULL, NULL}};
    hcs_texts_refuse(absent, VIA_NOT_FOUND, "d/g:2:10: cannot read 'd/h': no such file");
    static const struct hcs_file_text resolved[] = {
        {"f", "#include \"g\" root { n { } }"}, {"g", "root { n { a :: t { } } }"}, {NULL, NULL}};
    hcs_texts_refuse(resolved, VIA_INVALID, "g:1:17: 't' is no node that is there");
}

static void what_undoes_itself_is_the_folder(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } names[] = {
        {"#include \".\"", "f:1:10: cannot read '.': no such file"},
        {"#include \"a/..\"", "f:1:10: cannot read '.': no such file"},
        {"#include \"a/../..\"", "f:1:10: cannot read '..': no such file"},
        {"#include \"../../a/./b//..\"", "f:1:10: cannot read '../../a': no such file"},
        {"#include \"/\"", "f:1:10: cannot read '/': no such file"},
        {"#include \"/..//a/\"", "f:1:10: cannot read '/../a': no such file"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct hcs_file_text files[] = {{"f", names[i].text}, {NULL, NULL}};
        hcs_texts_refuse(files, VIA_NOT_FOUND, names[i].says);
    }
}

static void circles_are_found(void **state)
{
    (void)state;
    static const struct hcs_file_text itself[] = {{"./d/../d/f", "#include \"../d/./f\""},
                                                  {"d/f", "\n#include \"../d/f\" root { }"},
                                                  {NULL, NULL}};
    hcs_texts_refuse(itself, VIA_INVALID,
                     "d/f:2:10: circular: this file is read already, and includes itself");
    static const struct hcs_file_text three[] = {
        {"a", "#include \"b\""}, {"b", "#include \"c\""}, {"c", "root { }\n"}, {NULL, NULL}};
    hcs_texts_expect(three, "");
    static const struct hcs_file_text circle[] = {
        {"a", "#include \"b\""}, {"b", "#include \"c\""}, {"c", " #include \"a\""}, {NULL, NULL}};
    hcs_texts_refuse(
        circle, VIA_INVALID,
        "c:1:11: circular: this file is read already, and includes itself by way of others");
    /* twice is no circle */
    static const struct hcs_file_text twice[] = {{"a", "#include \"b\"\n#include \"c\" root { }"},
                                                 {"b", "#include \"c\" root { x = 2; }"},
                                                 {"c", "root { x = 3; }"},
                                                 {NULL, NULL}};
    hcs_texts_expect(twice, "x = 3;");
}

/* ---- limits ---- */

enum { N_OWN = 2, LIST = 300 };

static void includes_are_bounded_in_depth(void **state)
{
    (void)state;
    static char texts[HCS_INCLUDE_DEPTH_MAX + 1][64], paths[HCS_INCLUDE_DEPTH_MAX + 1][8];
    struct hcs_file_text files[HCS_INCLUDE_DEPTH_MAX + 2] = {{NULL, NULL}};
    for (unsigned i = 0; i <= HCS_INCLUDE_DEPTH_MAX; i++) {
        (void)snprintf(paths[i], sizeof paths[i], "f%u", i);
        (void)snprintf(texts[i], sizeof texts[i], "#include \"f%u\"\nroot { }", i + 1);
        files[i] = (struct hcs_file_text){paths[i], texts[i]};
    }
    (void)snprintf(texts[HCS_INCLUDE_DEPTH_MAX], sizeof texts[0], "root { }");
    hcs_texts_refuse(files, VIA_TOO_LARGE, "f15:1:10: files include one another at most 16 deep");
    hcs_texts_expect(files + 1, "");
}

/* The first file includes "f" @n times, and some spaces that count. */
static enum via_status load_many(unsigned n, size_t size, struct hcs_fault *fault)
{
    static char first[8192], text[HCS_FILE_SIZE_MAX + 1];
    size_t used = 0;
    for (unsigned i = 0; i < n; i++)
        used += (size_t)snprintf(first + used, sizeof first - used, "#include \"f\"\n");
    memset(text, ' ', size);
    (void)snprintf(text + size, sizeof text - size, "root{}");
    struct hcs_tree *tree = NULL;
    const struct hcs_file_text files[] = {{"first", first}, {"f", text}, {NULL, NULL}};
    enum via_status status = hcs_texts_load(files, &tree, fault);
    hcs_tree_destroy(tree);
    return status;
}

static void files_are_bounded_in_number_and_size(void **state)
{
    (void)state;
    struct hcs_fault fault;
    assert_int_equal(load_many(HCS_FILES_MAX - 1, 0, &fault), VIA_OK);
    assert_int_equal(load_many(HCS_FILES_MAX, 0, &fault), VIA_TOO_LARGE);
    assert_string_equal(fault.text, "there are more than 256 files");
    assert_int_equal(fault.line, 256);
    assert_int_equal(load_many(15, HCS_FILE_SIZE_MAX - 6, &fault), VIA_OK);
    assert_int_equal(load_many(16, HCS_FILE_SIZE_MAX - 6, &fault), VIA_TOO_LARGE);
    assert_string_equal(fault.text, "all files have more than 16777216 octets");
}

static void a_path_is_bounded(void **state)
{
    (void)state;
    static char first[HCS_PATH_MAX + 64], name[HCS_PATH_MAX + 1];
    for (unsigned above = 0; above <= 1; above++) {
        size_t size = HCS_PATH_MAX - 1 - strlen("d/") + above;
        memset(name, 'n', size);
        name[size] = '\0';
        (void)snprintf(first, sizeof first, "#include \"%s\"", name);
        const struct hcs_file_text files[] = {{"d/f", first}, {NULL, NULL}};
        struct hcs_fault fault;
        struct hcs_tree *tree = NULL;
        assert_int_equal(hcs_texts_load(files, &tree, &fault),
                         above == 0 ? VIA_NOT_FOUND : VIA_TOO_LARGE);
        if (above != 0)
            assert_string_equal(fault.text, "a path has at most 1023 octets");
    }
}

/* A tree's memory: arrays take much more than their text. */
static void memory_is_bounded(void **state)
{
    (void)state;
    static char text[HCS_FILE_SIZE_MAX], first[256];
    size_t used = (size_t)snprintf(text, sizeof text, "root {\n");
    for (unsigned i = 0; i < 8; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "a%u=[", i);
        for (unsigned k = 0; k < 65000; k++) {
            memcpy(text + used, "1,", 2);
            used += 2;
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "];\n");
    }
    (void)snprintf(text + used, sizeof text - used, "}");
    used = 0;
    for (unsigned i = 0; i < 10; i++)
        used += (size_t)snprintf(first + used, sizeof first - used, "#include \"f\"\n");
    const struct hcs_file_text files[] = {{"first", first}, {"f", text}, {NULL, NULL}};
    struct hcs_fault fault = {.text = ""};
    struct hcs_tree *tree = NULL;
    assert_int_equal(hcs_texts_load(files, &tree, &fault), VIA_TOO_LARGE);
    assert_string_equal(fault.text, "the tree takes more than 67108864 octets of memory");
    assert_string_equal(fault.file, "f");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_files_win),
        cmocka_unit_test(nodes_of_one_name_are_merged),
        cmocka_unit_test(an_attribute_and_a_node_of_one_name_are_refused),
        cmocka_unit_test(a_fault_is_told_in_the_file_where_it_is),
        cmocka_unit_test(what_undoes_itself_is_the_folder),
        cmocka_unit_test(circles_are_found),
        cmocka_unit_test(includes_are_bounded_in_depth),
        cmocka_unit_test(files_are_bounded_in_number_and_size),
        cmocka_unit_test(a_path_is_bounded),
        cmocka_unit_test(memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
