/*
 * Sets of events, as masks hold them, and what the broker asks of them. Which bit is which event's
 * is codecs/portfolio_events.h's to say.
 */
#pragma once

#include "codecs/portfolio_events.h"

struct event_mask {
    uint32_t words[PORTFOLIO_MASK_WORDS];
};

/* Whether they have an event in common: of those that users do, and of the others. */
bool event_mask_meet_user(const struct event_mask *mask, const struct event_mask *other);
bool event_mask_meet_other(const struct event_mask *mask, const struct event_mask *other);
void event_mask_unite(struct event_mask *mask, const struct event_mask *other);

/* It tells which keys somebody presses. */
bool event_is_key(uint8_t event);
