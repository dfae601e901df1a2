/*
 * HELLO and WELCOME to fields and back. A field that is missing reads as zero, but for who the
 * other end is: that reads as nobody, so that a message without it makes no one root.
 */

#include "codecs/hello.h"

#include <string.h>

#include "codecs/fields.h"

enum {
    TAG_FEATURES = 1,
    TAG_FRAME_MAX = 2,
    TAG_CALLS_MAX = 3,
    TAG_HANDLES_MAX = 4,
    TAG_EPOCH = 5,
    TAG_NAME = 6,
    TAG_YOU = 7,
    TAG_IDENTITY = 8,
    TAG_SESSION = 9,
    TAG_SECRET = 10,
    TAG_RECEIVED = 11,
    TAG_RESUMED = 12,
    TAG_GRACE = 13,
    TAG_CREDIT = 14,
    TAG_TRANSFERS_MAX = 15,
    TAG_STREAMS_MAX = 16
};

#define YOU_SIZE 20u
#define NOBODY UINT32_MAX

static bool get_u32(const struct field *field, uint32_t *numberp)
{
    if (field->size != 4)
        return false;
    *numberp = octets_get_u32(field->octets);
    return true;
}

static bool get_u64(const struct field *field, uint64_t *numberp)
{
    if (field->size != 8)
        return false;
    *numberp = octets_get_u64(field->octets);
    return true;
}

/* Names end up in logs and terminals: no control characters, and none of them NUL. */
static bool get_name(const struct field *field, char *name, size_t name_size)
{
    if (field->size >= name_size)
        return false;
    for (size_t i = 0; i < field->size; i++)
        if (field->octets[i] < 0x20 || field->octets[i] == 0x7f)
            return false;
    memcpy(name, field->octets, field->size);
    name[field->size] = '\0';
    return true;
}

static bool get_secret(const struct field *field, struct hello *hello)
{
    if (field->size != HELLO_SECRET_SIZE)
        return false;
    memcpy(hello->secret, field->octets, HELLO_SECRET_SIZE);
    return true;
}

static bool get_you(const struct field *field, struct hello *hello)
{
    if (field->size != YOU_SIZE)
        return false;
    hello->pid = (int32_t)octets_get_u32(field->octets);
    hello->uid = octets_get_u32(field->octets + 4);
    hello->gid = octets_get_u32(field->octets + 8);
    hello->token = octets_get_u64(field->octets + 12);
    return true;
}

static bool get_field(const struct field *field, struct hello *hello)
{
    switch (field->tag) {
    case TAG_FEATURES:
        return get_u64(field, &hello->features);
    case TAG_FRAME_MAX:
        return get_u32(field, &hello->frame_max);
    case TAG_CALLS_MAX:
        return get_u32(field, &hello->calls_max);
    case TAG_HANDLES_MAX:
        return get_u32(field, &hello->handles_max);
    case TAG_EPOCH:
        return get_u64(field, &hello->epoch);
    case TAG_NAME:
        return get_name(field, hello->name, sizeof hello->name);
    case TAG_YOU:
        return get_you(field, hello);
    case TAG_IDENTITY:
        return get_name(field, hello->identity, sizeof hello->identity);
    case TAG_SESSION:
        return get_u64(field, &hello->session);
    case TAG_SECRET:
        return get_secret(field, hello);
    case TAG_RECEIVED:
        return get_u64(field, &hello->received);
    case TAG_RESUMED:
        return get_u32(field, &hello->resumed) && hello->resumed <= 1;
    case TAG_GRACE:
        return get_u32(field, &hello->grace_ms);
    case TAG_CREDIT:
        return get_u32(field, &hello->credit);
    case TAG_TRANSFERS_MAX:
        return get_u32(field, &hello->transfers_max);
    case TAG_STREAMS_MAX:
        return get_u32(field, &hello->streams_max);
    default:
        return field->tag > TAG_STREAMS_MAX;
    }
}

static bool says_of_session(const struct hello *hello)
{
    return octets_any(hello->secret, HELLO_SECRET_SIZE) != 0 || hello->received != 0 ||
           hello->resumed != 0 || hello->grace_ms != 0;
}

enum via_status hello_decode(const uint8_t *octets, size_t size, struct hello *hellop)
{
    if (size > HELLO_SIZE_MAX)
        return VIA_TOO_LARGE;
    struct hello hello = {.pid = -1, .uid = NOBODY, .gid = NOBODY};
    uint16_t previous = 0;
    while (size != 0) {
        struct field field;
        if (!field_get(octets, size, &field) || field.tag <= previous || !get_field(&field, &hello))
            return VIA_BAD_PAYLOAD;
        previous = field.tag;
        octets += field.whole;
        size -= field.whole;
    }
    if (hello.session == 0 && says_of_session(&hello))
        return VIA_BAD_PAYLOAD;
    *hellop = hello;
    return VIA_OK;
}

static void put_u32(uint8_t **outp, uint16_t tag, uint32_t number)
{
    if (number != 0)
        octets_put_u32(field_put(outp, tag, 4), number);
}

static void put_u64(uint8_t **outp, uint16_t tag, uint64_t number)
{
    if (number != 0)
        octets_put_u64(field_put(outp, tag, 8), number);
}

static void put_name(uint8_t **outp, uint16_t tag, const char *name, size_t size_max)
{
    uint16_t size = (uint16_t)strnlen(name, size_max);
    if (size != 0)
        memcpy(field_put(outp, tag, size), name, size);
}

/* Nobody, or a structure that nobody filled in. */
static bool is_nobody(const struct hello *hello)
{
    bool is_unset = hello->pid == 0 && hello->uid == 0 && hello->gid == 0;
    bool is_said = hello->pid == -1 && hello->uid == NOBODY && hello->gid == NOBODY;
    return (is_unset || is_said) && hello->token == 0;
}

size_t hello_encode(const struct hello *hello, uint8_t *out)
{
    uint8_t *at = out;
    put_u64(&at, TAG_FEATURES, hello->features);
    put_u32(&at, TAG_FRAME_MAX, hello->frame_max);
    put_u32(&at, TAG_CALLS_MAX, hello->calls_max);
    put_u32(&at, TAG_HANDLES_MAX, hello->handles_max);
    put_u64(&at, TAG_EPOCH, hello->epoch);
    put_name(&at, TAG_NAME, hello->name, sizeof hello->name - 1);
    if (!is_nobody(hello)) {
        uint8_t *you = field_put(&at, TAG_YOU, YOU_SIZE);
        octets_put_u32(you, (uint32_t)hello->pid);
        octets_put_u32(you + 4, hello->uid);
        octets_put_u32(you + 8, hello->gid);
        octets_put_u64(you + 12, hello->token);
    }
    put_name(&at, TAG_IDENTITY, hello->identity, sizeof hello->identity - 1);
    if (hello->session != 0) {
        put_u64(&at, TAG_SESSION, hello->session);
        memcpy(field_put(&at, TAG_SECRET, HELLO_SECRET_SIZE), hello->secret, HELLO_SECRET_SIZE);
        put_u64(&at, TAG_RECEIVED, hello->received);
        put_u32(&at, TAG_RESUMED, hello->resumed);
        put_u32(&at, TAG_GRACE, hello->grace_ms);
    }
    put_u32(&at, TAG_CREDIT, hello->credit);
    put_u32(&at, TAG_TRANSFERS_MAX, hello->transfers_max);
    put_u32(&at, TAG_STREAMS_MAX, hello->streams_max);
    return (size_t)(at - out);
}
