/*
 * All names of an object are noted first with what stands behind them: so their order does not
 * matter, and one that means nothing is refused rather than overlooked.
 */
#include "codecs/phoenix_json_given.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codecs/base64.h"
#include "codecs/json_number.h"

#define SHOWN_MAX 32 /* octets of an unknown name that a fault shows */

enum via_status phoenix_source_fail(struct phoenix_source *source, const char *at,
                                    enum via_status status, const char *format, ...)
{
    va_list arguments;
    char *text = source->fault->text;
    size_t size = sizeof source->fault->text, n = 0;
    if (source->within != NULL)
        n = (size_t)snprintf(text, size, "%s.", source->within);
    va_start(arguments, format);
    source->fault->offset = at != NULL ? (size_t)(at - source->text) : 0;
    (void)vsnprintf(text + n, size - n, format, arguments);
    va_end(arguments);
    return status;
}

enum via_status phoenix_given_fail(struct phoenix_source *source, const struct phoenix_given *given,
                                   const char *words)
{
    return phoenix_source_fail(source, given->value.text, VIA_BAD_JSON, "%s: is to be %s",
                               given->name, words);
}

/* ---- names ---- */

static enum via_status fail_pull(struct phoenix_source *source, const struct json_pull *pull)
{
    return phoenix_source_fail(source, pull->text + json_pull_offset(pull), VIA_BAD_JSON, "%s",
                               pull->fault);
}

static bool is_text(const struct json_token *token, const char *text)
{
    return !token->escaped && token->size == strlen(text) &&
           memcmp(token->text, text, token->size) == 0;
}

/* @key as far as a fault shows it. */
static enum via_status fail_key(struct phoenix_source *source, const struct json_token *key)
{
    size_t size = key->size < SHOWN_MAX ? key->size : SHOWN_MAX;
    while (size < key->size && ((unsigned char)key->text[size] & 0xc0u) == 0x80u)
        size--;
    if (size == 0)
        return phoenix_source_fail(source, key->text, VIA_BAD_JSON,
                                   "\"\": nothing here has this name");
    return phoenix_source_fail(source, key->text, VIA_BAD_JSON,
                               "%.*s%s: nothing here has this name", (int)size, key->text,
                               size < key->size ? "..." : "");
}

/* A name's value, behind its key. */
static enum via_status note(struct phoenix_source *source, struct json_pull *pull,
                            const struct json_token *key, struct phoenix_given *given, size_t n)
{
    size_t i = 0;
    while (i < n && !is_text(key, given[i].name))
        i++;
    if (i == n)
        return fail_key(source, key);
    if (phoenix_is_given(&given[i]))
        return phoenix_source_fail(source, key->text, VIA_BAD_JSON, "%s: stands there twice",
                                   given[i].name);
    if (json_pull_next(pull, &given[i].token) == JSON_FAULT ||
        !json_pull_skip(pull, &given[i].token, &given[i].value))
        return fail_pull(source, pull);
    return VIA_OK;
}

enum via_status phoenix_given_collect(struct phoenix_source *source, const struct json_span *text,
                                      struct phoenix_given *given, size_t n)
{
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, text->text, text->size, JSON_DEPTH_MAX);
    enum json_kind kind = json_pull_next(&pull, &token);
    if (kind == JSON_FAULT)
        return fail_pull(source, &pull);
    if (kind != JSON_OBJECT)
        return phoenix_source_fail(source, text->text, VIA_BAD_JSON, "an object was expected here");
    while ((kind = json_pull_next(&pull, &token)) == JSON_KEY) {
        enum via_status status = note(source, &pull, &token, given, n);
        if (status != VIA_OK)
            return status;
    }
    if (kind != JSON_OBJECT_END || json_pull_next(&pull, &token) != JSON_END)
        return fail_pull(source, &pull);
    return VIA_OK;
}

/* ---- numbers ---- */

static bool is_integer(const struct json_token *token)
{
    return token->kind == JSON_NUMBER ? token->integer
                                      : token->kind == JSON_STRING && !token->escaped;
}

enum via_status phoenix_given_unsigned(struct phoenix_source *source,
                                       const struct phoenix_given *given, uint64_t most,
                                       uint64_t *valuep)
{
    const struct json_token *token = &given->token;
    if (!is_integer(token) || !json_number_u64(token->text, token->size, valuep) || *valuep > most)
        return phoenix_source_fail(source, given->value.text, VIA_BAD_JSON,
                                   "%s: is to be an integer from 0 to %llu", given->name,
                                   (unsigned long long)most);
    return VIA_OK;
}

