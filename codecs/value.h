/*
 * One typed value, as it stands between a layout's octets and natural JSON.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/parcel.h>

struct value {
    enum via_tag tag;
    bool null; /* STR, STR16: a null string; REF: no object; FD: it did not come along */
    union {
        int64_t i;  /* I8 to I64 */
        uint64_t u; /* U8 to U64, BOOL, TOKEN */
        float f32;
        double f64;
        struct {
            const void *
                octets; /* borrowed; STR without its NUL; STR16: units, perhaps at an odd address */
            size_t size; /* octets; STR16: two for each unit */
        } text;          /* STR, STR16, BYTES */
        uint32_t index;  /* REF, FD: place in the payload's list */
    };
};

/* Whether an integer is within what its tag can hold; true for what is no integer. */
static inline bool value_is_in_range(const struct value *value)
{
    switch (value->tag) {
    case VIA_TAG_I8:
        return value->i == (int8_t)value->i;
    case VIA_TAG_I16:
        return value->i == (int16_t)value->i;
    case VIA_TAG_I32:
        return value->i == (int32_t)value->i;
    case VIA_TAG_U8:
        return value->u == (uint8_t)value->u;
    case VIA_TAG_U16:
        return value->u == (uint16_t)value->u;
    case VIA_TAG_U32:
        return value->u == (uint32_t)value->u;
    case VIA_TAG_BOOL:
        return value->u <= 1;
    default:
        return true;
    }
}
