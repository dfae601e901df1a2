/*
 * What a client's session is while it is open, from its opening to its end: through a gateway in a
 * thread of the test, to a service of the client's own thread.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/legato/legato.h"
#include "tests/integration/gateway_thread.h"
#include "tests/unit/bridge/legato/served.h"

#define NAME "attachment.test"

static struct gateway_thread gateway;
static le_msg_ProtocolRef_t protocol;
static le_msg_ServiceRef_t service;
static le_msg_SessionRef_t session, server_side;
static le_msg_MessageRef_t kept[8];
static unsigned n_kept, n_greetings;
static char story[64]; /* O opened, h heard, n a callback with NULL, a an answer, c closed */

static void tell(char what)
{
    assert_true(strlen(story) + 1 < sizeof story);
    story[strlen(story)] = what;
}

/* ---- the service ---- */

static void greet(le_msg_SessionRef_t opened, void *context)
{
    (void)context;
    server_side = opened;
    for (unsigned i = 0; i < n_greetings; i++)
        le_msg_Send(le_msg_CreateMsg(opened));
}

static void keep(le_msg_MessageRef_t message, void *context)
{
    (void)context;
    assert_true(n_kept < 8);
    kept[n_kept++] = message;
}

static int start(void **state)
{
    char address[128];
    (void)state;
    gateway_thread_start(&gateway, NULL);
    (void)snprintf(address, sizeof address, "unix:%s", gateway.socket);
    assert_int_equal(setenv("VIADUCT_GATEWAY", address, 1), 0);
    protocol = le_msg_GetProtocolRef("attachment test", 8);
    service = le_msg_CreateService(protocol, NAME);
    (void)le_msg_AddServiceOpenHandler(service, greet, NULL);
    le_msg_SetServiceRecvHandler(service, keep, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    le_msg_DeleteService(service);
    serve_all();
    gateway_thread_stop(&gateway);
    return 0;
}

/* ---- the client ---- */

static void hear(le_msg_MessageRef_t message, void *context)
{
    (void)context;
    assert_false(le_msg_NeedsResponse(message));
    assert_null(le_msg_GetServiceRxMsg());
    le_msg_ReleaseMsg(message);
    tell('h');
}

static void note_open(le_msg_SessionRef_t opened, void *context)
{
    assert_ptr_equal(opened, session);
    assert_ptr_equal(context, &session);
    tell('O');
}

static void note_close(le_msg_SessionRef_t closed, void *context)
{
    (void)context;
    assert_ptr_equal(closed, session);
    tell('c');
}

static void told(le_msg_MessageRef_t response, void *context)
{
    (void)context;
    tell(response != NULL ? 'a' : 'n');
    if (response != NULL)
        le_msg_ReleaseMsg(response);
}

static int begin(void **state)
{
    (void)state;
    memset(story, 0, sizeof story);
    n_kept = n_greetings = 0;
    session = le_msg_CreateSession(protocol, NAME);
    le_msg_SetSessionRecvHandler(session, hear, NULL);
    le_msg_SetSessionCloseHandler(session, note_close, NULL);
    le_msg_AdvertiseService(service);
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (session != NULL)
        le_msg_DeleteSession(session);
    session = NULL;
    serve_all();
    for (unsigned i = 0; i < n_kept; i++)
        le_msg_ReleaseMsg(kept[i]);
    le_msg_HideService(service);
    serve_all();
    return 0;
}

static void ask(le_msg_ResponseCallback_t callback)
{
    le_msg_RequestResponse(le_msg_CreateMsg(session), callback, NULL);
}

static bool two_are_kept(void)
{
    return n_kept == 2;
}

static bool it_is_closed(void)
{
    return strchr(story, 'c') != NULL;
}

/* ---- opening ---- */

static void what_is_not_there_can_be_tried_again(void **state)
{
    (void)state;
    le_msg_HideService(service);
    assert_int_equal(le_msg_TryOpenSessionSync(session), LE_UNAVAILABLE);
    assert_int_equal(le_msg_TryOpenSessionSync(session), LE_UNAVAILABLE);
    le_msg_AdvertiseService(service);
    assert_int_equal(le_msg_TryOpenSessionSync(session), LE_OK);
    le_msg_CloseSession(session);
    assert_int_equal(le_msg_TryOpenSessionSync(session), LE_OK);
    assert_string_equal(story, "");
}

static bool all_is_heard(void)
{
    return strlen(story) == 4;
}

static void what_comes_early_waits_for_the_callback(void **state)
{
    (void)state;
    n_greetings = 3;
    le_msg_OpenSession(session, note_open, &session);
    assert_string_equal(story, ""); /* never from within */
    serve_until(all_is_heard);
    assert_string_equal(story, "Ohhh");
}

static void must_not_open(le_msg_SessionRef_t opened, void *context)
{
    (void)opened;
    (void)context;
    fail_msg("it was cancelled");
}

static void a_close_while_it_opens_cancels_it(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        le_msg_OpenSession(session, must_not_open, NULL);
        le_msg_CloseSession(session);
    }
    le_msg_OpenSessionSync(session);
    le_msg_MessageRef_t message = le_msg_CreateMsg(session);
    le_msg_Send(message);
    ask(told);
    serve_until(two_are_kept);
    assert_string_equal(story, "");
}

