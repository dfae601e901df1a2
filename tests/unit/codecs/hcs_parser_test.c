/*
 * The grammar, word by word: what each form comes to, and for each that is wrong where and why.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/hcs_parser.h"
#include "tests/unit/codecs/hcs_texts.h"

struct form {
    const char *text; /* in root {} */
    const char *comes_to;
};

static const struct form forms[] = {
    /* numbers */
    {"a = 0;", "a = 0;"},
    {"a = 9223372036854775807;", "a = 9223372036854775807;"},
    {"a = -9223372036854775807;", "a = -9223372036854775807;"},
    {"a = +5;", "a = 5;"},
    {"a = -0;", "a = 0;"},
    {"a = 0x7fffFFFFffffFFFF;", "a = 0x7fffffffffffffff;"},
    {"a = 0X1f; b = 0b101; c = 0B0; d = 0777; e = 00;",
     "a = 0x1f; b = 0b101; c = 0b0; d = 0777; e = 00;"},
    {"a = true; b = false;", "a = true; b = false;"},
    /* strings */
    {"a = \"\";", "a = \"\";"},
    {"a = \"say \\\"hi\\\" // no /* comment */ {};\";",
     "a = \"say \\\"hi\\\" // no /* comment */ {};\";"},
    {"a = \"\xff\xfe\";", "a = \"\xff\xfe\";"},
    /* arrays */
    {"a = [];", "a = [];"},
    {"a = [1];", "a = [1];"},
    {"a = [1,];", "a = [1];"},
    {"a = [ 1 , 0x2 ,-3, 0b1, 010, true ];", "a = [1, 0x2, -3, 0b1, 010, true];"},
    {"a = [\"x\", \"\", ];", "a = [\"x\", \"\"];"},
    /* names */
    {"_a = 1; A_9 = 2; roots = 3; deleted = 4; truex = 5; templates {}",
     "_a = 1; A_9 = 2; roots = 3; deleted = 4; truex = 5; templates { }"},
    /* nodes */
    {"", ""},
    {"a {}", "a { }"},
    {"a { b { c = 1; } } d { b { } }", "a { b { c = 1; } } d { b { } }"},
    {"template a { x = 1; }", ""},
    {"a { } r = &a;", "r = &root.a; a { }"},
    {"a { b { } } r = & root . a . b;", "r = &root.a.b; a { b { } }"},
    /* comments and white space */
    {"/**/ a /* x */ = // 1;\r\n 2 /***/ ; /* ** / \" */ b = 3; /* the end **/ c = 4; //\n",
     "a = 2; b = 3; c = 4;"},
    {"a=1;b{c=\"d\";}e=[1,2];\t\v\f\r", "a = 1; e = [1, 2]; b { c = \"d\"; }"},
};

static void each_form_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        hcs_text_expect(forms[i].text, forms[i].comes_to);
}

struct fault {
    const char *text;
    const char *says;
};

