/*
 * Values, and the raws that they are members of: what has been shown by name is taken out of a raw,
 * so that what is left tells whether the raw is to be shown as well.
 */
#include "codecs/phoenix_json_values.h"

#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "codecs/utf8.h"

#define EXACT_MAX ((UINT64_C(1) << 53) - 1) /* what readers of JSON do not round */

/* ---- values ---- */

void phoenix_json_u64(struct buffer *out, uint64_t value)
{
    const char *quote = value > EXACT_MAX ? "\"" : "";
    buffer_add(out, quote, strlen(quote));
    json_write_u64(out, value);
    buffer_add(out, quote, strlen(quote));
}

void phoenix_json_i64(struct buffer *out, int64_t value)
{
    bool is_exact = value >= -(int64_t)EXACT_MAX && value <= (int64_t)EXACT_MAX;
    const char *quote = is_exact ? "" : "\"";
    buffer_add(out, quote, strlen(quote));
    json_write_i64(out, value);
    buffer_add(out, quote, strlen(quote));
}

void phoenix_json_oid(struct buffer *out, const struct phoenix_oid *oid)
{
    json_write_text(out, "{\"port\":");
    json_write_u64(out, oid->port);
    json_write_text(out, ",\"id\":");
    phoenix_json_u64(out, oid->id);
    json_write_text(out, "}");
}

/* As an array of names, if all bits have one. */
static bool write_bits(struct buffer *out, const struct phoenix_names *names, uint32_t value)
{
    uint32_t rest = value, bit = 0;
    const char *name;
    for (size_t i = 0; phoenix_name_at(names, i, &bit) != NULL; i++)
        rest &= ~bit;
    if (rest != 0 || value == 0)
        return false;
    const char *comma = "[";
    for (size_t i = 0; (name = phoenix_name_at(names, i, &bit)) != NULL; i++) {
        if ((value & bit) == 0)
            continue;
        value &= ~bit;
        buffer_add(out, comma, 1);
        json_write_chars(out, name);
        comma = ",";
    }
    json_write_text(out, "]");
    return true;
}

static void write_named(struct buffer *out, const struct phoenix_names *names, uint32_t value)
{
    if (phoenix_names_are_bits(names)) {
        if (!write_bits(out, names, value))
            json_write_u64(out, value);
        return;
    }
    const char *name = phoenix_name_of(names, value);
    if (name != NULL)
        json_write_chars(out, name);
    else
        json_write_i64(out, (int32_t)value);
}

/* Text that ends with a NUL and has only such behind it. */
static bool is_chars(const uint8_t *chars)
{
    size_t size = strnlen((const char *)chars, PHOENIX_CHARS_SIZE);
    return size < PHOENIX_CHARS_SIZE && octets_any(chars + size, PHOENIX_CHARS_SIZE - size) == 0 &&
           utf8_check(chars, size);
}

void phoenix_json_member(struct buffer *out, const struct phoenix_member *member, const uint8_t *at)
{
    struct phoenix_oid oid;
    switch (member->kind) {
    case PHOENIX_OID:
        phoenix_get_oid(PHOENIX_ABI_LP64, at, &oid);
        phoenix_json_oid(out, &oid);
        return;
    case PHOENIX_CHARS:
        json_write_chars(out, (const char *)at);
        return;
    case PHOENIX_U16:
    case PHOENIX_I32:
    case PHOENIX_U32:
    case PHOENIX_ERRNO:
    case PHOENIX_I64:
    case PHOENIX_U64:
    case PHOENIX_WORD:
        break;
    }
    uint64_t value = phoenix_get(member->kind, PHOENIX_ABI_LP64, at);
    if (member->names != NULL)
        write_named(out, member->names, (uint32_t)value);
    else if (member->kind == PHOENIX_U64 || member->kind == PHOENIX_WORD)
        phoenix_json_u64(out, value);
    else
        phoenix_json_i64(out, (int64_t)value);
}

/* ---- raws ---- */

/* Writes the members of @raw, and takes their octets from it. */
void phoenix_json_members(struct buffer *out, const struct phoenix_struct *structure, uint8_t *raw)
{
    for (size_t i = 0; i < structure->n_members; i++) {
        const struct phoenix_member *member = &structure->members[i];
        uint8_t *at = raw + phoenix_member_at(structure, i, PHOENIX_ABI_LP64);
        if (member->name == NULL || (member->kind == PHOENIX_CHARS && !is_chars(at)))
            continue;
        json_write_key(out, member->name);
        phoenix_json_member(out, member, at);
        if (member->kind == PHOENIX_OID) { /* not what is between port and id */
            memset(at, 0, 4);
            memset(at + 8, 0, 8);
        } else {
            memset(at, 0, phoenix_member_size(member->kind, PHOENIX_ABI_LP64));
        }
    }
}

void phoenix_json_raw(struct buffer *out, const char *name, const uint8_t *raw)
{
    json_write_key(out, name);
    json_write_base64(out, raw, PHOENIX_RAW_SIZE);
}

bool phoenix_json_is_zero(const uint8_t *raw)
{
    return octets_any(raw, PHOENIX_RAW_SIZE) == 0;
}
