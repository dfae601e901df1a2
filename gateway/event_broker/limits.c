/*
 * A limit is at least 1, and at most what the broker has for all clients together.
 */
#include "gateway/event_broker/limits.h"

#include <stdlib.h>

#include "gateway/event_broker/custom_events.h"
#include "gateway/event_broker/listeners.h"
#include "gateway/event_broker/ports.h"

static const struct {
    const char *name;
    uint32_t first, most;
} table[LIMITS] = {
    [LIMIT_PORTS] = {"ports", LIMIT_PORTS_DEFAULT, PORTS_MAX},
    [LIMIT_LISTENERS] = {"listeners", LIMIT_LISTENERS_DEFAULT, LISTENERS_MAX},
    [LIMIT_PODS] = {"pods", LIMIT_PODS_DEFAULT, PORTFOLIO_POD_NUMBER_MAX},
    [LIMIT_EVENTS] = {"events", LIMIT_EVENTS_DEFAULT, CUSTOM_EVENTS_MAX},
};

const char *limit_name(enum limit limit)
{
    return table[limit].name;
}

uint32_t limit_most(enum limit limit)
{
    return table[limit].most;
}

void limits_init(struct limits *limits)
{
    for (unsigned i = 0; i < LIMITS; i++)
        limits->most[i] = table[i].first;
}

bool limits_read(struct limits *limits, enum limit limit, const char *text)
{
    char *end;
    const unsigned long most = strtoul(text, &end, 10);
    if (text[0] < '1' || text[0] > '9' || *end != '\0' || most > table[limit].most)
        return false;
    limits->most[limit] = (uint32_t)most;
    return true;
}
