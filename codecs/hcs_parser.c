/*
 * Recursive descent, one token ahead. A node's kind and whom it names are noted; what that means is
 * found when all texts are read (codecs/hcs_resolve.c).
 */
#include "codecs/hcs_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 40 /* octets of a word that a fault shows */

static struct hcs_place place_of(const struct hcs_parser *parser, const struct hcs_token *token)
{
    return (struct hcs_place){parser->file, token->line, token->column};
}

/* Takes the next token. */
static enum via_status advance(struct hcs_parser *parser)
{
    struct hcs_token token;
    enum via_status status = hcs_lexer_next(&parser->lexer, &token);
    if (status != VIA_OK) {
        struct hcs_place place = {parser->file, parser->lexer.fault_line,
                                  parser->lexer.fault_column};
        return hcs_build_fail(parser->build, status, &place, "%s", parser->lexer.fault);
    }
    parser->last = parser->token;
    parser->token = token;
    return VIA_OK;
}

/* The token in words. */
static void describe(const struct hcs_token *token, char *words, size_t size)
{
    int shown = token->size > SHOWN ? SHOWN : (int)token->size;
    if (token->type == HCS_TOKEN_END)
        (void)snprintf(words, size, "the end of the file");
    else if (token->type == HCS_TOKEN_STRING)
        (void)snprintf(words, size, "a string");
    else if (token->type == HCS_TOKEN_NUMBER && token->notation != HCS_BOOLEAN)
        (void)snprintf(words, size, "a number");
    else
        (void)snprintf(words, size, "'%.*s'", shown, token->text);
}

/* The next token is not what @format asks for. */
__attribute__((format(printf, 2, 3))) static enum via_status unexpected(struct hcs_parser *parser,
                                                                        const char *format, ...)
{
    char wanted[160], found[SHOWN + 24], hint[80] = "";
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(wanted, sizeof wanted, format, arguments);
    va_end(arguments);
    describe(&parser->token, found, sizeof found);
    /* Where a quote is missing, the string ends at the next one, lines below. */
    if (parser->last.type == HCS_TOKEN_STRING && parser->last.n_lines > 0)
        (void)snprintf(hint, sizeof hint, " (the string before it began on line %u)",
                       parser->last.line);
    struct hcs_place place = place_of(parser, &parser->token);
    return hcs_build_fail(parser->build, VIA_INVALID, &place, "expected %s, not %s%s", wanted,
                          found, hint);
}

/* A copy of the token's text that is the tree's; NULL: none, and *statusp says why. */
static const char *keep(struct hcs_parser *parser, const char *text, size_t size,
                        enum via_status *statusp)
{
    struct hcs_place place = place_of(parser, &parser->token);
    const char *copy = arena_copy(&parser->build->tree->arena, text, size);
    *statusp = copy == NULL ? hcs_build_fail_memory(parser->build, &place) : VIA_OK;
    return copy;
}

/* The string of the next token. */
static enum via_status keep_string(struct hcs_parser *parser, const char **textp, size_t *sizep)
{
    struct hcs_place place = place_of(parser, &parser->token);
    char *text = arena_take(&parser->build->tree->arena, parser->token.size + 1);
    if (text == NULL)
        return hcs_build_fail_memory(parser->build, &place);
    *sizep = hcs_token_unescape(&parser->token, text);
    *textp = text;
    return VIA_OK;
}

enum via_status hcs_parser_init(struct hcs_parser *parser, struct hcs_build *build,
                                const char *file, const char *text, size_t size)
{
    *parser = (struct hcs_parser){.build = build, .file = file};
    hcs_lexer_init(&parser->lexer, text, size);
    return advance(parser);
}

void hcs_parser_deinit(struct hcs_parser *parser)
{
    free(parser->elements);
    parser->elements = NULL;
}

enum via_status hcs_parser_include(struct hcs_parser *parser, const char **namep,
                                   struct hcs_place *placep)
{
    *namep = NULL;
    if (parser->token.type != HCS_TOKEN_INCLUDE)
        return VIA_OK;
    enum via_status status = advance(parser);
    if (status != VIA_OK)
        return status;
    if (parser->token.type != HCS_TOKEN_STRING)
        return unexpected(parser, "a file name in quotes after #include");
    *placep = place_of(parser, &parser->token);
    const char *name = NULL;
    size_t size = 0;
    status = keep_string(parser, &name, &size);
    if (status != VIA_OK)
        return status;
    status = advance(parser);
    if (status == VIA_OK)
        *namep = name;
    return status;
}

