/*
 * A server that writes down what it sees of its clients, and a client that closes, opens again and
 * deletes.
 *
 *     fidelity server N   ends when so many sessions are over
 *     fidelity client
 */
#include "legato.h"

#define INTERFACE "fidelity.api"

static unsigned n_opened, n_closed, n_sessions;
static char order[8];

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    LE_ASSERT(end != text && *end == '\0');
    return value;
}

static void note(char who)
{
    size_t length = strlen(order);
    LE_ASSERT(length < sizeof order - 1);
    order[length] = who;
}

static void opened(le_msg_SessionRef_t session, void *context)
{
    uid_t uid = 0;
    pid_t pid = 0;
    LE_ASSERT(le_msg_GetSessionContextPtr(session) == NULL || context == NULL);
    LE_ASSERT_OK(le_msg_GetClientUserCreds(session, &uid, &pid));
    LE_ASSERT((uid == getuid() || uid == 65534) && pid > 0 && pid != getpid());
    note(context == NULL ? 'a' : 'b');
    le_msg_SetSessionContextPtr(session, order);
    n_opened += context != NULL;
}

/* The newest first, each once, the reference good meanwhile. */
static void closed(le_msg_SessionRef_t session, void *context)
{
    uid_t uid;
    LE_ASSERT(le_msg_GetSessionContextPtr(session) == order);
    LE_ASSERT_OK(le_msg_GetClientUserCreds(session, &uid, NULL));
    LE_ASSERT(strcmp(le_msg_GetInterfaceName(le_msg_GetSessionInterface(session)), INTERFACE) == 0);
    note(context == NULL ? 'c' : 'd');
    if (context != NULL)
        return;
    LE_ASSERT(strcmp(order, "badc") == 0 && n_opened == n_closed + 1);
    memset(order, 0, sizeof order);
    n_closed++;
    printf("closed %u\n", n_closed);
    if (n_closed == n_sessions)
        exit(EXIT_SUCCESS);
}

static void answer(le_msg_MessageRef_t message, void *context)
{
    LE_ASSERT(context == &n_opened);
    LE_ASSERT(le_msg_GetSessionContextPtr(le_msg_GetSession(message)) == order);
    if (le_msg_NeedsResponse(message))
        le_msg_Respond(message);
    else
        le_msg_ReleaseMsg(message);
}

static void ask(le_msg_SessionRef_t session)
{
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(le_msg_CreateMsg(session));
    LE_ASSERT(response != NULL);
    le_msg_ReleaseMsg(response);
}

static void must_not_run(le_msg_SessionRef_t session, void *context)
{
    LE_FATAL("closed %p, %p", (void *)session, context);
}

static void run_client(le_msg_ProtocolRef_t protocol)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionCloseHandler(session, must_not_run, NULL);
    le_msg_SessionEventHandler_t handler;
    void *context = session;
    le_msg_GetSessionCloseHandler(session, &handler, &context);
    LE_ASSERT(handler == must_not_run && context == NULL);
    LE_ASSERT_OK(le_msg_TryOpenSessionSync(session));
    ask(session);
    le_msg_CloseSession(session); /* the first */
    le_msg_OpenSessionSync(session);
    ask(session);
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    le_msg_DeleteSession(session); /* the second */
    LE_ASSERT(le_msg_GetMaxPayloadSize(message) == 4);
    le_msg_ReleaseMsg(message);
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSessionSync(session);
    ask(session);
    le_msg_Send(le_msg_CreateMsg(session)); /* arrives, although we go */
    puts("done");
    exit(EXIT_SUCCESS); /* the third */
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("fidelity", 4);
    if (strcmp(le_arg_GetArg(0), "client") == 0)
        run_client(protocol);
    n_sessions = (unsigned)number(le_arg_GetArg(1));
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    LE_ASSERT(le_msg_GetServiceContextPtr(service) == NULL);
    le_msg_SetServiceContextPtr(service, order);
    LE_ASSERT(le_msg_GetServiceContextPtr(service) == order);
    le_msg_SetServiceRecvHandler(service, answer, &n_opened);
    (void)le_msg_AddServiceOpenHandler(service, opened, NULL);
    (void)le_msg_AddServiceOpenHandler(service, opened, &n_opened);
    (void)le_msg_AddServiceCloseHandler(service, closed, NULL);
    (void)le_msg_AddServiceCloseHandler(service, closed, &n_opened);
    le_msg_AdvertiseService(service);
    puts("ready");
}
