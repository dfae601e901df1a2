/*
 * Everything that becomes of it comes through its thread's mailbox: that it is open, which it tells
 * itself before anybody else knows its stub; what the client sends; that the client has closed it.
 * A client that goes without a word is noticed when nobody refers to the stub any more, which is
 * told after all that it had sent was taken.
 *
 * What the client is told last goes to its back reference, behind all other messages. Its stub is
 * not withdrawn then, for that would overtake a large one; where there is no back reference it is.
 * And where that word, or a message before it, is refused on its way because the client's link is
 * full: a death is never refused. So stub and back reference stay until the client has let go.
 */
#include "bridge/legato/accepted.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <viaduct/node.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/local.h"
#include "bridge/legato/pace.h"
#include "bridge/legato/wire.h"

#define UID_NOBODY 65534 /* of clients on other hosts */

static _Thread_local struct message *received; /* whose handler runs */

static struct accepted *accepted_of(struct session *session)
{
    return CONTAINER_OF(session, struct accepted, session);
}

static enum accepted_state state_of(const struct accepted *accepted)
{
    return (enum accepted_state)atomic_load(&accepted->state);
}

static const char *name_of(const struct accepted *accepted)
{
    return accepted->session.interface->name;
}

/* ---- requests ---- */

static void add_request(struct accepted *accepted, struct message *message, struct via_call *call)
{
    message->is_request = true;
    atomic_store(&message->needs_response, true);
    (void)pthread_mutex_lock(&accepted->lock);
    message->call = via_call_keep(call);
    message->next = NULL;
    message->linkp = accepted->last_request;
    *accepted->last_request = message;
    accepted->last_request = &message->next;
    (void)pthread_mutex_unlock(&accepted->lock);
}

/* Its call, to be answered, a count; NULL: that has been done, or nobody waits any more. */
static struct via_call *take_call(struct accepted *accepted, struct message *message)
{
    (void)pthread_mutex_lock(&accepted->lock);
    struct via_call *call = message->call;
    if (call != NULL) {
        message->call = NULL;
        *message->linkp = message->next;
        if (message->next != NULL)
            message->next->linkp = message->linkp;
        else
            accepted->last_request = message->linkp;
    }
    (void)pthread_mutex_unlock(&accepted->lock);
    return call;
}

static void drop_requests(struct accepted *accepted)
{
    (void)pthread_mutex_lock(&accepted->lock);
    while (accepted->requests != NULL) {
        struct message *message = accepted->requests;
        accepted->requests = message->next;
        if (accepted->pace == NULL || pace_reply(accepted->pace, message->call, NULL) != VIA_OK)
            (void)via_call_fail(message->call, VIA_DEAD);
        message->call = via_call_unref(message->call);
    }
    accepted->last_request = &accepted->requests;
    (void)pthread_mutex_unlock(&accepted->lock);
}

/* ---- its end ---- */

/* Whether that may still be refused on its way. */
static bool tell_client(struct accepted *accepted)
{
    enum via_status status = VIA_UNSUPPORTED;
    if (accepted->pace != NULL)
        status = pace_close(accepted->pace);
    else if (accepted->back != NULL)
        status = via_proxy_send(accepted->back, WIRE_CLOSED, NULL);
    accepted->pace = NULL;
    if (status == VIA_OK)
        return accepted->watch != 0;
    via_stub_withdraw(accepted->stub);
    return false;
}

/* Nobody has to be told of a closed session any more. Any thread. */
static void let_ends_go(struct accepted *accepted)
{
    (void)pthread_mutex_lock(&accepted->lock);
    struct via_stub *stub = accepted->stub;
    struct via_proxy *back = accepted->back;
    accepted->stub = NULL;
    accepted->back = NULL;
    (void)pthread_mutex_unlock(&accepted->lock);
    if (back != NULL && accepted->watch != 0 && via_proxy_unwatch(back, accepted->watch) == VIA_OK)
        (void)session_unref(&accepted->session);
    (void)via_proxy_unref(back);
    (void)via_stub_unref(stub);
}

