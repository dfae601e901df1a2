/*
 * A path's last part and the rest.
 */
#include <cmocka.h>
#include <posix/utils.h>
#include <stdio.h>

static void assert_split(const char *path, const char *expected_dir, const char *expected_base)
{
    char copy[32];
    assert_in_range(snprintf(copy, sizeof copy, "%s", path), 0, sizeof copy - 1);
    char *base = NULL;
    char *dir = NULL;
    splitname(copy, &base, &dir);
    assert_string_equal(dir, expected_dir);
    assert_string_equal(base, expected_base);
}

static void the_last_slash_divides(void **state)
{
    (void)state;
    assert_split("/dev/uart0", "/dev", "uart0");
    assert_split("/a/b/c", "/a/b", "c");
    assert_split("a/b", "a", "b");
    assert_split("/a/", "/a", "");
}

static void the_root_and_no_slash_at_all(void **state)
{
    (void)state;
    assert_split("/a", "/", "a");
    assert_split("/", "/", "");
    assert_split("a", ".", "a");
    assert_split("", ".", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_slash_divides),
        cmocka_unit_test(the_root_and_no_slash_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
