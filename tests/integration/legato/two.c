/*
 * A server thread and a client on the main thread: synchronous requests within the handler of an
 * indication, and what follows from the loop. "two": through the gateway; "two local": within the
 * process alone; "two mute": the same, and it says "asked" and never answers.
 */
#include "legato.h"

#define INTERFACE "two.api"
#define N_ROUNDS 20u

static le_msg_SessionRef_t session;
static le_msg_ProtocolRef_t protocol;
static le_msg_LocalService_t local;
static bool is_local, is_mute;
static uint32_t n_rounds;

static uint32_t *number_in(le_msg_MessageRef_t message)
{
    return le_msg_GetPayloadPtr(message);
}

/* ---- server ---- */

static void serve(le_msg_MessageRef_t message, void *context)
{
    le_msg_SessionRef_t client = le_msg_GetSession(message);
    LE_ASSERT(context == &n_rounds);
    if (le_msg_NeedsResponse(message) && is_mute) {
        puts("asked");
        return;
    }
    if (le_msg_NeedsResponse(message)) {
        *number_in(message) += 1000;
        le_msg_Respond(message);
        return;
    }
    le_msg_MessageRef_t indication = le_msg_CreateMsg(client);
    *number_in(indication) = *number_in(message);
    le_msg_ReleaseMsg(message);
    le_msg_Send(indication);
}

static void *run_server(void *context)
{
    le_msg_ServiceRef_t service;
    if (is_local) {
        le_mem_PoolRef_t pool =
            le_mem_CreatePool("two", LE_MSG_LOCAL_HEADER_SIZE + sizeof(uint32_t));
        service = le_msg_InitLocalService(&local, INTERFACE, pool);
    } else {
        service = le_msg_CreateService(protocol, INTERFACE);
    }
    le_msg_SetServiceRecvHandler(service, serve, &n_rounds);
    le_msg_AdvertiseService(service);
    le_sem_Post(context);
    le_event_RunLoop();
}

/* ---- client ---- */

static void begin_round(void *param1, void *param2)
{
    LE_ASSERT(param1 == &session && param2 == NULL);
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *number_in(message) = n_rounds;
    le_msg_Send(message);
}

static void hear(le_msg_MessageRef_t message, void *context)
{
    LE_ASSERT(context == NULL && *number_in(message) == n_rounds);
    le_msg_ReleaseMsg(message);
    le_msg_MessageRef_t request = le_msg_CreateMsg(session);
    *number_in(request) = n_rounds;
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(request);
    LE_ASSERT(response != NULL && *number_in(response) == 1000 + n_rounds);
    LE_ASSERT(le_msg_NeedsResponse(response) == is_local);
    LE_ASSERT((response == request) == is_local || !is_local);
    le_msg_ReleaseMsg(response);
    if (++n_rounds < N_ROUNDS) {
        le_event_QueueFunction(begin_round, &session, NULL);
        return;
    }
    puts("done");
    exit(EXIT_SUCCESS);
}

COMPONENT_INIT
{
    le_sem_Ref_t ready = le_sem_Create("ready", 0);
    is_local = le_arg_GetArg(0) != NULL;
    is_mute = is_local && strcmp(le_arg_GetArg(0), "mute") == 0;
    protocol = le_msg_GetProtocolRef("two", sizeof(uint32_t));
    le_thread_Start(le_thread_Create("server", run_server, ready));
    le_sem_Wait(ready);
    session =
        is_local ? le_msg_CreateLocalSession(&local) : le_msg_CreateSession(protocol, INTERFACE);
    LE_ASSERT(session != NULL);
    le_msg_SetSessionRecvHandler(session, hear, NULL);
    le_msg_OpenSessionSync(session);
    begin_round(&session, NULL);
}
