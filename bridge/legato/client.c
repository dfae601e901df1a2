/*
 * "Open" is what the program has been told: a attachment that breaks stays the session's until its
 * end has been told, so that a program which behaves never meets what is fatal on a closed session
 * because of a race.
 *
 * What waits for the server's process is a point of cancellation; what the thread has then is let
 * go by itself, not by its end.
 */
#include "bridge/legato/client.h"

#include <pthread.h>
#include <stdlib.h>

#include "bridge/legato/attachment.h"
#include "bridge/legato/binding.h"
#include "bridge/legato/fatal.h"
#include "bridge/legato/local.h"
#include "bridge/legato/message.h"
#include "bridge/legato/signals.h"

static struct client *client_of(struct session *session)
{
    return (struct client *)session;
}

static void send_message(struct session *session, struct message *message)
{
    struct client *client = client_of(session);
    if (attachment_is_open(client->attachment))
        attachment_send(client->attachment, message);
    else
        message_release(message);
}

static void close_session(struct session *session)
{
    struct client *client = client_of(session);
    if (client->attachment != NULL)
        attachment_close(client->attachment);
}

/* There are no requests at this side. */
static bool released(struct session *session, struct message *request)
{
    (void)session;
    (void)request;
    return true;
}

static void destroy(struct session *session)
{
    free(session);
}

static const struct session_ops client_ops = {.is_server = false,
                                              .send = send_message,
                                              .close = close_session,
                                              .released = released,
                                              .destroy = destroy};

/* A count; fatal, in the words of @function, for what is not a client's, not the calling thread's,
 * or deleted. */
static struct client *find(le_msg_SessionRef_t reference, const char *function)
{
    struct client *client = client_of(session_find_own(reference, false, function));
    if (client->deleted)
        legato_fatal("%s: session of interface '%s' was deleted.", function,
                     client->session.interface->name);
    return client;
}

static void unref(struct client *client)
{
    (void)session_unref(&client->session);
}

/* ---- what comes ---- */

void client_received(struct client *client, struct via_parcel *parcel)
{
    if (client->receive == NULL) {
        legato_warn("Interface '%s': a message is dropped: the session has no receive handler.",
                    client->session.interface->name);
        return;
    }
    struct message *message = message_from_parcel(&client->session, parcel);
    if (message != NULL)
        client->receive(message_reference(message), client->receive_context);
}

void client_ended(struct client *client)
{
    if (client->closed == NULL)
        legato_fatal("Session of interface '%s' closed by server.",
                     client->session.interface->name);
    client->closed(session_reference(&client->session), client->closed_context);
}

/* ---- life ---- */

le_msg_SessionRef_t le_msg_CreateSession(le_msg_ProtocolRef_t protocolRef,
                                         const char *interfaceName)
{
    struct le_msg_Interface *interface = interface_of(protocolRef, interfaceName, __func__);
    struct mailbox *mailbox = mailbox_here();
    struct client *client = legato_allocate(sizeof *client);
    session_init(&client->session, &client_ops, mailbox, interface);
    return session_reference(&client->session);
}

void le_msg_DeleteSession(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef)) {
        local_session_delete(sessionRef);
        return;
    }
    struct client *client = find(sessionRef, __func__);
    client->deleted = true;
    close_session(&client->session);
    session_let_go(&client->session);
    unref(client);
}

void le_msg_SetSessionRecvHandler(le_msg_SessionRef_t sessionRef,
                                  le_msg_ReceiveHandler_t handlerFunc, void *contextPtr)
{
    if (local_session_is(sessionRef)) {
        local_session_set_receiver(sessionRef, handlerFunc, contextPtr);
        return;
    }
    struct client *client = find(sessionRef, __func__);
    client->receive = handlerFunc;
    client->receive_context = contextPtr;
    unref(client);
}

void le_msg_SetSessionCloseHandler(le_msg_SessionRef_t sessionRef,
                                   le_msg_SessionEventHandler_t handlerFunc, void *contextPtr)
{
    if (local_session_is(sessionRef)) {
        local_session_warn(sessionRef, __func__);
        return;
    }
    struct client *client = find(sessionRef, __func__);
    client->closed = handlerFunc;
    client->closed_context = contextPtr;
    unref(client);
}

void le_msg_GetSessionCloseHandler(le_msg_SessionRef_t sessionRef,
                                   le_msg_SessionEventHandler_t *handlerFuncPtr,
                                   void **contextPtrPtr)
{
    if (handlerFuncPtr == NULL || contextPtrPtr == NULL)
        legato_fatal("%s: there is no place for what it gives.", __func__);
    *handlerFuncPtr = NULL;
    *contextPtrPtr = NULL;
    if (local_session_is(sessionRef))
        return;
    struct client *client = find(sessionRef, __func__);
    *handlerFuncPtr = client->closed;
    *contextPtrPtr = client->closed_context;
    unref(client);
}

/* ---- opening ---- */

static struct client *find_closed(le_msg_SessionRef_t reference, const char *function)
{
    struct client *client = find(reference, function);
    if (client->attachment != NULL)
        legato_fatal("%s: session of interface '%s' is %s already.", function,
                     client->session.interface->name,
                     attachment_is_open(client->attachment) ? "open" : "being opened");
    return client;
}

