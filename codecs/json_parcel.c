/*
 * One pass of the pull parser; each value goes into the parcel as it is read. Strings without
 * escapes are taken from the text itself, all others pass through the scratch buffer.
 */
#include "codecs/json_parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codecs/base64.h"
#include "codecs/json_number.h"
#include "codecs/json_payload.h"
#include "codecs/json_pull.h"
#include "codecs/layout.h"
#include "codecs/utf16.h"

#define EXCERPT_MAX 48 /* octets of a value that a fault shows */

struct reader {
    struct json_pull pull;
    struct via_parcel *parcel;
    const struct layout *layout;
    const struct json_objects *objects; /* NULL or not */
    struct buffer *scratch;
    struct json_parcel_fault *fault;
    size_t index;      /* of the value in the array */
    const char *start; /* where it stands in the text */
};

/* ---- faults ---- */

/* The value's own text as far as a fault shows it, ended at a whole character. */
static int excerpt_size(const struct reader *reader)
{
    size_t size = (size_t)(reader->pull.at - reader->start);
    if (size <= EXCERPT_MAX)
        return (int)size;
    size = EXCERPT_MAX;
    while (size > 0 && ((unsigned char)reader->start[size] & 0xc0u) == 0x80u)
        size--;
    return (int)size;
}

__attribute__((format(printf, 3, 4))) static enum via_status
fail_value(struct reader *reader, enum via_status status, const char *format, ...)
{
    struct json_parcel_fault *fault = reader->fault;
    fault->offset = (size_t)(reader->start - reader->pull.text);
    int shown = excerpt_size(reader);
    int n = snprintf(fault->text, sizeof fault->text, "data[%zu]: %.*s%s ", reader->index, shown,
                     reader->start, reader->start + shown < reader->pull.at ? "..." : "");
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->text + n, sizeof fault->text - (size_t)n, format, arguments);
    va_end(arguments);
    return status;
}

static enum via_status fail_text(struct reader *reader, const char *words)
{
    reader->fault->offset = json_pull_offset(&reader->pull);
    (void)snprintf(reader->fault->text, sizeof reader->fault->text, "data: %s", words);
    return VIA_BAD_JSON;
}

static enum via_status fail_json(struct reader *reader)
{
    return fail_text(reader, reader->pull.fault);
}

/* A status of the layout or the parcel, in words. */
static enum via_status fail_put(struct reader *reader, enum via_status status)
{
    switch (status) {
    case VIA_BAD_TYPE:
        return fail_value(reader, status, "cannot stand in layout %s", reader->layout->name);
    case VIA_TOO_LARGE:
        return fail_value(reader, status, "makes the parcel larger than it may be");
    default: /* any other of the whole enum, as named by its own function */
        return fail_value(reader, status, "was refused: %s", via_status_name(status));
    }
}

static enum via_status put(struct reader *reader, const struct value *value)
{
    enum via_status status = reader->layout->put(reader->parcel, value);
    return status == VIA_OK ? VIA_OK : fail_put(reader, status);
}

/* ---- scratch ---- */

/* @n octets of room behind what is already there, or NULL after a fault. */
static uint8_t *scratch_room(struct reader *reader, size_t n)
{
    uint8_t *room = buffer_room(reader->scratch, n == 0 ? 1 : n);
    if (room == NULL)
        (void)fail_put(reader, reader->scratch->status);
    return room;
}

/* The characters of a string, in the text or in the scratch. */
static enum via_status characters(struct reader *reader, const struct json_token *token,
                                  const char **textp, size_t *sizep)
{
    if (!token->escaped) {
        *textp = token->text;
        *sizep = token->size;
        return VIA_OK;
    }
    buffer_cut(reader->scratch, 0);
    char *room = (char *)scratch_room(reader, token->size);
    if (room == NULL)
        return reader->scratch->status;
    *sizep = json_pull_unescape(token, room);
    *textp = room;
    return VIA_OK;
}

