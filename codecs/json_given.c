/*
 * All names of an object are noted first with what stands behind them: so their order does not
 * matter, and one that means nothing is refused rather than overlooked.
 */
#include "codecs/json_given.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codecs/base64.h"
#include "codecs/json_number.h"

#define SHOWN_MAX 32 /* octets of an unknown name that a fault shows */

enum via_status json_source_fail(struct json_source *source, const char *at, enum via_status status,
                                 const char *format, ...)
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

enum via_status json_given_fail(struct json_source *source, const struct json_given *given,
                                const char *words)
{
    return json_source_fail(source, given->value.text, VIA_BAD_JSON, "%s: is to be %s", given->name,
                            words);
}

/* ---- names ---- */

static enum via_status fail_pull(struct json_source *source, const struct json_pull *pull)
{
    return json_source_fail(source, pull->text + json_pull_offset(pull), VIA_BAD_JSON, "%s",
                            pull->fault);
}

static bool is_text(const struct json_token *token, const char *text)
{
    return !token->escaped && token->size == strlen(text) &&
           memcmp(token->text, text, token->size) == 0;
}

/* @key as far as a fault shows it. */
static enum via_status fail_key(struct json_source *source, const struct json_token *key)
{
    size_t size = key->size < SHOWN_MAX ? key->size : SHOWN_MAX;
    while (size < key->size && ((unsigned char)key->text[size] & 0xc0u) == 0x80u)
        size--;
    if (size == 0)
        return json_source_fail(source, key->text, VIA_BAD_JSON,
                                "\"\": nothing here has this name");
    return json_source_fail(source, key->text, VIA_BAD_JSON, "%.*s%s: nothing here has this name",
                            (int)size, key->text, size < key->size ? "..." : "");
}

/* A name's value, behind its key. */
static enum via_status note(struct json_source *source, struct json_pull *pull,
                            const struct json_token *key, struct json_given *given, size_t n)
{
    size_t i = 0;
    while (i < n && !is_text(key, given[i].name))
        i++;
    if (i == n)
        return fail_key(source, key);
    if (json_is_given(&given[i]))
        return json_source_fail(source, key->text, VIA_BAD_JSON, "%s: stands there twice",
                                given[i].name);
    if (json_pull_next(pull, &given[i].token) == JSON_FAULT ||
        !json_pull_skip(pull, &given[i].token, &given[i].value))
        return fail_pull(source, pull);
    return VIA_OK;
}

static enum via_status fail_object(struct json_source *source, const struct json_span *text)
{
    const char *within = source->within;
    if (within == NULL)
        return json_source_fail(source, text->text, VIA_BAD_JSON, "an object was expected here");
    source->within = NULL;
    enum via_status status =
        json_source_fail(source, text->text, VIA_BAD_JSON, "%s: is to be an object", within);
    source->within = within;
    return status;
}

enum via_status json_given_collect(struct json_source *source, const struct json_span *text,
                                   struct json_given *given, size_t n)
{
    struct json_pull pull;
    struct json_token token;
    json_pull_start(&pull, text->text, text->size, JSON_DEPTH_MAX);
    enum json_kind kind = json_pull_next(&pull, &token);
    if (kind == JSON_FAULT)
        return fail_pull(source, &pull);
    if (kind != JSON_OBJECT)
        return fail_object(source, text);
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

bool json_is_integer(const struct json_token *token)
{
    return token->kind == JSON_NUMBER ? token->integer
                                      : token->kind == JSON_STRING && !token->escaped;
}

enum via_status json_given_unsigned(struct json_source *source, const struct json_given *given,
                                    uint64_t most, uint64_t *valuep)
{
    const struct json_token *token = &given->token;
    if (!json_is_integer(token) || !json_number_u64(token->text, token->size, valuep) ||
        *valuep > most)
        return json_source_fail(source, given->value.text, VIA_BAD_JSON,
                                "%s: is to be an integer from 0 to %llu", given->name,
                                (unsigned long long)most);
    return VIA_OK;
}

enum via_status json_given_parts(struct json_source *source, const struct json_given *given,
                                 const char *words, struct json_given *parts, size_t n)
{
    if (given->token.kind != JSON_OBJECT)
        return json_given_fail(source, given, words);
    const char *within = source->within;
    source->within = given->name;
    enum via_status status = json_given_collect(source, &given->value, parts, n);
    source->within = within;
    return status;
}

/* ---- octets and text ---- */

/* Room in the scratch for all that @given can stand for; NULL after a fault. */
static char *room_for(struct json_source *source, const struct json_given *given)
{
    uint8_t *room = buffer_room(source->scratch, given->token.size + 1);
    if (room == NULL)
        (void)json_source_fail(source, given->value.text, source->scratch->status,
                               "%s: there is no memory for it", given->name);
    return (char *)room;
}

enum via_status json_given_octets(struct json_source *source, const struct json_given *given)
{
    size_t start = source->scratch->size, size = 0;
    if (given->token.kind != JSON_STRING)
        return json_given_fail(source, given, "base64 in quotes");
    char *room = room_for(source, given);
    if (room == NULL)
        return source->scratch->status;
    size = json_pull_unescape(&given->token, room);
    if (!base64_decode(room, size, (uint8_t *)room, &size))
        return json_given_fail(source, given, "base64 (RFC 4648, padded)");
    buffer_cut(source->scratch, start + size);
    return VIA_OK;
}

enum via_status json_given_text(struct json_source *source, const struct json_given *given,
                                bool may_nul)
{
    size_t start = source->scratch->size;
    if (given->token.kind != JSON_STRING || (given->token.nul && !may_nul))
        return json_given_fail(source, given, may_nul ? "a string" : "a string without NUL");
    char *room = room_for(source, given);
    if (room == NULL)
        return source->scratch->status;
    buffer_cut(source->scratch, start + json_pull_unescape(&given->token, room));
    return VIA_OK;
}
