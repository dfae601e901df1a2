/*
 * What JSON tells apart by itself is written bare: i32, str that is text, bool, and f64 with a
 * fraction. All else stands under the name of its tag. A whole f64 does too, because most readers
 * of JSON do not tell 2.0 from 2.
 */
#include "codecs/json_payload.h"

#include <math.h>
#include <string.h>

#include "codecs/frame.h"
#include "codecs/json_write.h"
#include "codecs/layout.h"
#include "codecs/utf16.h"
#include "codecs/utf8.h"

const char *json_payload_tag_name(enum via_tag tag)
{
    static const char *const names[] = {
        [VIA_TAG_I8] = "i8",       [VIA_TAG_I16] = "i16",     [VIA_TAG_I32] = "i32",
        [VIA_TAG_I64] = "i64",     [VIA_TAG_U8] = "u8",       [VIA_TAG_U16] = "u16",
        [VIA_TAG_U32] = "u32",     [VIA_TAG_U64] = "u64",     [VIA_TAG_F32] = "f32",
        [VIA_TAG_F64] = "f64",     [VIA_TAG_BOOL] = "bool",   [VIA_TAG_STR] = "str",
        [VIA_TAG_STR16] = "str16", [VIA_TAG_BYTES] = "bytes", [VIA_TAG_REF] = "ref",
        [VIA_TAG_FD] = "fd",       [VIA_TAG_TOKEN] = "token",
    };
    size_t index = (size_t)tag;
    return index < sizeof names / sizeof names[0] ? names[index] : NULL;
}

/* ---- floats ---- */

static void write_f64(struct buffer *out, double value)
{
    if (isfinite(value) && trunc(value) != value) {
        json_write_f64(out, value);
        return;
    }
    json_write_text(out, "{\"f64\":");
    json_write_f64(out, value);
    json_write_text(out, "}");
}

static void write_f32(struct buffer *out, float value)
{
    json_write_text(out, "{\"f32\":");
    json_write_f32(out, value);
    json_write_text(out, "}");
}

/* ---- texts ---- */

static void write_str(struct buffer *out, const struct value *value)
{
    if (value->null) {
        json_write_text(out, "null");
        return;
    }
    const void *text = value->text.octets;
    size_t size = value->text.size;
    if (size == 0 || (memchr(text, '\0', size) == NULL && utf8_check(text, size))) {
        json_write_string(out, text, size);
        return;
    }
    json_write_text(out, "{\"str\":{\"bytes\":");
    json_write_base64(out, text, size);
    json_write_text(out, "}}");
}

static bool has_nul(const uint8_t *units, size_t n_units)
{
    for (size_t at = 0; at < n_units; at++) {
        if (units[2 * at] == 0 && units[2 * at + 1] == 0)
            return true;
    }
    return false;
}

static void write_str16(struct buffer *out, const struct value *value)
{
    if (value->null) {
        json_write_text(out, "{\"str16\":null}");
        return;
    }
    const void *units = value->text.octets;
    size_t size = value->text.size;
    if (!has_nul(units, size / 2) && utf16_check(units, size / 2)) {
        json_write_text(out, "{\"str16\":");
        json_write_utf16(out, units, size / 2);
        json_write_text(out, "}");
        return;
    }
    json_write_text(out, "{\"str16\":{\"bytes\":");
    json_write_base64(out, units, size);
    json_write_text(out, "}}");
}

/* ---- references and descriptors ---- */

static enum via_status ref_number(const struct json_numbers *numbers, uint32_t index,
                                  uint32_t *numberp)
{
    if (numbers != NULL && numbers->ref != NULL)
        return numbers->ref(numbers->user, index, numberp);
    *numberp = index;
    return VIA_OK;
}

static enum via_status fd_number(const struct json_numbers *numbers, uint32_t index,
                                 uint32_t *numberp)
{
    if (numbers != NULL && numbers->fd != NULL)
        return numbers->fd(numbers->user, index, numberp);
    *numberp = index;
    return VIA_OK;
}

static enum via_status write_ref(struct buffer *out, const struct value *value,
                                 const struct json_numbers *numbers)
{
    if (value->null) {
        json_write_text(out, "{\"ref\":null}");
        return out->status;
    }
    uint32_t number;
    enum via_status status = ref_number(numbers, value->index, &number);
    if (status != VIA_OK)
        return status;
    json_write_text(out, "{\"ref\":");
    json_write_u64(out, number);
    json_write_text(out, "}");
    return out->status;
}

static enum via_status write_fd(struct buffer *out, const struct value *value,
                                const struct json_numbers *numbers)
{
    if (value->null) {
        json_write_text(out, "{\"fd\":null}");
        return out->status;
    }
    uint32_t number;
    enum via_status status = fd_number(numbers, value->index, &number);
    if (status != VIA_OK)
        return status;
    json_write_text(out, "{\"fd\":");
    json_write_u64(out, number);
    json_write_text(out, "}");
    return out->status;
}

/* ---- values ---- */

