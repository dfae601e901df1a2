/*
 * Sessions that are closed, or deleted, by one side inside each of its handlers.
 *
 *     closers server [WHERE]       WHERE it closes the first session: opened, told, asked, closed
 *     closers client [WHERE HOW]   WHERE: opened, heard, answered, broken, gone; HOW: close, delete
 *
 * Afterwards the client has a session in which all is as it should be.
 */
#include "legato.h"

#define INTERFACE "closers.api"

enum kind { TELL = 1, ASK, ASK_FOR_THE_END };

static bool is_place(const char *place)
{
    const char *own = le_arg_GetArg(1);
    return own != NULL && strcmp(own, place) == 0;
}

static le_msg_MessageRef_t message_of(le_msg_SessionRef_t session, uint32_t kind)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *(uint32_t *)le_msg_GetPayloadPtr(message) = kind;
    return message;
}

/* ---- server ---- */

static bool has_closed;

static void close_once(const char *place, le_msg_SessionRef_t session)
{
    if (has_closed || !is_place(place))
        return;
    has_closed = true;
    le_msg_CloseSession(session);
}

static void note_open(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(context);
    close_once("opened", session);
}

static void note_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(context);
    close_once("closed", session);
    puts("closed");
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    le_msg_SessionRef_t session = le_msg_GetSession(message);
    uint32_t kind = *(const uint32_t *)le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    if (kind == TELL) {
        le_msg_Send(message_of(session, kind));
        close_once("told", session);
        le_msg_ReleaseMsg(message);
        return;
    }
    if (kind == ASK)
        close_once("asked", session);
    else
        le_msg_CloseSession(session);
    le_msg_Respond(message);
}

static void start_server(le_msg_ProtocolRef_t protocol)
{
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    (void)le_msg_AddServiceOpenHandler(service, note_open, NULL);
    (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}

/* ---- client ---- */

static le_msg_ProtocolRef_t protocol;
static bool is_second;
static unsigned n_heard, n_answered;

static void begin(void *unused, void *unused_too);

/* Whether this is where the first session ends by our own hand. */
static bool ends_here(const char *place, le_msg_SessionRef_t session)
{
    if (is_second || !is_place(place))
        return false;
    if (strcmp(le_arg_GetArg(2), "close") == 0)
        le_msg_CloseSession(session);
    else
        le_msg_DeleteSession(session);
    le_event_QueueFunction(begin, NULL, NULL);
    return true;
}

static void finish(le_msg_SessionRef_t session)
{
    if (n_heard == 0 || n_answered == 0)
        return;
    le_msg_DeleteSession(session);
    puts("done");
    exit(EXIT_SUCCESS);
}

static void hear(le_msg_MessageRef_t message, void *context)
{
    le_msg_SessionRef_t session = le_msg_GetSession(message);
    LE_UNUSED(context);
    n_heard++;
    bool ends = ends_here("heard", session);
    le_msg_ReleaseMsg(message);
    if (!ends)
        finish(session);
}

static void gone(le_msg_MessageRef_t response, void *session)
{
    LE_ASSERT(response == NULL);
    (void)ends_here("gone", session);
}

static void answered(le_msg_MessageRef_t response, void *session)
{
    if (response == NULL)
        return; /* its session has ended, here or there */
    n_answered++;
    le_msg_ReleaseMsg(response);
    if (!ends_here("answered", session))
        finish(session);
}

static void broken(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(!is_second);
    if (!ends_here("broken", session))
        le_event_QueueFunction(begin, NULL, NULL);
}

static void opened(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(context);
    if (ends_here("opened", session))
        return;
    if (!is_second && (is_place("broken") || is_place("gone"))) {
        le_msg_RequestResponse(message_of(session, ASK_FOR_THE_END), gone, session);
        return;
    }
    le_msg_Send(message_of(session, TELL));
    le_msg_RequestResponse(message_of(session, ASK), answered, session);
}

static void start_session(void)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    n_heard = n_answered = 0;
    le_msg_SetSessionRecvHandler(session, hear, NULL);
    le_msg_SetSessionCloseHandler(session, broken, NULL);
    le_msg_OpenSession(session, opened, NULL);
}

static void begin(void *unused, void *unused_too)
{
    LE_UNUSED(unused);
    LE_UNUSED(unused_too);
    LE_ASSERT(!is_second);
    is_second = true;
    puts("again");
    start_session();
}

COMPONENT_INIT
{
    protocol = le_msg_GetProtocolRef("closers", sizeof(uint32_t));
    if (strcmp(le_arg_GetArg(0), "server") == 0)
        start_server(protocol);
    else
        start_session();
}