static bool is_signed(enum phoenix_kind kind)
{
    return kind == PHOENIX_I32 || kind == PHOENIX_I64 || kind == PHOENIX_ERRNO;
}

static enum via_status put_number(struct phoenix_source *source, const struct phoenix_given *given,
                                  enum phoenix_kind kind, uint8_t *at)
{
    const struct json_token *token = &given->token;
    uint64_t value = 0;
    int64_t number = 0;
    bool fits = is_integer(token);
    if (fits && is_signed(kind)) {
        fits = json_number_i64(token->text, token->size, &number);
        value = (uint64_t)number;
    } else if (fits) {
        fits = json_number_u64(token->text, token->size, &value);
    }
    if (!fits || !phoenix_put(kind, PHOENIX_ABI_LP64, at, value))
        return phoenix_source_fail(source, given->value.text, VIA_BAD_JSON,
                                   "%s: is to be an integer of %zu bits, %s", given->name,
                                   8 * phoenix_member_size(kind, PHOENIX_ABI_LP64),
                                   is_signed(kind) ? "signed" : "not signed");
    return VIA_OK;
}

/* ---- names of numbers ---- */

static enum via_status fail_name(struct phoenix_source *source, const struct phoenix_given *given,
                                 const struct phoenix_names *names)
{
    uint32_t number;
    return phoenix_source_fail(source, given->value.text, VIA_BAD_JSON,
                               "%s: is to be an integer or %s such as \"%s\"", given->name,
                               phoenix_names_are_bits(names) ? "an array of names" : "a name",
                               phoenix_name_at(names, 0, &number));
}

/* ["O_RDWR", "O_CREAT"] */
static enum via_status put_bits(struct phoenix_source *source, const struct phoenix_given *given,
                                const struct phoenix_member *member, uint8_t *at)
{
    struct json_pull pull;
    struct json_token token;
    uint32_t bits = 0, bit = 0;
    json_pull_start(&pull, given->value.text, given->value.size, JSON_DEPTH_MAX);
    (void)json_pull_next(&pull, &token);
    while (json_pull_next(&pull, &token) == JSON_STRING) {
        if (token.escaped || !phoenix_number_of(member->names, token.text, token.size, &bit))
            return fail_name(source, given, member->names);
        bits |= bit;
    }
    if (token.kind != JSON_ARRAY_END)
        return fail_name(source, given, member->names);
    (void)phoenix_put(member->kind, PHOENIX_ABI_LP64, at, bits);
    return VIA_OK;
}

static enum via_status put_named(struct phoenix_source *source, const struct phoenix_given *given,
                                 const struct phoenix_member *member, uint8_t *at)
{
    const struct json_token *token = &given->token;
    uint32_t number = 0;
    if (token->kind == JSON_ARRAY && phoenix_names_are_bits(member->names))
        return put_bits(source, given, member, at);
    if (token->kind == JSON_STRING && !token->escaped &&
        phoenix_number_of(member->names, token->text, token->size, &number)) {
        (void)phoenix_put(member->kind, PHOENIX_ABI_LP64, at, number);
        return VIA_OK;
    }
    if (token->kind != JSON_NUMBER)
        return fail_name(source, given, member->names);
    return put_number(source, given, member->kind, at);
}

/* ---- octets ---- */

/* Room in the scratch for all that @given can stand for; NULL after a fault. */
static char *room_for(struct phoenix_source *source, const struct phoenix_given *given)
{
    uint8_t *room = buffer_room(source->scratch, given->token.size + 1);
    if (room == NULL)
        (void)phoenix_source_fail(source, given->value.text, source->scratch->status,
                                  "%s: there is no memory for it", given->name);
    return (char *)room;
}

enum via_status phoenix_given_octets(struct phoenix_source *source,
                                     const struct phoenix_given *given)
{
    size_t start = source->scratch->size, size = 0;
    if (given->token.kind != JSON_STRING)
        return phoenix_given_fail(source, given, "base64 in quotes");
    char *room = room_for(source, given);
    if (room == NULL)
        return source->scratch->status;
    size = json_pull_unescape(&given->token, room);
    if (!base64_decode(room, size, (uint8_t *)room, &size))
        return phoenix_given_fail(source, given, "base64 (RFC 4648, padded)");
    buffer_cut(source->scratch, start + size);
    return VIA_OK;
}

