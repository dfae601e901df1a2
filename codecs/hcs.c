/*
 * Files, in the order in which they count: what a file includes first, then the file itself, each
 * merged over what was there. Then the whole is resolved.
 *
 * A circle of files is found by their paths, with what `.` and `..` undo taken out. Where links
 * hide one, the limit on depth ends it.
 */
#include "codecs/hcs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/hcs_graft.h"
#include "codecs/hcs_parser.h"
#include "codecs/hcs_resolve.h"

/* A file that is being read, and who includes it. */
struct file {
    const struct file *includer; /* NULL: the first */
    const char *path;            /* the tree's */
    unsigned depth;              /* of the first: 1 */
};

struct load {
    struct hcs_build build;
    const struct hcs_files *files; /* borrowed */
    size_t n_files;
    size_t text_size; /* of all of them */
};

/* ---- paths ---- */

/* Takes "." and empty steps, and ".." with the step before it, out of @path, in place: "." where
 * nothing is left. */
static void tidy(char *path)
{
    char *first = path + (path[0] == '/');
    char *out = first;
    size_t n_steps = 0; /* in [first, out), each with its slash, that ".." may take */
    bool is_empty = path[0] == '\0', is_last = false;
    for (const char *step = first; !is_last;) {
        size_t size = strcspn(step, "/");
        is_last = step[size] == '\0';
        bool is_up = size == 2 && step[0] == '.' && step[1] == '.';
        if (is_up && n_steps > 0) {
            for (out--; out > first && out[-1] != '/'; out--)
                ;
            n_steps--;
        } else if (size > 0 && !(size == 1 && step[0] == '.')) {
            memmove(out, step, size);
            out += size;
            *out++ = '/'; /* where the slash was, or the NUL */
            n_steps += !is_up;
        }
        step += size + 1;
    }
    *(out > first ? out - 1 : out) = '\0';
    if (path[0] == '\0' && !is_empty)
        memcpy(path, ".", 2); /* it had an octet and a NUL */
}

static bool is_file_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return name[0] != '\0';
}

/* The path of what @file includes as @name. */
static enum via_status join(struct load *load, const struct file *file, const char *name,
                            const struct hcs_place *place, const char **pathp)
{
    char path[HCS_PATH_MAX];
    struct hcs_build *build = &load->build;
    if (!is_file_name(name))
        return hcs_build_fail(build, VIA_INVALID, place,
                              "a file's name is not empty, and has no control characters");
    const char *slash = strrchr(file->path, '/');
    int folder = name[0] == '/' || slash == NULL ? 0 : (int)(slash + 1 - file->path);
    int size = snprintf(path, sizeof path, "%.*s%s", folder, file->path, name);
    if (size < 0 || (size_t)size >= sizeof path)
        return hcs_build_fail(build, VIA_TOO_LARGE, place, "a path has at most %u octets",
                              HCS_PATH_MAX - 1);
    tidy(path);
    *pathp = arena_copy(&build->tree->arena, path, strlen(path));
    return *pathp == NULL ? hcs_build_fail_memory(build, place) : VIA_OK;
}

/* ---- files ---- */

/* @place: where @file is included. */
static enum via_status admit(struct load *load, const struct file *file,
                             const struct hcs_place *place)
{
    struct hcs_build *build = &load->build;
    for (const struct file *other = file->includer; other != NULL; other = other->includer)
        if (strcmp(other->path, file->path) == 0)
            return hcs_build_fail(build, VIA_INVALID, place,
                                  "circular: this file is read already, and includes itself%s",
                                  other == file->includer ? "" : " by way of others");
    if (file->depth > HCS_INCLUDE_DEPTH_MAX)
        return hcs_build_fail(build, VIA_TOO_LARGE, place,
                              "files include one another at most %u deep", HCS_INCLUDE_DEPTH_MAX);
    if (load->n_files == HCS_FILES_MAX)
        return hcs_build_fail(build, VIA_TOO_LARGE, place, "there are more than %u files",
                              HCS_FILES_MAX);
    load->n_files++;
    return VIA_OK;
}

