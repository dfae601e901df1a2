/*
 * Sessions opened and closed many times over, at the end of which both sides have what they had.
 *
 *     cycles server
 *     cycles client N
 */
#include <malloc.h>

#include "legato.h"

#define INTERFACE "cycles.api"
#define N_WARM_UP 200
#define HEAP_MORE_MAX 65536u /* less than 7 octets of each of 10,000 */
#define LOOK_AGAIN_MS 10
#define WORKERS_MORE_MAX 4 /* they are started as there is work, up to that many */
#define N_AT_ONCE 10

struct state {
    uint64_t n_descriptors, n_threads, heap;
};

struct payload {
    struct state state;
};

static uint64_t count_in(const char *path)
{
    uint64_t n = 0;
    DIR *folder = opendir(path);
    LE_ASSERT(folder != NULL);
    while (readdir(folder) != NULL)
        n++;
    (void)closedir(folder);
    return n;
}

static struct state state_now(void)
{
    return (struct state){.n_descriptors = count_in("/proc/self/fd"),
                          .n_threads = count_in("/proc/self/task"),
                          .heap = mallinfo2().uordblks};
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    ((struct payload *)le_msg_GetPayloadPtr(message))->state = state_now();
    le_msg_Respond(message);
}

/* ---- client ---- */

static le_msg_SessionRef_t session;
static struct state server_before, own_before;
static long n_left;

static struct state open_and_close(void)
{
    le_msg_OpenSessionSync(session);
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(le_msg_CreateMsg(session));
    LE_ASSERT(response != NULL);
    struct state state = ((struct payload *)le_msg_GetPayloadPtr(response))->state;
    le_msg_ReleaseMsg(response);
    le_msg_CloseSession(session);
    return state;
}

static bool is_as(const struct state *now, const struct state *before)
{
    return now->n_descriptors <= before->n_descriptors &&
           now->n_threads <= before->n_threads + WORKERS_MORE_MAX &&
           now->heap <= before->heap + HEAP_MORE_MAX;
}

/* What the last ones left may still be on its way out. */
static void look(le_timer_Ref_t timer)
{
    struct state server = open_and_close(), own = state_now();
    if (is_as(&server, &server_before) && is_as(&own, &own_before)) {
        puts("done");
        exit(EXIT_SUCCESS);
    }
    printf("server %" PRIu64 " %" PRIu64 " %" PRIu64 " client %" PRIu64 " %" PRIu64 " %" PRIu64
           "\n",
           server.n_descriptors - server_before.n_descriptors,
           server.n_threads - server_before.n_threads, server.heap - server_before.heap,
           own.n_descriptors - own_before.n_descriptors, own.n_threads - own_before.n_threads,
           own.heap - own_before.heap);
    LE_ASSERT_OK(le_timer_Start(timer));
}

static void cycle(void *unused, void *unused_too)
{
    for (int i = 0; i < N_AT_ONCE && n_left > 0; i++, n_left--)
        (void)open_and_close();
    if (n_left > 0) {
        le_event_QueueFunction(cycle, unused, unused_too);
        return;
    }
    le_timer_Ref_t timer = le_timer_Create("look");
    LE_ASSERT_OK(le_timer_SetMsInterval(timer, LOOK_AGAIN_MS));
    LE_ASSERT_OK(le_timer_SetHandler(timer, look));
    look(timer);
}

static void end_warm_up(le_timer_Ref_t timer)
{
    LE_UNUSED(timer);
    server_before = open_and_close();
    own_before = state_now();
    cycle(NULL, NULL);
}

COMPONENT_INIT
{
    le_msg_ProtocolRef_t protocol = le_msg_GetProtocolRef("cycles", sizeof(struct payload));
    if (strcmp(le_arg_GetArg(0), "server") == 0) {
        le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
        le_msg_SetServiceRecvHandler(service, serve, NULL);
        le_msg_AdvertiseService(service);
        puts("ready");
        return;
    }
    n_left = strtol(le_arg_GetArg(1), NULL, 10);
    session = le_msg_CreateSession(protocol, INTERFACE);
    for (int i = 0; i < N_WARM_UP; i++)
        (void)open_and_close();
    le_timer_Ref_t timer = le_timer_Create("warm-up");
    LE_ASSERT_OK(le_timer_SetMsInterval(timer, LOOK_AGAIN_MS));
    LE_ASSERT_OK(le_timer_SetHandler(timer, end_warm_up));
    LE_ASSERT_OK(le_timer_Start(timer));
}