static enum via_status decode_bytes(struct reader *reader, const struct json_token *token,
                                    const uint8_t **octetsp, size_t *sizep)
{
    buffer_cut(reader->scratch, 0);
    uint8_t *room = scratch_room(reader, token->size);
    if (room == NULL)
        return reader->scratch->status;
    size_t size = json_pull_unescape(token, (char *)room); /* an escaped / is base64 too */
    if (!base64_decode((char *)room, size, room, sizep))
        return fail_value(reader, VIA_BAD_JSON, "is not base64 (RFC 4648, padded)");
    *octetsp = room;
    return VIA_OK;
}

/* ---- values under a tag; @token is what stands there ---- */

static enum via_status next(struct reader *reader, struct json_token *token)
{
    if (json_pull_next(&reader->pull, token) == JSON_FAULT)
        return fail_json(reader);
    return VIA_OK;
}

/* After the value under a tag: its closing brace. */
static enum via_status close_tag(struct reader *reader)
{
    struct json_token token;
    enum via_status status = next(reader, &token);
    if (status != VIA_OK || token.kind == JSON_OBJECT_END)
        return status;
    return fail_value(reader, VIA_BAD_JSON, "has more than one name");
}

static enum via_status fail_kind(struct reader *reader, const struct json_token *token,
                                 const char *wanted)
{
    if (!json_pull_skip(&reader->pull, token, NULL))
        return fail_json(reader);
    return fail_value(reader, VIA_BAD_JSON, "is to be %s", wanted);
}

static enum via_status read_small_integer(struct reader *reader, const struct json_token *token,
                                          enum via_tag tag)
{
    static const struct {
        int64_t least, most;
    } ranges[] = {
        [VIA_TAG_I8] = {INT8_MIN, INT8_MAX},    [VIA_TAG_I16] = {INT16_MIN, INT16_MAX},
        [VIA_TAG_I32] = {INT32_MIN, INT32_MAX}, [VIA_TAG_U8] = {0, UINT8_MAX},
        [VIA_TAG_U16] = {0, UINT16_MAX},        [VIA_TAG_U32] = {0, UINT32_MAX},
    };
    if (token->kind != JSON_NUMBER || !token->integer)
        return fail_kind(reader, token, "an integer");
    int64_t number;
    if (!json_number_i64(token->text, token->size, &number) || number < ranges[tag].least ||
        number > ranges[tag].most)
        return fail_value(reader, VIA_BAD_JSON, "is out of range: %s holds %" PRId64 " to %" PRId64,
                          json_payload_tag_name(tag), ranges[tag].least, ranges[tag].most);
    struct value value = {.tag = tag};
    if (tag == VIA_TAG_I8 || tag == VIA_TAG_I16 || tag == VIA_TAG_I32)
        value.i = number;
    else
        value.u = (uint64_t)number;
    return put(reader, &value);
}

static enum via_status read_large_integer(struct reader *reader, const struct json_token *token,
                                          enum via_tag tag)
{
    if (token->kind != JSON_STRING)
        return fail_kind(reader, token, "an integer in quotes, which no reader of JSON rounds");
    struct value value = {.tag = tag};
    bool fits = tag == VIA_TAG_I64 ? json_number_i64(token->text, token->size, &value.i)
                                   : json_number_u64(token->text, token->size, &value.u);
    if (!fits)
        return fail_value(reader, VIA_BAD_JSON, "is no integer that %s holds",
                          json_payload_tag_name(tag));
    return put(reader, &value);
}

static bool is_text(const struct json_token *token, const char *text)
{
    return token->size == strlen(text) && memcmp(token->text, text, token->size) == 0;
}

static enum via_status read_float(struct reader *reader, const struct json_token *token,
                                  enum via_tag tag)
{
    struct value value = {.tag = tag};
    bool fits;
    if (token->kind == JSON_STRING) {
        fits = tag == VIA_TAG_F64 ? json_number_named_f64(token->text, token->size, &value.f64)
                                  : json_number_named_f32(token->text, token->size, &value.f32);
        if (!fits)
            return fail_value(reader, VIA_BAD_JSON,
                              "is to be a number, or NaN, Infinity or -Infinity in quotes");
        return put(reader, &value);
    }
    if (token->kind != JSON_NUMBER)
        return fail_kind(reader, token, "a number");
    fits = tag == VIA_TAG_F64 ? json_number_f64(token->text, token->size, &value.f64)
                              : json_number_f32(token->text, token->size, &value.f32);
    if (!fits)
        return fail_value(reader, VIA_BAD_JSON, "is too large for %s", json_payload_tag_name(tag));
    return put(reader, &value);
}

