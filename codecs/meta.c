/*
 * META to fields and back. Fields stand in ascending order of their tags, so that there is one way
 * to write them and what is unknown, whose tags are higher, stands together at the end.
 */

#include "codecs/meta.h"

#include <string.h>

#include "codecs/fields.h"

enum {
    TAG_CALLER = 1,
    TAG_INTRODUCTION = 2,
    TAG_FIRST = 3,
    TAG_CHAIN = 4,
    TAG_TRACE = 5,
    TAG_LAST_KNOWN = TAG_TRACE
};

#define NUMBER_SIZE 4u
#define INTRODUCTION_SIZE 28u /* before the identity */
#define CHAIN_SIZE 12u
#define TRACE_SIZE 25u
#define FLAG_REMOTE 1u

static bool decode_introduction(const struct field *field, struct meta *meta)
{
    if (meta->n_introductions == 2 || field->size < INTRODUCTION_SIZE ||
        field->size - INTRODUCTION_SIZE > META_IDENTITY_MAX)
        return false;
    const uint8_t *at = field->octets;
    uint32_t flags = octets_get_u32(at + 24);
    if ((flags & ~FLAG_REMOTE) != 0)
        return false;
    meta->introductions[meta->n_introductions++] = (struct meta_introduction){
        .number = octets_get_u32(at),
        .pid = (int32_t)octets_get_u32(at + 4),
        .uid = octets_get_u32(at + 8),
        .gid = octets_get_u32(at + 12),
        .token = octets_get_u64(at + 16),
        .remote = (flags & FLAG_REMOTE) != 0,
        .identity = (const char *)at + INTRODUCTION_SIZE,
        .identity_size = field->size - INTRODUCTION_SIZE,
    };
    return true;
}

static bool decode_known(const struct field *field, struct meta *meta)
{
    switch (field->tag) {
    case TAG_CALLER:
        if (field->size != NUMBER_SIZE)
            return false;
        meta->has_caller = true;
        meta->caller = octets_get_u32(field->octets);
        return true;
    case TAG_INTRODUCTION:
        return decode_introduction(field, meta);
    case TAG_FIRST:
        if (field->size != NUMBER_SIZE)
            return false;
        meta->has_first = true;
        meta->first = octets_get_u32(field->octets);
        return true;
    case TAG_CHAIN:
        if (field->size != CHAIN_SIZE)
            return false;
        meta->has_chain = true;
        meta->chain = octets_get_u64(field->octets);
        meta->depth = octets_get_u32(field->octets + 8);
        return meta->depth != 0;
    case TAG_TRACE:
        if (field->size != TRACE_SIZE)
            return false;
        meta->has_trace = true;
        memcpy(meta->trace, field->octets, TRACE_SIZE);
        return true;
    default:
        return false; /* tag 0 */
    }
}

/* Each introduces the caller or the chain's first caller, and no one twice. */
static bool are_introductions_good(const struct meta *meta)
{
    for (unsigned i = 0; i < meta->n_introductions; i++) {
        uint32_t number = meta->introductions[i].number;
        bool is_caller = meta->has_caller && number == meta->caller;
        bool is_first = meta->has_first && number == meta->first;
        if (!is_caller && !is_first)
            return false;
    }
    return meta->n_introductions < 2 ||
           meta->introductions[0].number != meta->introductions[1].number;
}

enum via_status meta_decode(const uint8_t *octets, size_t size, struct meta *metap)
{
    if (size > META_SIZE_MAX)
        return VIA_BAD_META;
    struct meta meta = {.n_introductions = 0};
    uint16_t previous = 0;
    while (size != 0) {
        struct field field;
        if (!field_get(octets, size, &field) || field.tag < previous)
            return VIA_BAD_META;
        if (field.tag > TAG_LAST_KNOWN) {
            if (meta.unknown == NULL)
                meta.unknown = octets;
            meta.unknown_size += field.whole;
            if (meta.unknown_size > META_UNKNOWN_MAX)
                return VIA_BAD_META;
        } else {
            bool is_twice = field.tag == previous && field.tag != TAG_INTRODUCTION;
            if (is_twice || !decode_known(&field, &meta))
                return VIA_BAD_META;
        }
        previous = field.tag;
        octets += field.whole;
        size -= field.whole;
    }
    if (!are_introductions_good(&meta))
        return VIA_BAD_META;
    *metap = meta;
    return VIA_OK;
}

size_t meta_size(const struct meta *meta)
{
    size_t size = meta->unknown_size;
    if (meta->has_caller)
        size += field_whole(NUMBER_SIZE);
    for (unsigned i = 0; i < meta->n_introductions; i++)
        size += field_whole(INTRODUCTION_SIZE + meta->introductions[i].identity_size);
    if (meta->has_first)
        size += field_whole(NUMBER_SIZE);
    if (meta->has_chain)
        size += field_whole(CHAIN_SIZE);
    if (meta->has_trace)
        size += field_whole(TRACE_SIZE);
    return size;
}

static void encode_introduction(const struct meta_introduction *introduction, uint8_t **outp)
{
    size_t size = INTRODUCTION_SIZE + introduction->identity_size;
    uint8_t *at = field_put(outp, TAG_INTRODUCTION, (uint16_t)size);
    octets_put_u32(at, introduction->number);
    octets_put_u32(at + 4, (uint32_t)introduction->pid);
    octets_put_u32(at + 8, introduction->uid);
    octets_put_u32(at + 12, introduction->gid);
    octets_put_u64(at + 16, introduction->token);
    octets_put_u32(at + 24, introduction->remote ? FLAG_REMOTE : 0);
    (void)octets_append(at + INTRODUCTION_SIZE, introduction->identity,
                        introduction->identity_size);
}

void meta_encode(const struct meta *meta, uint8_t *out)
{
    if (meta->has_caller)
        octets_put_u32(field_put(&out, TAG_CALLER, NUMBER_SIZE), meta->caller);
    for (unsigned i = 0; i < meta->n_introductions; i++)
        encode_introduction(&meta->introductions[i], &out);
    if (meta->has_first)
        octets_put_u32(field_put(&out, TAG_FIRST, NUMBER_SIZE), meta->first);
    if (meta->has_chain) {
        uint8_t *at = field_put(&out, TAG_CHAIN, CHAIN_SIZE);
        octets_put_u64(at, meta->chain);
        octets_put_u32(at + 8, meta->depth);
    }
    if (meta->has_trace)
        memcpy(field_put(&out, TAG_TRACE, TRACE_SIZE), meta->trace, TRACE_SIZE);
    (void)octets_append(out, meta->unknown, meta->unknown_size);
}
