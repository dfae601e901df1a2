/*
 * What breaks the rules, one case a run: "hostile CASE". A case that is fatal never says "done".
 */
#include "legato.h"

#define INTERFACE "hostile.api"
#define MESSAGE_SIZE 16

static le_msg_ProtocolRef_t protocol;
static le_msg_ServiceRef_t service;
static le_msg_SessionRef_t session, server_session;
static le_msg_MessageRef_t kept;
static unsigned n_closed, n_opened;

static void done(void)
{
    puts("done");
    exit(EXIT_SUCCESS);
}

static le_msg_MessageRef_t message_of(uint32_t number)
{
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    *(uint32_t *)le_msg_GetPayloadPtr(message) = number;
    return message;
}

/* ---- a service and a session of this thread ---- */

static void note_open(le_msg_SessionRef_t opened, void *context)
{
    LE_UNUSED(context);
    server_session = opened;
    n_opened++;
}

static void note_close(le_msg_SessionRef_t closed, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed == server_session);
    n_closed++;
}

static void keep(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    kept = message;
}

static void serve(le_msg_ReceiveHandler_t receive)
{
    service = le_msg_CreateService(protocol, INTERFACE);
    if (receive != NULL)
        le_msg_SetServiceRecvHandler(service, receive, NULL);
    (void)le_msg_AddServiceOpenHandler(service, note_open, NULL);
    (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
    le_msg_AdvertiseService(service);
}

static void attach(le_msg_SessionEventHandler_t closed)
{
    session = le_msg_CreateSession(protocol, INTERFACE);
    if (closed != NULL)
        le_msg_SetSessionCloseHandler(session, closed, NULL);
    le_msg_OpenSessionSync(session);
}

static void ignore_response(le_msg_MessageRef_t response, void *context)
{
    LE_UNUSED(response);
    LE_UNUSED(context);
}

static void must_not_come(le_msg_MessageRef_t message, void *context)
{
    LE_FATAL("%p came with %p", (void *)message, context);
}

/* ---- fatal ---- */

static void *send_kept(void *context)
{
    le_msg_Send(context);
    return NULL;
}

static void wrong_thread(void)
{
    serve(keep);
    attach(NULL);
    le_thread_Start(le_thread_Create("other", send_kept, message_of(1)));
}

static void answer_twice(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    le_msg_AddRef(message);
    le_msg_Respond(message);
    le_msg_Respond(message);
}

static void double_respond(void)
{
    serve(answer_twice);
    attach(NULL);
    le_msg_RequestResponse(message_of(1), ignore_response, NULL);
}

static void second_descriptor(void)
{
    serve(keep);
    attach(NULL);
    le_msg_MessageRef_t message = message_of(1);
    le_msg_SetFd(message, dup(0));
    le_msg_SetFd(message, dup(0));
}

static void use_what_is_gone(void *unused, void *unused_too)
{
    LE_UNUSED(unused);
    LE_UNUSED(unused_too);
    (void)le_msg_CreateMsg(server_session);
}

static void close_it(le_msg_SessionRef_t closed, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed == session);
    le_event_QueueFunction(use_what_is_gone, NULL, NULL);
}

static void close_client(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    LE_KILL_CLIENT("request %p", (void *)message);
    le_msg_ReleaseMsg(message);
}

static void stale_session(void)
{
    serve(close_client);
    attach(close_it);
    le_msg_RequestResponse(message_of(1), ignore_response, NULL);
}

static void request_when_closed(void)
{
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_RequestResponse(message_of(1), ignore_response, NULL);
}

static void open_twice(void)
{
    serve(keep);
    attach(NULL);
    le_msg_OpenSession(session, NULL, NULL);
}

static void open_while_opening(void)
{
    session = le_msg_CreateSession(protocol, "nobody.serves.this");
    le_msg_OpenSession(session, NULL, NULL);
    le_msg_OpenSession(session, NULL, NULL);
}

static void two_sizes(void)
{
    (void)le_msg_GetProtocolRef("hostile", MESSAGE_SIZE + 1);
}

static void long_name(void)
{
    char name[LE_MSG_INTERFACE_NAME_MAX + 2];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    (void)le_msg_CreateSession(protocol, name);
}