static const struct fault faults[] = {
    /* what is around root */
    {"", "1:1: there is no root in it, nor in what it includes"},
    {" /* nothing */ ", "1:1: there is no root in it, nor in what it includes"},
    {"boot { }", "1:1: expected #include or 'root', not 'boot'"},
    {"root", "1:5: expected '{' and the members of 'root', not the end of the file"},
    {"root {", "1:7: expected '}' for the '{' on line 1, column 6, not the end of the file"},
    {"root { } }", "1:10: expected the end of the file after root, not '}'"},
    {"root { };", "1:9: expected the end of the file after root, not ';'"},
    {"root { } root { }", "1:10: expected the end of the file after root, not 'root'"},
    {"root { }\n#include \"x\"", "2:1: every #include stands before 'root'"},
    {"#include x", "1:10: expected a file name in quotes after #include, not 'x'"},
    {"#include", "1:9: expected a file name in quotes after #include, not the end of the file"},
    {"#includes \"x\"", "1:1: '#' begins #include, and nothing else"},
    {"#inc", "1:1: '#' begins #include, and nothing else"},
    {"#include \"\"", "1:10: a file's name is not empty, and has no control characters"},
    {"#include \"a\nb\"", "1:10: a file's name is not empty, and has no control characters"},
    {"#include \"a\x1b[0m\"", "1:10: a file's name is not empty, and has no control characters"},
    /* members */
    {"root {\n  1 = 2;\n}", "2:3: expected a name or '}', not a number"},
    {"root { \"a\" = 2; }", "1:8: expected a name or '}', not a string"},
    {"root { a }", "1:10: expected '=', '{' or ':' after 'a', not '}'"},
    {"root { a ; }", "1:10: expected '=', '{' or ':' after 'a', not ';'"},
    {"root { a { }; }", "1:13: no ';' stands after '}'"},
    {"root { ; }", "1:8: expected a name or '}', not ';'"},
    {"root { template = 1; }", "1:17: expected a name after 'template', not '='"},
    {"root { template a = 1; }", "1:19: expected '{' after 'template a', not '='"},
    {"root { template a : b { } }", "1:19: expected '{' after 'template a', not ':'"},
    {"root { delete = 1; }", "1:8: expected a name or '}', not 'delete'"},
    {"root { root { } }", "1:8: expected a name or '}', not 'root'"},
    {"root { true = 1; }", "1:8: expected a name or '}', not 'true'"},
    {"root {\n\ta = 1;\n\ta = 2;\n}", "3:2: 'a' is there already, on line 2, column 2"},
    {"root { a = 1; a { } }", "1:15: 'a' is there already, on line 1, column 8"},
    {"root { a { } a = 1; }", "1:14: 'a' is there already, on line 1, column 8"},
    {"root { a { } template a { } }", "1:23: 'a' is there already, on line 1, column 8"},
    {"root { a { } b : &a { } b : &a { } }", "1:25: 'b' is there already, on line 1, column 14"},
    /* what a node names */
    {"root { a : }", "1:12: expected the name of the node to copy, '&', ':' or 'delete' after "
                     "':', not '}'"},
    {"root { a :: { } }", "1:13: expected the name of the template after '::', not '{'"},
    {"root { a :& { } }", "1:13: expected the name of the node to change after '&', not '{'"},
    {"root { a : delete }", "1:19: expected '{' and the members of 'a', not '}'"},
    {"root { a :: b = 1; }", "1:15: expected '{' and the members of 'a', not '='"},
    {"root { a : root { } }", "1:17: expected '.' and a name after 'root', not '{'"},
    {"root { a : root. { } }", "1:18: expected a name after '.', not '{'"},
    {"root { a : root.delete { } }", "1:17: expected a name after '.', not 'delete'"},
    {"root { b { } a : b.c { } }",
     "1:18: a path begins with 'root.'; without, there is one name only"},
    /* values */
    {"root { a = ; }", "1:12: expected a value after 'a =', not ';'"},
    {"root { a = b; }", "1:12: expected a value after 'a =', not 'b'"},
    {"root { a = 1 }", "1:14: expected ';' after the value of 'a', not '}'"},
    {"root { a = 1\n b = 2; }", "2:2: expected ';' after the value of 'a', not 'b'"},
    {"root { a = 1 2; }", "1:14: expected ';' after the value of 'a', not a number"},
    {"root { a = &; }", "1:13: expected the name of a node after '&', not ';'"},
    {"root { a = &root; }", "1:17: expected '.' and a name after 'root', not ';'"},
    {"root { a = [1; }", "1:14: expected ',' or ']' after an element of an array, not ';'"},
    {"root { a = [1 2]; }", "1:15: expected ',' or ']' after an element of an array, not a number"},
    {"root { a = [,]; }", "1:13: expected a number or a string, not ','"},
    {"root { a = [1,,]; }", "1:15: expected a number or a string, not ','"},
    {"root { a = [[1]]; }", "1:13: expected a number or a string, not '['"},
    {"root { a = [&b]; }", "1:13: expected a number or a string, not '&'"},
    {"root { a = [delete]; }", "1:13: expected a number or a string, not 'delete'"},
    {"root { a = [1, \"2\"]; }", "1:16: a string in an array that began with a number"},
    {"root { a = [\"1\", 2]; }", "1:18: a number in an array that began with a string"},
    {"root { caps = [\"\"]]; }", "1:19: expected ';' after the value of 'caps', not ']'"},
    /* numbers */
    {"root { a = 9223372036854775808; }", "1:12: the number is above 0x7fffffffffffffff"},
    {"root { a = -9223372036854775808; }", "1:12: the number is above 0x7fffffffffffffff"},
    {"root { a = 0x8000000000000000; }", "1:12: the number is above 0x7fffffffffffffff"},
    {"root { a = 99999999999999999999999999; }", "1:12: the number is above 0x7fffffffffffffff"},
    {"root { a = 12ab; }", "1:14: 'a' is no digit of a number to the base 10"},
    {"root { a = 0x12g; }", "1:16: 'g' is no digit of a number to the base 16"},
    {"root { a = 0b102; }", "1:16: '2' is no digit of a number to the base 2"},
    {"root { a = 0678; }", "1:15: '8' is no digit of a number to the base 8"},
    {"root { a = 0x; }", "1:12: a number without digits"},
    {"root { a = 0b; }", "1:12: a number without digits"},
    {"root { a = -; }", "1:12: a number without digits"},
    {"root { a = --1; }", "1:12: a number without digits"},
    {"root { a = -0x10; }", "1:12: a number with a sign is decimal, without a 0 before it"},
    {"root { a = +010; }", "1:12: a number with a sign is decimal, without a 0 before it"},
    {"root { a = 1.5; }", "1:13: expected ';' after the value of 'a', not '.'"},
    /* strings and comments */
    {"root {\n a = \"b;\n}", "2:6: this string is never closed"},
    {"root { a = \"b\nc\" \"d\"; }", "2:4: expected ';' after the value of 'a', not a string (the "
                                     "string before it began on line 1)"},
    {"root { a = \"b\\n\"; }", "1:14: the one escape in a string is \\\""},
    {"root { a = \"b\\", "1:14: the one escape in a string is \\\""},
    {"root { a = \"b\\\"", "1:12: this string is never closed"},
    {"root {\n  /* a * / }\n", "2:3: this comment is never closed"},
    {"root { /", "1:8: '/' has no meaning here"},
    {"root { /*/ }", "1:8: this comment is never closed"},
    /* octets that are none of it */
    {"root { a = 1 % 2; }", "1:14: '%' has no meaning here"},
    {"root { \x01 }", "1:8: the octet 0x01 has no meaning here"},
    {"root { \xc3\xa4 = 1; }", "1:8: the octet 0xc3 has no meaning here"},
    {"\xef\xbb\xbfroot { ? }", "1:8: '?' has no meaning here"},
};

