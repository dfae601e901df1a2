/*
 * Clients that are started before their server, and see it die and come back.
 *
 *     restart server              answers a request with its number and one more
 *     restart client OPEN HANDLER OPEN: async, sync or try; HANDLER: handler or none
 */
#include "legato.h"

#define INTERFACE "restart.api"
#define TRY_AGAIN_MS 20

static le_msg_SessionRef_t session;
static le_timer_Ref_t again;

static uint32_t *number_in(le_msg_MessageRef_t message)
{
    return le_msg_GetPayloadPtr(message);
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    ++*number_in(message);
    le_msg_Respond(message);
}

static void answered(le_msg_MessageRef_t response, void *context)
{
    LE_ASSERT(context == NULL && response != NULL && *number_in(response) == 42);
    le_msg_ReleaseMsg(response);
    puts("answered");
}

static void opened(le_msg_SessionRef_t opened_session, void *context)
{
    LE_ASSERT(opened_session == session && context == NULL);
    le_msg_MessageRef_t request = le_msg_CreateMsg(session);
    *number_in(request) = 41;
    le_msg_RequestResponse(request, answered, NULL);
}

static void open_session(void *open, void *unused)
{
    if (strcmp(open, "async") == 0) {
        le_msg_OpenSession(session, opened, NULL);
        return;
    }
    if (strcmp(open, "sync") == 0) {
        le_msg_OpenSessionSync(session);
        opened(session, unused);
        return;
    }
    le_result_t result = le_msg_TryOpenSessionSync(session);
    if (result == LE_OK) {
        opened(session, unused);
        return;
    }
    LE_ASSERT(result == LE_UNAVAILABLE || result == LE_COMM_ERROR);
    LE_ASSERT_OK(le_timer_Start(again));
}

static void try_again(le_timer_Ref_t timer)
{
    open_session(le_timer_GetContextPtr(timer), NULL);
}

static void closed(le_msg_SessionRef_t closed_session, void *open)
{
    LE_ASSERT(closed_session == session);
    puts("closed");
    open_session(open, NULL);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("restart", sizeof(uint32_t));
    char *open = (char *)(uintptr_t)le_arg_GetArg(1);
    if (open == NULL) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    again = le_timer_Create("again");
    LE_ASSERT_OK(le_timer_SetMsInterval(again, TRY_AGAIN_MS));
    LE_ASSERT_OK(le_timer_SetHandler(again, try_again));
    LE_ASSERT_OK(le_timer_SetContextPtr(again, open));
    session = le_msg_CreateSession(protocol, INTERFACE);
    if (strcmp(le_arg_GetArg(2), "handler") == 0)
        le_msg_SetSessionCloseHandler(session, closed, open);
    puts("ready");
    open_session(open, NULL);
}
