/*
 * The tape: one tag for each value of a payload, in order. A value takes one octet; a run of equal
 * tags 0x80 | tag and a LEB128 count of at least 2; BYTES its tag and a LEB128 length, never in a
 * run. Zeros may follow the last value.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/parcel.h>

#define TAPE_ENTRY_MAX 6u /* a tag and a LEB128 number of 32 bits */
#define TAPE_TAGS 18u     /* one more than the highest tag */

struct tape_entry {
    enum via_tag tag;
    uint32_t count; /* 1 for a single value */
    uint32_t size;  /* of BYTES */
};

/* The entry at *positionp, which moves past it. VIA_END where only zeros are left, VIA_BAD_TAPE for
 * an unknown tag, a bad number, or anything behind the zeros; the position then stays. */
VIA_MUST_USE enum via_status tape_next(const uint8_t *octets, size_t size, size_t *positionp,
                                       struct tape_entry *entryp);

/* A tape that grows in place, in storage that its owner provides. */
struct tape {
    uint8_t *octets;
    size_t size;
    size_t last; /* where the last entry starts; meaningless while size is 0 */
};

/* One more value; @size is the length of BYTES. Takes at most TAPE_ENTRY_MAX octets more. */
void tape_add(struct tape *tape, enum via_tag tag, uint32_t size);
/* @count more values of one tag that is not BYTES, as an entry of their own. */
void tape_add_run(struct tape *tape, enum via_tag tag, uint32_t count);
