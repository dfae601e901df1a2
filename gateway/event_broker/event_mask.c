/*
 * A word of a mask has events of one kind alone: of what users do, or of others.
 */
#include "gateway/event_broker/event_mask.h"

#include "include/portfolio/event.h"

static bool meet(const struct event_mask *mask, const struct event_mask *other, bool user)
{
    for (uint32_t i = 0; i < PORTFOLIO_MASK_WORDS; i++)
        if (portfolio_event_is_users(portfolio_mask_number(32 * i)) == user &&
            (mask->words[i] & other->words[i]) != 0)
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
    for (unsigned i = 0; i < PORTFOLIO_MASK_WORDS; i++)
        mask->words[i] |= other->words[i];
}

bool event_is_key(uint8_t event)
{
    const struct portfolio_event *known = portfolio_event_of(event);
    return known != NULL &&
           (known->class == GENERIC_Keyboard || known->class == GENERIC_IRController);
}
