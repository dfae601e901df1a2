/*
 * What a connection's peer tells, handed to whom it is for: calls, outcomes, events and deaths to
 * their objects, the beginning of a session and its going on to the connection itself.
 */
#include "bridge/connection_peer.h"

#include "bridge/call.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/outgoing.h"
#include "bridge/proxy.h"
#include "bridge/pump.h"
#include "bridge/stub.h"
#include "bridge/subscription.h"

static struct via_node *of_user(void *user)
{
    return user;
}

static void on_hello(void *user, const struct hello *hello)
{
    struct via_node *node = of_user(user);
    struct connection *connection = &node->connection;
    connection->state = CONNECTION_READY;
    connection->payload_max = hello->frame_max;
    liveness_greeted(&connection->liveness);
    connection->welcomed = true;
    connection->welcomed_ms = loop_now();
    network_unwatch(&connection->network);
    fault_clear(&connection->fault);
    log_debug("connection.ready", "gateway=%s session=%llu", connection->address.text,
              (unsigned long long)connection->session);
    if (connection->ended)
        link_changes_tell(&node->link_changes, VIA_LINK_RESTORED, "");
    connection->ended = false;
    names_restore(node);
    connection_changed(connection);
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    call_received(of_user(user), object, frame, meta, fds);
}

static void on_introduced(void *user, const struct meta *meta)
{
    call_introduced(of_user(user), meta);
}

static void on_reply(void *user, uint64_t context, const struct frame *frame, const int *fds)
{
    outgoing_replied(of_user(user), context, frame, fds);
}

/* What was sent to one who has died is told by the death. */
static void on_refused(void *user, const struct frame *frame)
{
    enum via_status status = (enum via_status)frame->code;
    log_debug("connection.refused", "oneway=%u status=%s", frame->id, via_status_name(status));
    if (frame->object == 0) { /* the directory takes no other */
        claims_refused(status);
        return;
    }
    void **at = peer_imported(of_user(user)->connection.peer, frame->object);
    struct object *object = at != NULL ? *at : NULL;
    if (object != NULL && object->ops == &proxy_object_ops && status != VIA_DEAD &&
        status != VIA_NOT_FOUND)
        proxy_refused((struct via_proxy *)object);
}

static void on_cancel(void *user, uint32_t id, uint64_t context)
{
    (void)user;
    (void)id;
    call_cancelled(context);
}

static void on_event(void *user, void *object, struct their_handle from, const struct frame *frame,
                     const int *fds)
{
    (void)from;
    subscription_received(of_user(user), object, frame, fds);
}

static void on_death(void *user, struct their_handle handle, void *attached, enum via_cause cause)
{
    struct via_node *node = of_user(user);
    struct object *object = attached;
    if (object == NULL)
        return;
    if (object->ops == &caller_object_ops) {
        struct caller *caller = attached;
        void **at = peer_imported(node->connection.peer, handle.number);
        if (at != NULL)
            *at = NULL;
        peer_release(node->connection.peer, handle, UINT32_MAX);
        caller_died(caller, cause);
        (void)caller_unref(caller);
        return;
    }
    proxy_died((struct via_proxy *)attached, cause);
}

static void on_unexported(void *user, void *object, struct our_handle handle)
{
    (void)handle;
    stub_unexported(object, of_user(user)->connection.undoing);
}

static void on_bye(void *user, uint32_t code)
{
    struct connection *connection = &of_user(user)->connection;
    log_debug("connection.bye", "code=%u", code);
    if (code == FRAME_BYE_RESUME && connection->address.wss)
        link_close(connection->link); /* the next one is to be made at once */
}

static void on_lost(void *user, void *object, struct their_handle from, const struct frame *head)
{
    (void)user;
    (void)from;
    subscription_lost(object, head);
}

static enum via_status on_accept_stream(void *user, const struct frame_fd *entry, int *fdp)
{
    struct via_node *node = of_user(user);
    return pump_accept(&node->pumps, node->connection.peer, entry, fdp);
}

/* Whoever leads may go back to sleep at once: the loop itself sees to it. */
static void on_stirred(void *user)
{
    struct via_node *node = of_user(user);
    node->connection.unflushed = true;
    loop_defer(node->loop, &node->connection.flush);
}

/* Nothing of an earlier session is in its peer any more. */
static void on_resumed(void *user, bool recovered)
{
    struct via_node *node = of_user(user);
    struct connection *connection = &node->connection;
    loop_disarm(node->loop, &connection->grace);
    log_info("connection.resumed", "gateway=%s recovered=%s", connection->address.text,
             recovered ? "true" : "false");
    if (recovered) {
        connection->state = CONNECTION_READY;
        connection->payload_max = peer_their_hello(connection->peer)->frame_max;
        liveness_greeted(&connection->liveness);
        connection->n_failures = 0;
        network_unwatch(&connection->network);
        fault_clear(&connection->fault);
        link_changes_tell(&node->link_changes, VIA_LINK_RESUMED, "");
        connection_changed(connection);
        return;
    }
    connection_session_ended(node);
    connection->state = CONNECTION_OPENING;
    subscription_end_all(node, VIA_LINK_LOST);
    connection->session++;
}

static uint64_t now(void *user)
{
    (void)user;
    return loop_now();
}

const struct peer_ops connection_peer_ops = {.hello = on_hello,
                                             .call = on_call,
                                             .introduced = on_introduced,
                                             .reply = on_reply,
                                             .refused = on_refused,
                                             .cancel = on_cancel,
                                             .event = on_event,
                                             .death = on_death,
                                             .unexported = on_unexported,
                                             .bye = on_bye,
                                             .resumed = on_resumed,
                                             .lost = on_lost,
                                             .accept_stream = on_accept_stream,
                                             .stirred = on_stirred,
                                             .now = now};
