/*
 * What goes out to a binary session: the functions of its row in the router's table. Each makes the
 * message cross, gives it to the peer, and takes the counts back if that refused it.
 */
#include "gateway/binary.h"
#include "gateway/crossing.h"
#include "gateway/directory_verbs.h"
#include "gateway/events.h"
#include "gateway/gateway.h"
#include "gateway/objects.h"
#include "gateway/unanswered.h"

static struct binary *of_session(struct session *session)
{
    return (struct binary *)session;
}

static enum via_status settle(struct crossing *crossing, enum via_status status)
{
    if (status == VIA_OK)
        crossing_sent(crossing);
    else
        crossing_undo(crossing);
    return status;
}

static enum via_status call(struct session *owner, uint32_t handle, const struct message *message,
                            uint64_t context, uint32_t *idp)
{
    struct binary *binary = of_session(owner);
    struct crossing crossing;
    if (binary->ended)
        return VIA_DEAD;
    enum via_status status = crossing_begin_call(&crossing, binary, message);
    if (status != VIA_OK)
        return status;
    crossing.frame.object = handle;
    return settle(&crossing, peer_call(binary->peer, &crossing.frame, &crossing.meta, crossing.fds,
                                       context, idp));
}

static enum via_status oneway(struct session *owner, uint32_t handle, const struct message *message,
                              uint32_t *numberp)
{
    struct binary *binary = of_session(owner);
    struct crossing crossing;
    if (binary->ended)
        return VIA_DEAD;
    enum via_status status = crossing_begin_call(&crossing, binary, message);
    if (status != VIA_OK)
        return status;
    crossing.frame.object = handle;
    return settle(&crossing, peer_oneway(binary->peer, &crossing.frame, &crossing.meta,
                                         crossing.fds, numberp));
}

static void cancel(struct session *owner, uint32_t id)
{
    struct binary *binary = of_session(owner);
    if (binary->ended)
        return;
    peer_cancel(binary->peer, id);
    binary_flush_later(binary);
}

static void reply(struct session *caller, uint32_t id, const struct message *message)
{
    struct binary *binary = of_session(caller);
    struct crossing crossing;
    if (binary->ended) {
        message_close_fds(message);
        return;
    }
    enum via_status status = crossing_begin(&crossing, binary, message);
    if (status == VIA_OK)
        /* Where it cannot be sent, the peer has answered that. */
        status = settle(&crossing, peer_reply(binary->peer, id, &crossing.frame, crossing.fds));
    else
        binary_answer(binary, id, status, 0);
    if (status != VIA_OK)
        message_close_fds(message);
    binary_flush_later(binary);
}

static void refused(struct session *sender, uint32_t number, uint32_t object,
                    enum via_status status)
{
    struct binary *binary = of_session(sender);
    if (binary->ended)
        return;
    peer_refuse(binary->peer, number, object, status);
    binary_flush_later(binary);
}

static enum via_status event(struct session *subscriber, struct gateway_object *sink,
                             const struct message *message)
{
    struct binary *binary = of_session(subscriber);
    struct crossing crossing;
    if (binary->ended)
        return VIA_DEAD;
    enum via_status status = crossing_begin(&crossing, binary, message);
    if (status != VIA_OK)
        return status;
    crossing.frame.object = sink->handle;
    return settle(&crossing, peer_event(binary->peer, &crossing.frame, crossing.fds));
}

static enum via_status events(struct session *subscriber, struct gateway_object *sink,
                              const struct event_run *run)
{
    struct binary *binary = of_session(subscriber);
    if (binary->ended)
        return VIA_DEAD;
    enum via_status status =
        peer_event_run(binary->peer, run->octets, run->size, run->n, run->largest, sink->handle);
    if (status == VIA_OK)
        binary_flush_later(binary);
    return status;
}

static void death(struct session *holder, struct gateway_object *object, enum via_cause cause)
{
    struct binary *binary = of_session(holder);
    if (binary->ended)
        return;
    peer_death(binary->peer, object, cause);
    binary_flush_later(binary);
}

static void hold(struct session *owner)
{
    binary_hold(of_session(owner));
}

static void join(struct session *owner, const struct gateway_object *ours, uint32_t theirs)
{
    const struct binary *binary = of_session(owner);
    if (!binary->ended)
        peer_join(binary->peer, ours, (struct their_handle){theirs});
}

static void give_back(struct session *owner, uint32_t handle)
{
    struct binary *binary = of_session(owner);
    /* Also while it ends: its peer goes through its references, and must not find this one. */
    peer_release(binary->peer, (struct their_handle){handle}, UINT32_MAX);
    if (!binary->ended)
        binary_flush_later(binary);
}

/* A session_key: who waits for the answer to a call with @context. */
static uint32_t caller_of(const struct binary *binary, uint64_t context)
{
    uint32_t key = session_context_key(context);
    const struct session *session =
        key == 0 ? asks_session(&binary->session.gateway->asks, session_context_id(context)) : NULL;
    return session != NULL ? session_key(session) : key;
}

static bool unanswered(struct session *owner, uint32_t *cursorp, struct unanswered_request *request)
{
    struct binary *binary = of_session(owner);
    struct peer_unanswered call;
    if (binary->ended || !peer_next_unanswered(binary->peer, cursorp, &call))
        return false;
    void **attached = peer_imported(binary->peer, call.object.number);
    *request = (struct unanswered_request){.object = attached != NULL ? *attached : NULL,
                                           .caller = caller_of(binary, call.context),
                                           .since = call.since,
                                           .age = call.age};
    return true;
}

static void close_session(struct session *session, enum frame_bye code, const char *text)
{
    binary_dismiss(of_session(session), code,
                   code == FRAME_BYE_EVICTED ? VIA_EVICTED : VIA_LINK_LOST, text);
}

const struct session_ops binary_ops = {.name = "binary",
                                       .call = call,
                                       .oneway = oneway,
                                       .cancel = cancel,
                                       .reply = reply,
                                       .refused = refused,
                                       .event = event,
                                       .events = events,
                                       .death = death,
                                       .found = directory_verbs_found,
                                       .hold = hold,
                                       .join = join,
                                       .give_back = give_back,
                                       .unanswered = unanswered,
                                       .close = close_session};
