/*
 * Octets of tests, written as hexadecimal digits, and the ABIs by their names.
 */
#pragma once

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/phoenix_abi.h"

#define N_ABIS 5u

static const struct {
    const char *name;
    uint32_t abi;
} abis[N_ABIS] = {
    {"LP64", PHOENIX_ABI_LP64},
    {"ia32", PHOENIX_ABI_IA32},
    {"armv7a", PHOENIX_ABI_ARMV7A},
    {"armv7m", PHOENIX_ABI_ARMV7M},
    {"sparcv8leon", PHOENIX_ABI_SPARCV8LEON},
};

/* Blanks are for people. What is not said up to @room is zero. Returns how many octets are said. */
static inline size_t octets_of(const char *hex, uint8_t *octets, size_t room)
{
    size_t size = 0;
    memset(octets, 0, room);
    for (hex += strspn(hex, " "); *hex != '\0'; hex += strspn(hex, " ")) {
        const char digits[3] = {hex[0], hex[1], '\0'};
        char *end = NULL;
        assert_true(size < room);
        octets[size++] = (uint8_t)strtoul(digits, &end, 16);
        assert_ptr_equal(end, digits + 2);
        hex += 2;
    }
    return size;
}
