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
    bool null; /* STR, STR16: a null string; REF: no object */
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