/* Sets text->octets, which then is the caller's. */
static enum via_status read_text(struct load *load, const struct file *file,
                                 const struct hcs_place *place, struct hcs_text *text)
{
    struct hcs_build *build = &load->build;
    enum via_status status = load->files->read(load->files->user, file->path, text);
    if (status != VIA_OK)
        return hcs_build_fail(build, status, place, "cannot read '%.120s': %s", file->path,
                              text->why[0] != '\0' ? text->why : via_status_name(status));
    struct hcs_place start = {file->path, 1, 1};
    if (text->size > HCS_FILE_SIZE_MAX)
        return hcs_build_fail(build, VIA_TOO_LARGE, &start, "a file has at most %u octets",
                              HCS_FILE_SIZE_MAX);
    if (text->size > HCS_TEXT_MAX - load->text_size)
        return hcs_build_fail(build, VIA_TOO_LARGE, &start, "all files have more than %u octets",
                              HCS_TEXT_MAX);
    load->text_size += text->size;
    return VIA_OK;
}

static enum via_status load_file(struct load *load, const struct file *file,
                                 const struct hcs_place *place);

/* NOLINTBEGIN(misc-no-recursion): HCS_INCLUDE_DEPTH_MAX bounds it */

/* Merges what @parser's text includes, then its root. */
static enum via_status merge(struct load *load, const struct file *file, struct hcs_parser *parser)
{
    struct hcs_tree *tree = load->build.tree;
    for (;;) {
        struct hcs_place place;
        const char *name;
        struct file included = {.includer = file, .depth = file->depth + 1};
        enum via_status status = hcs_parser_include(parser, &name, &place);
        if (status != VIA_OK)
            return status;
        if (name == NULL)
            break;
        status = join(load, file, name, &place, &included.path);
        if (status == VIA_OK)
            status = load_file(load, &included, &place);
        if (status != VIA_OK)
            return status;
    }
    struct hcs_node *root;
    enum via_status status = hcs_parser_root(parser, &root);
    if (status != VIA_OK || root == NULL)
        return status;
    if (tree->root != NULL)
        return hcs_graft(&load->build, tree->root, root, HCS_GRAFT_MERGE);
    tree->root = root;
    return VIA_OK;
}

static enum via_status load_file(struct load *load, const struct file *file,
                                 const struct hcs_place *place)
{
    struct hcs_text text = {.octets = NULL};
    struct hcs_parser parser;
    enum via_status status = admit(load, file, place);
    if (status == VIA_OK)
        status = read_text(load, file, place, &text);
    if (status == VIA_OK) {
        status = hcs_parser_init(&parser, &load->build, file->path,
                                 text.octets == NULL ? "" : text.octets, text.size);
        if (status == VIA_OK)
            status = merge(load, file, &parser);
        hcs_parser_deinit(&parser);
    }
    free(text.octets);
    return status;
}

/* NOLINTEND(misc-no-recursion): HCS_INCLUDE_DEPTH_MAX bounds it */

static enum via_status load_first(struct load *load, const char *path)
{
    struct hcs_place start = {path, 1, 1};
    char *copy = arena_copy(&load->build.tree->arena, path, strlen(path));
    if (copy == NULL)
        return hcs_build_fail_memory(&load->build, &start);
    tidy(copy);
    struct file first = {.path = copy, .depth = 1};
    start.file = copy;
    enum via_status status = load_file(load, &first, &start);
    if (status == VIA_OK && load->build.tree->root == NULL)
        return hcs_build_fail(&load->build, VIA_INVALID, &start,
                              "there is no root in it, nor in what it includes");
    return status != VIA_OK ? status : hcs_resolve(&load->build);
}

enum via_status hcs_load(const char *path, const struct hcs_files *files, struct hcs_tree **treep,
                         struct hcs_fault *fault)
{
    struct load load = {.build = {.fault = fault}, .files = files};
    struct hcs_tree *tree = calloc(1, sizeof *tree);
    load.build.tree = tree;
    if (tree == NULL) {
        struct hcs_place start = {path, 1, 1};
        return hcs_build_fail(&load.build, VIA_NO_MEMORY, &start, "out of memory");
    }
    arena_init(&tree->arena, HCS_MEMORY_MAX);
    enum via_status status = load_first(&load, path);
    if (status != VIA_OK) {
        hcs_tree_destroy(tree);
        return status;
    }
    *treep = tree;
    return VIA_OK;
}

struct hcs_tree *hcs_tree_destroy(struct hcs_tree *tree)
{
    if (tree != NULL)
        arena_deinit(&tree->arena);
    free(tree);
    return NULL;
}
