/*
 * A directory in a message, both ways: "here" for each that arrives, "none" for each that does not.
 *
 *     folder server
 *     folder client
 */
#include "legato.h"

#define INTERFACE "folder.api"

static void say(const char *who, int fd)
{
    struct stat what;
    LE_ASSERT(fd < 0 || (fstat(fd, &what) == 0 && S_ISDIR(what.st_mode)));
    printf("%s %s\n", who, fd < 0 ? "none" : "here");
    if (fd >= 0)
        (void)close(fd);
}

static void set_folder(le_msg_MessageRef_t message)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY);
    LE_ASSERT(fd >= 0);
    le_msg_SetFd(message, fd);
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    say("server", le_msg_GetFd(message));
    set_folder(message);
    le_msg_Respond(message);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("folder", 0);
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSessionSync(session);
    le_msg_MessageRef_t request = le_msg_CreateMsg(session);
    set_folder(request);
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(request);
    LE_ASSERT(response != NULL);
    say("client", le_msg_GetFd(response));
    le_msg_ReleaseMsg(response);
    exit(EXIT_SUCCESS);
}
