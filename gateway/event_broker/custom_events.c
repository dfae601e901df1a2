/*
 * A name has its number as long as the broker lives. What users do has the lower half of the
 * numbers; the lowest free one is given.
 */
#include "gateway/event_broker/custom_events.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/portfolio_name.h"
#include "gateway/event_broker/broker_error.h"

void custom_events_deinit(struct custom_events *events)
{
    for (unsigned i = 0; i < CUSTOM_EVENTS_MAX; i++)
        free(events->names[i]);
}

static bool is_for_users(unsigned place)
{
    return place < CUSTOM_EVENT_FIRST_OTHER - CUSTOM_EVENT_FIRST;
}

int32_t custom_events_register(struct custom_events *events, const char *name, size_t room,
                               bool is_user)
{
    unsigned place = CUSTOM_EVENTS_MAX;
    if (!portfolio_name_is_legal(name, room))
        return BROKER_ERROR(ER_BadName);
    for (unsigned i = CUSTOM_EVENTS_MAX; i-- > 0;) {
        if (events->names[i] == NULL && is_for_users(i) == is_user)
            place = i;
        if (events->names[i] == NULL || !portfolio_name_is_same(events->names[i], name))
            continue;
        return is_for_users(i) == is_user ? (int32_t)(CUSTOM_EVENT_FIRST + i)
                                          : BROKER_ERROR(ER_ParamError);
    }
    if (place == CUSTOM_EVENTS_MAX)
        return BROKER_ERROR(ER_NoMem);
    events->names[place] = strdup(name);
    return events->names[place] == NULL ? BROKER_ERROR(ER_NoMem)
                                        : (int32_t)(CUSTOM_EVENT_FIRST + place);
}

const char *custom_events_name(const struct custom_events *events, uint8_t event)
{
    return event < CUSTOM_EVENT_FIRST ? NULL : events->names[event - CUSTOM_EVENT_FIRST];
}
