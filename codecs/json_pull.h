/*
 * A pull parser for JSON: strict RFC 8259, no allocation, no recursion, depth and input bounded by
 * its caller. It hands out tokens that point into the text; numbers stay text, so nothing is
 * rounded, and strings stay escaped until json_pull_unescape().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 64u /* arrays and objects inside each other, at most and at first */

/* A piece of a JSON text, borrowed. */
struct json_span {
    const char *text; /* NULL: not there */
    size_t size;
};

enum json_kind {
    JSON_FAULT, /* this is not JSON: json_pull's fault says what is wrong, offset where */
    JSON_END,   /* the text has ended, with one whole value in it */
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_token {
    enum json_kind kind;
    bool escaped;     /* KEY, STRING: has escapes */
    bool nul;         /* KEY, STRING: has an escaped NUL */
    bool integer;     /* NUMBER: neither fraction nor exponent */
    const char *text; /* KEY, STRING: between the quotes, which are UTF-8 */
    size_t size;
};

struct json_pull {
    const char *text; /* borrowed */
    const char *end;
    const char *at;
    uint64_t objects; /* one bit for each level: whether it is an object */
    unsigned depth;
    unsigned depth_max;
    int expect;
    const char *fault; /* static text, after JSON_FAULT */
};

/* @depth_max is at most JSON_DEPTH_MAX. */
void json_pull_start(struct json_pull *pull, const char *text, size_t size, unsigned depth_max);

/* The next token; after JSON_FAULT or JSON_END the same one again. */
enum json_kind json_pull_next(struct json_pull *pull, struct json_token *token);

/* Passes over what is left of the value that @token began. *spanp is the whole value, its brackets
 * or quotes included, unless NULL. false: JSON_FAULT. */
bool json_pull_skip(struct json_pull *pull, const struct json_token *token,
                    struct json_span *spanp);

/* The characters of a KEY or STRING to @out, which may be token->text itself; never more than
 * token->size. Returns how many octets. */
size_t json_pull_unescape(const struct json_token *token, char *out);

/* Where the parser stands: after JSON_FAULT where the fault is. */
size_t json_pull_offset(const struct json_pull *pull);

/* Line and column, both from 1, of @offset in @text; columns count octets. */
void json_pull_place(const char *text, size_t offset, unsigned *linep, unsigned *columnp);
