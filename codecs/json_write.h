/*
 * JSON written straight into octets, value by value, without a tree and without allocation beyond
 * the buffer's own growth. The caller sets brackets, commas and names with json_write_text(). A
 * failure sticks to the octets: see codecs/buffer.h.
 */
#pragma once

#include <stdbool.h>

#include "codecs/buffer.h"

/* @text as it is: a string literal with the JSON around values. */
#define json_write_text(out, text) buffer_add((out), "" text, sizeof(text) - 1)

void json_write_u64(struct buffer *out, uint64_t value);
void json_write_i64(struct buffer *out, int64_t value);
void json_write_bool(struct buffer *out, bool value);

/* A whole number is written without a point: 2, not 2.0. Infinities and NaN go by name, in quotes.
 */
void json_write_f64(struct buffer *out, double value);
void json_write_f32(struct buffer *out, float value);

/* @text in quotes, escaped. What is not UTF-8 in it becomes U+FFFD: a text that must come back as
 * it was is checked before (utf8_check). */
void json_write_string(struct buffer *out, const void *text, size_t size);

/* Likewise, up to a NUL. */
void json_write_chars(struct buffer *out, const char *text);
/* A comma, @name, which has nothing to escape, and a colon. */
void json_write_key(struct buffer *out, const char *name);

/* UTF-16 in quotes. @units are @n_units little-endian pairs of octets, at any address; a surrogate
 * without its other half becomes U+FFFD. */
void json_write_utf16(struct buffer *out, const uint8_t *units, size_t n_units);

/* base64 in quotes. */
void json_write_base64(struct buffer *out, const void *octets, size_t size);
