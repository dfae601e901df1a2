/*
 * One HCS text to the tree that it alone says: first what it includes, then its root.
 */
#pragma once

#include "codecs/hcs_build.h"
#include "codecs/hcs_lexer.h"

struct hcs_parser {
    struct hcs_build *build; /* borrowed */
    struct hcs_lexer lexer;
    struct hcs_token token;     /* the next one, not yet taken */
    struct hcs_token last;      /* the one that was taken last */
    const char *file;           /* the tree's */
    struct hcs_value *elements; /* owned; of the array that is being read */
    size_t n_elements, capacity;
};

/* @file is the tree's already; @text is borrowed. hcs_parser_deinit() after an error too. */
VIA_MUST_USE enum via_status hcs_parser_init(struct hcs_parser *parser, struct hcs_build *build,
                                             const char *file, const char *text, size_t size);
void hcs_parser_deinit(struct hcs_parser *parser);

/* The next file that it includes, as it names it, and the place of the name; *namep is NULL when
 * there is none any more. */
VIA_MUST_USE enum via_status hcs_parser_include(struct hcs_parser *parser, const char **namep,
                                                struct hcs_place *placep);
/* Its root, to the end of the text; *rootp is NULL when it has none. */
VIA_MUST_USE enum via_status hcs_parser_root(struct hcs_parser *parser, struct hcs_node **rootp);
