/*
 * Services: who may come in, in which order handlers are told, and what becomes of open sessions.
 * What opens them is in this process, so that there is no gateway.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/node.h>

#include "bridge/legato/accepted.h"
#include "bridge/legato/reference.h"
#include "include/legato/legato.h"
#include "tests/unit/bridge/captured_stderr.h"
#include "tests/unit/bridge/legato/doomed.h"
#include "tests/unit/bridge/legato/served.h"

#define NAME "service.test"

static char story[64];
static le_msg_SessionEventHandlerRef_t handlers[4];
static le_msg_ServiceRef_t service;

static le_msg_ServiceRef_t new_service(void)
{
    return le_msg_CreateService(le_msg_GetProtocolRef("service test", 16), NAME);
}

static void ref(void *object)
{
    (void)service_ref(object);
}

static struct via_proxy *proxy_of(le_msg_ServiceRef_t reference)
{
    struct service *inner = reference_hold(REFERENCE_SERVICE, reference, ref);
    assert_non_null(inner);
    struct via_proxy *proxy = via_stub_proxy(inner->stub);
    (void)service_unref(inner);
    return proxy;
}

/* What a client says of itself; NULL: nothing. */
static enum via_status open_as(const char *protocol, uint64_t size, struct via_proxy **openedp)
{
    struct via_parcel *request = NULL;
    struct via_proxy *proxy = proxy_of(service);
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    if (protocol != NULL) {
        assert_int_equal(via_parcel_write_str(request, protocol), VIA_OK);
        assert_int_equal(via_parcel_write_u64(request, size), VIA_OK);
    }
    enum via_status status = via_proxy_open(proxy, request, NULL, 0, openedp, NULL);
    via_parcel_unref(request);
    via_proxy_unref(proxy);
    return status;
}

static void who_speaks_something_else_stays_outside(void **state)
{
    (void)state;
    static const struct {
        const char *protocol;
        uint64_t size;
        enum via_status status;
    } rows[] = {{"service test", 16, VIA_OK},
                {NULL, 0, VIA_OK},
                {"service test", 17, VIA_BAD_TYPE},
                {"service test", (UINT64_C(1) << 32) + 16, VIA_BAD_TYPE},
                {"service tes", 16, VIA_BAD_TYPE},
                {"", 16, VIA_BAD_TYPE}};
    service = new_service();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct via_proxy *opened = NULL;
        assert_int_equal(open_as(rows[i].protocol, rows[i].size, &opened), rows[i].status);
        via_proxy_unref(opened);
    }
    le_msg_DeleteService(service);
    serve_all();
}

/* ---- handlers ---- */

static void note(le_msg_SessionRef_t session, void *context)
{
    assert_non_null(session);
    story[strlen(story)] = *(const char *)context;
}

static void change_others(le_msg_SessionRef_t session, void *context)
{
    note(session, context);
    le_msg_RemoveServiceHandler(handlers[1]);
    le_msg_RemoveServiceHandler(handlers[2]); /* itself */
    handlers[3] = le_msg_AddServiceOpenHandler(service, note, (void *)(uintptr_t) "d");
}

static void open_one(struct via_proxy **openedp)
{
    assert_int_equal(open_as(NULL, 0, openedp), VIA_OK);
    serve_all();
}

static void the_newest_handler_is_told_first_whatever_it_does(void **state)
{
    (void)state;
    struct via_proxy *opened[2];
    memset(story, 0, sizeof story);
    service = new_service();
    handlers[0] = le_msg_AddServiceOpenHandler(service, note, (void *)(uintptr_t) "a");
    handlers[1] = le_msg_AddServiceOpenHandler(service, note, (void *)(uintptr_t) "b");
    handlers[2] = le_msg_AddServiceOpenHandler(service, change_others, (void *)(uintptr_t) "c");
    (void)le_msg_AddServiceCloseHandler(service, note, (void *)(uintptr_t) "x");
    (void)le_msg_AddServiceCloseHandler(service, note, (void *)(uintptr_t) "y");
    open_one(&opened[0]);
    assert_string_equal(story, "ca");
    open_one(&opened[1]);
    assert_string_equal(story, "cada");
    le_msg_DeleteService(service); /* closes both, inside */
    assert_string_equal(story, "cadayxyx");
    serve_all();
    assert_string_equal(story, "cadayxyx");
    for (int i = 0; i < 2; i++)
        via_proxy_unref(opened[i]);
}

