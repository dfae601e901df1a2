/*
 * A call's sender and id travel with it as the 64-bit context of the owner's session, so there is
 * no table of calls here: the reply brings it back, and if the sender has ended meanwhile its key
 * finds nobody and the reply is dropped. When the owner's session ends, its peer makes up a DEAD
 * reply for each call that was passed over it, which comes the same way.
 */
#include "gateway/router.h"

#include <stdlib.h>

#include "gateway/gateway.h"
#include "gateway/openings.h"
#include "gateway/phoenix_ports.h"

enum via_cause router_cause(const struct gateway_object *object)
{
    const struct session *owner = objects_owner(object);
    if (object->death != VIA_ALIVE)
        return object->death;
    return owner != NULL && owner->leaving != VIA_ALIVE ? owner->leaving : VIA_LINK_LOST;
}

/* The session to call, or why not. */
static enum via_status target(const struct gateway_object *object, struct session **ownerp)
{
    if (object->death != VIA_ALIVE)
        return VIA_DEAD;
    if (object->handle == 0)
        return VIA_UNSUPPORTED; /* a caller's number: to be watched, not called */
    *ownerp = objects_owner(object);
    return *ownerp != NULL ? VIA_OK : VIA_DEAD;
}

/* @sender: where the reply goes. */
static enum via_status pass_call(const struct message *message, struct gateway_object *object,
                                 uint64_t sender, uint64_t *contextp)
{
    struct session *owner = NULL;
    enum via_status status = target(object, &owner);
    if (status != VIA_OK)
        return status;
    struct opening *opening = NULL;
    if (openings_is_open(message->frame)) {
        opening = openings_expect(object, openings_back(message));
        if (opening == NULL)
            return VIA_NO_MEMORY;
        opening->bound = bounds_opening(message->from, object);
    }
    uint32_t owner_id = 0;
    status = owner->ops->call(owner, object->handle, message, sender, &owner_id);
    if (status == VIA_OK)
        *contextp = session_context(object->owner, owner_id);
    if (opening != NULL && status == VIA_OK)
        openings_sent(opening, owner, owner_id);
    else if (opening != NULL)
        openings_drop(opening);
    return status;
}

enum via_status router_call(const struct message *message, struct gateway_object *object,
                            uint32_t id, uint64_t *contextp)
{
    enum via_status status = phoenix_ports_judge(message);
    if (status != VIA_OK)
        return status;
    return pass_call(message, object, session_context(session_key(message->from), id), contextp);
}

enum via_status router_ask(const struct message *message, struct gateway_object *object,
                           uint32_t id, uint64_t *contextp)
{
    return pass_call(message, object, session_context(0, id), contextp);
}

enum via_status router_oneway(const struct message *message, struct gateway_object *object,
                              uint32_t number)
{
    struct session *owner = NULL;
    enum via_status status = target(object, &owner);
    if (status == VIA_OK)
        status = phoenix_ports_judge(message);
    if (status != VIA_OK)
        return status;
    if (owner->oneways == NULL) {
        owner->oneways = calloc(SESSION_ONEWAYS, sizeof *owner->oneways);
        if (owner->oneways == NULL)
            return VIA_NO_MEMORY;
    }
    uint32_t owner_number = 0;
    status = owner->ops->oneway(owner, object->handle, message, &owner_number);
    if (status == VIA_OK)
        owner->oneways[owner_number % SESSION_ONEWAYS] =
            (struct session_oneway){.number = owner_number,
                                    .sender_number = number,
                                    .sender_object = message->frame->object,
                                    .sender = session_key(message->from)};
    return status;
}

void router_reply(const struct message *message, uint64_t context)
{
    struct gateway *gateway = message->from->gateway;
    if (session_context_key(context) == 0) {
        asks_answered(&gateway->asks, session_context_id(context), message);
        message_close_fds(message);
        return;
    }
    struct session *caller = sessions_get(&gateway->sessions, session_context_key(context));
    struct opening *opening = message->from->openings != NULL ? openings_answered(message) : NULL;
    if (caller != NULL)
        caller->ops->reply(caller, session_context_id(context), message);
    else
        message_close_fds(message);
    if (opening != NULL)
        openings_end(opening, message);
}

void router_refused(struct session *receiver, uint32_t number, enum via_status status)
{
    if (receiver->oneways == NULL)
        return;
    struct session_oneway *oneway = &receiver->oneways[number % SESSION_ONEWAYS];
    if (oneway->number != number || oneway->sender == 0)
        return; /* longer ago than is remembered, or refused before */
    struct session *sender = sessions_get(&receiver->gateway->sessions, oneway->sender);
    oneway->sender = 0;
    if (sender != NULL)
        sender->ops->refused(sender, oneway->sender_number, oneway->sender_object, status);
}

void router_cancel(struct gateway *gateway, uint64_t context)
{
    struct session *owner = sessions_get(&gateway->sessions, session_context_key(context));
    if (owner != NULL)
        owner->ops->cancel(owner, session_context_id(context));
}
