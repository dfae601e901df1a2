/*
 * A name has its number as long as the broker lives. What users do has the lower half of the
 * numbers; the lowest free one is given.
 */
#include "gateway/event_broker/custom_events.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/portfolio_event_names.h"
#include "gateway/event_broker/broker_error.h"

void custom_events_deinit(struct custom_events *events)
{
    for (unsigned i = 0; i < CUSTOM_EVENTS_MAX; i++)
        free(events->names[i]);
}

static bool is_for_users(unsigned place)
{
    return portfolio_event_is_users((uint8_t)(PORTFOLIO_CUSTOM + place));
}

/* Whoever goes by names would take one of the system's for that event. */
static bool is_systems(const char *name)
{
    for (uint32_t event = 1; event < PORTFOLIO_CUSTOM; event++) {
        const struct portfolio_event *known = portfolio_event_of(event);
        if (known != NULL && portfolio_name_is_same(known->name, name))
            return true;
    }
    return false;
}

/* @place is free. */
static bool put(struct custom_events *events, unsigned place, const char *name)
{
    const size_t size = strlen(name) + 1;
    events->names[place] = malloc(size);
    if (events->names[place] == NULL)
        return false;
    memcpy(events->names[place], name, size);
    return true;
}

enum custom_events_fixed custom_events_fix(struct custom_events *events, uint32_t event,
                                           const char *name)
{
    if (!portfolio_name_is_legal(name, SIZE_MAX))
        return CUSTOM_EVENTS_BAD_NAME;
    if (event < PORTFOLIO_CUSTOM || event >= PORTFOLIO_EVENTS ||
        events->names[event - PORTFOLIO_CUSTOM] != NULL)
        return CUSTOM_EVENTS_NUMBER_TAKEN;
    if (is_systems(name) || custom_events_has(events, name, SIZE_MAX))
        return CUSTOM_EVENTS_NAME_TAKEN;
    return put(events, event - PORTFOLIO_CUSTOM, name) ? CUSTOM_EVENTS_FIXED
                                                       : CUSTOM_EVENTS_NO_MEMORY;
}

size_t custom_events_write(const struct custom_events *events, uint8_t *octets)
{
    uint8_t *at = portfolio_event_names_begin(octets);
    for (unsigned i = 0; i < CUSTOM_EVENTS_MAX; i++)
        if (events->names[i] != NULL)
            at = portfolio_event_name_put(at, (uint8_t)(PORTFOLIO_CUSTOM + i), events->names[i]);
    return (size_t)(at - octets);
}

int32_t custom_events_register(struct custom_events *events, const char *name, size_t room,
                               bool is_user, uint64_t client)
{
    unsigned place = CUSTOM_EVENTS_MAX;
    if (!portfolio_name_is_legal(name, room) || is_systems(name))
        return BROKER_ERROR(ER_BadName);
    for (unsigned i = CUSTOM_EVENTS_MAX; i-- > 0;) {
        if (events->names[i] == NULL && is_for_users(i) == is_user)
            place = i;
        if (events->names[i] == NULL || !portfolio_name_is_same(events->names[i], name))
            continue;
        return is_for_users(i) == is_user ? (int32_t)(PORTFOLIO_CUSTOM + i)
                                          : BROKER_ERROR(ER_ParamError);
    }
    if (place == CUSTOM_EVENTS_MAX)
        return BROKER_ERROR(ER_NoMem);
    if (!put(events, place, name))
        return BROKER_ERROR(ER_NoMem);
    events->clients[place] = client;
    return (int32_t)(PORTFOLIO_CUSTOM + place);
}

bool custom_events_has(const struct custom_events *events, const char *name, size_t room)
{
    for (unsigned i = 0; i < CUSTOM_EVENTS_MAX && portfolio_name_is_legal(name, room); i++)
        if (events->names[i] != NULL && portfolio_name_is_same(events->names[i], name))
            return true;
    return false;
}

unsigned custom_events_count(const struct custom_events *events, uint64_t client)
{
    unsigned n = 0;
    for (unsigned i = 0; i < CUSTOM_EVENTS_MAX; i++)
        n += events->names[i] != NULL && events->clients[i] == client;
    return n;
}

void custom_events_disown(struct custom_events *events, uint64_t client)
{
    for (unsigned i = 0; i < CUSTOM_EVENTS_MAX; i++)
        if (events->clients[i] == client)
            events->clients[i] = 0;
}