static enum via_status read_bool(struct reader *reader, const struct json_token *token)
{
    if (token->kind != JSON_TRUE && token->kind != JSON_FALSE)
        return fail_kind(reader, token, "true or false");
    struct value value = {.tag = VIA_TAG_BOOL, .u = token->kind == JSON_TRUE};
    return put(reader, &value);
}

static enum via_status read_bytes(struct reader *reader, const struct json_token *token)
{
    struct value value = {.tag = VIA_TAG_BYTES};
    if (token->kind != JSON_STRING)
        return fail_kind(reader, token, "base64 in quotes");
    const uint8_t *octets = NULL;
    enum via_status status = decode_bytes(reader, token, &octets, &value.text.size);
    if (status != VIA_OK)
        return status;
    value.text.octets = octets;
    return put(reader, &value);
}

/* {"bytes":"base64"} in place of a string, its brace already read; sets the value's octets. */
static enum via_status read_inner_bytes(struct reader *reader, struct value *value)
{
    struct json_token token;
    enum via_status status = next(reader, &token);
    if (status != VIA_OK)
        return status;
    if (token.kind != JSON_KEY || token.escaped || !is_text(&token, "bytes"))
        return fail_value(reader, VIA_BAD_JSON, "is to be a string, null, or {\"bytes\":...}");
    status = next(reader, &token);
    if (status != VIA_OK)
        return status;
    if (token.kind != JSON_STRING)
        return fail_kind(reader, &token, "base64 in quotes");
    const uint8_t *octets = NULL;
    status = decode_bytes(reader, &token, &octets, &value->text.size);
    if (status != VIA_OK)
        return status;
    value->text.octets = octets;
    return close_tag(reader);
}

static enum via_status read_str(struct reader *reader, const struct json_token *token)
{
    struct value value = {.tag = VIA_TAG_STR};
    if (token->kind == JSON_NULL) {
        value.null = true;
        return put(reader, &value);
    }
    if (token->kind == JSON_OBJECT) {
        enum via_status status = read_inner_bytes(reader, &value);
        return status == VIA_OK ? put(reader, &value) : status;
    }
    if (token->kind != JSON_STRING)
        return fail_kind(reader, token, "a string");
    if (token->nul)
        return fail_value(reader, VIA_BAD_JSON,
                          "has a NUL in it: such a string is {\"str\":{\"bytes\":\"base64\"}} "
                          "or, where strings end at their NUL, {\"bytes\":\"base64\"}");
    const char *text = NULL;
    enum via_status status = characters(reader, token, &text, &value.text.size);
    if (status != VIA_OK)
        return status;
    value.text.octets = text;
    return put(reader, &value);
}

static enum via_status read_str16(struct reader *reader, const struct json_token *token)
{
    struct value value = {.tag = VIA_TAG_STR16};
    if (token->kind == JSON_NULL) {
        value.null = true;
        return put(reader, &value);
    }
    if (token->kind == JSON_OBJECT) {
        enum via_status status = read_inner_bytes(reader, &value);
        if (status != VIA_OK)
            return status;
        if (value.text.size % 2 != 0)
            return fail_value(reader, VIA_BAD_JSON, "has half a unit at its end");
        return put(reader, &value);
    }
    if (token->kind != JSON_STRING)
        return fail_kind(reader, token, "a string");
    if (token->nul)
        return fail_value(reader, VIA_BAD_JSON,
                          "has a NUL in it: such a string is {\"str16\":{\"bytes\":\"base64\"}}");
    if (token->size > SIZE_MAX / 3)
        return fail_put(reader, VIA_TOO_LARGE);

