/*
 * Members are written to canonical structures, each as its kind says.
 */
#include "codecs/phoenix_json_given.h"

#include <string.h>

#include "codecs/json_number.h"

static bool is_signed(enum phoenix_kind kind)
{
    return kind == PHOENIX_I32 || kind == PHOENIX_I64 || kind == PHOENIX_ERRNO;
}

static enum via_status put_number(struct json_source *source, const struct json_given *given,
                                  enum phoenix_kind kind, uint8_t *at)
{
    const struct json_token *token = &given->token;
    uint64_t value = 0;
    int64_t number = 0;
    bool fits = json_is_integer(token);
    if (fits && is_signed(kind)) {
        fits = json_number_i64(token->text, token->size, &number);
        value = (uint64_t)number;
    } else if (fits) {
        fits = json_number_u64(token->text, token->size, &value);
    }
    if (!fits || !phoenix_put(kind, PHOENIX_ABI_LP64, at, value))
        return json_source_fail(source, given->value.text, VIA_BAD_JSON,
                                "%s: is to be an integer of %zu bits, %s", given->name,
                                8 * phoenix_member_size(kind, PHOENIX_ABI_LP64),
                                is_signed(kind) ? "signed" : "not signed");
    return VIA_OK;
}

/* ---- names of numbers ---- */

static enum via_status fail_name(struct json_source *source, const struct json_given *given,
                                 const struct phoenix_names *names)
{
    uint32_t number;
    return json_source_fail(source, given->value.text, VIA_BAD_JSON,
                            "%s: is to be an integer or %s such as \"%s\"", given->name,
                            phoenix_names_are_bits(names) ? "an array of names" : "a name",
                            phoenix_name_at(names, 0, &number));
}

/* ["O_RDWR", "O_CREAT"] */
static enum via_status put_bits(struct json_source *source, const struct json_given *given,
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

static enum via_status put_named(struct json_source *source, const struct json_given *given,
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

enum via_status phoenix_given_raw(struct json_source *source, const struct json_given *given,
                                  uint8_t *raw)
{
    size_t start = source->scratch->size;
    enum via_status status = json_given_octets(source, given);
    size_t size = source->scratch->size - start;
    if (status != VIA_OK)
        return status;
    if (size > PHOENIX_RAW_SIZE)
        return json_given_fail(source, given, "base64 of at most 64 octets");
    memset(raw, 0, PHOENIX_RAW_SIZE);
    memcpy(raw, source->scratch->data + start, size);
    buffer_cut(source->scratch, start);
    return VIA_OK;
}

static enum via_status put_chars(struct json_source *source, const struct json_given *given,
                                 uint8_t *at)
{
    size_t start = source->scratch->size;
    enum via_status status = json_given_text(source, given, false);
    size_t size = source->scratch->size - start;
    if (status != VIA_OK)
        return status;
    if (size >= PHOENIX_CHARS_SIZE)
        return json_given_fail(source, given, "at most 15 octets long");
    memset(at, 0, PHOENIX_CHARS_SIZE);
    memcpy(at, source->scratch->data + start, size);
    buffer_cut(source->scratch, start);
    return VIA_OK;
}

/* ---- members ---- */

static enum via_status read_oid(struct json_source *source, const struct json_given *parts,
                                struct phoenix_oid *oidp)
{
    uint64_t port = oidp->port;
    enum via_status status = VIA_OK;
    if (json_is_given(&parts[0]))
        status = json_given_unsigned(source, &parts[0], UINT32_MAX, &port);
    if (status == VIA_OK && json_is_given(&parts[1]))
        status = json_given_unsigned(source, &parts[1], UINT64_MAX, &oidp->id);
    oidp->port = (uint32_t)port;
    return status;
}

enum via_status phoenix_given_oid(struct json_source *source, const struct json_given *given,
                                  const struct phoenix_oid *base, struct phoenix_oid *oidp)
{
    static const char words[] = "{\"port\":...,\"id\":...}";
    struct json_given parts[] = {{.name = "port"}, {.name = "id"}};
    struct phoenix_oid oid = base != NULL ? *base : (struct phoenix_oid){.port = 0};
    enum via_status status = json_given_parts(source, given, words, parts, 2);
    if (status != VIA_OK)
        return status;
    if (base == NULL && (!json_is_given(&parts[0]) || !json_is_given(&parts[1])))
        return json_given_fail(source, given, words);
    source->within = given->name;
    status = read_oid(source, parts, &oid);
    source->within = NULL;
    if (status == VIA_OK)
        *oidp = oid;
    return status;
}

enum via_status phoenix_given_member(struct json_source *source, const struct json_given *given,
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
