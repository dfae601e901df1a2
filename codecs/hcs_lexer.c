/*
 * A cursor over the text that knows its line. White space and comments are skipped; a comment ends
 * at the first star and slash, also behind more stars, where the system's own compiler swallows
 * what follows. A string may go on over lines, as it may there, and holds no octet 0: its readers
 * take strings that end with one.
 */
#include "codecs/hcs_lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAGNITUDE_MAX ((uint64_t)INT64_MAX)

struct word {
    const char *text;
    enum hcs_token_type type;
};

static const struct word words[] = {
    {"delete", HCS_TOKEN_DELETE},     {"false", HCS_TOKEN_NUMBER}, {"root", HCS_TOKEN_ROOT},
    {"template", HCS_TOKEN_TEMPLATE}, {"true", HCS_TOKEN_NUMBER},
};

static const struct {
    char octet;
    enum hcs_token_type type;
} signs[] = {
    {'{', HCS_TOKEN_OPEN},        {'}', HCS_TOKEN_CLOSE},     {'[', HCS_TOKEN_OPEN_ARRAY},
    {']', HCS_TOKEN_CLOSE_ARRAY}, {'=', HCS_TOKEN_EQUALS},    {';', HCS_TOKEN_SEMICOLON},
    {':', HCS_TOKEN_COLON},       {'&', HCS_TOKEN_AMPERSAND}, {',', HCS_TOKEN_COMMA},
    {'.', HCS_TOKEN_DOT},
};

static const char byte_order_mark[] = {'\xef', '\xbb', '\xbf'};

void hcs_lexer_init(struct hcs_lexer *lexer, const char *text, size_t size)
{
    *lexer = (struct hcs_lexer){.text = text, .size = size, .line = 1};
    if (size >= sizeof byte_order_mark &&
        memcmp(text, byte_order_mark, sizeof byte_order_mark) == 0)
        lexer->offset = lexer->line_offset = sizeof byte_order_mark;
}

/* The octet @ahead of the cursor; -1 behind the end. */
static int peek(const struct hcs_lexer *lexer, size_t ahead)
{
    return ahead < lexer->size - lexer->offset ? (unsigned char)lexer->text[lexer->offset + ahead]
                                               : -1;
}

static unsigned column(const struct hcs_lexer *lexer)
{
    return (unsigned)(lexer->offset - lexer->line_offset) + 1;
}

/* Past one octet. */
static void step(struct hcs_lexer *lexer)
{
    if (lexer->text[lexer->offset++] == '\n') {
        lexer->line++;
        lexer->line_offset = lexer->offset;
    }
}

static bool is_digit(int octet)
{
    return octet >= '0' && octet <= '9';
}

static bool is_name_start(int octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') || octet == '_';
}

static bool is_name(int octet)
{
    return is_name_start(octet) || is_digit(octet);
}

__attribute__((format(printf, 4, 5))) static enum via_status
fail(struct hcs_lexer *lexer, unsigned line, unsigned at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(lexer->fault, sizeof lexer->fault, format, arguments);
    va_end(arguments);
    lexer->fault_line = line;
    lexer->fault_column = at;
    return VIA_INVALID;
}

static enum via_status fail_here(struct hcs_lexer *lexer, const char *text)
{
    return fail(lexer, lexer->line, column(lexer), "%s", text);
}

static enum via_status refuse_octet(struct hcs_lexer *lexer, int octet)
{
    if (octet > ' ' && octet < 0x7f)
        return fail(lexer, lexer->line, column(lexer), "'%c' has no meaning here", octet);
    return fail(lexer, lexer->line, column(lexer), "the octet 0x%02x has no meaning here",
                (unsigned)octet);
}

static enum via_status skip_comment(struct hcs_lexer *lexer)
{
    unsigned line = lexer->line, at = column(lexer);
    lexer->offset += 2;
    while (peek(lexer, 0) >= 0) {
        if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            lexer->offset += 2;
            return VIA_OK;
        }
        step(lexer);
    }
    return fail(lexer, line, at, "this comment is never closed");
}

static enum via_status skip_blanks(struct hcs_lexer *lexer)
{
    for (;;) {
        int octet = peek(lexer, 0);
        if (octet == ' ' || (octet >= '\t' && octet <= '\r')) {
            step(lexer);
        } else if (octet == '/' && peek(lexer, 1) == '/') {
            while (peek(lexer, 0) >= 0 && peek(lexer, 0) != '\n')
                step(lexer);
        } else if (octet == '/' && peek(lexer, 1) == '*') {
            enum via_status status = skip_comment(lexer);
            if (status != VIA_OK)
                return status;
        } else {
            return VIA_OK;
        }
    }
}

static enum via_status lex_string(struct hcs_lexer *lexer, struct hcs_token *token)
{
    step(lexer);
    size_t start = lexer->offset;
    for (int octet; (octet = peek(lexer, 0)) != '"'; step(lexer)) {
        if (octet < 0)
            return fail(lexer, token->line, token->column, "this string is never closed");
        if (octet == 0)
            return fail_here(lexer, "a string holds no octet 0");
        if (octet != '\\')
            continue;
        if (peek(lexer, 1) != '"')
            return fail_here(lexer, "the one escape in a string is \\\"");
        step(lexer);
    }
    token->type = HCS_TOKEN_STRING;
    token->text = lexer->text + start;
    token->size = lexer->offset - start;
    token->n_lines = lexer->line - token->line;
    step(lexer);
    return VIA_OK;
}