static void a_handler_that_is_gone_is_an_error_in_the_log(void **state)
{
    (void)state;
    service = new_service();
    le_msg_SessionEventHandlerRef_t handler =
        le_msg_AddServiceOpenHandler(service, note, (void *)(uintptr_t) "a");
    le_msg_RemoveServiceHandler(handler);
    le_msg_RemoveServiceHandler(handler);
    (void)captured_stderr_matches("=ERR=.*handler .* is gone");
    le_msg_DeleteService(service);
}

/* ---- names and ends ---- */

static void a_name_is_free_again_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        le_msg_ServiceRef_t again = new_service();
        assert_null(le_msg_GetServiceContextPtr(again));
        le_msg_SetServiceContextPtr(again, &story);
        assert_ptr_equal(le_msg_GetServiceContextPtr(again), &story);
        le_msg_HideService(again); /* nothing */
        le_msg_DeleteService(again);
    }
}

static struct via_proxy *left;

static void *serve_briefly(void *unused)
{
    (void)unused;
    left = proxy_of(new_service());
    return NULL;
}

static void a_service_goes_with_its_thread(void **state)
{
    (void)state;
    struct via_proxy *opened = NULL;
    le_thread_Ref_t thread = le_thread_Create("brief", serve_briefly, NULL);
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    assert_int_equal(le_thread_Join(thread, NULL), LE_OK);
    assert_int_equal(via_proxy_open(left, NULL, NULL, 0, &opened, NULL), VIA_DEAD);
    via_proxy_unref(left);
    le_msg_DeleteService(new_service());
}

static void create_twice(void)
{
    (void)new_service();
    (void)new_service();
}

static void use_deleted(void)
{
    le_msg_ServiceRef_t gone = new_service();
    le_msg_DeleteService(gone);
    le_msg_SetServiceRecvHandler(gone, NULL, NULL);
}

static void use_none(void)
{
    le_msg_DeleteService(NULL);
}

static void *hide_it(void *reference)
{
    le_msg_HideService(reference);
    return NULL;
}

static void hide_elsewhere(void)
{
    le_thread_Ref_t thread = le_thread_Create("other", hide_it, new_service());
    le_thread_SetJoinable(thread);
    le_thread_Start(thread);
    (void)le_thread_Join(thread, NULL);
}

static void what_breaks_the_rules_is_fatal(void **state)
{
    (void)state;
    static const struct {
        void (*run)(void);
        const char *words;
    } rows[] = {
        {create_twice, "has a service 'service.test' of protocol 'service test' already"},
        {use_deleted, "le_msg_SetServiceRecvHandler: service .* is gone"},
        {use_none, "le_msg_DeleteService: the service is NULL"},
        {hide_elsewhere,
         "le_msg_HideService: interface 'service.test' is of thread 'main'; .*'other'"},
    };
    if (UNDER_THREAD_SANITIZER)
        return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        doomed(rows[i].run, EXIT_FAILURE, rows[i].words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_the_rules_is_fatal), /* before there is a node */
        cmocka_unit_test(who_speaks_something_else_stays_outside),
        cmocka_unit_test(the_newest_handler_is_told_first_whatever_it_does),
        cmocka_unit_test_setup_teardown(a_handler_that_is_gone_is_an_error_in_the_log,
                                        captured_stderr_begin, captured_stderr_end),
        cmocka_unit_test(a_name_is_free_again_at_once),
        cmocka_unit_test(a_service_goes_with_its_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