/* ---- references ---- */

/* '.' NAME, behind "root" or another name; adds to @path. */
static enum via_status parse_step(struct hcs_parser *parser, char *path, size_t room, size_t *sizep)
{
    enum via_status status = advance(parser);
    if (status != VIA_OK)
        return status;
    const struct hcs_token *token = &parser->token;
    struct hcs_place place = place_of(parser, token);
    if (token->type != HCS_TOKEN_NAME)
        return unexpected(parser, "a name after '.'");
    if (token->size + 2 > room - *sizep) /* the dot, the name, the NUL */
        return hcs_build_fail(parser->build, VIA_TOO_LARGE, &place, "a path has at most %zu octets",
                              room - 1);
    path[(*sizep)++] = '.';
    memcpy(path + *sizep, token->text, token->size);
    *sizep += token->size;
    return advance(parser);
}

/* NAME, or 'root' '.' NAME ... */
static enum via_status parse_ref(struct hcs_parser *parser, const char *what, const char **refp,
                                 size_t *sizep)
{
    char path[HCS_PATH_MAX];
    struct hcs_token first = parser->token;
    struct hcs_place place = place_of(parser, &first);
    if (first.type != HCS_TOKEN_NAME && first.type != HCS_TOKEN_ROOT)
        return unexpected(parser, "the name of %s", what);
    memcpy(path, first.text, first.size);
    size_t size = first.size;
    enum via_status status = advance(parser);
    if (status != VIA_OK)
        return status;
    if (first.type == HCS_TOKEN_NAME && parser->token.type == HCS_TOKEN_DOT)
        return hcs_build_fail(parser->build, VIA_INVALID, &place,
                              "a path begins with 'root.'; without, there is one name only");
    if (first.type == HCS_TOKEN_ROOT && parser->token.type != HCS_TOKEN_DOT)
        return unexpected(parser, "'.' and a name after 'root'");
    while (parser->token.type == HCS_TOKEN_DOT) {
        status = parse_step(parser, path, sizeof path, &size);
        if (status != VIA_OK)
            return status;
    }
    *sizep = size;
    *refp = keep(parser, path, size, &status);
    return status;
}

/* ---- values ---- */

static enum via_status parse_element(struct hcs_parser *parser, struct hcs_value *value)
{
    const struct hcs_token *token = &parser->token;
    if (token->type == HCS_TOKEN_NUMBER) {
        *value = (struct hcs_value){
            .type = HCS_NUMBER, .notation = token->notation, .number = token->number};
        return advance(parser);
    }
    if (token->type != HCS_TOKEN_STRING)
        return unexpected(parser, "a number or a string");
    const char *text = NULL;
    size_t size = 0;
    enum via_status status = keep_string(parser, &text, &size);
    if (status != VIA_OK)
        return status;
    *value = (struct hcs_value){.type = HCS_STRING};
    value->text = text;
    value->size = size;
    return advance(parser);
}

static enum via_status add_element(struct hcs_parser *parser, const struct hcs_place *place)
{
    if (parser->n_elements == HCS_ARRAY_MAX)
        return hcs_build_fail(parser->build, VIA_TOO_LARGE, place,
                              "an array has at most %u elements", HCS_ARRAY_MAX);
    if (parser->n_elements == parser->capacity) {
        size_t capacity = parser->capacity == 0 ? 16 : parser->capacity * 2;
        struct hcs_value *elements = realloc(parser->elements, capacity * sizeof *elements);
        if (elements == NULL)
            return hcs_build_fail(parser->build, VIA_NO_MEMORY, place, "out of memory");
        parser->elements = elements;
        parser->capacity = capacity;
    }
    struct hcs_value *element = &parser->elements[parser->n_elements];
    enum via_status status = parse_element(parser, element);
    if (status != VIA_OK)
        return status;
    if (element->type != parser->elements[0].type)
        return hcs_build_fail(parser->build, VIA_INVALID, place,
                              "%s in an array that began with %s", hcs_type_name(element->type),
                              hcs_type_name(parser->elements[0].type));
    parser->n_elements++;
    return VIA_OK;
}