static void create_twice(void)
{
    serve(keep);
    (void)le_msg_CreateService(protocol, INTERFACE);
}

static void advertise_twice(void)
{
    serve(keep);
    le_msg_AdvertiseService(service);
}

static void too_large(void)
{
    (void)le_msg_CreateSession(le_msg_GetProtocolRef("giant", (size_t)1 << 30), "giant");
}

static void client_credentials(void)
{
    uid_t uid;
    serve(keep);
    attach(NULL);
    (void)le_msg_GetClientUserId(session, &uid);
}

static void kill_nobody(void)
{
    LE_KILL_CLIENT("nobody asked");
}

static void no_place_for_handler(void)
{
    serve(keep);
    attach(NULL);
    le_msg_GetSessionCloseHandler(session, NULL, NULL);
}

static void null_session(void)
{
    le_msg_CloseSession(NULL);
}

static void ask_client(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    le_msg_RequestResponse(message, ignore_response, NULL);
}

static void server_asks(void)
{
    serve(ask_client);
    attach(NULL);
    le_msg_Send(message_of(1));
}

static void other_protocol(void)
{
    serve(keep);
    session = le_msg_CreateSession(le_msg_GetProtocolRef("other", 8), INTERFACE);
    le_msg_OpenSession(session, NULL, NULL);
}

static void closed_without_handler(void)
{
    serve(close_client);
    attach(NULL);
    le_msg_RequestResponse(message_of(1), ignore_response, NULL);
}

/* ---- not fatal ---- */

static unsigned n_null;

static void count_null(le_msg_MessageRef_t response, void *context)
{
    LE_ASSERT((response == NULL) && context == (void *)(uintptr_t)n_null);
    n_null++;
}

static void end_closed(le_msg_SessionRef_t closed, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed == session && n_null == 3 && n_closed == 1);
    /* The program has been told: now it is closed. */
    le_msg_Send(message_of(1));
    le_msg_DeleteSession(session);
    done();
}

static void release(le_msg_MessageRef_t message, void *context)
{
    static unsigned n;
    LE_UNUSED(context);
    if (++n == 2) /* the first is kept, the third does not come */
        le_msg_ReleaseMsg(message);
    else
        kept = message;
    LE_ASSERT(n <= 2);
}

static void unanswered_release(void)
{
    serve(release);
    attach(end_closed);
    for (uintptr_t i = 0; i < 3; i++)
        le_msg_RequestResponse(message_of(1), count_null, (void *)i);
}

static void ask_own_thread(void)
{
    serve(keep);
    attach(NULL);
    LE_ASSERT(n_opened == 0); /* from the loop */
    LE_ASSERT(le_msg_RequestSyncResponse(message_of(1)) == NULL);
    done();
}

static void own_close(void)
{
    serve(must_not_come);
    attach(NULL);
    for (uintptr_t i = 0; i < 3; i++)
        le_msg_RequestResponse(message_of(1), count_null, (void *)i);
    le_msg_SetServiceRecvHandler(service, keep, NULL);
    le_msg_CloseSession(session);
    LE_ASSERT(n_null == 3);
    le_msg_CloseSession(session); /* nothing */
    le_msg_Send(message_of(1));   /* into the void */
    le_msg_OpenSessionSync(session);
    le_msg_DeleteSession(session);
    done();
}

static void expect_closed(le_msg_SessionRef_t closed, void *context)
{
    LE_UNUSED(context);
    LE_ASSERT(closed == session && n_opened == 1 && n_closed == 1);
    done();
}

static void no_receiver(void)
{
    serve(NULL);
    attach(expect_closed);
    le_msg_Send(message_of(1));
}

static void hide_and_delete(void)
{
    service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_HideService(service);
    le_msg_DeleteService(service);
    service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_AdvertiseService(service);
    le_msg_HideService(service);
    session = le_msg_CreateSession(protocol, INTERFACE);
    LE_ASSERT(le_msg_TryOpenSessionSync(session) == LE_UNAVAILABLE);
    le_msg_AdvertiseService(service);
    LE_ASSERT_OK(le_msg_TryOpenSessionSync(session));
    le_msg_CloseSession(session);
    le_msg_HideService(service);
    le_msg_HideService(service);
    le_msg_DeleteService(service);
    serve(keep);
    LE_ASSERT_OK(le_msg_TryOpenSessionSync(session));
    le_msg_DeleteSession(session);
    le_msg_DeleteService(service);
    done();
}

