/*
 * A server that answers nothing, and many requests that wait for it.
 *
 *     outstanding server [N]    closes the session of the Nth request
 *     outstanding client HOW    wait: for the end of the session; close: closes it itself
 *
 * Meanwhile another session of the client's is served.
 */
#include "legato.h"

#define INTERFACE "outstanding.api"
#define N_REQUESTS 1000u
#define PING UINT32_MAX

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    LE_ASSERT(end != text && *end == '\0');
    return value;
}

/* ---- server ---- */

static le_msg_MessageRef_t held[N_REQUESTS];
static unsigned n_held;

static void note_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(context);
    if (n_held == 0 || le_msg_GetSession(held[0]) != session)
        return;
    for (unsigned i = 0; i < n_held; i++) {
        if (i % 2 == 0)
            le_msg_Respond(held[i]); /* harmless: nobody waits any more */
        else
            le_msg_ReleaseMsg(held[i]);
    }
    n_held = 0;
    puts("closed");
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    const uint32_t *payload = le_msg_GetPayloadPtr(message);
    const char *most = le_arg_GetArg(1);
    LE_UNUSED(context);
    if (*payload == PING) {
        le_msg_Respond(message);
        return;
    }
    LE_ASSERT(*payload == n_held);
    held[n_held++] = message;
    if (most != NULL && n_held == (unsigned)number(most))
        le_msg_CloseSession(le_msg_GetSession(message));
}

/* ---- client ---- */

static le_msg_SessionRef_t session, other;
static unsigned n_told;
static bool is_closed;

static le_msg_MessageRef_t request(le_msg_SessionRef_t from, uint32_t value)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(from);
    *(uint32_t *)le_msg_GetPayloadPtr(message) = value;
    return message;
}

static void told(le_msg_MessageRef_t response, void *context)
{
    LE_ASSERT((response == NULL) && (uintptr_t)context == n_told && !is_closed);
    n_told++;
}

static void closed(le_msg_SessionRef_t closed_session, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed_session == session && n_told == N_REQUESTS && !is_closed);
    is_closed = true;
    puts("done");
    exit(EXIT_SUCCESS);
}

static void other_closed(le_msg_SessionRef_t closed_session, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed_session == other);
}

static le_msg_SessionRef_t attach(le_msg_ProtocolRef_t protocol,
                                  le_msg_SessionEventHandler_t handler)
{
    le_msg_SessionRef_t attached = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionCloseHandler(attached, handler, NULL);
    le_msg_OpenSessionSync(attached);
    return attached;
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("outstanding", sizeof(uint32_t));
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    session = attach(protocol, closed);
    other = attach(protocol, other_closed);
    for (uintptr_t i = 0; i < N_REQUESTS; i++)
        le_msg_RequestResponse(request(session, (uint32_t)i), told, (void *)i);
    le_msg_MessageRef_t pong = le_msg_RequestSyncResponse(request(other, PING));
    LE_ASSERT((pong != NULL) && n_told == 0);
    le_msg_ReleaseMsg(pong);
    puts("served");
    if (strcmp(le_arg_GetArg(1), "wait") == 0)
        return;
    le_msg_CloseSession(session);
    LE_ASSERT(n_told == N_REQUESTS);
    puts("done");
    exit(EXIT_SUCCESS);
}