static void each_fault_is_told_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        hcs_text_refuse(faults[i].text, faults[i].says);
}

static struct hcs_text whole; /* what read_whole gives */

static enum via_status read_whole(void *user, const char *path, struct hcs_text *text)
{
    (void)user;
    (void)path;
    text->size = whole.size;
    text->octets = malloc(whole.size + 1);
    if (text->octets == NULL)
        return VIA_NO_MEMORY;
    memcpy(text->octets, whole.octets, whole.size);
    return VIA_OK;
}

static void an_octet_0_is_found_where_it_is(void **state)
{
    (void)state;
    static char in_string[] = "root { a = \"b\0c\"; }", outside[] = "root {\n \0}";
    static const struct hcs_files files = {.read = read_whole};
    struct hcs_fault fault;
    struct hcs_tree *tree;
    whole = (struct hcs_text){.octets = in_string, .size = sizeof in_string - 1};
    assert_int_equal(hcs_load("f", &files, &tree, &fault), VIA_INVALID);
    assert_string_equal(fault.text, "a string holds no octet 0");
    assert_int_equal(fault.column, 14);
    whole = (struct hcs_text){.octets = outside, .size = sizeof outside - 1};
    assert_int_equal(hcs_load("f", &files, &tree, &fault), VIA_INVALID);
    assert_string_equal(fault.text, "the octet 0x00 has no meaning here");
    assert_int_equal(fault.line, 2);
    assert_int_equal(fault.column, 2);
}

/* Every beginning of a text is refused in words, and reads nothing behind its end. */
static void a_text_that_is_cut_is_refused(void **state)
{
    (void)state;
    static char text[] = "root { template t { x = [0x1, -2,]; s = \"a\\\"b\"; } a :: t { y = &b; } "
                         "b : a { } /* c */ d : &b { z = true; } e : delete { } }";
    static const struct hcs_files files = {.read = read_whole};
    for (size_t size = 0; size < sizeof text - 1; size++) {
        struct hcs_fault fault = {.text = ""};
        struct hcs_tree *tree = NULL;
        whole = (struct hcs_text){.octets = text, .size = size};
        assert_int_equal(hcs_load("f", &files, &tree, &fault), VIA_INVALID);
        assert_int_not_equal(fault.text[0], '\0');
        assert_true(fault.line == 1 && fault.column >= 1 && fault.column <= size + 1);
    }
}

/* ---- limits: at the bound, and one above ---- */

struct text {
    char octets[HCS_FILE_SIZE_MAX + 2];
    size_t size;
};

static struct text text;

__attribute__((format(printf, 1, 2))) static void add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size =
        vsnprintf(text.octets + text.size, sizeof text.octets - text.size, format, arguments);
    va_end(arguments);
    assert_true(size >= 0 && (size_t)size < sizeof text.octets - text.size);
    text.size += (size_t)size;
}

/* The text is right at the bound, and refused above it with @says. */
static void judge(bool is_above, const char *says)
{
    const struct hcs_file_text files[] = {{"f", text.octets}, {NULL, NULL}};
    if (is_above)
        hcs_texts_refuse(files, VIA_TOO_LARGE, says);
    else
        hcs_tree_destroy(hcs_text_load(text.octets));
    text.size = 0;
}

