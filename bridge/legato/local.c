/*
 * A local session is two receivers and a pool. A message is one object that is passed to the other
 * side's thread, with the reference that goes with it; the response is the request, passed back.
 *
 * Which side sends is told by the thread: that of the service's receive handler, or the one that
 * made the session. Where both are one thread, what is sent within the service's handler is the
 * service's.
 */
#include "bridge/legato/local.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/signals.h"
#include "include/legato/le_eventLoop.h"

struct local_session {
    le_msg_LocalService_t *service; /* borrowed, as long as the process */
    le_msg_LocalReceiver_t client;
    _Atomic(void *) context;
};

static _Thread_local le_msg_MessageRef_t received; /* whose service's handler runs */

static struct local_session *session_of(le_msg_SessionRef_t reference)
{
    return (struct local_session *)(void *)reference;
}

static struct local_session *session_of_message(le_msg_MessageRef_t message)
{
    return session_of(message->sessionRef);
}

/* ---- services and sessions ---- */

static void close_fd(void *object)
{
    const le_msg_LocalMessage_t *message = object;
    if (message->fd >= 0)
        (void)close(message->fd);
}

le_msg_ServiceRef_t le_msg_InitLocalService(le_msg_LocalService_t *servicePtr,
                                            const char *serviceNameStr,
                                            le_mem_PoolRef_t messagingPoolRef)
{
    if (servicePtr == NULL || messagingPoolRef == NULL)
        legato_fatal("%s: service '%s' has no memory.", __func__,
                     serviceNameStr != NULL ? serviceNameStr : "");
    *servicePtr = (le_msg_LocalService_t){.service = {.type = LE_MSG_SERVICE_LOCAL},
                                          .messagePool = messagingPoolRef};
    le_mem_SetDestructor(messagingPoolRef, close_fd);
    return &servicePtr->service;
}

le_msg_SessionRef_t le_msg_CreateLocalSession(le_msg_LocalService_t *servicePtr)
{
    if (servicePtr == NULL || servicePtr->service.type != LE_MSG_SERVICE_LOCAL)
        return NULL;
    struct local_session *session = legato_allocate(sizeof *session);
    session->service = servicePtr;
    session->client.thread = le_thread_GetCurrent();
    atomic_init(&session->context, NULL);
    return (le_msg_SessionRef_t)(void *)session;
}

void local_session_set_context(le_msg_SessionRef_t reference, void *context)
{
    atomic_store(&session_of(reference)->context, context);
}

void *local_session_context(le_msg_SessionRef_t reference)
{
    return atomic_load(&session_of(reference)->context);
}

void local_session_set_receiver(le_msg_SessionRef_t reference, le_msg_ReceiveHandler_t handler,
                                void *context)
{
    struct local_session *session = session_of(reference);
    session->client.handler = handler;
    session->client.contextPtr = context;
}

void local_session_warn(le_msg_SessionRef_t reference, const char *function)
{
    (void)reference;
    legato_warn("%s: a local session is closed by nobody else.", function);
}

void local_session_open(le_msg_SessionRef_t reference, le_msg_SessionEventHandler_t opened,
                        void *context)
{
    if (opened != NULL)
        opened(reference, context);
}

void local_session_close(le_msg_SessionRef_t reference)
{
    (void)reference; /* it holds nothing that is open */
}

void local_session_delete(le_msg_SessionRef_t reference)
{
    free(session_of(reference));
}

/* ---- messages ---- */

le_msg_MessageRef_t local_message_create(le_msg_SessionRef_t reference)
{
    le_msg_LocalMessage_t *message = le_mem_ForceAlloc(session_of(reference)->service->messagePool);
    memset(message, 0, sizeof *message);
    message->message.sessionRef = reference;
    message->fd = -1;
    return &message->message;
}

size_t local_message_size(le_msg_MessageRef_t reference)
{
    return le_mem_GetObjectSize(session_of_message(reference)->service->messagePool) -
           LE_MSG_LOCAL_HEADER_SIZE;
}

