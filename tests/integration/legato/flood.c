/*
 * One side sends to the other, which has been stopped, until the session is closed for that.
 *
 *     flood server
 *     flood client WHO    who floods: client or server
 *
 * Both say "closed", and go on.
 */
#include "legato.h"

#define INTERFACE "flood.api"
#define MESSAGE_SIZE 4000
#define BATCH 64

enum kind { BEGIN = 1, FLOOD, PING };

static bool floods;

static le_msg_MessageRef_t message_of(le_msg_SessionRef_t session, enum kind kind)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    uint8_t *payload = le_msg_GetPayloadPtr(message);
    memset(payload, (int)kind, MESSAGE_SIZE);
    return message;
}

/* The loop runs between batches: it tells of the end. */
static void flood(void *session, void *unused)
{
    if (!floods)
        return;
    for (int i = 0; i < BATCH; i++)
        le_msg_Send(message_of(session, FLOOD));
    le_event_QueueFunction(flood, session, unused);
}

/* ---- server ---- */

static void note_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(session);
    LE_UNUSED(context);
    floods = false;
    puts("closed");
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    uint8_t kind = *(const uint8_t *)le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    if (kind == PING) {
        le_msg_Respond(message);
        return;
    }
    if (kind == BEGIN) {
        puts("begun");
        (void)getchar(); /* until the client has been stopped */
        floods = true;
        le_event_QueueFunction(flood, le_msg_GetSession(message), NULL);
    }
    le_msg_ReleaseMsg(message);
}

/* ---- client ---- */

static le_msg_SessionRef_t session;

static void drop(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    le_msg_ReleaseMsg(message);
}

static void ping(le_msg_SessionRef_t opened, void *context)
{
    LE_UNUSED(context);
    le_msg_MessageRef_t pong = le_msg_RequestSyncResponse(message_of(opened, PING));
    LE_ASSERT(pong != NULL);
    le_msg_ReleaseMsg(pong);
    puts("done");
    exit(EXIT_SUCCESS);
}

static void closed(le_msg_SessionRef_t closed_session, void *context)
{
    LE_UNUSED(context);
    floods = false;
    puts("closed");
    (void)getchar(); /* until the server goes on */
    le_msg_OpenSession(closed_session, ping, NULL);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("flood", MESSAGE_SIZE);
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionRecvHandler(session, drop, NULL);
    le_msg_SetSessionCloseHandler(session, closed, NULL);
    le_msg_OpenSessionSync(session);
    puts("ready");
    if (strcmp(le_arg_GetArg(1), "server") == 0) {
        le_msg_Send(message_of(session, BEGIN));
        return;
    }
    (void)getchar(); /* until the server has been stopped */
    floods = true;
    flood(session, NULL);
}