    /* The characters first, in a third of the room, the units behind them. */
    buffer_cut(reader->scratch, 0);
    uint8_t *room = scratch_room(reader, token->size * 3);
    if (room == NULL)
        return reader->scratch->status;
    size_t size = json_pull_unescape(token, (char *)room);
    value.text.octets = room + token->size;
    value.text.size = utf16_from_utf8((char *)room, size, room + token->size);
    return put(reader, &value);
}

/* A number of the caller's: of a reference, a descriptor, or a place. */
static enum via_status read_number(struct reader *reader, const struct json_token *token,
                                   uint64_t most, uint32_t *numberp)
{
    uint64_t number;
    if (token->kind != JSON_NUMBER || !token->integer)
        return fail_kind(reader, token, "an integer");
    if (!json_number_u64(token->text, token->size, &number) || number > most)
        return fail_value(reader, VIA_BAD_JSON, "has a number that is out of range");
    *numberp = (uint32_t)number;
    return VIA_OK;
}

static enum via_status find_proxy(struct reader *reader, uint32_t number, struct via_proxy **proxyp)
{
    if (reader->objects == NULL || reader->objects->ref == NULL)
        return fail_value(reader, VIA_BAD_TYPE, "cannot be passed here: there are no objects");
    enum via_status status = reader->objects->ref(reader->objects->user, number, proxyp);
    if (status != VIA_OK)
        return fail_value(reader, status, "names object %" PRIu32 ": %s", number,
                          via_status_name(status));
    return VIA_OK;
}

static enum via_status find_fd(struct reader *reader, uint32_t number, int *fdp)
{
    if (reader->objects == NULL || reader->objects->fd == NULL)
        return fail_value(reader, VIA_BAD_TYPE, "cannot be passed here: there are no descriptors");
    enum via_status status = reader->objects->fd(reader->objects->user, number, fdp);
    if (status != VIA_OK)
        return fail_value(reader, status, "names descriptor %" PRIu32 ": %s", number,
                          via_status_name(status));
    return VIA_OK;
}

static enum via_status read_ref(struct reader *reader, const struct json_token *token)
{
    struct via_proxy *proxy = NULL;
    if (token->kind != JSON_NULL) {
        uint32_t number = 0;
        enum via_status status = read_number(reader, token, UINT32_MAX, &number);
        if (status == VIA_OK)
            status = find_proxy(reader, number, &proxy);
        if (status != VIA_OK)
            return status;
    }
    enum via_status status = reader->layout->put_ref(reader->parcel, proxy);
    return status == VIA_OK ? VIA_OK : fail_put(reader, status);
}

static enum via_status read_fd(struct reader *reader, const struct json_token *token)
{
    int fd = -1;
    if (token->kind != JSON_NULL) {
        uint32_t number = 0;
        enum via_status status = read_number(reader, token, UINT32_MAX, &number);
        if (status == VIA_OK)
            status = find_fd(reader, number, &fd);
        if (status != VIA_OK)
            return status;
    }
    enum via_status status = reader->layout->put_fd(reader->parcel, fd);
    return status == VIA_OK ? VIA_OK : fail_put(reader, status);
}

static enum via_status read_under_tag(struct reader *reader, const struct json_token *token,
                                      enum via_tag tag)
{
    switch (tag) {
    case VIA_TAG_I8:
    case VIA_TAG_I16:
    case VIA_TAG_I32:
    case VIA_TAG_U8:
    case VIA_TAG_U16:
    case VIA_TAG_U32:
        return read_small_integer(reader, token, tag);
    case VIA_TAG_I64:
    case VIA_TAG_U64:
    case VIA_TAG_TOKEN:
        return read_large_integer(reader, token, tag);
    case VIA_TAG_F32:
    case VIA_TAG_F64:
        return read_float(reader, token, tag);
    case VIA_TAG_BOOL:
        return read_bool(reader, token);
    case VIA_TAG_STR:
        return read_str(reader, token);
    case VIA_TAG_STR16:
        return read_str16(reader, token);
    case VIA_TAG_BYTES:
        return read_bytes(reader, token);
    case VIA_TAG_REF:
        return read_ref(reader, token);
    case VIA_TAG_FD:
        return read_fd(reader, token);
    case VIA_TAG_PAD:
        break;
    }
    return fail_kind(reader, token, "under the name of a type, such as {\"u8\":7}");
}