/* Tells the client what is never refused. Any thread. */
static void withdraw(struct accepted *accepted)
{
    (void)pthread_mutex_lock(&accepted->lock);
    struct via_stub *stub = accepted->stub != NULL ? via_stub_ref(accepted->stub) : NULL;
    (void)pthread_mutex_unlock(&accepted->lock);
    if (stub == NULL)
        return;
    via_stub_withdraw(stub);
    (void)via_stub_unref(stub);
}

/* The close handlers have run; or the thread has been cancelled in one. */
static void finish_close(void *context)
{
    struct accepted *accepted = context;
    atomic_store(&accepted->state, ACCEPTED_CLOSED);
    session_let_go(&accepted->session);
    (void)session_unref(&accepted->session);
}

static void finish_close_whole(void *context)
{
    struct accepted *accepted = context;
    atomic_store(&accepted->state, ACCEPTED_CLOSED);
    let_ends_go(accepted);
    finish_close(accepted);
}

static void unref_it(void *context)
{
    struct accepted *accepted = context;
    (void)session_unref(&accepted->session);
}

void accepted_close(struct accepted *accepted)
{
    enum accepted_state before = state_of(accepted);
    if (before == ACCEPTED_CLOSING || before == ACCEPTED_CLOSED)
        return;
    atomic_store(&accepted->state, ACCEPTED_CLOSING);
    (void)session_ref(&accepted->session);
    if (accepted->linkp != NULL) {
        *accepted->linkp = accepted->next;
        if (accepted->next != NULL)
            accepted->next->linkp = accepted->linkp;
    }
    drop_requests(accepted);
    bool stays = tell_client(accepted);
    pthread_cleanup_push(stays ? finish_close : finish_close_whole, accepted);
    if (before == ACCEPTED_OPEN)
        service_tell(accepted->service, &accepted->service->closed,
                     session_reference(&accepted->session));
    pthread_cleanup_pop(1);
}

static void close_now(void *param1, void *param2)
{
    (void)param2;
    pthread_cleanup_push(unref_it, param1);
    accepted_close(param1);
    pthread_cleanup_pop(1);
}

/* From its loop. Any thread. */
static void close_later(struct accepted *accepted)
{
    (void)session_ref(&accepted->session);
    if (!legato_thread_queue(mailbox_thread(accepted->session.mailbox), close_now, accepted, NULL))
        (void)session_unref(&accepted->session);
}

/* A message to it was. */
static void failed(void *user, enum via_status status)
{
    struct accepted *accepted = user;
    if (status == VIA_OK || status == VIA_DEAD || status == VIA_NOT_CONNECTED)
        return;
    legato_error("Service '%s': a message cannot be sent (%s): its session is closed.",
                 name_of(accepted), via_status_name(status));
    close_later(accepted);
}

static void let_ends_go_and_unref(void *context)
{
    let_ends_go(context);
    unref_it(context);
}

static void let_go(void *param1, void *param2)
{
    (void)param2;
    pthread_cleanup_push(let_ends_go_and_unref, param1);
    accepted_close(param1);
    pthread_cleanup_pop(1);
}

/* The client has let go. On a worker. */
static void unreferenced(void *user)
{
    struct accepted *accepted = user;
    (void)session_ref(&accepted->session);
    if (legato_thread_queue(mailbox_thread(accepted->session.mailbox), let_go, accepted, NULL))
        return;
    let_ends_go(accepted); /* it was closed when its thread ended */
    (void)session_unref(&accepted->session);
}

static void told_of_loss(void *param1, void *param2)
{
    struct accepted *accepted = param1;
    (void)param2;
    if (state_of(accepted) == ACCEPTED_OPEN)
        legato_error("Service '%s': a message to process %d was lost, for its link takes no more: "
                     "its session is closed.",
                     name_of(accepted), (int)accepted->pid);
    withdraw(accepted);
    let_go(param1, param2);
}

/* Of the back reference: it is dead, which `unreferenced` tells, or a message to it is lost. On a
 * worker; the watch's count. */
