/*
 * Requests, one after the other.
 *
 *     pulse server
 *     pulse client   makes 2000 for each line of its input, and says so
 */
#include "legato.h"

#define INTERFACE "pulse.api"
#define N_REQUESTS 2000u

static le_msg_SessionRef_t session;

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    uint32_t *value = le_msg_GetPayloadPtr(message);
    *value += 1;
    le_msg_Respond(message);
}

static void ask(uint32_t value)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *(uint32_t *)le_msg_GetPayloadPtr(message) = value;
    message = le_msg_RequestSyncResponse(message);
    LE_ASSERT(message != NULL);
    LE_ASSERT(*(uint32_t *)le_msg_GetPayloadPtr(message) == value + 1);
    le_msg_ReleaseMsg(message);
}

static void ask_often(int fd, short events)
{
    char line[64];
    LE_UNUSED(events);
    if (read(fd, line, sizeof line) <= 0)
        exit(EXIT_SUCCESS);
    for (uint32_t i = 0; i < N_REQUESTS; i++)
        ask(i);
    puts("asked");
}

COMPONENT_INIT
{
    const char *what = le_arg_GetArg(0);
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("pulse", 64);
    LE_ASSERT(what != NULL);
    if (strcmp(what, "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
    } else {
        session = le_msg_CreateSession(protocol, INTERFACE);
        le_msg_OpenSessionSync(session);
        (void)le_fdMonitor_Create("input", STDIN_FILENO, ask_often, POLLIN);
    }
    puts("ready");
}
