/*
 * Paths.
 */
#include <cmocka.h>

#include "include/legato/le_path.h"

static void a_path_has_a_folder_and_a_name(void **state)
{
    (void)state;
    char folder[8];
    assert_int_equal(le_path_GetDir("/a/b/c", "/", folder, sizeof folder), LE_OK);
    assert_string_equal(folder, "/a/b/");
    assert_int_equal(le_path_GetDir("c", "/", folder, sizeof folder), LE_OK);
    assert_string_equal(folder, "");
    assert_int_equal(le_path_GetDir("/a/b/c", "/", folder, 5), LE_OVERFLOW);
    assert_int_equal(le_path_GetDir("/a/b/c", "/", folder, 6), LE_OK);
    assert_string_equal(le_path_GetBasenamePtr("/a/b/c", "/"), "c");
    assert_string_equal(le_path_GetBasenamePtr("a::b::cd", "::"), "cd");
    assert_string_equal(le_path_GetBasenamePtr("/a/", "/"), "");
    assert_string_equal(le_path_GetBasenamePtr("a", "/"), "a");
}

static void segments_are_joined_by_one_separator(void **state)
{
    (void)state;
    char path[32] = "/a/";
    assert_int_equal(le_path_Concat("/", path, sizeof path, "/b", "c//", "", "//d", (char *)NULL),
                     LE_OK);
    assert_string_equal(path, "/a/b/c/d");
    char root[8] = "/";
    assert_int_equal(le_path_Concat("/", root, sizeof root, "x", (char *)NULL), LE_OK);
    assert_string_equal(root, "/x");
    char none[8] = "";
    assert_int_equal(le_path_Concat("/", none, sizeof none, "//", (char *)NULL), LE_OK);
    assert_string_equal(none, "/");
    assert_int_equal(le_path_Concat("/", none, sizeof none, "y/", (char *)NULL), LE_OK);
    assert_string_equal(none, "/y");
    char wide[16] = "a";
    assert_int_equal(le_path_Concat("::", wide, sizeof wide, "::b::", "c", (char *)NULL), LE_OK);
    assert_string_equal(wide, "a::b::c");
}

static void what_has_no_room_is_left_out(void **state)
{
    (void)state;
    char path[6] = "abc";
    assert_int_equal(le_path_Concat("/", path, sizeof path, "defg", (char *)NULL), LE_OVERFLOW);
    assert_string_equal(path, "abc/d");
    char umlaut[6] = "abc";
    assert_int_equal(le_path_Concat("/", umlaut, sizeof umlaut, "\xc3\xa4", (char *)NULL),
                     LE_OVERFLOW);
    assert_string_equal(umlaut, "abc/");
    char narrow[5] = "abc";
    assert_int_equal(le_path_Concat("::", narrow, sizeof narrow, "d", (char *)NULL), LE_OVERFLOW);
    assert_string_equal(narrow, "abc");
    assert_int_equal(le_path_Concat("/", narrow, 0, "d", (char *)NULL), LE_OVERFLOW);
}

static void paths_compare(void **state)
{
    (void)state;
    assert_true(le_path_IsSubpath("/a/b", "/a/b/c/d", "/"));
    assert_true(le_path_IsSubpath("/a/b//", "/a/b/c", "/"));
    assert_true(le_path_IsSubpath("/", "/a", "/"));
    assert_false(le_path_IsSubpath("/a/b", "/a/bc", "/"));
    assert_false(le_path_IsSubpath("/a/b", "/a/b/", "/"));
    assert_false(le_path_IsSubpath("/a/b/c", "/a/b", "/"));
    assert_true(le_path_IsEquivalent("/a/b", "/a/b///", "/"));
    assert_false(le_path_IsEquivalent("/a/b", "/a/c", "/"));
    assert_false(le_path_IsEquivalent("", "/", "/"));
    assert_true(le_path_IsEquivalent("//", "/", "/"));
    assert_string_equal(le_path_FindTrailing("/to/file.txt", ".txt"), ".txt");
    assert_null(le_path_FindTrailing("/to/file.txt", ".tx"));
    assert_null(le_path_FindTrailing("x", "longer"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_a_folder_and_a_name),
        cmocka_unit_test(segments_are_joined_by_one_separator),
        cmocka_unit_test(what_has_no_room_is_left_out),
        cmocka_unit_test(paths_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
