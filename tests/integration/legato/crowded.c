/*
 * Processes that may have no more descriptors: a message arrives without its own.
 *
 *     crowded server
 *     crowded client
 */
#include "legato.h"

#define INTERFACE "crowded.api"
#define DESCRIPTORS_MAX 100

enum what { PLAIN, CROWD, GIVE, CLEAR };

struct payload {
    uint32_t what;
    int32_t had_descriptor; /* the request */
    uint32_t n_sent;        /* messages without a response that came before it */
};

static le_msg_SessionRef_t session;
static int held[DESCRIPTORS_MAX];
static size_t n_held;
static uint32_t n_sent;

static void crowd(void)
{
    struct rlimit limit;
    LE_ASSERT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = DESCRIPTORS_MAX;
    LE_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    while ((held[n_held] = dup(STDERR_FILENO)) >= 0)
        n_held++;
}

static void clear(void)
{
    while (n_held > 0)
        (void)close(held[--n_held]);
}

static int a_pipe(void)
{
    int ends[2];
    LE_ASSERT(pipe(ends) == 0);
    (void)close(ends[1]);
    return ends[0];
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    struct payload *payload = le_msg_GetPayloadPtr(message);
    int fd = le_msg_GetFd(message);
    if (fd >= 0)
        (void)close(fd);
    if (!le_msg_NeedsResponse(message)) {
        n_sent++;
        le_msg_ReleaseMsg(message);
        return;
    }
    if (payload->what == CROWD)
        crowd();
    else if (payload->what == CLEAR)
        clear();
    else if (payload->what == GIVE)
        le_msg_SetFd(message, a_pipe());
    payload->had_descriptor = fd >= 0;
    payload->n_sent = n_sent;
    le_msg_Respond(message);
}

static le_msg_MessageRef_t message_of(enum what what, int fd)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    ((struct payload *)le_msg_GetPayloadPtr(message))->what = what;
    if (fd >= 0)
        le_msg_SetFd(message, fd);
    return message;
}

/* Whether the response had a descriptor. */
static bool ask(enum what what, int fd, struct payload *answer)
{
    le_msg_MessageRef_t message = le_msg_RequestSyncResponse(message_of(what, fd));
    LE_ASSERT(message != NULL);
    *answer = *(struct payload *)le_msg_GetPayloadPtr(message);
    fd = le_msg_GetFd(message);
    if (fd >= 0)
        (void)close(fd);
    le_msg_ReleaseMsg(message);
    return fd >= 0;
}

_Noreturn static void be_client(void)
{
    struct payload answer;
    session = le_msg_CreateSession(le_msg_GetProtocolRef("crowded", sizeof answer), INTERFACE);
    le_msg_OpenSessionSync(session);
    LE_ASSERT(!ask(PLAIN, a_pipe(), &answer) && answer.had_descriptor);
    uint32_t n_before = answer.n_sent;

    LE_ASSERT(!ask(CROWD, -1, &answer));
    le_msg_Send(message_of(PLAIN, a_pipe()));
    LE_ASSERT(!ask(PLAIN, a_pipe(), &answer) && !answer.had_descriptor);
    LE_ASSERT(answer.n_sent == n_before + 1);
    LE_ASSERT(!ask(CLEAR, -1, &answer));
    LE_ASSERT(ask(GIVE, a_pipe(), &answer) && answer.had_descriptor);

    crowd();
    LE_ASSERT(!ask(GIVE, -1, &answer));
    clear();
    LE_ASSERT(ask(GIVE, a_pipe(), &answer) && answer.had_descriptor);
    puts("done");
    exit(EXIT_SUCCESS);
}

COMPONENT_INIT
{
    if (strcmp(le_arg_GetArg(0), "client") == 0)
        be_client();
    le_msg_ServiceRef_t service =
        le_msg_CreateService(le_msg_GetProtocolRef("crowded", sizeof(struct payload)), INTERFACE);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}
