/*
 * Nothing is kept beside the tables of calls under way that the peers have anyway: who asks has
 * them walked, once for all services. What is found stands in the service's entry, numbered, so
 * that what an earlier walk left there is known to be old.
 */
#include "gateway/unanswered.h"

#include "gateway/gateway.h"

uint32_t unanswered_now(const struct gateway *gateway)
{
    return (uint32_t)(loop_turn_ms(gateway->loop) / UNANSWERED_TICK_MS);
}

static void add(struct directory *directory, const struct unanswered_request *request)
{
    const struct gateway_object *object = request->object;
    if (object == NULL)
        return;
    if (object->service != NULL)
        object = object->service;
    struct directory_entry *entry = directory_name_of(object); /* the first stands for all */
    if (entry == NULL)
        return;
    struct directory_unanswered *noted = &entry->unanswered;
    if (noted->count != directory->n_counts)
        *noted = (struct directory_unanswered){.count = directory->n_counts};
    /* Requests of one service pass one session, which knows their order better than the clock. */
    if (noted->n++ == 0 || request->age > noted->age) {
        noted->age = request->age;
        noted->since = request->since;
        noted->caller = request->caller;
    }
}

void unanswered_count(struct gateway *gateway)
{
    gateway->directory.n_counts++;
    for (unsigned slot = 1; slot < gateway->sessions.n_places; slot++) {
        struct session *owner = sessions_at(&gateway->sessions, slot);
        struct unanswered_request request;
        uint32_t cursor = 0;
        if (owner == NULL || owner->ops->unanswered == NULL)
            continue;
        while (owner->ops->unanswered(owner, &cursor, &request))
            if (sessions_get(&gateway->sessions, request.caller) != NULL)
                add(&gateway->directory, &request);
    }
}

bool unanswered_describe(const struct gateway *gateway, const struct directory_entry *entry,
                         struct unanswered_line *line)
{
    const struct gateway_object *object = directory_target(gateway, entry);
    if (object == NULL)
        return false;
    const struct directory_unanswered *noted = &directory_name_of(object)->unanswered;
    if (noted->count != gateway->directory.n_counts || noted->n == 0)
        return false;
    *line = (struct unanswered_line){
        .n = noted->n,
        .waits_ms = (uint64_t)(unanswered_now(gateway) - noted->since) * UNANSWERED_TICK_MS,
        .caller = sessions_get(&gateway->sessions, noted->caller)};
    return line->caller != NULL;
}
