/*
 * Who ends at once, with _exit(), after his last words within a handler.
 *
 *     last server end       ends with its answer to a question, or to the last of many messages
 *     last server stay      answers all, and says "heard" when the client has answered that
 *     last client ask       asks, and says "answered", then "closed"
 *     last client tell      sends many messages at once, says "heard" of the last answer, "closed"
 *     last client end       likewise, but answers each of those itself, and ends with the last
 */
#include "legato.h"

#define INTERFACE "last.api"
/* Some of them are taken in one turn of the loop; and fewer than TCP sends before the first is
 * acknowledged, for what it has held back goes with the process. */
#define N_WORDS 8u

enum kind { WORD = 1, REPLY, QUESTION };

struct payload {
    uint32_t kind, number;
};

static const char *how;

static le_msg_MessageRef_t message_of(le_msg_SessionRef_t session, uint32_t kind, uint32_t number)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *(struct payload *)le_msg_GetPayloadPtr(message) =
        (struct payload){.kind = kind, .number = number};
    return message;
}

/* Within a handler. */
static void say(le_msg_SessionRef_t session, uint32_t kind, uint32_t number)
{
    le_msg_Send(message_of(session, kind, number));
    if (number == N_WORDS && strcmp(how, "end") == 0)
        _exit(EXIT_SUCCESS);
}

/* ---- server ---- */

static void serve(le_msg_MessageRef_t message, void *context)
{
    struct payload payload = *(const struct payload *)le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    if (payload.kind == QUESTION) {
        le_msg_Respond(message);
        _exit(EXIT_SUCCESS);
    }
    if (payload.kind == WORD)
        say(le_msg_GetSession(message), WORD, payload.number);
    else if (payload.number == N_WORDS)
        puts("heard");
    le_msg_ReleaseMsg(message);
}

/* ---- client ---- */

static unsigned n_heard;

static void hear(le_msg_MessageRef_t message, void *context)
{
    const struct payload *payload = le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    LE_ASSERT(payload->number == ++n_heard);
    if (n_heard == N_WORDS)
        puts("heard");
    say(le_msg_GetSession(message), REPLY, n_heard);
    le_msg_ReleaseMsg(message);
}

static void answered(le_msg_MessageRef_t response, void *context)
{
    LE_UNUSED(context);
    puts(response != NULL ? "answered" : "not answered");
    if (response != NULL)
        le_msg_ReleaseMsg(response);
}

static void closed(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(session);
    LE_UNUSED(context);
    puts("closed");
    exit(EXIT_SUCCESS);
}

static void start_client(le_msg_ProtocolRef_t protocol)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionRecvHandler(session, hear, NULL);
    le_msg_SetSessionCloseHandler(session, closed, NULL);
    le_msg_OpenSessionSync(session);
    if (strcmp(how, "ask") == 0) {
        le_msg_RequestResponse(message_of(session, QUESTION, 0), answered, NULL);
        return;
    }
    for (uint32_t number = 1; number <= N_WORDS; number++)
        le_msg_Send(message_of(session, WORD, number));
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("last", sizeof(struct payload));
    how = le_arg_GetArg(1);
    if (strcmp(le_arg_GetArg(0), "client") == 0) {
        start_client(protocol);
        return;
    }
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}