/* ---- ends ---- */

static void its_own_close_tells_those_who_wait_first(void **state)
{
    (void)state;
    le_msg_OpenSessionSync(session);
    for (int i = 0; i < 3; i++)
        ask(told);
    le_msg_CloseSession(session);
    assert_string_equal(story, "nnn");
    le_msg_CloseSession(session);
    serve_all();
    assert_string_equal(story, "nnn");
}

static void answers_that_came_are_told_before_the_end(void **state)
{
    (void)state;
    le_msg_OpenSessionSync(session);
    ask(told);
    ask(told);
    serve_until(two_are_kept);
    le_msg_Send(le_msg_CreateMsg(server_side));
    le_msg_Respond(kept[1]);
    le_msg_CloseSession(server_side);
    le_msg_ReleaseMsg(kept[0]);
    n_kept = 0;
    serve_until(it_is_closed);
    /* the first was refused when the session was closed, before that word itself came */
    assert_string_equal(story, "hanc");
}

static void ask_again(le_msg_MessageRef_t response, void *context)
{
    told(response, context);
    ask(told);
}

static void asking_for_ever_does_not_keep_the_end_away(void **state)
{
    (void)state;
    le_msg_OpenSessionSync(session);
    ask(ask_again);
    ask(ask_again);
    serve_until(two_are_kept);
    le_msg_CloseSession(server_side);
    serve_until(it_is_closed);
    serve_all();
    assert_int_equal(strlen(story), 5);
    assert_int_equal(strspn(story, "nc"), 5); /* two, what they asked, and the end, once */
    assert_ptr_equal(strchr(story, 'c'), strrchr(story, 'c'));
}

static void delete_it(le_msg_MessageRef_t response, void *context)
{
    told(response, context);
    if (session != NULL)
        le_msg_DeleteSession(session);
    session = NULL;
}

static void a_callback_may_delete_the_session(void **state)
{
    (void)state;
    le_msg_OpenSessionSync(session);
    ask(delete_it);
    ask(told);
    serve_until(two_are_kept);
    le_msg_Respond(kept[0]);
    le_msg_CloseSession(server_side); /* at the same instant */
    le_msg_ReleaseMsg(kept[1]);
    n_kept = 0;
    while (session != NULL)
        (void)le_event_ServiceLoop();
    serve_all();
    assert_string_equal(story, "an");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_there_can_be_tried_again),
        TEST(what_comes_early_waits_for_the_callback),
        TEST(a_close_while_it_opens_cancels_it),
        TEST(its_own_close_tells_those_who_wait_first),
        TEST(answers_that_came_are_told_before_the_end),
        TEST(asking_for_ever_does_not_keep_the_end_away),
        TEST(a_callback_may_delete_the_session),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
