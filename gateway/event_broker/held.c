/*
 * One list for all of them: they are few.
 */
#include "gateway/event_broker/held.h"

#include <stdlib.h>

#include "gateway/event_broker/broker_error.h"

static bool is_given_up(const struct held *held, const void *with)
{
    const struct broker *broker = with;
    return broker->ops->is_given_up(broker->user, held->handle);
}

void held_let_go(struct broker *broker)
{
    held_answer(broker, is_given_up, broker, BROKER_ERROR(ER_Aborted));
}

static bool is_of_same(const struct held *held, const struct held *other)
{
    return held->port == other->port && (held->port != 0 || held->client == other->client);
}

bool held_add(struct broker *broker, const struct held *held)
{
    held_let_go(broker);
    struct held **end = &broker->held;
    unsigned n_of_same = 0;
    for (; *end != NULL; end = &(*end)->next)
        n_of_same += is_of_same(*end, held);
    struct held *copy = n_of_same >= HELD_OF_PORT_MAX ? NULL : malloc(sizeof *copy);
    if (copy == NULL)
        return false;
    *copy = *held;
    copy->next = NULL;
    *end = copy;
    return true;
}

struct held *held_take(struct broker *broker, bool (*matches)(const struct held *, const void *),
                       const void *with)
{
    struct held **place = &broker->held;
    while (*place != NULL && !matches(*place, with))
        place = &(*place)->next;
    struct held *held = *place;
    if (held != NULL)
        *place = held->next;
    return held;
}

void held_answer(struct broker *broker, bool (*matches)(const struct held *, const void *),
                 const void *with, int32_t result)
{
    struct held *held;
    while ((held = held_take(broker, matches, with)) != NULL) {
        broker->ops->reply(broker->user, held->handle, &(struct broker_answer){.result = result});
        free(held);
    }
}
