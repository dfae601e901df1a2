/*
 * A server that keeps what it is asked until it is told, and clients that wait for it.
 *
 *     keeper server              keeps requests; answers all it has when a message comes
 *     keeper client INTERFACE N  opens that interface and asks N times; says "asked", and
 *                                "answered" when all is, "lost" where the server went
 *     keeper teller INTERFACE    sends the message
 *     keeper late SIZE           connects, then makes a service whose messages have SIZE bytes
 */
#include "legato.h"

#define SERVICE "keeper.api"

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    LE_ASSERT(end != text && *end == '\0');
    return value;
}

static le_msg_ProtocolRef_t protocol(void)
{
    return le_msg_GetProtocolRef("keeper", sizeof(uint32_t));
}

/* ---- server ---- */

static le_msg_MessageRef_t kept[64];
static size_t n_kept;

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    if (le_msg_NeedsResponse(message)) {
        LE_ASSERT(n_kept < NUM_ARRAY_MEMBERS(kept));
        kept[n_kept++] = message;
        puts("kept");
        return;
    }
    le_msg_ReleaseMsg(message);
    while (n_kept > 0)
        le_msg_Respond(kept[--n_kept]);
    puts("told");
}

static void run_server(void)
{
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol(), SERVICE);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}

/* ---- clients ---- */

static long n_waited;

static void answered(le_msg_MessageRef_t response, void *context)
{
    LE_UNUSED(context);
    if (response != NULL)
        le_msg_ReleaseMsg(response);
    if (--n_waited == 0)
        puts(response != NULL ? "answered" : "lost");
}

static le_msg_SessionRef_t attach(void)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol(), le_arg_GetArg(1));
    le_msg_OpenSessionSync(session);
    return session;
}

static void run_client(void)
{
    le_msg_SessionRef_t session = attach();
    n_waited = number(le_arg_GetArg(2));
    for (long i = 0; i < n_waited; i++)
        le_msg_RequestResponse(le_msg_CreateMsg(session), answered, NULL);
    puts("asked");
}

static void run_teller(void)
{
    le_msg_Send(le_msg_CreateMsg(attach()));
    puts("sent");
}

static void run_late(void)
{
    size_t size = (size_t)number(le_arg_GetArg(1));
    LE_ASSERT(le_msg_TryOpenSessionSync(le_msg_CreateSession(protocol(), "keeper.none")) ==
              LE_UNAVAILABLE);
    puts("connected");
    (void)le_msg_CreateService(le_msg_GetProtocolRef("large", size), "keeper.large");
    puts("created");
}

COMPONENT_INIT
{
    const char *role = le_arg_GetArg(0);
    if (strcmp(role, "server") == 0)
        run_server();
    else if (strcmp(role, "client") == 0)
        run_client();
    else if (strcmp(role, "late") == 0)
        run_late();
    else
        run_teller();
}
