/*
 * Who the client is, by the server's word.
 *
 *     credentials server
 *     credentials client
 */
#include "legato.h"

#define INTERFACE "credentials.api"

struct payload {
    uint32_t user;
    int32_t process;
};

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    uid_t user = 0;
    pid_t process = 0;
    LE_ASSERT_OK(le_msg_GetClientUserCreds(le_msg_GetSession(message), &user, &process));
    *(struct payload *)le_msg_GetPayloadPtr(message) =
        (struct payload){.user = user, .process = process};
    le_msg_Respond(message);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("credentials", sizeof(struct payload));
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSessionSync(session);
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(le_msg_CreateMsg(session));
    LE_ASSERT(response != NULL);
    const struct payload *payload = le_msg_GetPayloadPtr(response);
    printf("%u %d\n", payload->user, payload->process);
    le_msg_ReleaseMsg(response);
    exit(EXIT_SUCCESS);
}
