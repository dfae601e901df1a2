/*
 * How a Phoenix end lays out its structures: a tag in every payload's flags. The canonical ABI, tag
 * 0, is that of 64-bit little-endian Linux. docs/PROTOCOL.md, "Phoenix", has the table.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PHOENIX_ABI_WORD32 0x0100u /* size_t and unsigned long have 32 bits */
#define PHOENIX_ABI_BIG 0x0200u    /* big-endian */
#define PHOENIX_ABI_ID32 0x0400u   /* id_t has 32 bits */
#define PHOENIX_ABI_ALIGN4 0x0800u /* 64-bit numbers stand at multiples of 4 */
#define PHOENIX_ABI_ERRNO 0x1000u  /* error numbers in structures are Phoenix's own */
#define PHOENIX_ABI_MASK 0x1f00u

#define PHOENIX_ABI_LP64 0u
#define PHOENIX_ABI_IA32 (PHOENIX_ABI_WORD32 | PHOENIX_ABI_ALIGN4)
#define PHOENIX_ABI_ARMV7A PHOENIX_ABI_WORD32
#define PHOENIX_ABI_ARMV7M (PHOENIX_ABI_WORD32 | PHOENIX_ABI_ID32)
#define PHOENIX_ABI_SPARCV8LEON (PHOENIX_ABI_WORD32 | PHOENIX_ABI_ID32 | PHOENIX_ABI_BIG)

struct phoenix_abi_probe {
    char first;
    uint64_t number;
};

/* Of programs compiled here, whose id_t has 64 bits everywhere. */
#define PHOENIX_ABI_HOST                                                                           \
    ((sizeof(void *) == 4 ? PHOENIX_ABI_WORD32 : 0u) |                                             \
     (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? PHOENIX_ABI_BIG : 0u) |                             \
     (offsetof(struct phoenix_abi_probe, number) == 4 ? PHOENIX_ABI_ALIGN4 : 0u))