static void told_of_back(void *user, enum via_cause cause)
{
    struct accepted *accepted = user;
    if (cause == VIA_ALIVE) {
        if (legato_thread_queue(mailbox_thread(accepted->session.mailbox), told_of_loss, accepted,
                                NULL))
            return;
        withdraw(accepted);
    }
    (void)session_unref(&accepted->session);
}

static void destroyed(void *user)
{
    struct accepted *accepted = user;
    (void)session_unref(&accepted->session);
}

/* ---- what comes ---- */

static void begin(struct accepted *accepted)
{
    struct service *service = accepted->service;
    if (state_of(accepted) != ACCEPTED_NEW)
        return;
    if (service_is_over(service)) {
        accepted_close(accepted);
        return;
    }
    if (accepted->back != NULL && via_proxy_local(accepted->back) == NULL)
        accepted->pace = pace_create(accepted->session.mailbox, accepted->back, name_of(accepted),
                                     failed, accepted);
    atomic_store(&accepted->state, ACCEPTED_OPEN);
    accepted->next = service->sessions;
    accepted->linkp = &service->sessions;
    if (accepted->next != NULL)
        accepted->next->linkp = &accepted->next;
    service->sessions = accepted;
    service_tell(service, &service->opened, session_reference(&accepted->session));
}

static void receive(struct accepted *accepted, struct via_call *call)
{
    const struct service *service = accepted->service;
    if (service->receive == NULL) {
        legato_warn("Service '%s' has no receive handler: a session that was sent a message is "
                    "closed.",
                    name_of(accepted));
        accepted_close(accepted);
        return;
    }
    struct message *message = message_from_parcel(&accepted->session, via_call_request(call));
    if (message == NULL) {
        (void)via_call_fail(call, VIA_BAD_PAYLOAD);
        return;
    }
    if (!via_call_is_oneway(call))
        add_request(accepted, message, call);
    struct message *before = received;
    received = message;
    service->receive(message_reference(message), service->receive_context);
    received = before;
}

static void handle(struct accepted *accepted, struct via_call *call)
{
    uint32_t code = via_call_code(call);
    begin(accepted);
    if (code == WIRE_CLOSED && via_call_is_oneway(call)) {
        accepted_close(accepted);
        let_ends_go(accepted);
    }
    if (state_of(accepted) != ACCEPTED_OPEN)
        (void)via_call_fail(call, VIA_DEAD);
    else if (code == WIRE_MESSAGE)
        receive(accepted, call);
    else
        (void)via_call_fail(call, VIA_UNSUPPORTED);
}

static void arrived(struct receiver *receiver, struct via_call *call)
{
    struct accepted *accepted = (struct accepted *)receiver;
    (void)session_ref(&accepted->session);
    pthread_cleanup_push(unref_it, accepted);
    handle(accepted, call);
    pthread_cleanup_pop(1);
}

le_msg_MessageRef_t le_msg_GetServiceRxMsg(void)
{
    return received != NULL ? message_reference(received) : local_message_received();
}

/* ---- what is sent ---- */

static void respond(struct accepted *accepted, struct message *message)
{
    struct via_parcel *parcel = NULL;
    struct via_call *call = take_call(accepted, message);
    atomic_store(&message->needs_response, false);
    if (call == NULL) {
        message_release(message);
        return;
    }
    if (atomic_load(&message->fd) >= 0)
        legato_warn("Service '%s': a request is answered whose descriptor was not taken: it is "
                    "closed.",
                    name_of(accepted));
    enum via_status status =
        message_to_parcel(message, &message->response_fd, accepted->is_far, &parcel);
    if (status == VIA_OK && accepted->pace != NULL)
        status = pace_reply(accepted->pace, call, parcel);
    else if (status == VIA_OK)
        status = via_call_reply(call, 0, parcel);
    else
        (void)via_call_fail(call, status);
    if (status != VIA_OK && status != VIA_DEAD)
        legato_error("Service '%s': a response did not go out: %s.", name_of(accepted),
                     via_status_name(status));
    if (status == VIA_BUSY && accepted->pace != NULL) /* too much waits */
        close_later(accepted);
    (void)via_parcel_unref(parcel);
    (void)via_call_unref(call);
    message_release(message);
}

