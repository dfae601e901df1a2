/*
 * A session of which one side kills itself, at each state of a transaction.
 *
 *     mortal server [POINT]   says "opened" and "closed"
 *     mortal client [POINT]   says "broken" for each session that was closed, ends with "done"
 *
 * A client sends, asks twice without waiting and once waiting, and closes; whatever breaks, it
 * begins again, and each request has one end.
 */
#include "legato.h"

#define INTERFACE "mortal.api"

enum kind { TELL = 1, ASK, ASK_WAITING, NEWS };

struct payload {
    uint32_t kind, number;
};

static void die_at(const char *point)
{
    const char *own = le_arg_GetArg(1);
    if (own != NULL && strcmp(own, point) == 0)
        (void)kill(getpid(), SIGKILL);
}

static void send_one(le_msg_SessionRef_t session, enum kind kind, uint32_t number)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *(struct payload *)le_msg_GetPayloadPtr(message) =
        (struct payload){.kind = kind, .number = number};
    le_msg_Send(message);
}

/* ---- server ---- */

static le_msg_MessageRef_t first;

static void note_open(le_msg_SessionRef_t session, void *context)
{
    static int is_open;
    LE_UNUSED(context);
    LE_ASSERT(le_msg_GetSessionContextPtr(session) == NULL);
    le_msg_SetSessionContextPtr(session, &is_open);
    die_at("open");
    puts("opened");
}

static void note_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(le_msg_GetSessionContextPtr(session) != NULL);
    le_msg_SetSessionContextPtr(session, NULL);
    if (first != NULL && le_msg_GetSession(first) == session) {
        le_msg_ReleaseMsg(first);
        first = NULL;
    }
    die_at("closing");
    puts("closed");
}

static void answer(le_msg_MessageRef_t request)
{
    ((struct payload *)le_msg_GetPayloadPtr(request))->number += 1000;
    le_msg_Respond(request);
}

/* The second request is answered before the first. */
static void serve_request(le_msg_MessageRef_t request)
{
    die_at("asked");
    if (first == NULL) {
        first = request;
        die_at("held");
        return;
    }
    answer(request);
    die_at("half");
    answer(first);
    first = NULL;
    die_at("answered");
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    const struct payload *payload = le_msg_GetPayloadPtr(message);
    const char *own = le_arg_GetArg(1);
    LE_UNUSED(context);
    if (payload->kind == TELL) {
        die_at("told");
        send_one(le_msg_GetSession(message), NEWS, payload->number);
        le_msg_ReleaseMsg(message);
        die_at("news");
    } else if (payload->kind == ASK) {
        serve_request(message);
    } else if (own != NULL && strcmp(own, "mute") == 0) {
        puts("asked"); /* and never answers */
    } else {
        die_at("waited for");
        answer(message);
        die_at("waited for no more");
    }
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

static le_msg_SessionRef_t session;
static unsigned n_told, n_answered, n_news;

static le_msg_MessageRef_t request(enum kind kind, uint32_t number)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *(struct payload *)le_msg_GetPayloadPtr(message) =
        (struct payload){.kind = kind, .number = number};
    return message;
}

static bool is_answered(le_msg_MessageRef_t response, uint32_t number)
{
    if (response == NULL)
        return false;
    LE_ASSERT(((struct payload *)le_msg_GetPayloadPtr(response))->number == number + 1000);
    le_msg_ReleaseMsg(response);
    return true;
}

static void finish_if_all_is_there(void)
{
    if (n_answered < 2 || n_news < 1)
        return;
    if (!is_answered(le_msg_RequestSyncResponse(request(ASK_WAITING, 3)), 3))
        return; /* the close handler is to come */
    le_msg_CloseSession(session);
    die_at("closed");
    puts("done");
    exit(EXIT_SUCCESS);
}

static void answered(le_msg_MessageRef_t response, void *context)
{
    LE_ASSERT(++n_told <= 2);
    if (is_answered(response, (uint32_t)(uintptr_t)context))
        n_answered++;
    die_at("half");
    finish_if_all_is_there();
}

static void hear(le_msg_MessageRef_t message, void *context)
{
    const struct payload *payload = le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    LE_ASSERT((payload->kind == NEWS) && payload->number == 7 && ++n_news == 1);
    le_msg_ReleaseMsg(message);
    die_at("news");
    finish_if_all_is_there();
}

static void opened(le_msg_SessionRef_t opened_session, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(opened_session == session);
    die_at("opened");
    send_one(session, TELL, 7);
    die_at("told");
    le_msg_RequestResponse(request(ASK, 1), answered, (void *)(uintptr_t)1);
    le_msg_RequestResponse(request(ASK, 2), answered, (void *)(uintptr_t)2);
    die_at("asked");
}

static void open_session(void)
{
    n_told = n_answered = n_news = 0;
    le_msg_OpenSession(session, opened, NULL);
    die_at("opening");
}

static void broken(le_msg_SessionRef_t closed_session, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed_session == session && (n_told == 0 || n_told == 2));
    puts("broken");
    open_session();
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("mortal", sizeof(struct payload));
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        start_server(protocol);
        return;
    }
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionRecvHandler(session, hear, NULL);
    le_msg_SetSessionCloseHandler(session, broken, NULL);
    open_session();
}