enum via_status phoenix_given_text(struct phoenix_source *source, const struct phoenix_given *given,
                                   bool may_nul)
{
    size_t start = source->scratch->size;
    if (given->token.kind != JSON_STRING || (given->token.nul && !may_nul))
        return phoenix_given_fail(source, given, may_nul ? "a string" : "a string without NUL");
    char *room = room_for(source, given);
    if (room == NULL)
        return source->scratch->status;
    buffer_cut(source->scratch, start + json_pull_unescape(&given->token, room));
    return VIA_OK;
}

enum via_status phoenix_given_raw(struct phoenix_source *source, const struct phoenix_given *given,
                                  uint8_t *raw)
{
    size_t start = source->scratch->size;
    enum via_status status = phoenix_given_octets(source, given);
    size_t size = source->scratch->size - start;
    if (status != VIA_OK)
        return status;
    if (size > PHOENIX_RAW_SIZE)
        return phoenix_given_fail(source, given, "base64 of at most 64 octets");
    memset(raw, 0, PHOENIX_RAW_SIZE);
    memcpy(raw, source->scratch->data + start, size);
    buffer_cut(source->scratch, start);
    return VIA_OK;
}

static enum via_status put_chars(struct phoenix_source *source, const struct phoenix_given *given,
                                 uint8_t *at)
{
    size_t start = source->scratch->size;
    enum via_status status = phoenix_given_text(source, given, false);
    size_t size = source->scratch->size - start;
    if (status != VIA_OK)
        return status;
    if (size >= PHOENIX_CHARS_SIZE)
        return phoenix_given_fail(source, given, "at most 15 octets long");
    memset(at, 0, PHOENIX_CHARS_SIZE);
    memcpy(at, source->scratch->data + start, size);
    buffer_cut(source->scratch, start);
    return VIA_OK;
}

/* ---- members ---- */

enum via_status phoenix_given_parts(struct phoenix_source *source,
                                    const struct phoenix_given *given, const char *words,
                                    struct phoenix_given *parts, size_t n)
{
    if (given->token.kind != JSON_OBJECT)
        return phoenix_given_fail(source, given, words);
    source->within = given->name;
    enum via_status status = phoenix_given_collect(source, &given->value, parts, n);
    source->within = NULL;
    return status;
}

static enum via_status read_oid(struct phoenix_source *source, const struct phoenix_given *parts,
                                struct phoenix_oid *oidp)
{
    uint64_t port = oidp->port;
    enum via_status status = VIA_OK;
    if (phoenix_is_given(&parts[0]))
        status = phoenix_given_unsigned(source, &parts[0], UINT32_MAX, &port);
    if (status == VIA_OK && phoenix_is_given(&parts[1]))
        status = phoenix_given_unsigned(source, &parts[1], UINT64_MAX, &oidp->id);
    oidp->port = (uint32_t)port;
    return status;
}

enum via_status phoenix_given_oid(struct phoenix_source *source, const struct phoenix_given *given,
                                  const struct phoenix_oid *base, struct phoenix_oid *oidp)
{
    static const char words[] = "{\"port\":...,\"id\":...}";
    struct phoenix_given parts[] = {{.name = "port"}, {.name = "id"}};
    struct phoenix_oid oid = base != NULL ? *base : (struct phoenix_oid){.port = 0};
    enum via_status status = phoenix_given_parts(source, given, words, parts, 2);
    if (status != VIA_OK)
        return status;
    if (base == NULL && (!phoenix_is_given(&parts[0]) || !phoenix_is_given(&parts[1])))
        return phoenix_given_fail(source, given, words);
    source->within = given->name;
    status = read_oid(source, parts, &oid);
    source->within = NULL;
    if (status == VIA_OK)
        *oidp = oid;
    return status;
}

enum via_status phoenix_given_member(struct phoenix_source *source,
                                     const struct phoenix_given *given,
                                     const struct phoenix_member *member, uint8_t *at)
{
    if (member->kind == PHOENIX_OID) {
        struct phoenix_oid oid;
        enum via_status status = phoenix_given_oid(source, given, NULL, &oid);
        if (status == VIA_OK)
            (void)phoenix_put_oid(PHOENIX_ABI_LP64, at, &oid);
        return status;
    }
    if (member->kind == PHOENIX_CHARS)
        return put_chars(source, given, at);
    if (member->names != NULL)
        return put_named(source, given, member, at);
    return put_number(source, given, member->kind, at);
}