static void a_names_length_has_a_bound(void **state)
{
    (void)state;
    for (int above = 0; above <= 1; above++) {
        add("root { %0*d = 1; }", (int)HCS_NAME_MAX + above, 0);
        memset(text.octets + 7, 'n', HCS_NAME_MAX + (size_t)above);
        if (above == 0)
            judge(false, "");
        else
            hcs_text_refuse(text.octets, "1:8: a name has at most 255 octets");
    }
    text.size = 0;
}

static void depth_has_a_bound(void **state)
{
    (void)state;
    for (unsigned above = 0; above <= 1; above++) {
        add("root {");
        for (unsigned i = 1; i < HCS_DEPTH_MAX + above; i++)
            add("n{");
        for (unsigned i = 0; i < HCS_DEPTH_MAX + above; i++)
            add("}");
        judge(above != 0,
              "f:1:69: nodes stand at most 32 deep, with what copies and templates make");
    }
}

static void an_arrays_length_has_a_bound(void **state)
{
    (void)state;
    for (unsigned above = 0; above <= 1; above++) {
        add("root { a = [");
        for (unsigned i = 0; i < HCS_ARRAY_MAX + above; i++)
            add("1,");
        add("]; }");
        judge(above != 0, "f:1:131083: an array has at most 65535 elements");
    }
}

static void a_nodes_members_have_a_bound(void **state)
{
    (void)state;
    for (unsigned above = 0; above <= 1; above++) {
        add("root {\n");
        for (unsigned i = 0; i < HCS_NODE_MEMBERS_MAX + above; i++)
            add(i % 2 == 0 ? "m%u = 1;\n" : "m%u { }\n", i);
        add("}");
        judge(above != 0, "f:1026:1: 'root' has more than 1024 attributes and nodes");
    }
}

static void all_members_together_have_a_bound(void **state)
{
    (void)state;
    for (unsigned above = 0; above <= 1; above++) {
        unsigned n = HCS_MEMBERS_MAX - 1 + above; /* but root, which counts too */
        add("root {\n");
        for (unsigned i = 0; n > 0; i++) {
            add("n%u {\n", i);
            n--;
            for (unsigned j = 0; j < 1000 && n > 0; j++, n--)
                add("a%u=1;", j);
            add("}\n");
        }
        add("}");
        judge(above != 0, "f:133:3174: there are more than 65536 attributes and nodes in all, with "
                          "what copies and templates make");
    }
}

static void a_paths_length_has_a_bound(void **state)
{
    (void)state;
    for (unsigned above = 0; above <= 1; above++) {
        char name[HCS_NAME_MAX + 1];
        memset(name, 'n', HCS_NAME_MAX);
        name[HCS_NAME_MAX] = '\0';
        /* "root" and four steps of 255 octets, of which one has the rest */
        int last = (int)(HCS_PATH_MAX - 1 - 4 - 3 * (HCS_NAME_MAX + 1) - 1 + above);
        add("root { a : root.%s.%s.%s.%.*s { } }", name, name, name, last, name);
        const struct hcs_file_text files[] = {{"f", text.octets}, {NULL, NULL}};
        if (above != 0)
            hcs_texts_refuse(files, VIA_TOO_LARGE, "f:1:785: a path has at most 1023 octets");
        else
            hcs_texts_refuse(
                files, VIA_INVALID,
                "f:1:12: 'root.nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
                "' is no node that is there");
        text.size = 0;
    }
}

static void a_files_size_has_a_bound(void **state)
{
    (void)state;
    for (unsigned above = 0; above <= 1; above++) {
        add("root { }");
        memset(text.octets + text.size, ' ', HCS_FILE_SIZE_MAX + above - text.size);
        text.octets[HCS_FILE_SIZE_MAX + above] = '\0';
        judge(above != 0, "f:1:1: a file has at most 1048576 octets");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_read),
        cmocka_unit_test(each_fault_is_told_with_its_place),
        cmocka_unit_test(an_octet_0_is_found_where_it_is),
        cmocka_unit_test(a_text_that_is_cut_is_refused),
        cmocka_unit_test(a_names_length_has_a_bound),
        cmocka_unit_test(depth_has_a_bound),
        cmocka_unit_test(an_arrays_length_has_a_bound),
        cmocka_unit_test(a_nodes_members_have_a_bound),
        cmocka_unit_test(all_members_together_have_a_bound),
        cmocka_unit_test(a_paths_length_has_a_bound),
        cmocka_unit_test(a_files_size_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
