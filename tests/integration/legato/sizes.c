/*
 * Messages of one size, all of whose octets are looked at, and many of them at once.
 *
 *     sizes server SIZE
 *     sizes client SIZE      sends, asks both ways, hears
 *     sizes sleeper SIZE N   asks for N messages and sleeps, then hears them in order
 */
#include "legato.h"

#define SLEEP_S 1

static size_t size;
static le_msg_SessionRef_t session;
static unsigned n_heard, n_expected;

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    LE_ASSERT(end != text && *end == '\0');
    return value;
}

/* Every octet from its place and @seed; the second half are zeros for an even one. */
static void fill(le_msg_MessageRef_t message, unsigned seed)
{
    uint8_t *payload = le_msg_GetPayloadPtr(message);
    LE_ASSERT(le_msg_GetMaxPayloadSize(message) == size);
    memset(payload, 0, size);
    for (size_t i = 0; i < (seed % 2 == 0 ? size / 2 : size); i++)
        payload[i] = (uint8_t)(i * 31 + seed);
}

static bool is_filled(le_msg_MessageRef_t message, unsigned seed)
{
    const uint8_t *payload = le_msg_GetPayloadPtr(message);
    for (size_t i = 0; i < size; i++)
        if (payload[i] != (seed % 2 == 0 && i >= size / 2 ? 0 : (uint8_t)(i * 31 + seed)))
            return false;
    return le_msg_GetMaxPayloadSize(message) == size;
}

static void send_one(le_msg_SessionRef_t to, unsigned seed)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(to);
    fill(message, seed);
    le_msg_Send(message);
}

/* ---- server ---- */

static unsigned n_served;

static void serve(le_msg_MessageRef_t message, void *context)
{
    const char *n_text = le_arg_GetArg(2);
    le_msg_SessionRef_t client = le_msg_GetSession(message);
    LE_UNUSED(context);
    if (n_text != NULL) {
        le_msg_ReleaseMsg(message);
        for (unsigned i = 0; i < (unsigned)number(n_text); i++) {
            le_msg_MessageRef_t indication = le_msg_CreateMsg(client);
            memcpy(le_msg_GetPayloadPtr(indication), &i, sizeof i);
            le_msg_Send(indication);
        }
        return;
    }
    LE_ASSERT(is_filled(message, n_served));
    n_served = (n_served + 1) % 6;
    if (!le_msg_NeedsResponse(message)) {
        le_msg_ReleaseMsg(message);
        return;
    }
    send_one(client, 100);
    fill(message, 200 + n_served);
    le_msg_Respond(message);
    send_one(client, 101);
}

/* ---- client ---- */

static void hear(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(is_filled(message, 100 + n_heard % 2));
    le_msg_ReleaseMsg(message);
    if (++n_heard < 8)
        return;
    puts("done");
    exit(EXIT_SUCCESS);
}

static void answered(le_msg_MessageRef_t response, void *context)
{
    LE_ASSERT(response != NULL && is_filled(response, 200 + (unsigned)(uintptr_t)context));
    le_msg_ReleaseMsg(response);
}

static le_msg_MessageRef_t request(unsigned seed)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    fill(message, seed);
    return message;
}

static void run_client(void)
{
    send_one(session, 0);
    le_msg_RequestResponse(request(1), answered, (void *)(uintptr_t)2);
    le_msg_RequestResponse(request(2), answered, (void *)(uintptr_t)3);
    send_one(session, 3);
    answered(le_msg_RequestSyncResponse(request(4)), (void *)(uintptr_t)5);
    answered(le_msg_RequestSyncResponse(request(5)), (void *)(uintptr_t)0);
}

static void count(le_msg_MessageRef_t message, void *context)
{
    unsigned which;
    LE_UNUSED(context);
    memcpy(&which, le_msg_GetPayloadPtr(message), sizeof which);
    LE_ASSERT(which == n_heard);
    le_msg_ReleaseMsg(message);
    if (++n_heard < n_expected)
        return;
    puts("done");
    exit(EXIT_SUCCESS);
}

COMPONENT_INIT
{
    const char *role = le_arg_GetArg(0);
    size = (size_t)number(le_arg_GetArg(1));
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("sizes", size);
    if (strcmp(role, "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, "sizes.api");
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    bool sleeps = strcmp(role, "sleeper") == 0;
    session = le_msg_CreateSession(protocol, "sizes.api");
    le_msg_SetSessionRecvHandler(session, sleeps ? count : hear, NULL);
    le_msg_OpenSessionSync(session);
    if (!sleeps) {
        run_client();
        return;
    }
    n_expected = (unsigned)number(le_arg_GetArg(2));
    send_one(session, 0);
    le_thread_Sleep(SLEEP_S);
}