static enum via_status send_parcel(struct accepted *accepted, struct via_parcel *parcel)
{
    if (accepted->pace != NULL)
        return pace_send(accepted->pace, parcel);
    if (accepted->back != NULL)
        return wire_send(accepted->back, WIRE_MESSAGE, parcel);
    return wire_emit(accepted->stub, parcel);
}

static void send_message(struct session *session, struct message *message)
{
    struct accepted *accepted = accepted_of(session);
    struct via_parcel *parcel;
    if (atomic_load(&message->needs_response)) {
        respond(accepted, message);
        return;
    }
    if (state_of(accepted) != ACCEPTED_OPEN) {
        message_release(message);
        return;
    }
    enum via_status status =
        message_to_parcel(message, message->is_request ? &message->response_fd : &message->fd,
                          accepted->is_far, &parcel);
    message_release(message);
    if (status == VIA_OK)
        status = send_parcel(accepted, parcel);
    (void)via_parcel_unref(parcel);
    failed(accepted, status);
}

static void close_session(struct session *session)
{
    accepted_close(accepted_of(session));
}

static bool is_waited_for(struct accepted *accepted, const struct message *request)
{
    (void)pthread_mutex_lock(&accepted->lock);
    bool is_waited_for = request->call != NULL;
    (void)pthread_mutex_unlock(&accepted->lock);
    return is_waited_for;
}

/* On its thread: those who wait are told in the order of their requests, so all at once. */
static void close_unanswered(void *param1, void *param2)
{
    struct message *request = param1;
    (void)param2;
    accepted_close(accepted_of(request->session));
    message_release(request);
}

static bool released(struct session *session, struct message *request)
{
    struct accepted *accepted = accepted_of(session);
    if (!is_waited_for(accepted, request))
        return true;
    legato_error("Service '%s': a request was released without a response: its session is closed.",
                 name_of(accepted));
    if (mailbox_is_here(session->mailbox)) {
        accepted_close(accepted);
        return true;
    }
    atomic_store(&request->refs, 1);
    if (legato_thread_queue(mailbox_thread(session->mailbox), close_unanswered, request, NULL))
        return false;
    (void)via_call_unref(take_call(accepted, request));
    return true;
}

static void destroy(struct session *session)
{
    struct accepted *accepted = accepted_of(session);
    (void)service_unref(accepted->service);
    (void)pthread_mutex_destroy(&accepted->lock);
    free(accepted);
}

static const struct session_ops accepted_ops = {.is_server = true,
                                                .send = send_message,
                                                .close = close_session,
                                                .released = released,
                                                .destroy = destroy};

void le_msg_Respond(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef)) {
        local_message_respond(msgRef);
        return;
    }
    struct message *message = message_of(msgRef, __func__);
    const char *name = message->session->interface->name;
    if (!atomic_load(&message->needs_response))
        legato_fatal("%s: interface '%s': the message needs no response.", __func__, name);
    session_check_owner(message->session, __func__);
    respond(accepted_of(message->session), message);
}

/* ---- coming in ---- */

/* Users and processes of another host are none of this one's: programs look at the one and kill the
 * other. Where the gateway is on another host, so is everybody who comes from there. */
static void note_caller(struct accepted *accepted, const struct via_caller *caller, bool is_own)
{
    int32_t gateway = via_node_gateway_pid(via_node_default());
    bool is_here = is_own || gateway > 0;
    accepted->uid = is_here && caller->uid != UINT32_MAX ? caller->uid : UID_NOBODY;
    accepted->pid = is_here ? caller->pid : 0;
    if (accepted->pid <= 0)
        accepted->pid = gateway > 0 ? gateway : getpid();
}

