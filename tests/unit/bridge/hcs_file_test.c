/*
 * HCS from real files: a folder of its own, and what is no file to be read.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/hcs_file.h"
#include "tests/unit/bridge/descriptors.h"

static char folder[] = "/tmp/viaduct-hcs-XXXXXX";
static char path[256];

static const char *place(const char *name)
{
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text, size_t padding)
{
    FILE *file = fopen(place(name), "we");
    assert_non_null(file);
    (void)fputs(text, file);
    while (padding-- > 0)
        (void)fputc(' ', file);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "large", "pipe", "closed"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlink(place(names[i]));
    return rmdir(folder);
}

static void expect_refusal(const char *at, enum via_status status, const char *says)
{
    struct hcs_tree *tree = NULL;
    struct hcs_fault fault = {.text = ""};
    assert_int_equal(hcs_file_load(at, &tree, &fault), status);
    assert_null(tree);
    assert_non_null(strstr(fault.text, says));
    assert_string_equal(fault.file, at);
}

static void files_include_files(void **state)
{
    (void)state;
    struct hcs_tree *tree = NULL;
    struct hcs_fault fault;
    size_t n_open = count_descriptors();
    write_file("a", "#include \"b\"\nroot { x = 1; }", 0);
    write_file("b", "root { y = 2; }", HCS_FILE_SIZE_MAX - strlen("root { y = 2; }"));
    assert_int_equal(hcs_file_load(place("a"), &tree, &fault), VIA_OK);
    assert_non_null(hcs_node_attr(tree->root, "y"));
    hcs_tree_destroy(tree);
    assert_int_equal(count_descriptors(), n_open);
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    size_t n_open = count_descriptors();
    expect_refusal(place("none"), VIA_NOT_FOUND, "No such file");
    expect_refusal("", VIA_NOT_FOUND, "cannot read ''");
    write_file("large", "root { }", HCS_FILE_SIZE_MAX);
    expect_refusal(place("large"), VIA_TOO_LARGE, "a file has at most 1048576 octets");
    expect_refusal(folder, VIA_IO, "it is no regular file");
    assert_int_equal(mkfifo(place("pipe"), 0600), 0);
    expect_refusal(place("pipe"), VIA_IO,
                   "it is no regular file"); /* and nobody waits for a writer */
    write_file("closed", "root { }", 0);
    if (geteuid() != 0) { /* root may read it */
        assert_int_equal(chmod(place("closed"), 0), 0);
        expect_refusal(place("closed"), VIA_DENIED, "Permission denied");
    }
    assert_int_equal(count_descriptors(), n_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_include_files),
        cmocka_unit_test(what_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
