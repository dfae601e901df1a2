/*
 * Sessions within a process, without a gateway: le_msg_CreateLocalSession(). Their references are
 * pointers, where those of others are odd numbers.
 */
#pragma once

#include "bridge/legato/reference.h"
#include "include/legato/le_messaging.h"

static inline bool local_session_is(le_msg_SessionRef_t reference)
{
    return reference != NULL && !reference_is_one(reference);
}
static inline bool local_message_is(le_msg_MessageRef_t reference)
{
    return reference != NULL && local_session_is(reference->sessionRef);
}
static inline bool local_service_is(le_msg_ServiceRef_t reference)
{
    return reference != NULL && !reference_is_one(reference);
}
static inline le_msg_LocalMessage_t *local_message_of(le_msg_MessageRef_t reference)
{
    return CONTAINER_OF(reference, le_msg_LocalMessage_t, message);
}
static inline le_msg_LocalService_t *local_service_of(le_msg_ServiceRef_t reference)
{
    return CONTAINER_OF(reference, le_msg_LocalService_t, service);
}

void local_session_set_context(le_msg_SessionRef_t reference, void *context);
void *local_session_context(le_msg_SessionRef_t reference);
void local_session_set_receiver(le_msg_SessionRef_t reference, le_msg_ReceiveHandler_t handler,
                                void *context);
/* No close handler ever runs: a warning. */
void local_session_warn(le_msg_SessionRef_t reference, const char *function);
void local_session_open(le_msg_SessionRef_t reference, le_msg_SessionEventHandler_t opened,
                        void *context);
void local_session_close(le_msg_SessionRef_t reference);
void local_session_delete(le_msg_SessionRef_t reference);

le_msg_MessageRef_t local_message_create(le_msg_SessionRef_t reference);
size_t local_message_size(le_msg_MessageRef_t reference);
void local_message_set_fd(le_msg_MessageRef_t reference, int fd);
int local_message_take_fd(le_msg_MessageRef_t reference);
void local_message_send(le_msg_MessageRef_t reference);
void local_message_request(le_msg_MessageRef_t reference, le_msg_ResponseCallback_t callback,
                           void *context);
le_msg_MessageRef_t local_message_request_sync(le_msg_MessageRef_t reference);
void local_message_respond(le_msg_MessageRef_t reference);
/* Whose service's handler runs on this thread, or NULL. */
le_msg_MessageRef_t local_message_received(void);