static enum via_tag find_tag(const struct json_token *key)
{
    if (key->escaped)
        return VIA_TAG_PAD;
    for (int tag = VIA_TAG_I8; tag <= VIA_TAG_TOKEN; tag++) {
        if (is_text(key, json_payload_tag_name((enum via_tag)tag)))
            return (enum via_tag)tag;
    }
    return VIA_TAG_PAD;
}

/* ---- the array ---- */

/* {"tag":...}, its brace already read. */
static enum via_status read_tagged(struct reader *reader)
{
    struct json_token token;
    enum via_status status = next(reader, &token);
    if (status != VIA_OK)
        return status;
    if (token.kind == JSON_OBJECT_END)
        return fail_value(reader, VIA_BAD_JSON, "has no name");
    enum via_tag tag = find_tag(&token);
    status = next(reader, &token);
    if (status != VIA_OK)
        return status;
    status = read_under_tag(reader, &token, tag);
    return status == VIA_OK ? close_tag(reader) : status;
}

static enum via_status read_plain_number(struct reader *reader, const struct json_token *token)
{
    if (!token->integer)
        return read_float(reader, token, VIA_TAG_F64);
    int64_t number;
    if (!json_number_i64(token->text, token->size, &number) || number < INT32_MIN ||
        number > INT32_MAX)
        return fail_value(reader, VIA_BAD_JSON,
                          "is no i32: say {\"u32\":...}, {\"i64\":\"...\"} or {\"f64\":...}");
    struct value value = {.tag = VIA_TAG_I32, .i = number};
    return put(reader, &value);
}

static enum via_status read_value(struct reader *reader, const struct json_token *token)
{
    switch (token->kind) {
    case JSON_NUMBER:
        return read_plain_number(reader, token);
    case JSON_STRING:
    case JSON_NULL:
        return read_str(reader, token);
    case JSON_TRUE:
    case JSON_FALSE:
        return read_bool(reader, token);
    case JSON_OBJECT:
        return read_tagged(reader);
    case JSON_ARRAY:
        if (!json_pull_skip(&reader->pull, token, NULL))
            return fail_json(reader);
        return fail_value(reader, VIA_BAD_JSON, "is an array: values do not nest");
    case JSON_FAULT:
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
        break;
    }
    return fail_text(reader, "a value was expected here");
}

static enum via_status read_array(struct reader *reader)
{
    struct json_token token;
    for (;; reader->index++) {
        enum via_status status = next(reader, &token);
        if (status != VIA_OK || token.kind == JSON_ARRAY_END)
            return status;
        reader->start = token.text - (token.kind == JSON_STRING);
        if (reader->layout == NULL)
            return fail_value(reader, VIA_BAD_TYPE,
                              "cannot be placed: the layout has no values, say {\"raw\":...}");
        status = read_value(reader, &token);
        if (status != VIA_OK)
            return status;
    }
}

/* ---- raw octets ---- */

static enum via_status place_ref(struct reader *reader, const uint32_t *numbers)
{
    struct via_proxy *proxy = NULL;
    enum via_status status = find_proxy(reader, numbers[1], &proxy);
    if (status != VIA_OK)
        return status;
    status = via_parcel_add_ref(reader->parcel, numbers[0], proxy, (uint16_t)numbers[2]);
    return status == VIA_OK ? VIA_OK : fail_put(reader, status);
}

static enum via_status place_fd(struct reader *reader, const uint32_t *numbers)
{
    int fd = -1;
    enum via_status status = find_fd(reader, numbers[1], &fd);
    if (status != VIA_OK)
        return status;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return fail_put(reader, errno == EBADF ? VIA_INVALID : VIA_BUSY);
    status = via_parcel_add_fd(reader->parcel, numbers[0], copy);
    if (status == VIA_OK)
        return VIA_OK;
    (void)close(copy);
    return fail_put(reader, status);
}

