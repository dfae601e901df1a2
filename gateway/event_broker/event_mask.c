/*
 * An event's place in the 256 bits of a mask, counted from the top of the first word: of those
 * below 64 it is one less than its number, of the others its number. The constants of event.h agree
 * with it, and no two events share a bit.
 */
#include "gateway/event_broker/event_mask.h"

#include "include/portfolio/event.h"

#define FIRST_IN_PLACE 64u /* from here on an event's number is its place */

/* Words 0, 1, 4 and 5 are what users do. */
static const bool is_user_word[EVENT_MASK_WORDS] = {true, true, false, false,
                                                    true, true, false, false};

static unsigned place_of(uint8_t event)
{
    return event < FIRST_IN_PLACE ? (event - 1u) & 0xffu : event;
}

static uint32_t bit_of(uint8_t event)
{
    return 0x80000000u >> (place_of(event) & 31u);
}

bool event_mask_has(const struct event_mask *mask, uint8_t event)
{
    return (mask->words[place_of(event) >> 5] & bit_of(event)) != 0;
}

void event_mask_add(struct event_mask *mask, uint8_t event)
{
    mask->words[place_of(event) >> 5] |= bit_of(event);
}

void event_mask_remove(struct event_mask *mask, uint8_t event)
{
    mask->words[place_of(event) >> 5] &= ~bit_of(event);
}

static bool meet(const struct event_mask *mask, const struct event_mask *other, bool user)
{
    for (unsigned i = 0; i < EVENT_MASK_WORDS; i++)
        if (is_user_word[i] == user && (mask->words[i] & other->words[i]) != 0)
            return true;
    return false;
}

bool event_mask_meet_user(const struct event_mask *mask, const struct event_mask *other)
{
    return meet(mask, other, true);
}

bool event_mask_meet_other(const struct event_mask *mask, const struct event_mask *other)
{
    return meet(mask, other, false);
}

void event_mask_unite(struct event_mask *mask, const struct event_mask *other)
{
    for (unsigned i = 0; i < EVENT_MASK_WORDS; i++)
        mask->words[i] |= other->words[i];
}

bool event_is_user(uint8_t event)
{
    return is_user_word[place_of(event) >> 5];
}

bool event_is_key(uint8_t event)
{
    return (event >= EVENTNUM_KeyboardKeyPressed && event <= EVENTNUM_CharacterEntered) ||
           event == EVENTNUM_IRKeyPressed || event == EVENTNUM_IRKeyReleased;
}
