/*
 * The writer asks for the room that a value takes at most, writes, and gives back what was too
 * much. Only quotes, backslashes and control characters are escaped; all else is UTF-8 as it is.
 */
#include "codecs/json_write.h"

#include <string.h>

#include "codecs/base64.h"
#include "codecs/json_number.h"
#include "codecs/utf16.h"
#include "codecs/utf8.h"

void json_write_u64(struct buffer *out, uint64_t value)
{
    uint8_t *room = buffer_room(out, JSON_NUMBER_ROOM);
    if (room != NULL)
        out->size -= JSON_NUMBER_ROOM - json_number_put_u64(value, room);
}

void json_write_i64(struct buffer *out, int64_t value)
{
    uint8_t *room = buffer_room(out, JSON_NUMBER_ROOM);
    if (room != NULL)
        out->size -= JSON_NUMBER_ROOM - json_number_put_i64(value, room);
}

void json_write_f64(struct buffer *out, double value)
{
    uint8_t *room = buffer_room(out, JSON_NUMBER_ROOM);
    if (room != NULL)
        out->size -= JSON_NUMBER_ROOM - json_number_put_f64(value, room);
}

void json_write_f32(struct buffer *out, float value)
{
    uint8_t *room = buffer_room(out, JSON_NUMBER_ROOM);
    if (room != NULL)
        out->size -= JSON_NUMBER_ROOM - json_number_put_f32(value, room);
}

void json_write_bool(struct buffer *out, bool value)
{
    if (value)
        json_write_text(out, "true");
    else
        json_write_text(out, "false");
}

/* What @octet, below 0x80, looks like between quotes. */
static void write_escape(struct buffer *out, uint8_t octet)
{
    static const char digits[] = "0123456789abcdef";
    /* By octet from 8 on; 0x0b has no name. */
    static const char names[] = {'b', 't', 'n', 0, 'f', 'r'};

    if (octet == '"' || octet == '\\') {
        buffer_add(out, (const uint8_t[]){'\\', octet}, 2);
    } else if (octet >= 8 && octet < 8 + sizeof names && names[octet - 8] != 0) {
        buffer_add(out, (const uint8_t[]){'\\', (uint8_t)names[octet - 8]}, 2);
    } else {
        buffer_add(out,
                   (const uint8_t[]){'\\', 'u', '0', '0', (uint8_t)digits[octet >> 4],
                                     (uint8_t)digits[octet & 15u]},
                   6);
    }
}

static bool is_plain(uint8_t octet)
{
    return octet >= 0x20 && octet != '"' && octet != '\\';
}

/* Characters between the quotes; @text is UTF-8. */
static void write_valid(struct buffer *out, const uint8_t *text, size_t size)
{
    size_t from = 0;
    for (size_t at = 0; at < size; at++) {
        if (is_plain(text[at]))
            continue;
        buffer_add(out, text + from, at - from);
        write_escape(out, text[at]);
        from = at + 1;
    }
    buffer_add(out, text + from, size - from);
}

static void write_point(struct buffer *out, uint32_t point)
{
    if (point < 0x80 && !is_plain((uint8_t)point)) {
        write_escape(out, (uint8_t)point);
        return;
    }
    uint8_t *room = buffer_room(out, UTF8_MAX);
    if (room != NULL)
        out->size -= UTF8_MAX - utf8_encode(point, room);
}

void json_write_string(struct buffer *out, const void *text, size_t size)
{
    const uint8_t *at = text;
    json_write_text(out, "\"");
    for (size_t left = size; left > 0;) {
        size_t valid = utf8_span(at, left);
        write_valid(out, at, valid);
        at += valid;
        left -= valid;
        if (left > 0) {
            write_point(out, UTF8_REPLACEMENT);
            at++;
            left--;
        }
    }
    json_write_text(out, "\"");
}

void json_write_chars(struct buffer *out, const char *text)
{
    json_write_string(out, text, strlen(text));
}

void json_write_key(struct buffer *out, const char *name)
{
    buffer_add(out, ",\"", 2);
    buffer_add(out, name, strlen(name));
    buffer_add(out, "\":", 2);
}

void json_write_utf16(struct buffer *out, const uint8_t *units, size_t n_units)
{
    json_write_text(out, "\"");
    for (size_t at = 0; at < n_units;) {
        uint32_t point;
        size_t n = utf16_decode(units + 2 * at, n_units - at, &point);
        write_point(out, n == 0 ? UTF8_REPLACEMENT : point);
        at += n == 0 ? 1 : n;
    }
    json_write_text(out, "\"");
}

void json_write_base64(struct buffer *out, const void *octets, size_t size)
{
    if (size > SIZE_MAX / 2 - 2) {
        out->status = VIA_TOO_LARGE;
        return;
    }
    uint8_t *room = buffer_room(out, base64_size(size) + 2);
    if (room == NULL)
        return;
    room[0] = '"';
    base64_encode(octets, size, room + 1);
    room[base64_size(size) + 1] = '"';
}
