/*
 * A thread that is cancelled while it waits for another process, or in its handler.
 *
 *     cancelled server [quiet]  says "opened", "closed", and "asked" where it does not just answer
 *     cancelled client HOW      whose thread waits as HOW says: see waits[]
 *     cancelled storm N [ask]   N threads, each cancelled wherever it happens to be; all or a third
 *                               of them wait for answers, the others run their loop, or only send
 *     cancelled threaded        a service whose thread is cancelled in its handler, then another
 *     cancelled patient         its client
 *
 * A line of input has the thread cancelled; "cancelled" is said when it has been joined. Then the
 * process goes on: a client, with the next line, asks, is answered and says "done".
 */
#include <stdatomic.h>

#include "legato.h"

#define INTERFACE "cancelled.api"
#define STEPS_MAX 40u /* that one of the storm makes before it is cancelled */

enum kind { TELL = 1, ECHO, MUTE, LATE, STUCK };

static le_msg_ProtocolRef_t protocol;
static le_sem_Ref_t called; /* the thread has been cancelled */
static le_sem_Ref_t never;
static unsigned n_destroyed;

static void wait_for_word(void)
{
    LE_ASSERT(getchar() == '\n');
}

/* ---- client ---- */

static le_msg_MessageRef_t request(le_msg_SessionRef_t session, uint32_t kind)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *(uint32_t *)le_msg_GetPayloadPtr(message) = kind;
    return message;
}

static bool is_answered(le_msg_MessageRef_t response)
{
    if (response == NULL)
        return false;
    le_msg_ReleaseMsg(response);
    return true;
}

static void ask_echo(le_msg_SessionRef_t session)
{
    LE_ASSERT(is_answered(le_msg_RequestSyncResponse(request(session, ECHO))));
}

static void ignore_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(session);
    LE_UNUSED(context);
}

static le_msg_SessionRef_t open_one(void)
{
    le_msg_SessionRef_t session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_SetSessionCloseHandler(session, ignore_close, NULL);
    le_msg_OpenSessionSync(session);
    return session;
}

static void ask_as_the_end(void *session)
{
    ask_echo(session);
    LE_ASSERT(++n_destroyed == 1);
}

static void *wait_for_answer(void *context)
{
    le_msg_SessionRef_t session = open_one();
    LE_UNUSED(context);
    (void)le_thread_AddDestructor(ask_as_the_end, session);
    (void)le_msg_RequestSyncResponse(request(session, MUTE));
    LE_FATAL("a request that has no answer came back");
}

static void count(void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(++n_destroyed == 1);
}

static void *wait_for_service(void *context)
{
    LE_UNUSED(context);
    (void)le_thread_AddDestructor(count, NULL);
    (void)open_one();
    LE_FATAL("a service is there that is not");
}

/* It is cancelled before it waits: what waits is a point of cancellation. */
static void *come_late(void *context)
{
    le_msg_SessionRef_t session = open_one();
    int state;
    LE_UNUSED(context);
    (void)le_thread_AddDestructor(count, NULL);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    puts("waits");
    le_sem_Wait(called);
    (void)pthread_setcancelstate(state, NULL);
    (void)le_msg_RequestSyncResponse(request(session, LATE));
    LE_FATAL("it was cancelled before");
}

/* A thread that may not be cancelled has its answer. */
static void *refuse_to_end(void *context)
{
    le_msg_SessionRef_t session = open_one();
    int state;
    LE_UNUSED(context);
    (void)le_thread_AddDestructor(count, NULL);
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    LE_ASSERT(is_answered(le_msg_RequestSyncResponse(request(session, LATE))));
    puts("answered");
    (void)pthread_setcancelstate(state, NULL);
    ask_echo(session);
    LE_FATAL("it was cancelled meanwhile");
}

static const struct {
    const char *name;
    le_thread_MainFunc_t main;
} waits[] = {{"answer", wait_for_answer},
             {"service", wait_for_service},
             {"late", come_late},
             {"refusing", refuse_to_end}};

static le_thread_Ref_t start(const char *name, le_thread_MainFunc_t function, void *context)
{
    le_thread_Ref_t thread = le_thread_Create(name, function, context);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    return thread;
}

static void cancel(le_thread_Ref_t thread)
{
    void *result = NULL;
    LE_ASSERT_OK(le_thread_Cancel(thread));
    le_sem_Post(called);
    puts("called");
    LE_ASSERT_OK(le_thread_Join(thread, &result));
    LE_ASSERT(result == PTHREAD_CANCELED);
    puts("cancelled");
}

static void go_on(void)
{
    le_msg_SessionRef_t session = open_one();
    ask_echo(session);
    le_msg_DeleteSession(session);
    puts("done");
    exit(EXIT_SUCCESS);
}

