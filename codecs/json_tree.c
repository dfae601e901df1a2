/*
 * The guards read the text first, with our own parser; cJSON sees only what they let through. They
 * are there for what releases of cJSON do to: octets behind the value, text that is not UTF-8,
 * strings with an escaped NUL (cut), long numbers (cut at 63 octets) and integers above 2^53
 * (rounded), names given twice (the first wins), and depth (recursion).
 *
 * Names given twice are found by sorting all names of the text by their object.
 */
#include "codecs/json_tree.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_number.h"
#include "codecs/json_pull.h"

#define EXACT_MAX (INT64_C(1) << 53)

/* A name in the text, without its escapes. */
struct name {
    size_t object; /* which object of the text it stands in */
    const char *text;
    size_t size;
    size_t offset; /* in the text */
};

struct guard {
    struct json_pull pull;
    char *copy;         /* owned; the text, in which names lose their escapes as they are read */
    struct name *names; /* owned */
    size_t n_names;
    size_t capacity;
    size_t n_objects;
    size_t objects[JSON_DEPTH_MAX]; /* the open ones; a slot for each level */
};

static int compare_names(const void *a, const void *b)
{
    const struct name *left = a;
    const struct name *right = b;
    if (left->object != right->object)
        return left->object < right->object ? -1 : 1;
    size_t least = left->size < right->size ? left->size : right->size;
    int order = memcmp(left->text, right->text, least);
    if (order != 0)
        return order;
    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

static bool is_same_name(const struct name *a, const struct name *b)
{
    return a->object == b->object && a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

static enum via_status add_name(struct guard *guard, const struct json_token *token)
{
    if (guard->n_names == guard->capacity) {
        size_t capacity = guard->capacity == 0 ? 64 : guard->capacity * 2;
        struct name *names = realloc(guard->names, capacity * sizeof *names);
        if (names == NULL)
            return VIA_NO_MEMORY;
        guard->names = names;
        guard->capacity = capacity;
    }
    char *place = guard->copy + (token->text - guard->copy);
    guard->names[guard->n_names++] = (struct name){
        .object = guard->objects[guard->pull.depth - 1],
        .text = place,
        .size = json_pull_unescape(token, place),
        .offset = (size_t)(token->text - guard->copy),
    };
    return VIA_OK;
}

/* What is wrong with a value on its own, or NULL. */
static const char *number_fault(const struct json_token *token)
{
    int64_t integer;
    double number;
    if (token->integer) {
        if (!json_number_i64(token->text, token->size, &integer) || integer > EXACT_MAX ||
            integer < -EXACT_MAX)
            return "an integer above 2^53 is to be written as a string";
    } else if (!json_number_f64(token->text, token->size, &number)) {
        return "this number is too large";
    }
    return NULL;
}

static enum via_status check_token(struct guard *guard, const struct json_token *token,
                                   const char **wordsp)
{
    switch (token->kind) {
    case JSON_FAULT:
        *wordsp = guard->pull.fault;
        return VIA_BAD_JSON;
    case JSON_OBJECT:
        guard->objects[guard->pull.depth - 1] = guard->n_objects++;
        return VIA_OK;
    case JSON_KEY:
        if (token->nul)
            break;
        return add_name(guard, token);
    case JSON_STRING:
        if (token->nul)
            break;
        return VIA_OK;
    case JSON_NUMBER:
        *wordsp = number_fault(token);
        return *wordsp == NULL ? VIA_OK : VIA_BAD_JSON;
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY:
    case JSON_ARRAY_END:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        return VIA_OK;
    }
    *wordsp = "a string with a NUL in it";
    return VIA_BAD_JSON;
}

/* *offsetp is set with VIA_BAD_JSON. */
static enum via_status check_names(struct guard *guard, const char **wordsp, size_t *offsetp)
{
    enum via_status status = VIA_OK;
    if (guard->n_names > 1)
        qsort(guard->names, guard->n_names, sizeof *guard->names, compare_names);
    for (size_t i = 1; i < guard->n_names; i++) {
        if (!is_same_name(&guard->names[i - 1], &guard->names[i]))
            continue;
        if (status == VIA_OK || guard->names[i].offset < *offsetp)
            *offsetp = guard->names[i].offset;
        *wordsp = "this name stands here a second time";
        status = VIA_BAD_JSON;
    }
    return status;
}

static enum via_status check_text(struct guard *guard, size_t size, const char **wordsp,
                                  size_t *offsetp)
{
    json_pull_start(&guard->pull, guard->copy, size, JSON_DEPTH_MAX);
    struct json_token token;
    do {
        (void)json_pull_next(&guard->pull, &token);
        enum via_status status = check_token(guard, &token, wordsp);
        if (status != VIA_OK) {
            *offsetp = token.kind == JSON_FAULT ? json_pull_offset(&guard->pull)
                                                : (size_t)(token.text - guard->copy);
            return status;
        }
    } while (token.kind != JSON_END);
    return check_names(guard, wordsp, offsetp);
}

static enum via_status fail(struct json_tree_fault *fault, enum via_status status,
                            const char *words)
{
    *fault = (struct json_tree_fault){.line = 1, .column = 1};
    (void)snprintf(fault->text, sizeof fault->text, "%s", words);
    return status;
}

enum via_status json_tree_parse(const char *text, size_t size, cJSON **treep,
                                struct json_tree_fault *fault)
{
    if (size > JSON_TREE_SIZE_MAX)
        return fail(fault, VIA_TOO_LARGE, "the text is larger than 1 MiB");

    char *copy = malloc(size + 1);
    if (copy == NULL)
        return fail(fault, VIA_NO_MEMORY, "out of memory");
    memcpy(copy, text, size);
    struct guard guard = {.copy = copy};

    const char *words = "out of memory";
    size_t offset = 0;
    enum via_status status = check_text(&guard, size, &words, &offset);
    free(guard.names);
    free(copy);
    if (status != VIA_OK) {
        (void)fail(fault, status, words);
        json_pull_place(text, offset, &fault->line, &fault->column);
        return status;
    }

    /* The guards took the text, so only memory can be missing. */
    cJSON *tree = cJSON_ParseWithLengthOpts(text, size, NULL, 0);
    if (tree == NULL)
        return fail(fault, VIA_NO_MEMORY, "out of memory");
    *treep = tree;
    return VIA_OK;
}
