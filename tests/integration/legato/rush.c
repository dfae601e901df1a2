/*
 * A client that sends far more than links hold, to a server that sleeps: all of it comes, in order,
 * requests and the session's end in their places.
 *
 *     rush server
 *     rush client N    says "done"; the server says how many messages had come at the close
 *     rush mourner N   says "sent" when it has asked among as many; "none" and "closed" when the
 *                      server has gone meanwhile
 */
#include "legato.h"

#define INTERFACE "rush.api"
#define MESSAGE_SIZE 100
#define SLEEP_S 1

static unsigned n_messages;

/* ---- server ---- */

static void serve(le_msg_MessageRef_t message, void *context)
{
    uint32_t *which = le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    if (n_messages == 0)
        le_thread_Sleep(SLEEP_S);
    LE_ASSERT(which[0] == n_messages);
    n_messages++;
    if (le_msg_NeedsResponse(message)) {
        which[0] = n_messages;
        le_msg_Respond(message);
    } else {
        le_msg_ReleaseMsg(message);
    }
}

static void note_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(session);
    LE_UNUSED(context);
    printf("closed %u\n", n_messages);
    n_messages = 0;
}

/* ---- client ---- */

static le_msg_SessionRef_t session;
static unsigned n, n_responses;

static le_msg_MessageRef_t next_message(void)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    memset(le_msg_GetPayloadPtr(message), 0xff, MESSAGE_SIZE);
    memcpy(le_msg_GetPayloadPtr(message), &(uint32_t){n_messages++}, sizeof(uint32_t));
    return message;
}

static void send_many(void)
{
    for (unsigned i = 0; i < n; i++)
        le_msg_Send(next_message());
}

static void check(le_msg_MessageRef_t response, unsigned expected)
{
    LE_ASSERT(response != NULL);
    LE_ASSERT(*(const uint32_t *)le_msg_GetPayloadPtr(response) == expected);
    le_msg_ReleaseMsg(response);
}

static void finish(void *unused1, void *unused2)
{
    LE_UNUSED(unused1);
    LE_UNUSED(unused2);
    send_many();
    le_msg_DeleteSession(session);
    puts("done");
}

static void answered(le_msg_MessageRef_t response, void *context)
{
    check(response, (unsigned)(uintptr_t)context);
    if (++n_responses == 2)
        le_event_QueueFunction(finish, NULL, NULL);
}

static void ask(void)
{
    le_msg_MessageRef_t request = next_message();
    le_msg_RequestResponse(request, answered, (void *)(uintptr_t)n_messages);
}

static void lost(le_msg_MessageRef_t response, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(response == NULL);
    puts("none");
}

static void mourn(le_msg_SessionRef_t closed, void *context)
{
    LE_UNUSED(closed);
    LE_UNUSED(context);
    puts("closed");
    exit(EXIT_SUCCESS);
}

static void run_mourner(void)
{
    le_msg_SetSessionCloseHandler(session, mourn, NULL);
    puts("ready");
    (void)getchar(); /* until the server has been stopped */
    send_many();
    le_msg_RequestResponse(next_message(), lost, NULL);
    send_many();
    le_msg_RequestResponse(next_message(), lost, NULL);
    puts("sent");
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("rush", MESSAGE_SIZE);
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    n = (unsigned)strtoul(le_arg_GetArg(1), NULL, 10);
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSessionSync(session);
    if (strcmp(le_arg_GetArg(0), "mourner") == 0) {
        run_mourner();
        return;
    }
    send_many();
    ask();
    send_many();
    le_msg_MessageRef_t request = next_message();
    check(le_msg_RequestSyncResponse(request), n_messages);
    send_many();
    ask();
}
