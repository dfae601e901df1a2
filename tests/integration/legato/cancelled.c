/*
 * A thread that is cancelled while it waits for another process, or while it sends, and its
 * process, which goes on.
 *
 *     cancelled server         says "asked" for a request that it never answers, and "closed"
 *     cancelled client HOW     asking, opening: cancels it when a line comes; sending: many of
 * them; serving: one that advertises and hides a service afterwards
 */
#include "legato.h"

#define INTERFACE "cancelled.api"
#define NOBODY "cancelled.nobody"
#define OTHER "cancelled.other"
#define N_VICTIMS 100u
#define SIZE 4000u

enum kind { TELL = 1, ASK, ASK_IN_VAIN };

static le_msg_ProtocolRef_t protocol;
static le_sem_Ref_t has_begun;

static le_msg_MessageRef_t message_of(le_msg_SessionRef_t session, enum kind kind)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    memset(le_msg_GetPayloadPtr(message), (int)kind, SIZE);
    return message;
}

/* ---- server ---- */

static void serve(le_msg_MessageRef_t message, void *context)
{
    const uint8_t *payload = le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    if (*payload == ASK_IN_VAIN) {
        puts("asked");
        return;
    }
    if (*payload == ASK)
        le_msg_Respond(message);
    else
        le_msg_ReleaseMsg(message);
}

static void note_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(session);
    LE_UNUSED(context);
    puts("closed");
}

static void start_server(void)
{
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}

/* ---- client ---- */

static void *ask(void *context)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    LE_UNUSED(context);
    le_msg_OpenSessionSync(session);
    le_msg_ReleaseMsg(le_msg_RequestSyncResponse(message_of(session, ASK_IN_VAIN)));
    LE_FATAL("it was answered");
}

static void *open_nobody(void *context)
{
    LE_UNUSED(context);
    le_msg_OpenSessionSync(le_msg_CreateSession(protocol, NOBODY));
    LE_FATAL("it was opened");
}

static void *send_for_ever(void *context)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    LE_UNUSED(context);
    le_msg_OpenSessionSync(session);
    le_sem_Post(has_begun);
    while (session != NULL)
        le_msg_Send(message_of(session, TELL));
    return NULL;
}

/* These are done whole. */
static void *serve_briefly(void *context)
{
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, OTHER);
    LE_ASSERT_OK(le_thread_Cancel(le_thread_GetCurrent()));
    le_msg_AdvertiseService(service);
    le_msg_HideService(service);
    pthread_testcancel();
    return context;
}

static void join_cancelled(le_thread_Ref_t thread)
{
    void *result = NULL;
    LE_ASSERT_OK(le_thread_Join(thread, &result));
    LE_ASSERT(result == PTHREAD_CANCELED);
}

static void cancel(le_thread_Ref_t thread)
{
    LE_ASSERT_OK(le_thread_Cancel(thread));
    join_cancelled(thread);
}

static le_thread_Ref_t started(le_thread_MainFunc_t victim)
{
    le_thread_Ref_t thread = le_thread_Create("victim", victim, NULL);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    return thread;
}

static void ask_well(le_msg_SessionRef_t session)
{
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(message_of(session, ASK));
    LE_ASSERT(response != NULL);
    le_msg_ReleaseMsg(response);
}

static void start_client(const char *how)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSessionSync(session);
    has_begun = le_sem_Create("begun", 0);
    if (strcmp(how, "sending") == 0) {
        for (unsigned i = 0; i < N_VICTIMS; i++) {
            le_thread_Ref_t thread = started(send_for_ever);
            le_sem_Wait(has_begun);
            cancel(thread);
            ask_well(session);
        }
    } else if (strcmp(how, "serving") == 0) {
        join_cancelled(started(serve_briefly));
        ask_well(session);
    } else {
        le_thread_Ref_t thread = started(strcmp(how, "asking") == 0 ? ask : open_nobody);
        LE_ASSERT(getchar() == '\n');
        cancel(thread);
        ask_well(session);
    }
    puts("done");
    exit(EXIT_SUCCESS);
}

COMPONENT_INIT
{
    protocol = le_msg_GetProtocolRef("cancelled", SIZE);
    if (strcmp(le_arg_GetArg(0), "server") == 0)
        start_server();
    else
        start_client(le_arg_GetArg(1));
}
