/*
 * Octets as a tape. What is accepted, added again value by value, reads the same and takes no more
 * octets. Runs are long on purpose: of each only its first values are added.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/tape.h"
#include "tests/fuzz/fuzz.h"

#define RUN_MAX 300u

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static uint32_t count_of(const struct tape_entry *entry)
{
    return entry->count < RUN_MAX ? entry->count : RUN_MAX;
}

/* Reads both tapes value by value, @other being @octets with short runs. */
static void expect_same_values(const uint8_t *octets, size_t size, const struct tape *other)
{
    size_t position = 0, other_position = 0;
    struct tape_entry entry, other_entry = {.count = 0};
    while (tape_next(octets, size, &position, &entry) == VIA_OK) {
        for (uint32_t n = count_of(&entry); n > 0; n--) {
            if (other_entry.count == 0)
                expect(tape_next(other->octets, other->size, &other_position, &other_entry) ==
                       VIA_OK);
            expect(other_entry.tag == entry.tag && other_entry.size == entry.size);
            other_entry.count--;
        }
    }
    expect(other_entry.count == 0);
    expect(tape_next(other->octets, other->size, &other_position, &other_entry) == VIA_END);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    size_t position = 0, n_entries = 0;
    struct tape_entry entry;
    enum via_status status;
    while ((status = tape_next(octets, size, &position, &entry)) == VIA_OK) {
        expect(position <= size && entry.count >= 1);
        n_entries++;
    }
    if (status != VIA_END)
        return false;

    struct tape again = {.octets = malloc((n_entries + 1) * TAPE_ENTRY_MAX)};
    expect(again.octets != NULL);
    position = 0;
    while (tape_next(octets, size, &position, &entry) == VIA_OK)
        for (uint32_t n = count_of(&entry); n > 0; n--)
            tape_add(&again, entry.tag, entry.size);
    expect(again.size <= position);
    expect_same_values(octets, size, &again);
    free(again.octets);
    return true;
}
