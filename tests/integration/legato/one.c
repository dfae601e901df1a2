/*
 * Client and server on one thread: one-way messages and requests in order, 32 times, then an
 * indication. The arguments, if there are any: "server" or "client" alone.
 */
#include "legato.h"

#define N_ROUNDS 32u
#define INTERFACE "one.counter"

static const char service_word[] = "service", session_word[] = "session", round_word[] = "round";
static le_msg_SessionRef_t session;
static uint32_t expected = 1, n_rounds, n_opened;
static bool has_client_only;

static uint32_t *number_in(le_msg_MessageRef_t message)
{
    LE_ASSERT(le_msg_GetMaxPayloadSize(message) == sizeof(uint32_t));
    return le_msg_GetPayloadPtr(message);
}

/* ---- server ---- */

static void serve(le_msg_MessageRef_t message, void *context)
{
    static unsigned n_answered;
    uint32_t number = *number_in(message);
    LE_ASSERT(context == service_word && le_msg_GetServiceRxMsg() == message);
    LE_ASSERT(number == expected);
    LE_ASSERT(le_msg_NeedsResponse(message) == (number == 2));
    expected = number % 3 + 1;
    if (number != 2) {
        le_msg_ReleaseMsg(message);
        return;
    }
    le_msg_SessionRef_t client = le_msg_GetSession(message);
    *number_in(message) = 20;
    le_msg_Respond(message);
    if (++n_answered < N_ROUNDS)
        return;
    n_answered = 0;
    le_msg_MessageRef_t indication = le_msg_CreateMsg(client);
    *number_in(indication) = 99;
    le_msg_Send(indication);
}

static void opened(le_msg_SessionRef_t client, void *context)
{
    uid_t uid = 0;
    LE_ASSERT(context == NULL);
    LE_ASSERT_OK(le_msg_GetClientUserId(client, &uid));
    LE_ASSERT(uid == getuid() || uid == 65534);
    LE_ASSERT(strcmp(le_msg_GetInterfaceName(le_msg_GetSessionInterface(client)), INTERFACE) == 0);
    expected = 1;
    n_opened++;
}

static void start_server(le_msg_ProtocolRef_t protocol)
{
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_SetServiceRecvHandler(service, serve, (void *)(uintptr_t)service_word);
    (void)le_msg_AddServiceOpenHandler(service, opened, NULL);
    le_msg_AdvertiseService(service);
}

/* ---- client ---- */

static void send_round(void);

static void responded(le_msg_MessageRef_t response, void *context)
{
    LE_ASSERT(context == round_word && response != NULL);
    LE_ASSERT(*number_in(response) == 20 && !le_msg_NeedsResponse(response));
    LE_ASSERT(le_msg_GetSession(response) == session);
    LE_ASSERT(le_msg_GetFd(response) == -1);
    le_msg_ReleaseMsg(response);
    if (++n_rounds < N_ROUNDS)
        send_round();
}

static void send_number(uint32_t number)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *number_in(message) = number;
    LE_ASSERT(!le_msg_NeedsResponse(message));
    le_msg_Send(message);
}

static void send_round(void)
{
    send_number(1);
    le_msg_MessageRef_t request = le_msg_CreateMsg(session);
    *number_in(request) = 2;
    le_msg_RequestResponse(request, responded, (void *)(uintptr_t)round_word);
    send_number(3);
}

static void hear(le_msg_MessageRef_t message, void *context)
{
    LE_ASSERT(context == session_word && *number_in(message) == 99);
    LE_ASSERT(!le_msg_NeedsResponse(message) && le_msg_GetServiceRxMsg() == NULL);
    LE_ASSERT(le_msg_GetSession(message) == session && n_rounds == N_ROUNDS);
    LE_ASSERT(has_client_only || n_opened == 1);
    le_msg_ReleaseMsg(message);
    puts("done");
    exit(EXIT_SUCCESS);
}

static void begin(le_msg_SessionRef_t opened_session, void *context)
{
    LE_ASSERT(opened_session == session && context == &session);
    send_round();
}

static void start_client(le_msg_ProtocolRef_t protocol)
{
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionRecvHandler(session, hear, (void *)(uintptr_t)session_word);
    le_msg_OpenSession(session, begin, &session);
}

COMPONENT_INIT
{
    const char *role = le_arg_GetArg(0);
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("one", sizeof(uint32_t));
    has_client_only = role != NULL && strcmp(role, "client") == 0;
    if (!has_client_only)
        start_server(protocol);
    if (role == NULL || has_client_only)
        start_client(protocol);
    else
        puts("ready");
}