static void write_tag(struct buffer *out, enum via_tag tag)
{
    const char *name = json_payload_tag_name(tag);
    json_write_text(out, "{\"");
    buffer_add(out, name, strlen(name));
    json_write_text(out, "\":");
}

static enum via_status write_value(struct buffer *out, const struct value *value,
                                   const struct json_numbers *numbers)
{
    switch (value->tag) {
    case VIA_TAG_I32:
        json_write_i64(out, value->i);
        break;
    case VIA_TAG_I8:
    case VIA_TAG_I16:
        write_tag(out, value->tag);
        json_write_i64(out, value->i);
        json_write_text(out, "}");
        break;
    case VIA_TAG_I64:
        json_write_text(out, "{\"i64\":\"");
        json_write_i64(out, value->i);
        json_write_text(out, "\"}");
        break;
    case VIA_TAG_U8:
    case VIA_TAG_U16:
    case VIA_TAG_U32:
        write_tag(out, value->tag);
        json_write_u64(out, value->u);
        json_write_text(out, "}");
        break;
    case VIA_TAG_U64:
    case VIA_TAG_TOKEN:
        write_tag(out, value->tag);
        json_write_text(out, "\"");
        json_write_u64(out, value->u);
        json_write_text(out, "\"}");
        break;
    case VIA_TAG_F32:
        write_f32(out, value->f32);
        break;
    case VIA_TAG_F64:
        write_f64(out, value->f64);
        break;
    case VIA_TAG_BOOL:
        json_write_bool(out, value->u != 0);
        break;
    case VIA_TAG_STR:
        write_str(out, value);
        break;
    case VIA_TAG_STR16:
        write_str16(out, value);
        break;
    case VIA_TAG_BYTES:
        json_write_text(out, "{\"bytes\":");
        json_write_base64(out, value->text.octets, value->text.size);
        json_write_text(out, "}");
        break;
    case VIA_TAG_REF:
        return write_ref(out, value, numbers);
    case VIA_TAG_FD:
        return write_fd(out, value, numbers);
    case VIA_TAG_PAD:
        return VIA_BAD_TAPE;
    }
    return out->status;
}

/* VIA_BAD_TAPE when tape and octets disagree; the caller cuts what was written. */
static enum via_status write_values(struct buffer *out, const struct payload *payload,
                                    const struct json_numbers *numbers)
{
    struct payload_cursor cursor;
    struct value value;
    payload_start(&cursor, payload);
    json_write_text(out, "[");
    for (bool first = true;; first = false) {
        enum via_status status = payload_next(&cursor, &value);
        if (status == VIA_END)
            break;
        if (status != VIA_OK)
            return status;
        if (!first)
            json_write_text(out, ",");
        status = write_value(out, &value, numbers);
        if (status != VIA_OK)
            return status;
    }
    json_write_text(out, "]");
    return out->status;
}

/* Octets, and beside them where references [offset, number, kind] and descriptors [offset, number]
 * stand. */
static enum via_status write_raw(struct buffer *out, const struct payload *payload,
                                 const struct json_numbers *numbers)
{
    json_write_text(out, "{\"raw\":");
    json_write_base64(out, payload->octets, payload->size);
    for (size_t i = 0; i < payload->n_refs; i++) {
        struct frame_ref ref;
        uint32_t number;
        frame_ref_get(payload->refs, i, &ref);
        enum via_status status = ref_number(numbers, (uint32_t)i, &number);
        if (status != VIA_OK)
            return status;
        buffer_add(out, i == 0 ? ",\"refs\":[[" : ",[", i == 0 ? 10 : 2);
        json_write_u64(out, ref.offset);
        json_write_text(out, ",");
        json_write_u64(out, number);
        json_write_text(out, ",");
        json_write_u64(out, ref.kind);
        json_write_text(out, "]");
    }
    if (payload->n_refs > 0)
        json_write_text(out, "]");
    for (size_t i = 0; i < payload->n_fds; i++) {
        struct frame_fd fd;
        uint32_t number;
        frame_fd_get(payload->fds, i, &fd);
        enum via_status status = fd_number(numbers, (uint32_t)i, &number);
        if (status != VIA_OK)
            return status;
        buffer_add(out, i == 0 ? ",\"fds\":[[" : ",[", i == 0 ? 9 : 2);
        json_write_u64(out, fd.offset);
        json_write_text(out, ",");
        json_write_u64(out, number);
        json_write_text(out, "]");
    }
    if (payload->n_fds > 0)
        json_write_text(out, "]");
    json_write_text(out, "}");
    return out->status;
}

enum via_status json_payload_write(struct buffer *out, const struct payload *payload,
                                   const struct json_numbers *numbers)
{
    if (out->status != VIA_OK)
        return out->status;
    if (payload->size == 0 && payload->n_refs == 0 && payload->n_fds == 0) {
        json_write_text(out, "[]");
        return out->status;
    }
    size_t start = out->size;
    if (layout_find(payload->layout) != NULL && payload->tape_size > 0) {
        enum via_status status = write_values(out, payload, numbers);
        if (status != VIA_BAD_TAPE)
            return status;
        buffer_cut(out, start);
    }
    return write_raw(out, payload, numbers);
}
