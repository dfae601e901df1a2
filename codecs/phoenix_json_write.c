/*
 * Every octet of a raw is shown by the names of its members where it has one; if any other is not
 * zero, the raw is shown as well. The same goes for data.
 */
#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "codecs/phoenix_convert.h"
#include "codecs/phoenix_json.h"
#include "codecs/phoenix_json_values.h"
#include "codecs/utf8.h"

#define DIRENT_RECLEN 2u /* which member of struct dirent */
#define DIRENT_NAMLEN 3u

static void write_attrs(struct buffer *out, const uint8_t *data)
{
    const struct phoenix_struct *structure = phoenix_struct_of(PHOENIX_ATTRS);
    size_t step = phoenix_struct_size(structure, PHOENIX_ABI_LP64);
    const char *name;
    json_write_key(out, "attrs");
    for (size_t i = 0; (name = phoenix_attr_name(i)) != NULL; i++, data += step) {
        size_t err = phoenix_member_at(structure, 1, PHOENIX_ABI_LP64);
        buffer_add(out, i == 0 ? "{" : ",", 1);
        json_write_chars(out, name);
        json_write_text(out, ":{\"val\":");
        phoenix_json_member(out, &structure->members[0], data);
        json_write_key(out, "err");
        phoenix_json_member(out, &structure->members[1], data + err);
        json_write_text(out, "}");
    }
    json_write_text(out, "}");
}

/* The members of the structure at @data as an object of their own. */
static void write_struct(struct buffer *out, const struct phoenix_struct *structure,
                         const uint8_t *data)
{
    const char *comma = "{";
    for (size_t i = 0; i < structure->n_members; i++) {
        const struct phoenix_member *member = &structure->members[i];
        if (member->name == NULL)
            continue;
        buffer_add(out, comma, 1);
        comma = ",";
        json_write_chars(out, member->name);
        json_write_text(out, ":");
        phoenix_json_member(out, member, data + phoenix_member_at(structure, i, PHOENIX_ABI_LP64));
    }
}

/* false: the name is not text, so that the octets are needed too. */
static bool write_entry(struct buffer *out, const uint8_t *data,
                        const struct phoenix_question *question)
{
    const struct phoenix_struct *structure = phoenix_struct_of(PHOENIX_DIRENT);
    size_t head = phoenix_struct_size(structure, PHOENIX_ABI_LP64);
    const uint8_t *reclen = data + phoenix_member_at(structure, DIRENT_RECLEN, PHOENIX_ABI_LP64);
    const uint8_t *namlen = data + phoenix_member_at(structure, DIRENT_NAMLEN, PHOENIX_ABI_LP64);
    size_t size = octets_get_u16(namlen), room = question->out_size - head;
    size = strnlen((const char *)data + head, size < room ? size : room);
    json_write_key(out, "entry");
    write_struct(out, structure, data);
    json_write_key(out, "name");
    json_write_string(out, data + head, size);
    json_write_text(out, "}");
    if (question->offs <= INT64_MAX - octets_get_u16(reclen)) {
        json_write_key(out, "next");
        phoenix_json_i64(out, question->offs + octets_get_u16(reclen));
    }
    return utf8_check(data + head, size);
}

/* o.data that are a structure; false: they are to be shown as they are. */
static bool write_out_struct(struct buffer *out, const uint8_t *data,
                             const struct phoenix_question *question)
{
    enum phoenix_data kind = phoenix_type_of(question->type)->out_data;
    const struct phoenix_struct *structure = phoenix_struct_of(kind);
    if (structure->n == 0 ||
        question->out_size < structure->n * phoenix_struct_size(structure, PHOENIX_ABI_LP64))
        return false;
    if (kind == PHOENIX_DIRENT)
        return write_entry(out, data, question);
    if (kind == PHOENIX_ATTRS) {
        write_attrs(out, data);
        return true;
    }
    json_write_key(out, "statvfs");
    write_struct(out, structure, data);
    json_write_text(out, "}");
    return true;
}

/* How many octets of o.data to show: of a read those it says it has, if there are no others. */
static size_t shown_size(const struct phoenix_reply *reply, const struct phoenix_question *question)
{
    size_t size = question->out_size;
    if (question->type == PHOENIX_READ && reply->err >= 0 && (size_t)reply->err < size &&
        reply->n <= (size_t)reply->err)
        return (size_t)reply->err;
    return size;
}

static void write_out_data(struct buffer *out, const uint8_t *data,
                           const struct phoenix_reply *reply,
                           const struct phoenix_question *question)
{
    size_t size = shown_size(reply, question);
    if (question->out_size == 0 || (reply->err < 0 && reply->n == 0))
        return;
    if (reply->err >= 0 && write_out_struct(out, data, question))
        return;
    json_write_key(out, "data");
    json_write_base64(out, data, size);
    if (question->type == PHOENIX_READ && utf8_check(data, size)) {
        json_write_key(out, "text");
        json_write_string(out, data, size);
    }
}

/* o.raw, of which the members are named if the message did what it was to do. */
static void write_out_raw(struct buffer *out, const uint8_t *raw, const struct phoenix_reply *reply,
                          const struct phoenix_question *question)
{
    const struct phoenix_type *type = phoenix_type_of(question->type);
    uint8_t rest[PHOENIX_RAW_SIZE];
    memcpy(rest, raw, sizeof rest);
    size_t n = phoenix_ioctl_length(question->ioctl);
    if (reply->err >= 0)
        phoenix_json_members(out, &type->out, rest);
    if (reply->err >= 0 && (question->ioctl & PHOENIX_IOC_OUT) != 0 && question->out_size == 0 &&
        n <= PHOENIX_RAW_SIZE) {
        json_write_key(out, "data");
        json_write_base64(out, raw, n);
        memset(rest, 0, n);
    }
    bool is_free = type->name == NULL || (type->number == PHOENIX_DEVCTL && question->ioctl == 0);
    if (!phoenix_json_is_zero(rest) || (is_free && reply->err >= 0))
        phoenix_json_raw(out, "raw", raw);
}

enum via_status phoenix_json_write_reply(struct buffer *out, const struct phoenix_reply *reply,
                                         const struct phoenix_question *question,
                                         struct buffer *scratch)
{
    uint8_t raw[PHOENIX_RAW_SIZE];
    buffer_cut(scratch, 0);
    uint8_t *data = buffer_room(scratch, question->out_size + 1);
    if (data == NULL)
        return scratch->status;
    enum via_status status = phoenix_reply_take(reply, question, raw, data);
    if (status != VIA_OK)
        return status;
    json_write_text(out, "{\"err\":");
    json_write_i64(out, reply->err);
    const char *name = reply->err < 0 && reply->err > -UINT16_MAX
                           ? phoenix_name_of(&phoenix_errors, (uint32_t)-reply->err)
                           : NULL;
    if (name != NULL) {
        json_write_key(out, "errno");
        json_write_chars(out, name);
    }
    if (question->type == PHOENIX_LOOKUP && reply->err >= 0) {
        json_write_key(out, "consumed");
        json_write_i64(out, reply->err);
    }
    write_out_raw(out, raw, reply, question);
    write_out_data(out, data, reply, question);
    json_write_text(out, "}");
    return out->status;
}
