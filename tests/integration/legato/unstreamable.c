/*
 * A descriptor that only its own host has: "server" says whether one has come with each message,
 * "client" sends a directory, then a pipe's end.
 */
#include "legato.h"

#define INTERFACE "unstreamable.ipc"

static void serve(le_msg_MessageRef_t message, void *context)
{
    int fd = le_msg_GetFd(message);
    LE_UNUSED(context);
    puts(fd < 0 ? "none" : "one");
    if (fd >= 0)
        LE_ASSERT(close(fd) == 0);
    le_msg_Respond(message);
}

static void send_fd(le_msg_SessionRef_t session, int fd)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    LE_ASSERT(fd >= 0);
    le_msg_SetFd(message, fd);
    message = le_msg_RequestSyncResponse(message);
    LE_ASSERT(message != NULL);
    le_msg_ReleaseMsg(message);
}

static void run_client(le_msg_ProtocolRef_t protocol)
{
    int ends[2];
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSessionSync(session);
    send_fd(session, open("/", O_RDONLY | O_DIRECTORY));
    LE_ASSERT(pipe(ends) == 0);
    send_fd(session, ends[0]);
    LE_ASSERT(close(ends[1]) == 0);
    puts("done");
    exit(EXIT_SUCCESS);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("unstreamable", 8);
    if (strcmp(le_arg_GetArg(0), "client") == 0)
        run_client(protocol);
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}
