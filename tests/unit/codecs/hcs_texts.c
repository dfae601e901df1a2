/*
 * Files that are strings. One whose path is not in the list is not there.
 */
#include "tests/unit/codecs/hcs_texts.h"

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/hcs_write.h"

static enum via_status read_text(void *user, const char *path, struct hcs_text *text)
{
    for (const struct hcs_file_text *file = user; file->path != NULL; file++) {
        if (strcmp(file->path, path) != 0)
            continue;
        size_t size = strlen(file->text);
        text->octets = malloc(size == 0 ? 1 : size); /* no octet to spare: none is read beyond */
        if (text->octets == NULL)
            return VIA_NO_MEMORY;
        memcpy(text->octets, file->text, size);
        text->size = size;
        return VIA_OK;
    }
    (void)snprintf(text->why, sizeof text->why, "no such file");
    return VIA_NOT_FOUND;
}

enum via_status hcs_texts_load(const struct hcs_file_text *files, struct hcs_tree **treep,
                               struct hcs_fault *fault)
{
    union {
        const struct hcs_file_text *list;
        void *user;
    } list = {files};
    struct hcs_files reader = {read_text, list.user};
    return hcs_load(files[0].path, &reader, treep, fault);
}

static struct hcs_tree *load(const struct hcs_file_text *files)
{
    struct hcs_fault fault = {.text = ""};
    struct hcs_tree *tree = NULL;
    if (hcs_texts_load(files, &tree, &fault) != VIA_OK)
        fail_msg("%s\n%s:%u:%u: %s", files[0].text, fault.file, fault.line, fault.column,
                 fault.text);
    return tree;
}

struct hcs_tree *hcs_text_load(const char *text)
{
    const struct hcs_file_text files[] = {{"f", text}, {NULL, NULL}};
    return load(files);
}

/* What is between "root {" and "}", each run of white space as one blank. */
static void squeeze(const struct buffer *written, char *out)
{
    static const char head[] = "root {";
    assert_memory_equal(written->data, head, sizeof head - 1);
    size_t size = 0;
    for (size_t i = sizeof head - 1; i + 2 < written->size; i++) {
        bool is_blank = written->data[i] == ' ' || written->data[i] == '\n';
        if (!is_blank)
            out[size++] = (char)written->data[i];
        else if (size > 0 && out[size - 1] != ' ')
            out[size++] = ' ';
    }
    out[size > 0 && out[size - 1] == ' ' ? size - 1 : size] = '\0';
}

void hcs_texts_expect(const struct hcs_file_text *files, const char *expected)
{
    struct hcs_tree *tree = load(files);
    struct buffer written;
    buffer_init(&written, SIZE_MAX);
    hcs_write_node(&written, tree->root);
    assert_int_equal(written.status, VIA_OK);
    char *found = malloc(written.size);
    assert_non_null(found);
    squeeze(&written, found);
    assert_string_equal(found, expected);
    free(found);
    buffer_deinit(&written);
    hcs_tree_destroy(tree);
}

/* Written over by the next. */
static const char *in_root(const char *text)
{
    static char whole[8192];
    int size = snprintf(whole, sizeof whole, "root { %s }", text);
    assert_true(size > 0 && (size_t)size < sizeof whole);
    return whole;
}

void hcs_text_expect(const char *text, const char *expected)
{
    const struct hcs_file_text files[] = {{"f", in_root(text)}, {NULL, NULL}};
    hcs_texts_expect(files, expected);
}

void hcs_texts_refuse(const struct hcs_file_text *files, enum via_status status,
                      const char *expected)
{
    char found[2048];
    struct hcs_fault fault = {.text = ""};
    struct hcs_tree *tree = NULL;
    enum via_status was = hcs_texts_load(files, &tree, &fault);
    if (was == VIA_OK)
        fail_msg("accepted, instead of: %s\n%s", expected, files[0].text);
    (void)snprintf(found, sizeof found, "%s:%u:%u: %s", fault.file, fault.line, fault.column,
                   fault.text);
    assert_string_equal(found, expected);
    assert_int_equal(was, status);
    assert_null(tree);
}

void hcs_text_refuse(const char *text, const char *expected)
{
    char whole[1024];
    (void)snprintf(whole, sizeof whole, "f:%s", expected);
    const struct hcs_file_text files[] = {{"f", text}, {NULL, NULL}};
    hcs_texts_refuse(files, VIA_INVALID, whole);
}
