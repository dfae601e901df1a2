/*
 * The server's side of a session, opened by hand: within this process, so that there is no gateway.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <viaduct/node.h>

#include "bridge/legato/accepted.h"
#include "bridge/legato/reference.h"
#include "bridge/legato/wire.h"
#include "include/legato/legato.h"
#include "tests/unit/bridge/legato/served.h"

static le_msg_ServiceRef_t service;
static struct service *inner;
static char story[64]; /* o open, c close, m message, r request */
static le_msg_SessionRef_t session;
static le_msg_MessageRef_t kept;

static void tell(char what)
{
    size_t length = strlen(story);
    assert_true(length + 1 < sizeof story);
    story[length] = what;
}

static void note_open(le_msg_SessionRef_t opened, void *context)
{
    (void)context;
    session = opened;
    tell('o');
}

static void note_close(le_msg_SessionRef_t closed, void *context)
{
    uid_t uid = 0;
    (void)context;
    assert_ptr_equal(closed, session);
    assert_int_equal(le_msg_GetClientUserId(closed, &uid), LE_OK);
    tell('c');
}

static void receive(le_msg_MessageRef_t message, void *context)
{
    (void)context;
    assert_ptr_equal(le_msg_GetServiceRxMsg(), message);
    assert_ptr_equal(le_msg_GetSession(message), session);
    tell(le_msg_NeedsResponse(message) ? 'r' : 'm');
    if (le_msg_NeedsResponse(message))
        kept = message;
    else
        le_msg_ReleaseMsg(message);
}

static void ref(void *object)
{
    (void)service_ref(object);
}

static int make_service(void **state)
{
    (void)state;
    service = le_msg_CreateService(le_msg_GetProtocolRef("accepted test", 8), "accepted.test");
    le_msg_SetServiceRecvHandler(service, receive, NULL);
    (void)le_msg_AddServiceOpenHandler(service, note_open, NULL);
    (void)le_msg_AddServiceCloseHandler(service, note_close, NULL);
    inner = reference_hold(REFERENCE_SERVICE, service, ref);
    assert_non_null(inner);
    memset(story, 0, sizeof story);
    session = NULL;
    kept = NULL;
    return 0;
}

static int delete_service(void **state)
{
    (void)state;
    (void)service_unref(inner);
    le_msg_DeleteService(service);
    serve_all();
    return 0;
}

/* ---- a client, of which only the back reference is seen ---- */

struct client {
    struct receiver receiver; /* first */
    struct via_stub *stub;    /* the back reference */
    struct via_proxy *proxy;  /* what is opened */
    unsigned n_messages;
    bool is_closed;
};

static void hear(struct receiver *receiver, struct via_call *call)
{
    struct client *client = (struct client *)receiver;
    assert_false(client->is_closed);
    if (via_call_code(call) == WIRE_CLOSED)
        client->is_closed = true;
    else
        client->n_messages++;
}

static void attach(struct client *client, const struct via_caller *caller)
{
    struct via_stub *opened = NULL;
    *client = (struct client){.receiver = {.arrived = hear}};
    assert_int_equal(mailbox_stub(mailbox_here(), &client->receiver, NULL, NULL, &client->stub),
                     VIA_OK);
    struct via_proxy *back = via_stub_proxy(client->stub);
    assert_int_equal(accepted_create(inner, caller, back, &opened), VIA_OK);
    via_proxy_unref(back);
    client->proxy = via_stub_proxy(opened);
    (void)via_stub_unref(opened);
}

static void detach(struct client *client)
{
    (void)via_proxy_unref(client->proxy);
    (void)via_stub_unref(client->stub);
}

static void send_code(const struct client *client, uint32_t code)
{
    assert_int_equal(via_proxy_send(client->proxy, code, NULL), VIA_OK);
}

struct answer {
    struct expected expected; /* first */
    bool has_come;
    enum via_status status;
};

static void came(struct expected *expected, enum via_status status, struct via_parcel *reply)
{
    struct answer *answer = (struct answer *)expected;
    (void)reply;
    assert_false(answer->has_come);
    answer->has_come = true;
    answer->status = status;
}

static void ask(const struct client *client, struct answer *answer)
{
    *answer = (struct answer){.expected = {.came = came}};
    assert_int_equal(mailbox_call(mailbox_here(), client->proxy, NULL, &answer->expected), VIA_OK);
}

static const struct via_caller here = {.pid = 1234, .uid = 77, .identity = ""};

/* ---- tests ---- */