static int digit_value(int octet)
{
    if (is_digit(octet))
        return octet - '0';
    if (octet >= 'a' && octet <= 'f')
        return octet - 'a' + 10;
    return octet >= 'A' && octet <= 'F' ? octet - 'A' + 10 : 99;
}

/* The digits at the cursor, to the base @base. */
static enum via_status lex_digits(struct hcs_lexer *lexer, struct hcs_token *token, unsigned base)
{
    uint64_t number = 0;
    size_t n_digits = 0;
    for (; is_name(peek(lexer, 0)); n_digits++, step(lexer)) {
        int octet = peek(lexer, 0);
        unsigned digit = (unsigned)digit_value(octet);
        if (digit >= base)
            return fail(lexer, lexer->line, column(lexer),
                        "'%c' is no digit of a number to the base %u", octet, base);
        if (number > (MAGNITUDE_MAX - digit) / base)
            return fail(lexer, token->line, token->column,
                        "the number is above 0x7fffffffffffffff");
        number = number * base + digit;
    }
    if (n_digits == 0)
        return fail(lexer, token->line, token->column, "a number without digits");
    token->number = number;
    return VIA_OK;
}

static enum via_status lex_signed(struct hcs_lexer *lexer, struct hcs_token *token)
{
    bool is_negative = peek(lexer, 0) == '-';
    step(lexer);
    /* Some readers would take -010 for -8, others for -10. */
    if (peek(lexer, 0) == '0' && is_name(peek(lexer, 1)))
        return fail(lexer, token->line, token->column,
                    "a number with a sign is decimal, without a 0 before it");
    enum via_status status = lex_digits(lexer, token, 10);
    if (status == VIA_OK && is_negative)
        token->number = 0 - token->number;
    return status;
}

static enum via_status lex_number(struct hcs_lexer *lexer, struct hcs_token *token)
{
    token->type = HCS_TOKEN_NUMBER;
    token->notation = HCS_DECIMAL;
    if (!is_digit(peek(lexer, 0)))
        return lex_signed(lexer, token);
    if (peek(lexer, 0) != '0' || !is_name(peek(lexer, 1)))
        return lex_digits(lexer, token, 10);
    int prefix = peek(lexer, 1) | 0x20;
    if (prefix != 'x' && prefix != 'b') {
        token->notation = HCS_OCTAL;
        return lex_digits(lexer, token, 8);
    }
    lexer->offset += 2;
    token->notation = prefix == 'x' ? HCS_HEXADECIMAL : HCS_BINARY;
    return lex_digits(lexer, token, prefix == 'x' ? 16 : 2);
}

static enum via_status lex_name(struct hcs_lexer *lexer, struct hcs_token *token)
{
    while (is_name(peek(lexer, 0)))
        lexer->offset++;
    token->size = lexer->offset - (size_t)(token->text - lexer->text);
    if (token->size > HCS_NAME_MAX)
        return fail(lexer, token->line, token->column, "a name has at most %u octets",
                    HCS_NAME_MAX);
    token->type = HCS_TOKEN_NAME;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].text) == token->size &&
            memcmp(words[i].text, token->text, token->size) == 0)
            token->type = words[i].type;
    if (token->type == HCS_TOKEN_NUMBER) {
        token->number = token->text[0] == 't';
        token->notation = HCS_BOOLEAN;
    }
    return VIA_OK;
}

static enum via_status lex_include(struct hcs_lexer *lexer, struct hcs_token *token)
{
    static const char word[] = "#include";
    size_t size = sizeof word - 1;
    if (size > lexer->size - lexer->offset || memcmp(token->text, word, size) != 0 ||
        is_name(peek(lexer, size)))
        return fail_here(lexer, "'#' begins #include, and nothing else");
    lexer->offset += size;
    token->type = HCS_TOKEN_INCLUDE;
    token->size = size;
    return VIA_OK;
}

static enum via_status lex_sign(struct hcs_lexer *lexer, struct hcs_token *token, int octet)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (octet == signs[i].octet) {
            token->type = signs[i].type;
            token->size = 1;
            step(lexer);
            return VIA_OK;
        }
    return refuse_octet(lexer, octet);
}

enum via_status hcs_lexer_next(struct hcs_lexer *lexer, struct hcs_token *token)
{
    enum via_status status = skip_blanks(lexer);
    if (status != VIA_OK)
        return status;
    *token = (struct hcs_token){
        .type = HCS_TOKEN_END,
        .text = lexer->text + lexer->offset,
        .line = lexer->line,
        .column = column(lexer),
    };
    int octet = peek(lexer, 0);
    if (octet < 0)
        return VIA_OK;
    if (is_name_start(octet))
        return lex_name(lexer, token);
    if (is_digit(octet) || octet == '-' || octet == '+')
        return lex_number(lexer, token);
    if (octet == '"')
        return lex_string(lexer, token);
    if (octet == '#')
        return lex_include(lexer, token);
    return lex_sign(lexer, token, octet);
}

size_t hcs_token_unescape(const struct hcs_token *token, char *out)
{
    size_t size = 0;
    for (size_t i = 0; i < token->size; i++) {
        if (token->text[i] == '\\')
            i++; /* the lexer let only \" through */
        out[size++] = token->text[i];
    }
    return size;
}
