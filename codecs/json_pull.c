/*
 * The grammar of RFC 8259 as a state machine: what may come next is one number, and one bit a level
 * tells objects from arrays. Octets that end a run of plain characters in a string are found eight
 * at a time.
 */
#include "codecs/json_pull.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "codecs/json_number.h"
#include "codecs/utf8.h"

enum expect {
    EXPECT_VALUE,
    EXPECT_VALUE_OR_END, /* just after [ */
    EXPECT_KEY_OR_END,   /* just after { */
    EXPECT_COMMA_OR_END, /* after a value inside something */
    EXPECT_NOTHING,      /* after the whole value */
    EXPECT_FAILED
};

#define ONES UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

void json_pull_start(struct json_pull *pull, const char *text, size_t size, unsigned depth_max)
{
    assert(depth_max <= JSON_DEPTH_MAX);
    *pull = (struct json_pull){.text = text,
                               .end = text + size,
                               .at = text,
                               .depth_max = depth_max,
                               .expect = EXPECT_VALUE};
}

static enum json_kind fail(struct json_pull *pull, const char *at, const char *fault)
{
    pull->at = at;
    pull->fault = fault;
    pull->expect = EXPECT_FAILED;
    return JSON_FAULT;
}

static void pass_space(struct json_pull *pull)
{
    while (pull->at < pull->end &&
           (*pull->at == ' ' || *pull->at == '\n' || *pull->at == '\r' || *pull->at == '\t'))
        pull->at++;
}

/* After a whole value. */
static void value_done(struct json_pull *pull)
{
    pull->expect = pull->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_END;
}

/* ---- strings ---- */

static int hex_digit(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex_unit(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* The escape at @at, which is a backslash. Returns its octets; 0 when it is none. */
static size_t escape_size(const char *at, const char *end, uint32_t *pointp)
{
    if (end - at < 2)
        return 0;
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    if (at[1] != 'u') {
        const char *name = memchr(names, at[1], sizeof names - 1);
        if (name == NULL)
            return 0;
        *pointp = (uint32_t)(unsigned char)means[name - names];
        return 2;
    }
    int32_t unit = hex_unit(at + 2, end);
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return 0;
    *pointp = (uint32_t)unit;
    if (unit < 0xd800 || unit > 0xdbff)
        return 6;
    if (end - at < 12 || at[6] != '\\' || at[7] != 'u')
        return 0;
    int32_t low = hex_unit(at + 8, end);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    *pointp = 0x10000u + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    return 12;
}

static bool is_plain(char character)
{
    return character >= 0x20 && (unsigned char)character < 0x80 && character != '"' &&
           character != '\\';
}

/* Over characters that stand for themselves and are ASCII, eight at a time. */
static const char *pass_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        uint64_t quote = word ^ ONES * '"';
        uint64_t backslash = word ^ ONES * '\\';
        uint64_t stops = ((word - ONES * 0x20) | (quote - ONES) | (backslash - ONES) | word) & HIGH;
        if (stops != 0)
            return at + __builtin_ctzll(stops) / 8; /* a borrow spoils only the octets behind */
        at += 8;
    }
    while (at < end && is_plain(*at))
        at++;
    return at;
}

/* At the opening quote. */
static bool read_string(struct json_pull *pull, struct json_token *token)
{
    const char *at = pull->at + 1;
    token->text = at;
    token->escaped = false;
    token->nul = false;
    for (;;) {
        at = pass_plain(at, pull->end);
        if (at == pull->end) {
            fail(pull, at, "the text ends inside a string");
            return false;
        }
        unsigned char octet = (unsigned char)*at;
        if (octet == '"')
            break;
        uint32_t point;
        size_t n;
        if (octet == '\\') {
            n = escape_size(at, pull->end, &point);
            if (n == 0) {
                fail(pull, at, "no such escape, or half of a surrogate pair");
                return false;
            }
            token->escaped = true;
            token->nul = token->nul || point == 0;
        } else if (octet < 0x20) {
            fail(pull, at, "a control character inside a string is to be escaped");
            return false;
        } else {
            n = utf8_decode((const uint8_t *)at, (size_t)(pull->end - at), &point);
            if (n == 0) {
                fail(pull, at, "the text is not UTF-8");
                return false;
            }
        }
        at += n;
    }
    token->size = (size_t)(at - token->text);
    pull->at = at + 1;
    return true;
}

size_t json_pull_unescape(const struct json_token *token, char *out)
{
    const char *at = token->text;
    const char *end = at + token->size;
    if (!token->escaped) {
        if (out != at)
            memcpy(out, at, token->size);
        return token->size;
    }
    char *to = out;
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        uint32_t point = 0;
        size_t n = escape_size(at, end, &point);
        assert(n > 0);
        to += utf8_encode(point, (uint8_t *)to);
        at += n;
    }
    return (size_t)(to - out);
}

/* ---- numbers and names ---- */

static const char *pass_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static enum json_kind read_number(struct json_pull *pull, struct json_token *token)
{
    static const char fault[] = "this is no number as JSON writes them";
    const char *at = pull->at;
    const char *end = pull->end;
    token->text = at;
    token->integer = true;
    at += *at == '-';
    if (at < end && *at == '0') {
        at++;
    } else {
        const char *digits = at;
        at = pass_digits(at, end);
        if (at == digits)
            return fail(pull, at, fault);
    }
    if (at < end && *at == '.') {
        const char *digits = ++at;
        token->integer = false;
        at = pass_digits(at, end);
        if (at == digits)
            return fail(pull, at, fault);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        token->integer = false;
        at += at < end && (*at == '+' || *at == '-');
        const char *digits = at;
        at = pass_digits(at, end);
        if (at == digits)
            return fail(pull, at, fault);
    }
    token->size = (size_t)(at - token->text);
    if (token->size > JSON_NUMBER_MAX)
        return fail(pull, token->text, "a number longer than 63 characters");
    pull->at = at;
    value_done(pull);
    return token->kind = JSON_NUMBER;
}