void local_message_set_fd(le_msg_MessageRef_t reference, int fd)
{
    le_msg_LocalMessage_t *message = local_message_of(reference);
    if (message->fd >= 0)
        legato_fatal("le_msg_SetFd: a message takes one descriptor: %d, and %d is there.", fd,
                     message->fd);
    message->fd = fd;
}

int local_message_take_fd(le_msg_MessageRef_t reference)
{
    le_msg_LocalMessage_t *message = local_message_of(reference);
    int fd = message->fd;
    message->fd = -1;
    return fd;
}

le_msg_MessageRef_t local_message_received(void)
{
    return received;
}

static void deliver_to_service(void *param1, void *param2)
{
    le_msg_MessageRef_t reference = param1;
    const le_msg_LocalReceiver_t *receiver = &session_of_message(reference)->service->receiver;
    le_msg_MessageRef_t before = received;
    (void)param2;
    received = reference;
    receiver->handler(reference, receiver->contextPtr);
    received = before;
}

static void deliver_to_client(void *param1, void *param2)
{
    le_msg_MessageRef_t reference = param1;
    const le_msg_LocalReceiver_t *receiver = &session_of_message(reference)->client;
    (void)param2;
    receiver->handler(reference, receiver->contextPtr);
}

static void deliver_response(void *param1, void *param2)
{
    le_msg_MessageRef_t reference = param1;
    le_msg_LocalMessage_t *message = local_message_of(reference);
    le_msg_ResponseCallback_t callback = message->completionCallback;
    (void)param2;
    message->completionCallback = NULL;
    if (callback != NULL)
        callback(reference, message->contextPtr);
}

static void send_to(const le_msg_LocalReceiver_t *receiver, le_msg_MessageRef_t reference,
                    le_event_DeferredFunc_t deliver)
{
    if (receiver->handler == NULL)
        legato_fatal("A local session's other side has no receive handler.");
    le_event_QueueFunctionToThread(receiver->thread, deliver, reference, NULL);
}

void local_message_send(le_msg_MessageRef_t reference)
{
    struct local_session *session = session_of_message(reference);
    const le_msg_LocalReceiver_t *service = &session->service->receiver;
    le_thread_Ref_t here = le_thread_GetCurrent();
    bool is_service =
        here == service->thread && (here != session->client.thread || received != NULL);
    if (is_service && local_message_of(reference)->needsResponse)
        local_message_respond(reference);
    else if (is_service)
        send_to(&session->client, reference, deliver_to_client);
    else
        send_to(service, reference, deliver_to_service);
}

void local_message_request(le_msg_MessageRef_t reference, le_msg_ResponseCallback_t callback,
                           void *context)
{
    le_msg_LocalMessage_t *message = local_message_of(reference);
    message->needsResponse = true;
    message->responseReady = NULL;
    message->completionCallback = callback;
    message->contextPtr = context;
    send_to(&session_of_message(reference)->service->receiver, reference, deliver_to_service);
}

le_msg_MessageRef_t local_message_request_sync(le_msg_MessageRef_t reference)
{
    const le_msg_LocalReceiver_t *service = &session_of_message(reference)->service->receiver;
    le_msg_LocalMessage_t *message = local_message_of(reference);
    if (service->thread == le_thread_GetCurrent()) {
        legato_error("A synchronous request to a local service of the same thread would wait for "
                     "ever: it is dropped.");
        le_mem_Release(message);
        return NULL;
    }
    message->needsResponse = true;
    message->completionCallback = NULL;
    message->responseReady = le_sem_Create("response", 0);
    le_sem_Ref_t ready = message->responseReady;
    send_to(service, reference, deliver_to_service);
    legato_signals_begin_wait();
    le_sem_Wait(ready);
    legato_signals_end_wait();
    message->responseReady = NULL;
    le_sem_Delete(ready);
    return reference;
}

void local_message_respond(le_msg_MessageRef_t reference)
{
    const le_msg_LocalMessage_t *message = local_message_of(reference);
    if (!message->needsResponse)
        legato_fatal("le_msg_Respond: the message needs no response.");
    if (message->responseReady != NULL)
        le_sem_Post(message->responseReady);
    else
        le_event_QueueFunctionToThread(session_of_message(reference)->client.thread,
                                       deliver_response, reference, NULL);
}