static void cancelled(le_msg_SessionRef_t opened, void *context)
{
    LE_FATAL("%p is open, with %p", (void *)opened, context);
}

static void end_opened(le_msg_SessionRef_t opened, void *context)
{
    LE_ASSERT(opened == session && context == &session);
    done();
}

static void close_while_opening(void)
{
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSession(session, cancelled, NULL);
    le_msg_CloseSession(session);
    le_msg_OpenSession(session, cancelled, NULL);
    le_msg_DeleteSession(session);
    serve(keep);
    session = le_msg_CreateSession(protocol, INTERFACE);
    le_msg_OpenSession(session, end_opened, &session);
}

/* ---- handlers that add and remove handlers ---- */

static char order[16];
static le_msg_SessionEventHandlerRef_t handlers[3];

static void note(le_msg_SessionRef_t opened, void *context)
{
    LE_UNUSED(opened);
    order[strlen(order)] = *(const char *)context;
}

static void remove_two(le_msg_SessionRef_t opened, void *context)
{
    note(opened, context);
    le_msg_RemoveServiceHandler(handlers[1]);
    le_msg_RemoveServiceHandler(handlers[2]); /* itself */
    le_msg_RemoveServiceHandler(handlers[1]); /* gone: an error in the log */
    (void)le_msg_AddServiceOpenHandler(service, note, (void *)(uintptr_t) "n");
}

static void check_order(le_msg_MessageRef_t message, void *context)
{
    LE_UNUSED(context);
    le_msg_ReleaseMsg(message);
    LE_ASSERT(strcmp(order, "ca") == 0);
    done();
}

static void handlers_of_handlers(void)
{
    service = le_msg_CreateService(protocol, INTERFACE);
    le_msg_SetServiceRecvHandler(service, check_order, NULL);
    handlers[0] = le_msg_AddServiceOpenHandler(service, note, (void *)(uintptr_t) "a");
    handlers[1] = le_msg_AddServiceOpenHandler(service, note, (void *)(uintptr_t) "b");
    handlers[2] = le_msg_AddServiceOpenHandler(service, remove_two, (void *)(uintptr_t) "c");
    le_msg_AdvertiseService(service);
    attach(NULL);
    le_msg_Send(message_of(1));
}

/* ---- ---- */

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"wrong_thread", wrong_thread},
    {"double_respond", double_respond},
    {"second_descriptor", second_descriptor},
    {"stale_session", stale_session},
    {"request_when_closed", request_when_closed},
    {"open_twice", open_twice},
    {"open_while_opening", open_while_opening},
    {"two_sizes", two_sizes},
    {"long_name", long_name},
    {"create_twice", create_twice},
    {"advertise_twice", advertise_twice},
    {"too_large", too_large},
    {"client_credentials", client_credentials},
    {"kill_nobody", kill_nobody},
    {"null_session", null_session},
    {"no_place_for_handler", no_place_for_handler},
    {"server_asks", server_asks},
    {"other_protocol", other_protocol},
    {"closed_without_handler", closed_without_handler},
    {"unanswered_release", unanswered_release},
    {"ask_own_thread", ask_own_thread},
    {"own_close", own_close},
    {"no_receiver", no_receiver},
    {"hide_and_delete", hide_and_delete},
    {"close_while_opening", close_while_opening},
    {"handlers_of_handlers", handlers_of_handlers},
};

COMPONENT_INIT
{
    protocol = le_msg_GetProtocolRef("hostile", MESSAGE_SIZE);
    for (size_t i = 0; i < NUM_ARRAY_MEMBERS(cases); i++)
        if (strcmp(cases[i].name, le_arg_GetArg(0)) == 0) {
            cases[i].run();
            return;
        }
    LE_FATAL("no case '%s'", le_arg_GetArg(0));
}
