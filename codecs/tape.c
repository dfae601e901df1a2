/*
 * Reading and writing the tape of tags. Writing never looks further back than the last entry: a
 * value that equals it makes it a run, or the run's count one higher, where they stand. A single
 * tag that becomes a run of two grows by just the octet that the second tag would have taken.
 */

#include "codecs/tape.h"

#include <assert.h>
#include <stdbool.h>

#define RUN 0x80u
#define MORE 0x80u /* LEB128: another octet follows */
#define DIGIT 0x7fu
#define DIGIT_BITS 7u
#define NUMBER_OCTETS_MAX 5u
#define LAST_DIGIT_MAX 0x0fu /* what a fifth octet may add to 32 bits */

static bool get_number(const uint8_t *octets, size_t size, size_t *positionp, uint32_t *numberp)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < NUMBER_OCTETS_MAX; i++) {
        if (i >= size - *positionp)
            return false;
        uint8_t octet = octets[*positionp + i];
        if (i == NUMBER_OCTETS_MAX - 1 && octet > LAST_DIGIT_MAX)
            return false;
        number |= (uint32_t)(octet & DIGIT) << (i * DIGIT_BITS);
        if (!(octet & MORE)) {
            *positionp += i + 1;
            *numberp = number;
            return octet != 0 || i == 0; /* one number has one form */
        }
    }
    return false;
}

static bool is_padding(const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (octets[i] != 0)
            return false;
    return true;
}

enum via_status tape_next(const uint8_t *octets, size_t size, size_t *positionp,
                          struct tape_entry *entryp)
{
    size_t position = *positionp;
    if (position >= size)
        return VIA_END;
    uint8_t first = octets[position++];
    uint8_t tag = (uint8_t)(first & ~RUN);
    if (first == VIA_TAG_PAD)
        return is_padding(octets + position, size - position) ? VIA_END : VIA_BAD_TAPE;
    if (tag == VIA_TAG_PAD || tag >= TAPE_TAGS)
        return VIA_BAD_TAPE;

    struct tape_entry entry = {.tag = (enum via_tag)tag, .count = 1, .size = 0};
    if (first & RUN) {
        if (tag == VIA_TAG_BYTES || !get_number(octets, size, &position, &entry.count) ||
            entry.count < 2)
            return VIA_BAD_TAPE;
    } else if (tag == VIA_TAG_BYTES) {
        if (!get_number(octets, size, &position, &entry.size))
            return VIA_BAD_TAPE;
    }
    *positionp = position;
    *entryp = entry;
    return VIA_OK;
}

static void put_number(struct tape *tape, uint32_t number)
{
    while (number > DIGIT) {
        tape->octets[tape->size++] = (uint8_t)(number | MORE);
        number >>= DIGIT_BITS;
    }
    tape->octets[tape->size++] = (uint8_t)number;
}

/* Adds one to the number at @octet, which ends where the tape ends. */
static void increment(struct tape *tape, uint8_t *octet)
{
    while ((*octet & DIGIT) == DIGIT) {
        bool is_last = !(*octet & MORE);
        *octet++ = MORE;
        if (is_last) {
            *octet = 1;
            tape->size++;
            return;
        }
    }
    ++*octet;
}

void tape_add(struct tape *tape, enum via_tag tag, uint32_t size)
{
    assert(tag > VIA_TAG_PAD && tag < TAPE_TAGS);
    if (tag != VIA_TAG_BYTES && tape->size != 0) {
        uint8_t *last = tape->octets + tape->last;
        if (*last == (uint8_t)tag) {
            *last = (uint8_t)(RUN | tag);
            tape->octets[tape->size++] = 2;
            return;
        }
        if (*last == (uint8_t)(RUN | tag)) {
            increment(tape, last + 1);
            return;
        }
    }
    tape->last = tape->size;
    tape->octets[tape->size++] = (uint8_t)tag;
    if (tag == VIA_TAG_BYTES)
        put_number(tape, size);
}

void tape_add_run(struct tape *tape, enum via_tag tag, uint32_t count)
{
    assert(tag > VIA_TAG_PAD && tag < TAPE_TAGS && tag != VIA_TAG_BYTES && count != 0);
    tape->last = tape->size;
    if (count == 1) {
        tape->octets[tape->size++] = (uint8_t)tag;
        return;
    }
    tape->octets[tape->size++] = (uint8_t)(RUN | tag);
    put_number(tape, count);
}