static enum json_kind read_name(struct json_pull *pull, struct json_token *token, const char *name,
                                enum json_kind kind)
{
    size_t size = strlen(name);
    if ((size_t)(pull->end - pull->at) < size || memcmp(pull->at, name, size) != 0)
        return fail(pull, pull->at, "a value was expected here");
    token->text = pull->at;
    token->size = size;
    pull->at += size;
    value_done(pull);
    return token->kind = kind;
}

/* ---- structure ---- */

static enum json_kind enter(struct json_pull *pull, struct json_token *token, bool object)
{
    if (pull->depth == pull->depth_max)
        return fail(pull, pull->at, "arrays and objects are nested too deep");
    uint64_t bit = UINT64_C(1) << pull->depth;
    pull->objects = object ? pull->objects | bit : pull->objects & ~bit;
    pull->depth++;
    token->text = pull->at++;
    token->size = 1;
    pull->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    return token->kind = object ? JSON_OBJECT : JSON_ARRAY;
}

static enum json_kind leave(struct json_pull *pull, struct json_token *token, bool object)
{
    pull->depth--;
    token->text = pull->at++;
    token->size = 1;
    value_done(pull);
    return token->kind = object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static bool in_object(const struct json_pull *pull)
{
    return pull->depth > 0 && (pull->objects >> (pull->depth - 1) & 1u) != 0;
}

static enum json_kind read_value(struct json_pull *pull, struct json_token *token)
{
    switch (*pull->at) {
    case '{':
        return enter(pull, token, true);
    case '[':
        return enter(pull, token, false);
    case '"':
        if (!read_string(pull, token))
            return JSON_FAULT;
        value_done(pull);
        return token->kind = JSON_STRING;
    case 't':
        return read_name(pull, token, "true", JSON_TRUE);
    case 'f':
        return read_name(pull, token, "false", JSON_FALSE);
    case 'n':
        return read_name(pull, token, "null", JSON_NULL);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return read_number(pull, token);
    default:
        return fail(pull, pull->at, "a value was expected here");
    }
}

/* The key and its colon. */
static enum json_kind read_key(struct json_pull *pull, struct json_token *token)
{
    if (*pull->at != '"')
        return fail(pull, pull->at, "a name in quotes was expected here");
    if (!read_string(pull, token))
        return JSON_FAULT;
    pass_space(pull);
    if (pull->at == pull->end || *pull->at != ':')
        return fail(pull, pull->at, "a colon was expected here");
    pull->at++;
    pull->expect = EXPECT_VALUE;
    return token->kind = JSON_KEY;
}

static enum json_kind read_after_comma(struct json_pull *pull, struct json_token *token)
{
    pull->at++;
    pass_space(pull);
    if (pull->at == pull->end)
        return fail(pull, pull->at, "the text ends too early");
    return in_object(pull) ? read_key(pull, token) : read_value(pull, token);
}

enum json_kind json_pull_next(struct json_pull *pull, struct json_token *token)
{
    token->kind = JSON_FAULT;
    if (pull->expect == EXPECT_FAILED)
        return JSON_FAULT;
    pass_space(pull);
    if (pull->expect == EXPECT_NOTHING) {
        if (pull->at != pull->end)
            return fail(pull, pull->at, "something stands behind the value");
        return token->kind = JSON_END;
    }
    if (pull->at == pull->end)
        return fail(pull, pull->at, "the text ends too early");

    char next = *pull->at;
    switch ((enum expect)pull->expect) {
    case EXPECT_VALUE_OR_END:
        if (next == ']')
            return leave(pull, token, false);
        return read_value(pull, token);
    case EXPECT_KEY_OR_END:
        if (next == '}')
            return leave(pull, token, true);
        return read_key(pull, token);
    case EXPECT_COMMA_OR_END:
        if (next == ',')
            return read_after_comma(pull, token);
        if (next == (in_object(pull) ? '}' : ']'))
            return leave(pull, token, in_object(pull));
        return fail(pull, pull->at, "a comma or the end of what is open was expected here");
    case EXPECT_VALUE:
    case EXPECT_NOTHING:
    case EXPECT_FAILED:
        break;
    }
    return read_value(pull, token);
}

bool json_pull_skip(struct json_pull *pull, const struct json_token *token, struct json_span *spanp)
{
    const char *start = token->text - (token->kind == JSON_STRING ? 1 : 0);
    if (token->kind == JSON_OBJECT || token->kind == JSON_ARRAY) {
        unsigned depth = pull->depth - 1;
        while (pull->depth > depth) {
            struct json_token inner;
            if (json_pull_next(pull, &inner) == JSON_FAULT)
                return false;
        }
    }
    if (spanp != NULL)
        *spanp = (struct json_span){start, (size_t)(pull->at - start)};
    return true;
}

size_t json_pull_offset(const struct json_pull *pull)
{
    return (size_t)(pull->at - pull->text);
}

void json_pull_place(const char *text, size_t offset, unsigned *linep, unsigned *columnp)
{
    unsigned line = 1;
    const char *start = text;
    for (const char *at = text; at < text + offset; at++) {
        if (*at == '\n') {
            line++;
            start = at + 1;
        }
    }
    *linep = line;
    *columnp = (unsigned)(text + offset - start) + 1;
}
