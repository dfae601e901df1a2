/*
 * Random values for property tests of payloads, and whether two values are the same.
 */
#pragma once

#include <string.h>

#include "codecs/value.h"
#include "tests/unit/codecs/seed.h"

#define VALUES_TEXT_MAX 40u

/* The low @n_bits of @bits with their sign. */
static inline int64_t values_signed(uint64_t bits, unsigned n_bits)
{
    unsigned unused = 64 - n_bits;
    return (int64_t)(bits << unused) >> unused;
}

/* A value of @tag; text comes from @store, VALUES_TEXT_MAX octets. */
static inline struct value values_random(struct seed *seed, enum via_tag tag, uint8_t *store)
{
    struct value value = {.tag = tag};
    uint64_t bits = seed_next(seed) >> seed_below(seed, 64);
    switch (tag) {
    case VIA_TAG_I8:
        value.i = values_signed(bits, 8);
        break;
    case VIA_TAG_I16:
        value.i = values_signed(bits, 16);
        break;
    case VIA_TAG_I32:
        value.i = values_signed(bits, 32);
        break;
    case VIA_TAG_I64:
        value.i = (int64_t)bits;
        break;
    case VIA_TAG_U8:
        value.u = (uint8_t)bits;
        break;
    case VIA_TAG_U16:
        value.u = (uint16_t)bits;
        break;
    case VIA_TAG_U32:
        value.u = (uint32_t)bits;
        break;
    case VIA_TAG_BOOL:
        value.u = bits & 1;
        break;
    case VIA_TAG_U64:
    case VIA_TAG_TOKEN:
        value.u = bits;
        break;
    case VIA_TAG_F32:
        value.f32 = (float)(int64_t)bits / 3;
        break;
    case VIA_TAG_F64:
        value.f64 = (double)(int64_t)bits / 3;
        break;
    case VIA_TAG_STR:
    case VIA_TAG_STR16:
    case VIA_TAG_BYTES:
        seed_fill(seed, store, VALUES_TEXT_MAX);
        for (size_t i = 0; tag == VIA_TAG_STR && i < VALUES_TEXT_MAX; i++)
            store[i] |= 1; /* no NUL */
        value.text.octets = store;
        value.text.size = 1 + seed_below(seed, VALUES_TEXT_MAX);
        if (tag == VIA_TAG_STR16)
            value.text.size &= ~(size_t)1;
        break;
    case VIA_TAG_REF:
    case VIA_TAG_FD:
    case VIA_TAG_PAD:
        break;
    }
    return value;
}

static inline bool values_are_equal(const struct value *one, const struct value *other)
{
    if (one->tag != other->tag || one->null != other->null)
        return false;
    switch (one->tag) {
    case VIA_TAG_STR:
    case VIA_TAG_STR16:
    case VIA_TAG_BYTES:
        return one->text.size == other->text.size &&
               (one->text.size == 0 ||
                memcmp(one->text.octets, other->text.octets, one->text.size) == 0);
    case VIA_TAG_F32:
        return one->f32 == other->f32; /* values_random() makes no NaN */
    case VIA_TAG_F64:
        return one->f64 == other->f64;
    case VIA_TAG_REF:
    case VIA_TAG_FD:
        return one->null || one->index == other->index;
    default:
        return one->u == other->u;
    }
}