static enum via_status parse_array(struct hcs_parser *parser, struct hcs_value *value)
{
    struct hcs_place start = place_of(parser, &parser->token);
    parser->n_elements = 0;
    enum via_status status = advance(parser);
    while (status == VIA_OK && parser->token.type != HCS_TOKEN_CLOSE_ARRAY) {
        struct hcs_place place = place_of(parser, &parser->token);
        status = add_element(parser, &place);
        if (status != VIA_OK)
            return status;
        if (parser->token.type == HCS_TOKEN_COMMA)
            status = advance(parser);
        else if (parser->token.type != HCS_TOKEN_CLOSE_ARRAY)
            return unexpected(parser, "',' or ']' after an element of an array");
    }
    if (status != VIA_OK)
        return status;
    size_t size = parser->n_elements * sizeof *parser->elements;
    struct hcs_value *elements = arena_take(&parser->build->tree->arena, size);
    if (elements == NULL)
        return hcs_build_fail_memory(parser->build, &start);
    if (size > 0)
        memcpy(elements, parser->elements, size);
    value->type = HCS_ARRAY;
    value->elements = elements;
    value->n_elements = parser->n_elements;
    return advance(parser);
}

static enum via_status parse_value(struct hcs_parser *parser, const char *name,
                                   struct hcs_value *value)
{
    enum via_status status;
    switch ((int)parser->token.type) {
    case HCS_TOKEN_NUMBER:
    case HCS_TOKEN_STRING:
        return parse_element(parser, value);
    case HCS_TOKEN_OPEN_ARRAY:
        return parse_array(parser, value);
    case HCS_TOKEN_DELETE:
        value->type = HCS_DELETED;
        return advance(parser);
    case HCS_TOKEN_AMPERSAND:
        status = advance(parser);
        if (status != VIA_OK)
            return status;
        value->type = HCS_REFERENCE;
        return parse_ref(parser, "a node after '&'", &value->text, &value->size);
    default:
        return unexpected(parser, "a value after '%.*s ='", SHOWN, name);
    }
}

/* ---- members ---- */

static enum via_status parse_body(struct hcs_parser *parser, struct hcs_node *node);

static enum via_status check_unique(struct hcs_parser *parser, const struct hcs_node *node,
                                    const char *name, const struct hcs_place *place)
{
    const struct hcs_attr *attr = hcs_node_attr(node, name);
    const struct hcs_node *child = attr != NULL ? NULL : hcs_node_child(node, name);
    if (attr == NULL && child == NULL)
        return VIA_OK;
    const struct hcs_place *first = attr != NULL ? &attr->place : &child->place;
    return hcs_build_fail(parser->build, VIA_INVALID, place,
                          "'%.*s' is there already, on line %u, column %u", SHOWN, name,
                          first->line, first->column);
}

static enum via_status parse_attr(struct hcs_parser *parser, struct hcs_node *parent,
                                  const char *name, const struct hcs_place *place)
{
    enum via_status status = advance(parser);
    if (status != VIA_OK)
        return status;
    struct hcs_value *value = arena_take(&parser->build->tree->arena, sizeof *value);
    if (value == NULL)
        return hcs_build_fail_memory(parser->build, place);
    status = parse_value(parser, name, value);
    if (status != VIA_OK)
        return status;
    if (parser->token.type != HCS_TOKEN_SEMICOLON)
        return unexpected(parser, "';' after the value of '%.*s'", SHOWN, name);
    status = hcs_build_attr(parser->build, parent, name, value, place);
    return status != VIA_OK ? status : advance(parser);
}

/* What stands between a node's name and its body, behind the first ':'. */
static enum via_status parse_kind(struct hcs_parser *parser, struct hcs_node *node)
{
    enum via_status status = advance(parser);
    if (status != VIA_OK)
        return status;
    const char *what = "the node to copy, '&', ':' or 'delete' after ':'";
    node->kind = HCS_COPY;
    if (parser->token.type == HCS_TOKEN_DELETE) {
        node->kind = HCS_DELETE;
        return advance(parser);
    }
    if (parser->token.type == HCS_TOKEN_COLON) {
        node->kind = HCS_INHERIT;
        what = "the template after '::'";
        status = advance(parser);
    } else if (parser->token.type == HCS_TOKEN_AMPERSAND) {
        node->kind = HCS_MODIFY;
        what = "the node to change after '&'";
        status = advance(parser);
    }
    if (status != VIA_OK)
        return status;
    size_t size;
    node->ref_place = place_of(parser, &parser->token);
    return parse_ref(parser, what, &node->ref, &size);
}

