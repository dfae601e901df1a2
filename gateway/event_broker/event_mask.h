/*
 * Sets of events, as the eight words of a mask hold them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define EVENT_MASK_WORDS 8u

struct event_mask {
    uint32_t words[EVENT_MASK_WORDS];
};

/* @event is 1 to 255. */
bool event_mask_has(const struct event_mask *mask, uint8_t event);
void event_mask_add(struct event_mask *mask, uint8_t event);
void event_mask_remove(struct event_mask *mask, uint8_t event);

/* Whether they have an event in common: of those that users do, and of the others. */
bool event_mask_meet_user(const struct event_mask *mask, const struct event_mask *other);
bool event_mask_meet_other(const struct event_mask *mask, const struct event_mask *other);
void event_mask_unite(struct event_mask *mask, const struct event_mask *other);

/* It is something that users do, and goes by the focus. */
bool event_is_user(uint8_t event);
/* It tells which keys somebody presses. */
bool event_is_key(uint8_t event);
