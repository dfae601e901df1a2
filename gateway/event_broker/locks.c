/*
 * A lock is a port's, and not counted: whoever has it and asks again has it still, also where an
 * earlier request of the same port still waits when it is granted.
 */
#include "gateway/event_broker/locks.h"

#include <stdlib.h>

#include "gateway/event_broker/broker_error.h"
#include "gateway/event_broker/held.h"

bool locks_lock(struct broker *broker, struct pod *pod, const struct broker_request *request,
                bool waits, int32_t *resultp)
{
    const uint32_t port = request->sender.port;
    const struct held held = {
        .why = HELD_FOR_LOCK, .handle = request->handle, .port = port, .pod = pod->number};
    if (pod->lock == 0)
        pod->lock = port;
    if (pod->lock == port)
        *resultp = 0;
    else if (!waits)
        *resultp = BROKER_ERROR(ER_NotOwner);
    else if (!held_add(broker, &held))
        *resultp = BROKER_ERROR(ER_NoMem);
    else
        return false;
    return true;
}

int32_t locks_unlock(struct broker *broker, struct pod *pod, uint32_t port)
{
    if (pod->lock == 0 || pod->lock != port)
        return BROKER_ERROR(ER_NotOwner);
    locks_release(broker, pod);
    return 0;
}

static bool waits_for(const struct held *held, const void *with)
{
    const struct pod *pod = with;
    return held->why == HELD_FOR_LOCK && held->pod == pod->number &&
           (pod->lock == 0 || held->port == pod->lock);
}

void locks_release(struct broker *broker, struct pod *pod)
{
    pod->lock = 0;
    held_let_go(broker);
    struct held *next = held_take(broker, waits_for, pod);
    if (next == NULL)
        return;
    pod->lock = next->port;
    broker->ops->reply(broker->user, next->handle, &(struct broker_answer){.result = 0});
    free(next);
    held_answer(broker, waits_for, pod, 0);
}
