/*
 * Two processes that pass pipes: "server" and "client". Protocol of 10 octets.
 */
#include "legato.h"

#define INTERFACE "pipes.ipc"
#define SIZE 10

static bool was_closed;

static void write_text(int fd, const char *text)
{
    LE_ASSERT(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void read_all(int fd, char *text, size_t size)
{
    size_t n = 0;
    ssize_t got;
    while (n < size - 1 && (got = read(fd, text + n, size - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    LE_ASSERT(close(fd) == 0);
}

/* ---- server ---- */

static void indicate(le_msg_SessionRef_t session)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    memcpy(le_msg_GetPayloadPtr(message), "IND", 4);
    le_msg_Send(message);
}

static void pass_on(le_msg_MessageRef_t request)
{
    char text[16];
    int ends[2];
    read_all(le_msg_GetFd(request), text, sizeof text);
    LE_ASSERT(strcmp(text, "PING") == 0 && le_msg_GetFd(request) == -1);
    text[0] = 'X';
    LE_ASSERT(pipe(ends) == 0);
    le_msg_SetFd(request, ends[0]);
    le_msg_Respond(request);
    write_text(ends[1], text);
    LE_ASSERT(close(ends[1]) == 0);
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    char *payload = le_msg_GetPayloadPtr(message);
    le_msg_SessionRef_t session = le_msg_GetSession(message);
    LE_ASSERT(context == NULL && le_msg_GetMaxPayloadSize(message) == SIZE);
    if (strcmp(payload, "NONE") == 0) {
        LE_ASSERT(le_msg_GetFd(message) == -1);
        le_msg_Respond(message);
        indicate(session);
    } else if (strcmp(payload, "PIPE") == 0) {
        pass_on(message);
    } else {
        LE_KILL_CLIENT("'%s' is no request", payload);
        le_msg_Respond(message);
    }
}

static void gone(le_msg_SessionRef_t session, void *context)
{
    pid_t pid = 0;
    LE_ASSERT(context == NULL);
    LE_ASSERT_OK(le_msg_GetClientProcessId(session, &pid));
    LE_ASSERT(pid > 0);
    puts("closed");
}

static void start_server(le_msg_ProtocolRef_t protocol)
{
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    (void)le_msg_AddServiceCloseHandler(service, gone, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}

/* ---- client ---- */

static le_msg_MessageRef_t ask(le_msg_SessionRef_t session, const char *text, int fd)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    (void)snprintf(le_msg_GetPayloadPtr(message), SIZE, "%s", text);
    if (fd >= 0)
        le_msg_SetFd(message, fd);
    return le_msg_RequestSyncResponse(message);
}

static void hear(le_msg_MessageRef_t message, void *context)
{
    le_msg_SessionRef_t session = le_msg_GetSession(message);
    char text[16];
    int ends[2];
    LE_ASSERT(context == NULL && le_msg_GetFd(message) == -1);
    LE_ASSERT(strcmp(le_msg_GetPayloadPtr(message), "IND") == 0);
    le_msg_ReleaseMsg(message);
    LE_ASSERT(pipe(ends) == 0);
    write_text(ends[1], "PING");
    LE_ASSERT(close(ends[1]) == 0);
    le_msg_MessageRef_t response = ask(session, "PIPE", ends[0]);
    LE_ASSERT(response != NULL);
    read_all(le_msg_GetFd(response), text, sizeof text);
    LE_ASSERT(strcmp(text, "XING") == 0);
    le_msg_ReleaseMsg(response);
    LE_ASSERT(ask(session, "BAD", -1) == NULL);
    LE_ASSERT(!was_closed);
    was_closed = true;
}

static void closed(le_msg_SessionRef_t session, void *context)
{
    LE_ASSERT(context == &was_closed && was_closed && session != NULL);
    puts("done");
    exit(EXIT_SUCCESS);
}

static void start_client(le_msg_ProtocolRef_t protocol)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionRecvHandler(session, hear, NULL);
    le_msg_SetSessionCloseHandler(session, closed, &was_closed);
    le_msg_OpenSessionSync(session);
    le_msg_MessageRef_t response = ask(session, "NONE", -1);
    LE_ASSERT(response != NULL && le_msg_GetFd(response) == -1);
    le_msg_ReleaseMsg(response);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("pipes", SIZE);
    if (strcmp(le_arg_GetArg(0), "server") == 0)
        start_server(protocol);
    else
        start_client(protocol);
}