static void it_is_open_before_anything_comes(void **state)
{
    (void)state;
    struct client client;
    attach(&client, &here);
    send_code(&client, WIRE_MESSAGE);
    assert_string_equal(story, ""); /* from the loop */
    serve_all();
    assert_string_equal(story, "om");
    send_code(&client, WIRE_CLOSED);
    send_code(&client, WIRE_MESSAGE); /* too late */
    send_code(&client, WIRE_CLOSED);
    serve_all();
    assert_string_equal(story, "omc");
    detach(&client);
}

static void who_the_client_is_is_told_while_it_is_one(void **state)
{
    (void)state;
    static const struct via_caller far = {
        .pid = -1, .uid = UINT32_MAX, .remote = true, .identity = "somebody"};
    uid_t uid = 0;
    pid_t pid = 0;
    struct client client;
    attach(&client, &here);
    serve_all();
    assert_int_equal(le_msg_GetClientUserCreds(session, &uid, &pid), LE_OK);
    assert_int_equal(uid, 77);
    assert_int_equal(pid, 1234);
    le_msg_MessageRef_t message = le_msg_CreateMsg(session); /* keeps the reference */
    le_msg_SessionRef_t first = session;
    le_msg_CloseSession(session);
    assert_int_equal(le_msg_GetClientUserId(first, &uid), LE_CLOSED);
    le_msg_ReleaseMsg(message);
    detach(&client);
    serve_all();

    attach(&client, &far);
    serve_all();
    assert_int_equal(le_msg_GetClientUserCreds(session, &uid, &pid), LE_OK);
    assert_int_equal(uid, 65534);
    assert_true(pid > 0);
    le_msg_CloseSession(session);
    serve_all();
    detach(&client);
}

static void a_server_closes_once_and_tells_its_client_last(void **state)
{
    (void)state;
    struct client client;
    struct answer answer;
    attach(&client, &here);
    ask(&client, &answer);
    serve_all();
    assert_non_null(kept);
    for (int i = 0; i < 3; i++)
        le_msg_Send(le_msg_CreateMsg(session));
    le_msg_CloseSession(session);
    assert_string_equal(story, "orc"); /* inside the call */
    le_msg_Respond(kept);              /* nobody waits */
    serve_all();
    assert_int_equal(client.n_messages, 3);
    assert_true(client.is_closed);
    assert_true(answer.has_come);
    assert_int_equal(answer.status, VIA_DEAD);
    assert_string_equal(story, "orc");
    detach(&client);
}

static void a_request_that_is_dropped_ends_the_session(void **state)
{
    (void)state;
    struct client client;
    struct answer answers[2];
    attach(&client, &here);
    ask(&client, &answers[0]);
    serve_all();
    le_msg_MessageRef_t first = kept;
    ask(&client, &answers[1]);
    serve_all();
    le_msg_AddRef(first);
    le_msg_ReleaseMsg(first);
    assert_string_equal(story, "orr");
    le_msg_ReleaseMsg(first);
    assert_string_equal(story, "orrc");
    le_msg_ReleaseMsg(kept);
    serve_all();
    assert_string_equal(story, "orrc");
    for (int i = 0; i < 2; i++)
        assert_int_equal(answers[i].status, VIA_DEAD);
    assert_true(client.is_closed);
    detach(&client);
}

static void *release(void *message)
{
    le_msg_ReleaseMsg(message);
    return NULL;
}

static bool is_closed(void)
{
    return strchr(story, 'c') != NULL;
}

static void another_thread_may_drop_a_request(void **state)
{
    (void)state;
    struct client client;
    struct answer answer;
    attach(&client, &here);
    ask(&client, &answer);
    serve_all();
    le_thread_Ref_t thread = le_thread_Create("dropper", release, kept);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_string_equal(story, "or"); /* it is closed from the loop */
    serve_until(is_closed);
    serve_all();
    assert_true(answer.has_come && client.is_closed);
    detach(&client);
}

static void codes_that_are_none_are_refused(void **state)
{
    (void)state;
    struct client client;
    attach(&client, &here);
    send_code(&client, WIRE_OPENED); /* it is open already */
    send_code(&client, 99);
    serve_all();
    assert_string_equal(story, "o");
    send_code(&client, WIRE_CLOSED);
    serve_all();
    assert_string_equal(story, "oc");
    detach(&client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_service, delete_service)
    const struct CMUnitTest tests[] = {
        TEST(it_is_open_before_anything_comes),
        TEST(who_the_client_is_is_told_while_it_is_one),
        TEST(a_server_closes_once_and_tells_its_client_last),
        TEST(a_request_that_is_dropped_ends_the_session),
        TEST(another_thread_may_drop_a_request),
        TEST(codes_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