/* NOLINTBEGIN(misc-no-recursion): HCS_DEPTH_MAX bounds it */

static enum via_status parse_node(struct hcs_parser *parser, struct hcs_node *parent,
                                  const char *name, const struct hcs_place *place, bool is_template)
{
    struct hcs_node *node;
    enum via_status status = hcs_build_node(parser->build, parent, name, place, &node);
    if (status == VIA_OK && is_template)
        node->kind = HCS_TEMPLATE;
    else if (status == VIA_OK && parser->token.type == HCS_TOKEN_COLON)
        status = parse_kind(parser, node);
    return status != VIA_OK ? status : parse_body(parser, node);
}

static enum via_status parse_member(struct hcs_parser *parser, struct hcs_node *parent)
{
    enum via_status status;
    bool is_template = parser->token.type == HCS_TOKEN_TEMPLATE;
    if (is_template) {
        status = advance(parser);
        if (status != VIA_OK)
            return status;
    }
    if (parser->token.type != HCS_TOKEN_NAME)
        return unexpected(parser, "%s", is_template ? "a name after 'template'" : "a name or '}'");
    struct hcs_place place = place_of(parser, &parser->token);
    const char *name = keep(parser, parser->token.text, parser->token.size, &status);
    if (status == VIA_OK)
        status = check_unique(parser, parent, name, &place);
    if (status == VIA_OK)
        status = advance(parser);
    if (status != VIA_OK)
        return status;
    enum hcs_token_type type = parser->token.type;
    if (type == HCS_TOKEN_OPEN || (type == HCS_TOKEN_COLON && !is_template))
        return parse_node(parser, parent, name, &place, is_template);
    if (is_template)
        return unexpected(parser, "'{' after 'template %.*s'", SHOWN, name);
    if (type != HCS_TOKEN_EQUALS)
        return unexpected(parser, "'=', '{' or ':' after '%.*s'", SHOWN, name);
    return parse_attr(parser, parent, name, &place);
}

static enum via_status refuse_semicolon(struct hcs_parser *parser)
{
    struct hcs_place place = place_of(parser, &parser->token);
    return hcs_build_fail(parser->build, VIA_INVALID, &place, "no ';' stands after '}'");
}

static enum via_status parse_body(struct hcs_parser *parser, struct hcs_node *node)
{
    if (parser->token.type != HCS_TOKEN_OPEN)
        return unexpected(parser, "'{' and the members of '%.*s'", SHOWN, node->name);
    struct hcs_place start = place_of(parser, &parser->token);
    enum via_status status = advance(parser);
    while (status == VIA_OK && parser->token.type != HCS_TOKEN_CLOSE) {
        if (parser->token.type == HCS_TOKEN_END)
            return unexpected(parser, "'}' for the '{' on line %u, column %u", start.line,
                              start.column);
        if (parser->token.type == HCS_TOKEN_SEMICOLON && parser->last.type == HCS_TOKEN_CLOSE)
            return refuse_semicolon(parser);
        status = parse_member(parser, node);
    }
    return status != VIA_OK ? status : advance(parser);
}

/* NOLINTEND(misc-no-recursion): HCS_DEPTH_MAX bounds it */

enum via_status hcs_parser_root(struct hcs_parser *parser, struct hcs_node **rootp)
{
    struct hcs_place place = place_of(parser, &parser->token);
    struct hcs_node *root = NULL;
    enum via_status status = VIA_OK;
    if (parser->token.type == HCS_TOKEN_ROOT) {
        status = hcs_build_node(parser->build, NULL, "root", &place, &root);
        if (status == VIA_OK)
            status = advance(parser);
        if (status == VIA_OK)
            status = parse_body(parser, root);
        if (status != VIA_OK)
            return status;
    }
    place = place_of(parser, &parser->token);
    if (parser->token.type == HCS_TOKEN_INCLUDE)
        return hcs_build_fail(parser->build, VIA_INVALID, &place,
                              "every #include stands before 'root'");
    if (parser->token.type != HCS_TOKEN_END)
        return unexpected(parser, "%s",
                          root == NULL ? "#include or 'root'" : "the end of the file after root");
    *rootp = root;
    return VIA_OK;
}
