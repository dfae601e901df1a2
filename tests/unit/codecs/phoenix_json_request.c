/*
 * The way back from what the reader of JSON makes. Every octet of i.raw is shown by the names of
 * its members where it has one; if any other is not zero, the raw is shown as well.
 */
#include "tests/unit/codecs/phoenix_json_request.h"

#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "codecs/phoenix_ioctl.h"
#include "codecs/phoenix_json_values.h"
#include "codecs/utf8.h"

/* Whether i.data are one name, or two, each with its NUL and nothing behind. */
static bool are_names(const uint8_t *data, size_t size, bool may_be_two)
{
    if (size == 0 || data[size - 1] != 0 || !utf8_check(data, size))
        return false;
    size_t first = strlen((const char *)data) + 1;
    return first == size || (may_be_two && first + strlen((const char *)data + first) + 1 == size);
}

static void write_names(struct buffer *out, const uint8_t *data, size_t size)
{
    size_t first = strlen((const char *)data) + 1;
    json_write_key(out, "name");
    json_write_chars(out, (const char *)data);
    if (first < size) {
        json_write_key(out, "target");
        json_write_chars(out, (const char *)data + first);
    }
}

static void write_in_data(struct buffer *out, const struct phoenix_type *type,
                          const struct phoenix_request *request)
{
    const uint8_t *data = request->in_data;
    size_t size = request->in_size;
    bool is_two = type->in_data == PHOENIX_NAMES;
    if (data == NULL)
        return;
    if ((is_two || type->in_data == PHOENIX_NAME) && are_names(data, size, is_two)) {
        write_names(out, data, size);
    } else if (phoenix_request_has_attr_oid(request) && octets_any(data + 4, 4) == 0) {
        struct phoenix_oid oid;
        phoenix_get_oid(PHOENIX_ABI_LP64, data, &oid);
        json_write_key(out, "dev");
        phoenix_json_oid(out, &oid);
    } else if (utf8_check(data, size)) {
        json_write_key(out, "text");
        json_write_string(out, data, size);
    } else {
        json_write_key(out, "data");
        json_write_base64(out, data, size);
    }
}

/* An ioctl that its parts tell wholly; false: it has others. */
static bool write_ioctl(struct buffer *out, const struct phoenix_request *request)
{
    struct phoenix_ioctl ioctl;
    uint8_t raw[PHOENIX_RAW_SIZE];
    const uint8_t *input = request->in_data;
    size_t n = request->in_size;
    phoenix_ioctl_get(PHOENIX_ABI_LP64, request->in_raw, &ioctl);
    if (phoenix_ioctl_put(PHOENIX_ABI_LP64, raw, ioctl.request, ioctl.size) != VIA_OK)
        return false;
    if (ioctl.input != NULL) {
        if (input != NULL)
            return false;
        input = ioctl.input;
        n = phoenix_ioctl_is_value(ioctl.request) ? sizeof(uint64_t) : (size_t)ioctl.size;
        memcpy(raw + phoenix_ioctl_input_at(PHOENIX_ABI_LP64), input, n);
    } else if ((input != NULL) != ((ioctl.request & PHOENIX_IOC_IN) != 0) ||
               (input != NULL && n != ioctl.size)) {
        return false;
    }
    if (memcmp(raw, request->in_raw, sizeof raw) != 0)
        return false;
    json_write_key(out, "ioctl");
    json_write_text(out, "{\"request\":");
    json_write_u64(out, ioctl.request);
    json_write_key(out, "size");
    phoenix_json_u64(out, ioctl.size);
    if (input != NULL) {
        json_write_key(out, "data");
        json_write_base64(out, input, n);
    }
    json_write_text(out, "}");
    return true;
}

/* i.raw and i.data. */
static void write_in(struct buffer *out, const struct phoenix_request *request)
{
    const struct phoenix_type *type = phoenix_type_of(request->type);
    uint8_t raw[PHOENIX_RAW_SIZE];
    if (request->is_ioctl && write_ioctl(out, request))
        return;
    memcpy(raw, request->in_raw, sizeof raw);
    phoenix_json_members(out, &type->in, raw);
    if (request->type == PHOENIX_SYNC) { /* there the message's own oid is what is expected */
        uint8_t own[16];
        (void)phoenix_put_oid(PHOENIX_ABI_LP64, own, &request->oid);
        for (size_t i = 0; i < sizeof own; i++)
            raw[i] ^= own[i];
    }
    if (!phoenix_json_is_zero(raw))
        phoenix_json_raw(out, "iraw", request->in_raw);
    write_in_data(out, type, request);
}

enum via_status phoenix_json_write_request(struct buffer *out,
                                           const struct phoenix_request *request)
{
    json_write_text(out, "{\"oid\":");
    phoenix_json_oid(out, &request->oid);
    write_in(out, request);
    if (request->has_out) {
        json_write_key(out, "size");
        json_write_u64(out, request->out_size);
    } else if (!request->is_pulse) {
        json_write_text(out, ",\"size\":null");
    }
    if (request->out_raw != NULL && !phoenix_json_is_zero(request->out_raw))
        phoenix_json_raw(out, "oraw", request->out_raw);
    if (request->err != 0) {
        json_write_key(out, "err");
        json_write_i64(out, request->err);
    }
    json_write_key(out, "priority");
    json_write_u64(out, request->priority);
    json_write_text(out, "}");
    return out->status;
}
