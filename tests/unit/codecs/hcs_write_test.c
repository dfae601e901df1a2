/*
 * Trees as text, and that text read again.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/hcs_write.h"
#include "tests/unit/codecs/hcs_texts.h"

static const char source[] = "root {\n"
                             "    module = \"a \\\"b\\\"\";\n"
                             "    big = 9223372036854775807;\n"
                             "    numbers = [-1, 0x1f, 0b1010, 0b0, 0664, 0, true, false];\n"
                             "    words = [\"x\", \"\"];\n"
                             "    empty = [];\n"
                             "    to = &root.n.k;\n"
                             "    n {\n"
                             "        k {\n"
                             "        }\n"
                             "    }\n"
                             "}\n";

typedef void (*write_fn)(struct buffer *out, const struct hcs_node *node);

static void expect_written(write_fn write, const struct hcs_node *node, const char *expected)
{
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    write(&out, node);
    buffer_add_octet(&out, 0);
    assert_int_equal(out.status, VIA_OK);
    assert_string_equal(out.data, expected);
    buffer_deinit(&out);
}

static void hcs_comes_back_as_it_was(void **state)
{
    (void)state;
    struct hcs_tree *tree = hcs_text_load(source);
    expect_written(hcs_write_node, tree->root, source);
    hcs_tree_destroy(tree);
}

static void json_has_plain_numbers(void **state)
{
    (void)state;
    struct hcs_tree *tree = hcs_text_load(source);
    expect_written(hcs_write_node_json, tree->root,
                   "{\"module\":\"a \\\"b\\\"\",\"big\":9223372036854775807,"
                   "\"numbers\":[-1,31,10,0,436,0,true,false],\"words\":[\"x\",\"\"],\"empty\":[],"
                   "\"to\":{\"ref\":\"root.n.k\"},\"n\":{\"k\":{}}}");
    hcs_tree_destroy(tree);
}

static void a_value_alone(void **state)
{
    (void)state;
    struct hcs_tree *tree = hcs_text_load(source);
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    hcs_write_value(&out, hcs_node_attr(tree->root, "to"));
    hcs_write_value(&out, hcs_node_attr(tree->root, "words"));
    hcs_write_value_json(&out, hcs_node_attr(tree->root, "module"));
    buffer_add_octet(&out, 0);
    assert_string_equal(out.data, "root.n.k[\"x\", \"\"]\"a \\\"b\\\"\"");
    buffer_deinit(&out);
    hcs_tree_destroy(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hcs_comes_back_as_it_was),
        cmocka_unit_test(json_has_plain_numbers),
        cmocka_unit_test(a_value_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