static void run_client(const char *how)
{
    for (size_t i = 0; i < NUM_ARRAY_MEMBERS(waits); i++) {
        if (strcmp(how, waits[i].name) != 0)
            continue;
        le_thread_Ref_t thread = start(how, waits[i].main, NULL);
        wait_for_word();
        cancel(thread);
        LE_ASSERT(n_destroyed == 1);
        wait_for_word();
        go_on();
    }
    LE_FATAL("'%s' is no way to wait", how);
}

/* The session of a thread that ends is closed: its client hears of it. */
static void run_patient(void)
{
    le_msg_SessionRef_t session = open_one();
    LE_ASSERT(!is_answered(le_msg_RequestSyncResponse(request(session, STUCK))));
    puts("none");
    go_on();
}

/* ---- the storm ---- */

static atomic_uint n_steps;

static void step(void)
{
    (void)atomic_fetch_add(&n_steps, 1);
}

static void *ask_for_ever(void *context)
{
    while (context == NULL) {
        le_msg_SessionRef_t session = open_one();
        step();
        for (int i = 0; i < 8; i++) {
            le_msg_Send(request(session, TELL));
            step();
            ask_echo(session);
            step();
        }
        le_msg_DeleteSession(session);
        step();
    }
    return NULL;
}

static void ask_again(le_msg_MessageRef_t response, void *session)
{
    if (!is_answered(response))
        return; /* the thread ends, and its sessions with it */
    step();
    le_msg_Send(request(session, TELL));
    le_msg_RequestResponse(request(session, ECHO), ask_again, session);
}

static void *answer_for_ever(void *context)
{
    le_msg_SessionRef_t session = open_one();
    LE_UNUSED(context);
    le_msg_RequestResponse(request(session, ECHO), ask_again, session);
    step();
    le_event_RunLoop();
}

static void *tell_for_ever(void *context)
{
    le_msg_SessionRef_t session = open_one();
    while (context == NULL) {
        le_msg_Send(request(session, TELL));
        step();
    }
    return NULL;
}

static void run_storm(const char *number, bool all_ask)
{
    const le_thread_MainFunc_t kinds[] = {ask_for_ever, answer_for_ever, tell_for_ever};
    unsigned long n_threads = strtoul(number, NULL, 10);
    for (unsigned long i = 0; i < n_threads; i++) {
        atomic_store(&n_steps, 0);
        le_thread_Ref_t thread =
            start("storm", kinds[all_ask ? 0 : i % NUM_ARRAY_MEMBERS(kinds)], NULL);
        while (atomic_load(&n_steps) < i % STEPS_MAX)
            (void)sched_yield();
        LE_ASSERT_OK(le_thread_Cancel(thread));
        LE_ASSERT_OK(le_thread_Join(thread, NULL));
    }
    go_on();
}

/* ---- server ---- */

/* A line that is said by half when its thread is cancelled is said once more by the next one. */
static void say(const char *line)
{
    int state;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    puts(line);
    (void)pthread_setcancelstate(state, NULL);
}

static void note_open(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(session);
    LE_UNUSED(context);
    puts("opened");
}

static void note_close(le_msg_SessionRef_t session, void *context)
{
    LE_UNUSED(session);
    LE_UNUSED(context);
    puts("closed");
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    uint32_t kind = *(const uint32_t *)le_msg_GetPayloadPtr(message);
    LE_UNUSED(context);
    if (kind == TELL) {
        le_msg_ReleaseMsg(message);
        return;
    }
    if (kind != ECHO)
        say("asked");
    if (kind == STUCK)
        le_sem_Wait(never);
    if (kind == LATE)
        wait_for_word();
    if (kind != MUTE)
        le_msg_Respond(message);
}

static void publish(bool is_told)
{
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol, INTERFACE);
    if (is_told) {
        (void)le_msg_AddServiceOpenHandler(service, note_open, NULL);
        (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
    }
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    puts("ready");
}

static void *serve_here(void *context)
{
    publish(false);
    (void)le_thread_AddDestructor(count, context);
    le_event_RunLoop();
}

static void run_threaded(void)
{
    le_thread_Ref_t thread = start("server", serve_here, NULL);
    wait_for_word();
    cancel(thread);
    LE_ASSERT(n_destroyed == 1);
    n_destroyed = 0;
    (void)start("server", serve_here, NULL);
}

COMPONENT_INIT
{
    const char *role = le_arg_GetArg(0);
    protocol = le_msg_GetProtocolRef("cancelled", sizeof(uint32_t));
    called = le_sem_Create("called", 0);
    never = le_sem_Create("never", 0);
    if (strcmp(role, "server") == 0)
        publish(le_arg_GetArg(1) == NULL);
    else if (strcmp(role, "threaded") == 0)
        run_threaded();
    else if (strcmp(role, "storm") == 0)
        run_storm(le_arg_GetArg(1), le_arg_GetArg(2) != NULL);
    else if (strcmp(role, "patient") == 0)
        run_patient();
    else
        run_client(le_arg_GetArg(1));
}
