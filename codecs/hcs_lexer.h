/*
 * The words of an HCS text, one after the other.
 */
#pragma once

#include "codecs/hcs_tree.h"

enum hcs_token_type {
    HCS_TOKEN_END,
    HCS_TOKEN_NAME,
    HCS_TOKEN_STRING,
    HCS_TOKEN_NUMBER, /* true and false too */
    HCS_TOKEN_INCLUDE,
    HCS_TOKEN_ROOT,
    HCS_TOKEN_TEMPLATE,
    HCS_TOKEN_DELETE,
    HCS_TOKEN_OPEN,        /* { */
    HCS_TOKEN_CLOSE,       /* } */
    HCS_TOKEN_OPEN_ARRAY,  /* [ */
    HCS_TOKEN_CLOSE_ARRAY, /* ] */
    HCS_TOKEN_EQUALS,      /* = */
    HCS_TOKEN_SEMICOLON,   /* ; */
    HCS_TOKEN_COLON,       /* : */
    HCS_TOKEN_AMPERSAND,   /* & */
    HCS_TOKEN_COMMA,       /* , */
    HCS_TOKEN_DOT          /* . */
};

struct hcs_token {
    enum hcs_token_type type;
    const char *text; /* in the lexer's text; STRING: what stands between the quotes */
    size_t size;
    unsigned line, column;
    unsigned n_lines;           /* STRING: the lines that it ends below its beginning */
    uint64_t number;            /* NUMBER */
    enum hcs_notation notation; /* NUMBER */
};

struct hcs_lexer {
    const char *text; /* borrowed */
    size_t size;
    size_t offset;
    size_t line_offset; /* where the line begins */
    unsigned line;
    /* Where hcs_lexer_next() said VIA_INVALID: */
    unsigned fault_line, fault_column;
    char fault[96];
};

void hcs_lexer_init(struct hcs_lexer *lexer, const char *text, size_t size);

/* VIA_INVALID: what comes next is no word. At the end it gives HCS_TOKEN_END for ever. */
VIA_MUST_USE enum via_status hcs_lexer_next(struct hcs_lexer *lexer, struct hcs_token *token);

/* Writes the string of @token, of at most its size, without escapes, to @out; returns its octets.
 */
size_t hcs_token_unescape(const struct hcs_token *token, char *out);
