/*
 * What somebody who means harm speaks to: a server that answers whatever comes, and a client that
 * says what it is told.
 *
 *     prey server    says "opened" and "closed"
 *     prey client    asks three times, says "answer" or "null", and "heard", until it is "closed"
 *     prey honest    asks once and ends
 */
#include "legato.h"

#define INTERFACE "prey.api"
#define MESSAGE_SIZE 64

static le_msg_SessionRef_t session;
static unsigned n_told;

/* ---- server ---- */

static void note_open(le_msg_SessionRef_t opened, void *context)
{
    LE_UNUSED(opened);
    LE_UNUSED(context);
    puts("opened");
}

static void note_close(le_msg_SessionRef_t closed, void *context)
{
    LE_UNUSED(closed);
    LE_UNUSED(context);
    puts("closed");
}

static void close_fd_of(le_msg_MessageRef_t message)
{
    int fd = le_msg_GetFd(message);
    LE_ASSERT(fd == -1 || fd > STDERR_FILENO);
    if (fd >= 0)
        (void)close(fd);
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(le_msg_GetMaxPayloadSize(message) == MESSAGE_SIZE);
    close_fd_of(message);
    if (le_msg_NeedsResponse(message))
        le_msg_Respond(message);
    else
        le_msg_ReleaseMsg(message);
}

/* ---- client ---- */

static void hear(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(le_msg_GetMaxPayloadSize(message) == MESSAGE_SIZE && !le_msg_NeedsResponse(message));
    close_fd_of(message);
    le_msg_ReleaseMsg(message);
    puts("heard");
}

static void told(le_msg_MessageRef_t response, void *context)
{
    LE_ASSERT((uintptr_t)context == n_told);
    n_told++;
    puts(response != NULL ? "answer" : "null");
    if (response != NULL)
        le_msg_ReleaseMsg(response);
}

static void closed(le_msg_SessionRef_t closed_session, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed_session == session && n_told == 3);
    puts("closed");
    exit(EXIT_SUCCESS);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("protocol", MESSAGE_SIZE);
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        (void)le_msg_AddServiceOpenHandler(service, note_open, NULL);
        (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionRecvHandler(session, hear, NULL);
    le_msg_SetSessionCloseHandler(session, closed, NULL);
    le_msg_OpenSessionSync(session);
    if (strcmp(le_arg_GetArg(0), "honest") == 0) {
        le_msg_MessageRef_t response = le_msg_RequestSyncResponse(le_msg_CreateMsg(session));
        LE_ASSERT(response != NULL);
        le_msg_ReleaseMsg(response);
        puts("answer");
        exit(EXIT_SUCCESS);
    }
    for (uintptr_t i = 0; i < 3; i++)
        le_msg_RequestResponse(le_msg_CreateMsg(session), told, (void *)i);
}