/* One [offset, number, kind] or [offset, number], its bracket already read. */
static enum via_status read_place(struct reader *reader, bool is_ref)
{
    uint32_t numbers[3] = {0};
    size_t n = is_ref ? 3 : 2;
    struct json_token token;
    for (size_t i = 0; i < n; i++) {
        enum via_status status = next(reader, &token);
        if (status == VIA_OK)
            status = read_number(reader, &token, i == 2 ? UINT16_MAX : UINT32_MAX, &numbers[i]);
        if (status != VIA_OK)
            return status;
    }
    enum via_status status = next(reader, &token);
    if (status != VIA_OK)
        return status;
    if (token.kind != JSON_ARRAY_END)
        return fail_kind(reader, &token, is_ref ? "[offset,number,kind]" : "[offset,number]");

    return is_ref ? place_ref(reader, numbers) : place_fd(reader, numbers);
}

/* All places of "refs" or "fds". */
static enum via_status read_places(struct reader *reader, bool is_ref)
{
    struct json_token token;
    enum via_status status = next(reader, &token);
    if (status != VIA_OK)
        return status;
    if (token.kind != JSON_ARRAY)
        return fail_kind(reader, &token, "an array");
    for (;;) {
        status = next(reader, &token);
        if (status != VIA_OK || token.kind == JSON_ARRAY_END)
            return status;
        if (token.kind != JSON_ARRAY)
            return fail_kind(reader, &token, is_ref ? "[offset,number,kind]" : "[offset,number]");
        status = read_place(reader, is_ref);
        if (status != VIA_OK)
            return status;
    }
}

static enum via_status read_octets(struct reader *reader)
{
    struct json_token token;
    enum via_status status = next(reader, &token);
    if (status != VIA_OK)
        return status;
    if (token.kind != JSON_STRING)
        return fail_kind(reader, &token, "base64 in quotes");
    const uint8_t *octets = NULL;
    size_t size = 0;
    status = decode_bytes(reader, &token, &octets, &size);
    if (status == VIA_OK && size > 0)
        status = via_parcel_append(reader->parcel, octets, size, VIA_TAG_PAD, NULL);
    if (status == VIA_TOO_LARGE || status == VIA_NO_MEMORY)
        return fail_put(reader, status);
    return status;
}

/* {"raw":...,"refs":...,"fds":...}, the last two perhaps absent, in this order; the brace is read.
 */
static enum via_status read_raw(struct reader *reader)
{
    static const char *const names[] = {"raw", "refs", "fds"};
    size_t done = 0;
    for (;;) {
        struct json_token token;
        enum via_status status = next(reader, &token);
        if (status != VIA_OK)
            return status;
        if (token.kind == JSON_OBJECT_END && done > 0)
            return VIA_OK;
        size_t which = done;
        while (which < 3 && (token.kind != JSON_KEY || !is_text(&token, names[which])))
            which++;
        if (which == 3 || (done == 0 && which != 0))
            return fail_text(reader, "an array was expected, or {\"raw\":\"base64\"} with refs and "
                                     "fds behind it");
        if (which == 0)
            status = read_octets(reader);
        else
            status = read_places(reader, which == 1);
        if (status != VIA_OK)
            return status;
        done = which + 1;
    }
}

enum via_status json_parcel_read(const char *text, size_t size, struct via_parcel *parcel,
                                 const struct json_objects *objects, struct buffer *scratch,
                                 struct json_parcel_fault *fault)
{
    struct reader reader = {.parcel = parcel,
                            .layout = layout_find(via_parcel_layout(parcel)),
                            .objects = objects,
                            .scratch = scratch,
                            .fault = fault,
                            .start = text};
    json_pull_start(&reader.pull, text, size, JSON_DEPTH_MAX);

    struct json_token token;
    enum via_status status = next(&reader, &token);
    if (status != VIA_OK)
        return status;
    if (token.kind == JSON_ARRAY)
        status = read_array(&reader);
    else if (token.kind == JSON_OBJECT)
        status = read_raw(&reader);
    else
        return fail_text(&reader, "an array was expected, or {\"raw\":\"base64\"}");
    if (status != VIA_OK)
        return status;
    return next(&reader, &token); /* the end of the text, or a fault */
}
