/*
 * A structure is read member by member in the one ABI and written in the other. An answer that says
 * that it failed, and what a client left in o.raw, may hold anything: there, what does not fit is
 * left zero.
 */
#include "codecs/phoenix_convert.h"

#include <string.h>

#include "codecs/phoenix_errno.h"

/* ---- structures ---- */

static uint64_t translate(enum phoenix_kind kind, uint32_t from, uint32_t to, uint64_t value)
{
    if (kind != PHOENIX_ERRNO || ((from ^ to) & PHOENIX_ABI_ERRNO) == 0)
        return value;
    int32_t err = (int32_t)value;
    err =
        (to & PHOENIX_ABI_ERRNO) != 0 ? phoenix_errno_from_linux(err) : phoenix_errno_to_linux(err);
    return (uint64_t)(int64_t)err;
}

static bool convert_member(enum phoenix_kind kind, uint32_t from, const uint8_t *in, uint32_t to,
                           uint8_t *out)
{
    if (kind == PHOENIX_CHARS) {
        memcpy(out, in, PHOENIX_CHARS_SIZE);
        return true;
    }
    if (kind == PHOENIX_OID) {
        struct phoenix_oid oid;
        phoenix_get_oid(from, in, &oid);
        return phoenix_put_oid(to, out, &oid);
    }
    return phoenix_put(kind, to, out, translate(kind, from, to, phoenix_get(kind, from, in)));
}

/* Writes all of @structure to @out, which is zero. */
static enum via_status convert(const struct phoenix_struct *structure, uint32_t from,
                               const uint8_t *in, uint32_t to, uint8_t *out, bool is_strict)
{
    size_t step_in = phoenix_struct_size(structure, from);
    size_t step_out = phoenix_struct_size(structure, to);
    for (size_t i = 0; i < structure->n; i++) {
        for (size_t j = 0; j < structure->n_members; j++) {
            const uint8_t *member = in + i * step_in + phoenix_member_at(structure, j, from);
            uint8_t *place = out + i * step_out + phoenix_member_at(structure, j, to);
            if (!convert_member(structure->members[j].kind, from, member, to, place) && is_strict)
                return VIA_INVALID;
        }
    }
    return VIA_OK;
}

/* A raw: what stands behind the structure in both ABIs stays. */
static enum via_status convert_raw(const struct phoenix_struct *structure, uint32_t from,
                                   const uint8_t *in, uint32_t to, uint8_t *out, bool is_strict)
{
    size_t size = phoenix_struct_size(structure, from), other = phoenix_struct_size(structure, to);
    size = size > other ? size : other;
    memset(out, 0, size);
    memcpy(out + size, in + size, PHOENIX_RAW_SIZE - size);
    return convert(structure, from, in, to, out, is_strict);
}

/* ---- sizes ---- */

static size_t total(const struct phoenix_struct *structure, uint32_t abi)
{
    return structure->n * phoenix_struct_size(structure, abi);
}

/* Too small for the one is to be too small for the other. */
size_t phoenix_out_size(int32_t type, size_t size, uint32_t from, uint32_t to)
{
    if (from == to)
        return size;
    const struct phoenix_struct *structure = phoenix_struct_of(phoenix_type_of(type)->out_data);
    size_t own = total(structure, from), others = total(structure, to);
    if (own == others)
        return size;
    if (size >= own)
        return size - own < PHOENIX_DATA_MOST - others ? others + (size - own) : PHOENIX_DATA_MOST;
    return size < others ? size : others - 1;
}

/* ---- requests ---- */

static enum via_status convert_data(const struct phoenix_request *request, uint32_t abi,
                                    struct phoenix_request *outp, uint8_t *room)
{
    if (!phoenix_request_has_attr_oid(request))
        return VIA_OK;
    const struct phoenix_struct *oid = phoenix_struct_of(PHOENIX_ATTR);
    outp->in_data = room;
    outp->in_size = total(oid, abi);
    memset(room, 0, outp->in_size + 1);
    return convert(oid, request->abi, request->in_data, abi, room, true);
}

enum via_status phoenix_request_convert(struct phoenix_request *request, uint32_t abi,
                                        struct phoenix_room *room)
{
    if (request->abi == abi)
        return VIA_OK;
    const struct phoenix_type *type = phoenix_type_of(request->type);
    struct phoenix_request converted = *request;
    enum via_status status;
    if ((abi & PHOENIX_ABI_ID32) != 0 && request->oid.id > UINT32_MAX)
        return VIA_INVALID;
    if (request->is_ioctl)
        status = phoenix_ioctl_convert(request->abi, request->in_raw, abi, room->in_raw,
                                       &converted.in_data, &converted.in_size, room->data);
    else
        status = convert_raw(&type->in, request->abi, request->in_raw, abi, room->in_raw, true);
    if (status == VIA_OK)
        status = convert_data(request, abi, &converted, room->data);
    if (status == VIA_OK && request->out_raw != NULL) {
        status = convert_raw(&type->out, request->abi, request->out_raw, abi, room->out_raw, false);
        converted.out_raw = room->out_raw;
    }
    if (status != VIA_OK)
        return status;
    converted.abi = abi;
    converted.in_raw = room->in_raw;
    converted.out_size = phoenix_out_size(request->type, request->out_size, request->abi, abi);
    *request = converted;
    return VIA_OK;
}

/* ---- replies ---- */

/* @n octets, and zeros to @size. */
static void fill(uint8_t *out, size_t size, const uint8_t *from, size_t n)
{
    if (n > 0)
        memcpy(out, from, n);
    if (size > n)
        memset(out + n, 0, size - n);
}

/* The structure, and what stands behind it. */
static enum via_status take_struct(const struct phoenix_reply *reply,
                                   const struct phoenix_question *question,
                                   const struct phoenix_struct *structure, uint8_t *out_data)
{
    uint8_t in[PHOENIX_STRUCT_MAX];
    size_t theirs = total(structure, reply->abi), ours = total(structure, question->abi);
    size_t head = reply->n < theirs ? reply->n : theirs;
    fill(in, theirs, reply->out_data, head);
    memset(out_data, 0, ours);
    enum via_status status =
        convert(structure, reply->abi, in, question->abi, out_data, reply->err >= 0);
    fill(out_data + ours, question->out_size - ours, reply->out_data + head, reply->n - head);
    return status;
}

enum via_status phoenix_reply_take(const struct phoenix_reply *reply,
                                   const struct phoenix_question *question, uint8_t *out_raw,
                                   uint8_t *out_data)
{
    if (reply->abi == question->abi) {
        memcpy(out_raw, reply->out_raw, PHOENIX_RAW_SIZE);
        fill(out_data, question->out_size, reply->out_data, reply->n);
        return VIA_OK;
    }
    const struct phoenix_type *type = phoenix_type_of(question->type);
    const struct phoenix_struct *structure = phoenix_struct_of(type->out_data);
    enum via_status status = convert_raw(&type->out, reply->abi, reply->out_raw, question->abi,
                                         out_raw, reply->err >= 0);
    if (status == VIA_OK && structure->n > 0 &&
        question->out_size >= total(structure, question->abi))
        return take_struct(reply, question, structure, out_data);
    fill(out_data, question->out_size, reply->out_data, reply->n);
    return status;
}
