/*
 * Requests that a service has been given and not answered, while somebody waits for that: how many,
 * and who has waited longest. A forgotten answer is seen here, and nowhere else, for there need be
 * no limit to how long a client waits.
 */
#pragma once

#include "gateway/directory.h"

#define UNANSWERED_TICK_MS 100u /* how exactly it is known when a request was passed on */

/* Of one service. */
struct unanswered_line {
    uint32_t n;
    uint64_t waits_ms;            /* the oldest */
    const struct session *caller; /* its; borrowed */
};

/* Counts those of all services, for unanswered_describe() until the gateway does something else. */
void unanswered_count(struct gateway *gateway);
/* False: there are none. Those to objects that the service has opened are its own. */
bool unanswered_describe(const struct gateway *gateway, const struct directory_entry *entry,
                         struct unanswered_line *line);

/* What session_ops.unanswered tells of one. */
struct unanswered_request {
    struct gateway_object *object; /* which was called; borrowed; NULL: it is not known any more */
    uint32_t caller;               /* session_key */
    uint32_t since;                /* in ticks */
    uint32_t age;                  /* larger is older, among those of one owner */
};
/* Now, in ticks. */
uint32_t unanswered_now(const struct gateway *gateway);
