/*
 * Members of Phoenix's structures, of the canonical ABI, written as JSON.
 */
#pragma once

#include "codecs/buffer.h"
#include "codecs/phoenix_fields.h"

/* In quotes where readers of JSON would round. */
void phoenix_json_u64(struct buffer *out, uint64_t value);
void phoenix_json_i64(struct buffer *out, int64_t value);
void phoenix_json_oid(struct buffer *out, const struct phoenix_oid *oid);
/* The member that stands at @at. One of CHARS is text with a NUL behind. */
void phoenix_json_member(struct buffer *out, const struct phoenix_member *member,
                         const uint8_t *at);

/* The members of @raw by their names, each with a comma before it. Their octets become zero. */
void phoenix_json_members(struct buffer *out, const struct phoenix_struct *structure, uint8_t *raw);
/* The whole raw under @name. */
void phoenix_json_raw(struct buffer *out, const char *name, const uint8_t *raw);
bool phoenix_json_is_zero(const uint8_t *raw);
