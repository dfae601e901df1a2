/*
 * Many sessions, each with many requests that are answered late and out of order.
 *
 *     load server [n]   goes away, with what it has not answered, once it has n requests
 *     load client       ends with 0 when all is answered
 *     load mourner      ends with 0 when all callbacks were told, then all close handlers
 */
#include "legato.h"

#define INTERFACE "load.api"
#define N_SESSIONS 64u
#define N_REQUESTS 32u

struct payload {
    uint32_t session, number;
    char filling[200];
};

static long number(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    LE_ASSERT(end != text && *end == '\0');
    return value;
}

/* ---- server ---- */

#define KEPT_MAX 16u

static le_msg_MessageRef_t kept[KEPT_MAX];
static unsigned n_kept, n_served;
static long most;
static le_timer_Ref_t timer;

static void answer(unsigned index)
{
    struct payload *payload = le_msg_GetPayloadPtr(kept[index]);
    payload->number += 1000;
    le_msg_Respond(kept[index]);
    kept[index] = kept[--n_kept];
}

/* What is left when no more comes. */
static void answer_rest(le_timer_Ref_t expired)
{
    LE_UNUSED(expired);
    while (n_kept > 0)
        answer(0);
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    if (++n_served == most)
        _exit(9);
    if (n_kept == KEPT_MAX)
        answer((n_served * 7919) % KEPT_MAX);
    kept[n_kept++] = message;
    le_timer_Restart(timer);
}

static void start_server(le_msg_ProtocolRef_t protocol)
{
    const char *text = le_arg_GetArg(1);
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    most = text != NULL ? number(text) : 0;
    timer = le_timer_Create("rest");
    LE_ASSERT_OK(le_timer_SetMsInterval(timer, 20));
    LE_ASSERT_OK(le_timer_SetHandler(timer, answer_rest));
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}

/* ---- client ---- */

static struct client {
    le_msg_SessionRef_t session;
    unsigned n_told, n_answered, n_closed;
    bool was_told[N_REQUESTS];
} clients[N_SESSIONS];

static bool mourns;
static unsigned n_opened, n_done;

static void done(void)
{
    if (++n_done < N_SESSIONS)
        return;
    puts("done");
    exit(EXIT_SUCCESS);
}

static void told(le_msg_MessageRef_t response, void *context)
{
    uintptr_t index = (uintptr_t)context;
    struct client *client = &clients[index / N_REQUESTS];
    unsigned number = index % N_REQUESTS;
    LE_ASSERT(!client->was_told[number] && client->n_closed == 0);
    client->was_told[number] = true;
    client->n_told++;
    if (response != NULL) {
        const struct payload *payload = le_msg_GetPayloadPtr(response);
        LE_ASSERT(payload->session == index / N_REQUESTS && payload->number == number + 1000);
        LE_ASSERT(payload->filling[sizeof payload->filling - 1] == 'x');
        client->n_answered++;
        le_msg_ReleaseMsg(response);
    }
    LE_ASSERT(response != NULL || mourns);
    if (client->n_answered == N_REQUESTS && !mourns)
        done();
}

static void closed(le_msg_SessionRef_t session, void *context)
{
    struct client *client = context;
    LE_ASSERT(client->session == session && mourns && client->n_told == N_REQUESTS);
    LE_ASSERT(++client->n_closed == 1);
    done();
}

static void ask(struct client *client, unsigned number)
{
    le_msg_MessageRef_t request = le_msg_CreateMsg(client->session);
    struct payload *payload = le_msg_GetPayloadPtr(request);
    payload->session = (uint32_t)(client - clients);
    payload->number = number;
    payload->filling[sizeof payload->filling - 1] = 'x';
    le_msg_RequestResponse(request, told,
                           (void *)((uintptr_t)(client - clients) * N_REQUESTS + number));
}

static void ask_all(struct client *client)
{
    for (unsigned number = 0; number < N_REQUESTS; number++)
        ask(client, number);
}

static void opened(le_msg_SessionRef_t session, void *context)
{
    struct client *client = context;
    LE_ASSERT(client->session == session);
    if (!mourns)
        ask_all(client);
    else if (++n_opened ==
             N_SESSIONS) /* one that the server does not live to see waits for another */
        for (unsigned i = 0; i < N_SESSIONS; i++)
            ask_all(&clients[i]);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("load", sizeof(struct payload));
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        start_server(protocol);
        return;
    }
    mourns = strcmp(le_arg_GetArg(0), "mourner") == 0;
    for (unsigned i = 0; i < N_SESSIONS; i++) {
        clients[i].session = le_msg_CreateSession(protocol, INTERFACE);
        le_msg_SetSessionCloseHandler(clients[i].session, closed, &clients[i]);
        le_msg_OpenSession(clients[i].session, opened, &clients[i]);
    }
}