/* What opening came to, where only success is good enough. */
static void require(const struct client *client, enum via_status status, const char *function)
{
    char words[256];
    if (status == VIA_OK)
        return;
    via_node_fault(via_node_default(), words, sizeof words);
    legato_fatal("%s: session of interface '%s' cannot be opened: %s%s%s.", function,
                 client->session.interface->name, via_status_name(status),
                 words[0] != '\0' ? ": " : "", words);
}

/* What has to be known before anything is waited for. */
static enum via_status meet_gateway(const struct client *client, const char *function)
{
    legato_signals_begin_wait();
    enum via_status status = binding_connect();
    legato_signals_end_wait();
    if (status == VIA_OK)
        interface_check_gateway(client->session.interface, function);
    return status;
}

void le_msg_OpenSession(le_msg_SessionRef_t sessionRef, le_msg_SessionEventHandler_t callbackFunc,
                        void *contextPtr)
{
    if (local_session_is(sessionRef)) {
        local_session_open(sessionRef, callbackFunc, contextPtr);
        return;
    }
    struct client *client = find_closed(sessionRef, __func__);
    enum via_status status = meet_gateway(client, __func__);
    if (status == VIA_OK)
        status = attachment_open_later(client, callbackFunc, contextPtr);
    require(client, status, __func__);
    unref(client);
}

static void unref_cancelled(void *client)
{
    unref(client);
}

static enum via_status open_sync(struct client *client, bool wait, const char *function)
{
    enum via_status status;
    pthread_cleanup_push(unref_cancelled, client);
    int cancel_state = mailbox_begin_wait(client->session.mailbox);
    status = meet_gateway(client, function);
    if (status == VIA_OK)
        status = attachment_open(client, wait);
    mailbox_end_wait(cancel_state);
    pthread_cleanup_pop(0);
    return status;
}

void le_msg_OpenSessionSync(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef))
        return;
    struct client *client = find_closed(sessionRef, __func__);
    require(client, open_sync(client, true, __func__), __func__);
    unref(client);
}

le_result_t le_msg_TryOpenSessionSync(le_msg_SessionRef_t sessionRef)
{
    if (local_session_is(sessionRef))
        return LE_OK;
    struct client *client = find_closed(sessionRef, __func__);
    enum via_status status = open_sync(client, false, __func__);
    if (status != VIA_OK)
        legato_debug("Interface '%s' is not opened: %s.", client->session.interface->name,
                     via_status_name(status));
    unref(client);
    if (status == VIA_OK)
        return LE_OK;
    if (status == VIA_NOT_FOUND)
        return LE_UNAVAILABLE;
    return status == VIA_DENIED ? LE_NOT_PERMITTED : LE_COMM_ERROR;
}

/* ---- requests ---- */

/* Of a session that is open, a count; fatal otherwise. */
static struct client *client_to_ask(const struct message *message, const char *function)
{
    struct session *session = message->session;
    const char *name = session->interface->name;
    if (session->ops->is_server)
        legato_fatal("%s: interface '%s': a server asks nothing of its clients.", function, name);
    session_check_owner(session, function);
    struct client *client = client_of(session_ref(session));
    if (!attachment_is_open(client->attachment))
        legato_fatal("%s: session of interface '%s' is not open.", function, name);
    return client;
}

void le_msg_RequestResponse(le_msg_MessageRef_t msgRef, le_msg_ResponseCallback_t handlerFunc,
                            void *contextPtr)
{
    if (local_message_is(msgRef)) {
        local_message_request(msgRef, handlerFunc, contextPtr);
        return;
    }
    struct message *message = message_of(msgRef, __func__);
    if (handlerFunc == NULL)
        legato_fatal("%s: the callback is NULL.", __func__);
    struct client *client = client_to_ask(message, __func__);
    attachment_request(client->attachment, message, handlerFunc, contextPtr);
    unref(client);
    pthread_testcancel(); /* a thread may do nothing else for ever */
}

struct exchange {
    struct client *client;   /* a count */
    struct message *message; /* owned: the request, then the response; or NULL */
};

static void drop_cancelled(void *context)
{
    struct exchange *exchange = context;
    if (exchange->message != NULL)
        message_release(exchange->message);
    unref(exchange->client);
}

static struct message *ask_and_wait(struct exchange *exchange)
{
    pthread_cleanup_push(drop_cancelled, exchange);
    int cancel_state = mailbox_begin_wait(exchange->client->session.mailbox);
    exchange->message = attachment_request_sync(exchange->client->attachment, exchange->message);
    mailbox_end_wait(cancel_state);
    pthread_cleanup_pop(0);
    return exchange->message;
}

le_msg_MessageRef_t le_msg_RequestSyncResponse(le_msg_MessageRef_t msgRef)
{
    if (local_message_is(msgRef))
        return local_message_request_sync(msgRef);
    struct message *message = message_of(msgRef, __func__);
    struct exchange exchange = {.client = client_to_ask(message, __func__), .message = message};
    struct message *response = ask_and_wait(&exchange);
    unref(exchange.client);
    return response != NULL ? message_reference(response) : NULL;
}