/* Watches the back reference; fails for want of memory alone. */
static enum via_status watch_back(struct accepted *accepted)
{
    if (accepted->back == NULL || via_proxy_local(accepted->back) != NULL)
        return VIA_OK;
    (void)session_ref(&accepted->session);
    enum via_status status =
        via_proxy_watch_closely(accepted->back, told_of_back, accepted, &accepted->watch);
    if (status != VIA_OK)
        (void)session_unref(&accepted->session);
    return status;
}

/* It tells itself that it is open, before anybody else knows its stub. */
static enum via_status tell_itself(struct accepted *accepted)
{
    struct via_proxy *self = via_stub_proxy(accepted->stub);
    enum via_status status = via_proxy_send(self, WIRE_OPENED, NULL);
    (void)via_proxy_unref(self);
    return status;
}

enum via_status accepted_create(struct service *service, const struct via_caller *caller,
                                struct via_proxy *back, struct via_stub **openedp)
{
    struct accepted *accepted = legato_allocate(sizeof *accepted);
    struct session *session = &accepted->session;
    accepted->receiver.arrived = arrived;
    session_init(session, &accepted_ops, service->mailbox, service->interface);
    accepted->service = service_ref(service);
    accepted->last_request = &accepted->requests;
    atomic_init(&accepted->state, ACCEPTED_NEW);
    (void)pthread_mutex_init(&accepted->lock, NULL);
    note_caller(accepted, caller, back != NULL && via_proxy_local(back) != NULL);
    enum via_status status = mailbox_stub(service->mailbox, &accepted->receiver, unreferenced,
                                          destroyed, &accepted->stub);
    if (status != VIA_OK) {
        session_let_go(session);
        return status;
    }
    (void)session_ref(session); /* the stub's */
    struct via_stub *stub = via_stub_ref(accepted->stub);
    accepted->back = back != NULL ? via_proxy_ref(back) : NULL;
    accepted->is_far = back != NULL ? via_proxy_is_remote(back) : caller->remote;
    status = watch_back(accepted);
    if (status == VIA_OK)
        status = tell_itself(accepted);
    if (status == VIA_OK) {
        *openedp = stub;
        return VIA_OK;
    }
    let_ends_go(accepted);
    session_let_go(session);
    (void)via_stub_unref(stub);
    return status;
}

/* ---- who the client is ---- */

/* LE_CLOSED, or a count at @acceptedp; fatal, in the words of @function, at the client's side. */
static le_result_t find_open(le_msg_SessionRef_t reference, const char *function,
                             struct accepted **acceptedp)
{
    struct session *session = session_find(reference, function);
    if (!session->ops->is_server)
        legato_fatal("%s: interface '%s': for the server's side of a session only.", function,
                     session->interface->name);
    *acceptedp = accepted_of(session);
    if (state_of(*acceptedp) != ACCEPTED_CLOSED)
        return LE_OK;
    (void)session_unref(session);
    return LE_CLOSED;
}

le_result_t le_msg_GetClientUserCreds(le_msg_SessionRef_t sessionRef, uid_t *userIdPtr,
                                      pid_t *processIdPtr)
{
    struct accepted *accepted = NULL;
    uid_t uid = geteuid();
    pid_t pid = getpid();
    if (!local_session_is(sessionRef)) {
        le_result_t result = find_open(sessionRef, __func__, &accepted);
        if (result != LE_OK)
            return result;
        uid = accepted->uid;
        pid = accepted->pid;
        (void)session_unref(&accepted->session);
    }
    if (userIdPtr != NULL)
        *userIdPtr = uid;
    if (processIdPtr != NULL)
        *processIdPtr = pid;
    return LE_OK;
}

le_result_t le_msg_GetClientUserId(le_msg_SessionRef_t sessionRef, uid_t *userIdPtr)
{
    return le_msg_GetClientUserCreds(sessionRef, userIdPtr, NULL);
}

le_result_t le_msg_GetClientProcessId(le_msg_SessionRef_t sessionRef, pid_t *processIdPtr)
{
    return le_msg_GetClientUserCreds(sessionRef, NULL, processIdPtr);
}
