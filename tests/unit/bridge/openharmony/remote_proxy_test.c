/*
 * Calls within one process: the handler runs on the caller's thread and parcels, whatever the
 * option says. And the order in which arguments are checked, which is the same everywhere.
 */
#include <pthread.h>

#include "include/openharmony/IPCKit/ipc_kit.h"
#include "tests/unit/bridge/openharmony/kit_test.h"

/* What the handler saw, and what it is to return. */
struct script {
    int result;
    bool writes;
    int n_calls;
    uint32_t code;
    pthread_t thread;
    int handling;
    int32_t read;
    int n_destroyed;
    const OHIPCParcel *data;
    OHIPCParcel *reply;
};

static int answer(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    struct script *script = user;
    script->n_calls++;
    script->code = code;
    script->thread = pthread_self();
    script->handling = OH_IPCSkeleton_IsHandlingTransaction();
    script->data = data;
    script->reply = reply;
    (void)OH_IPCParcel_ReadInt32(data, &script->read);
    if (script->writes)
        assert_int_equal(OH_IPCParcel_WriteInt32(reply, 42), OH_IPC_SUCCESS);
    return script->result;
}

static void destroyed(void *user)
{
    struct script *script = user;
    script->n_destroyed++;
}

struct fixture {
    struct script script;
    OHIPCRemoteStub *stub;
    OHIPCRemoteProxy *proxy;
    OHIPCParcel *data, *reply;
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->stub = OH_IPCRemoteStub_Create("test.interface", answer, destroyed, &fixture->script);
    fixture->data = OH_IPCParcel_Create();
    fixture->reply = OH_IPCParcel_Create();
    OHIPCParcel *way = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(way, fixture->stub), OH_IPC_SUCCESS);
    fixture->proxy = OH_IPCParcel_ReadRemoteProxy(way);
    OH_IPCParcel_Destroy(way);
    *state = fixture;
    return fixture->proxy == NULL ? -1 : 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    OH_IPCRemoteProxy_Destroy(fixture->proxy);
    OH_IPCRemoteStub_Destroy(fixture->stub);
    OH_IPCParcel_Destroy(fixture->data);
    OH_IPCParcel_Destroy(fixture->reply);
    free(fixture);
    return 0;
}

static const OH_IPC_MessageOption sync_option = {OH_IPC_REQUEST_MODE_SYNC, 0, NULL};
static const OH_IPC_MessageOption async_option = {OH_IPC_REQUEST_MODE_ASYNC, 60, NULL};

static void arguments_are_checked_in_order(void **state)
{
    struct fixture *f = *state;
    OH_IPC_MessageOption reserved = {OH_IPC_REQUEST_MODE_SYNC, 0, f};
    OH_IPC_MessageOption odd = {(OH_IPC_RequestMode)7, 0, NULL};
    const struct {
        const OHIPCRemoteProxy *proxy;
        uint32_t code;
        const OHIPCParcel *data;
        OHIPCParcel *reply;
        const OH_IPC_MessageOption *option;
        int expected;
    } rows[] = {
        {NULL, 1, f->data, f->reply, &sync_option, OH_IPC_CHECK_PARAM_ERROR},
        {f->proxy, 1, NULL, f->reply, &sync_option, OH_IPC_CHECK_PARAM_ERROR},
        {f->proxy, 1, f->data, NULL, &sync_option, OH_IPC_CHECK_PARAM_ERROR},
        {f->proxy, 1, f->data, NULL, NULL, OH_IPC_CHECK_PARAM_ERROR},
        {f->proxy, 1, f->data, NULL, &odd, OH_IPC_CHECK_PARAM_ERROR},
        {f->proxy, 1, f->data, f->reply, &reserved, OH_IPC_CHECK_PARAM_ERROR},
        {f->proxy, 0, f->data, f->reply, &reserved, OH_IPC_CHECK_PARAM_ERROR},
        {f->proxy, 0, f->data, NULL, &sync_option, OH_IPC_CODE_OUT_OF_RANGE},
        {f->proxy, 0x01000000, f->data, NULL, &sync_option, OH_IPC_CODE_OUT_OF_RANGE},
        {f->proxy, UINT32_MAX, f->data, NULL, &async_option, OH_IPC_CODE_OUT_OF_RANGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(OH_IPCRemoteProxy_SendRequest(rows[i].proxy, rows[i].code, rows[i].data,
                                                       rows[i].reply, rows[i].option),
                         rows[i].expected);
    assert_int_equal(f->script.n_calls, 0);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(f->proxy, 1, f->data, f->reply, &odd),
                     OH_IPC_SUCCESS);
    assert_int_equal(
        OH_IPCRemoteProxy_SendRequest(f->proxy, 0x00ffffff, f->data, NULL, &async_option),
        OH_IPC_SUCCESS);
    assert_int_equal(f->script.code, 0x00ffffff);
    assert_int_equal(f->script.n_calls, 2);
}

static void the_handler_runs_here_on_our_own_parcels(void **state)
{
    struct fixture *f = *state;
    f->script.writes = true;
    assert_int_equal(OH_IPCParcel_WriteInt32(f->data, 7), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCParcel_WriteInt32(f->reply, 1), OH_IPC_SUCCESS);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(f->proxy, 5, f->data, f->reply, NULL),
                     OH_IPC_SUCCESS);
    assert_true(pthread_equal(f->script.thread, pthread_self()));
    assert_int_equal(f->script.handling, 0);
    assert_int_equal(f->script.read, 7);
    assert_ptr_equal(f->script.data, f->data);
    assert_ptr_equal(f->script.reply, f->reply);
    assert_int_equal(OH_IPCParcel_GetReadPosition(f->data), 4);
    assert_int_equal(OH_IPCParcel_GetDataSize(f->reply), 8); /* added to what was there */
}

static void an_asynchronous_call_is_made_here_too(void **state)
{
    struct fixture *f = *state;
    f->script.result = 1909001;
    f->script.writes = true;
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(f->proxy, 5, f->data, NULL, &async_option),
                     1909001);
    assert_true(pthread_equal(f->script.thread, pthread_self()));
    assert_non_null(f->script.reply);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(f->proxy, 5, f->data, f->reply, &async_option),
                     1909001);
    assert_ptr_equal(f->script.reply, f->reply);
}

static void results_are_filtered(void **state)
{
    struct fixture *f = *state;
    static const struct {
        int returned, expected;
    } rows[] = {{0, 0},
                {1901000, 1901000},
                {1901007, 1901007},
                {1909000, 1909000},
                {1909999, 1909999},
                {1, 1901006},
                {-1, 1901006},
                {INT32_MIN, 1901006},
                {INT32_MAX, 1901006},
                {1900999, 1901006},
                {1901008, 1901006},
                {1902000, 1901006},
                {1908999, 1901006},
                {1910000, 1901006}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f->script.result = rows[i].returned;
        assert_int_equal(OH_IPCRemoteProxy_SendRequest(f->proxy, 1, f->data, f->reply, NULL),
                         rows[i].expected);
    }
}

static void here_an_error_comes_with_its_data(void **state)
{
    struct fixture *f = *state;
    f->script.result = 1909002;
    f->script.writes = true;
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(f->proxy, 1, f->data, f->reply, NULL), 1909002);
    int32_t value = 0;
    assert_int_equal(OH_IPCParcel_ReadInt32(f->reply, &value), OH_IPC_SUCCESS);
    assert_int_equal(value, 42);
}

/* ---- descriptors ---- */

static void the_descriptor_is_known_here(void **state)
{
    struct fixture *f = *state;
    char *descriptor = NULL;
    int32_t len = 0;
    assert_int_equal(
        OH_IPCRemoteProxy_GetInterfaceDescriptor(f->proxy, &descriptor, &len, kit_allocate),
        OH_IPC_SUCCESS);
    assert_string_equal(descriptor, "test.interface");
    assert_int_equal(len, strlen(descriptor) + 1);
    free(descriptor);
    assert_int_equal(f->script.n_calls, 0);
}

static void bad_descriptor_questions_are_refused(void **state)
{
    struct fixture *f = *state;
    char *text = (char *)1;
    int32_t len = 99;
    assert_int_equal(OH_IPCRemoteProxy_GetInterfaceDescriptor(NULL, &text, &len, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_GetInterfaceDescriptor(f->proxy, NULL, &len, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_GetInterfaceDescriptor(f->proxy, &text, NULL, kit_allocate),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_GetInterfaceDescriptor(f->proxy, &text, &len, NULL),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_ptr_equal(text, (char *)1);
    assert_int_equal(OH_IPCRemoteProxy_GetInterfaceDescriptor(f->proxy, &text, &len, kit_refuse),
                     OH_IPC_MEM_ALLOCATOR_ERROR);
    assert_null(text);
    assert_int_equal(len, 99);
}

/* ---- deaths ---- */

static void died(void *user)
{
    ++*(int *)user;
}

static void an_object_of_our_own_does_not_die(void **state)
{
    struct fixture *f = *state;
    int n_died = 0;
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(died, NULL, &n_died);
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(NULL), 1);
    assert_int_equal(OH_IPCRemoteProxy_IsRemoteDead(f->proxy), 0);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(NULL, recipient),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(f->proxy, NULL), OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_RemoveDeathRecipient(NULL, recipient),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_RemoveDeathRecipient(f->proxy, NULL),
                     OH_IPC_CHECK_PARAM_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_AddDeathRecipient(f->proxy, recipient), OH_IPC_INNER_ERROR);
    assert_int_equal(OH_IPCRemoteProxy_RemoveDeathRecipient(f->proxy, recipient),
                     OH_IPC_INNER_ERROR);
    OH_IPCDeathRecipient_Destroy(recipient);
    assert_int_equal(n_died, 0);
}

static void an_unregistered_recipient_goes_with_its_handle(void **state)
{
    (void)state;
    int n_died = 0;
    int n_destroyed = 0;
    assert_null(OH_IPCDeathRecipient_Create(NULL, died, &n_destroyed));
    OHIPCDeathRecipient *recipient = OH_IPCDeathRecipient_Create(died, NULL, &n_died);
    OH_IPCDeathRecipient_Destroy(recipient);
    recipient = OH_IPCDeathRecipient_Create(died, died, &n_destroyed);
    OH_IPCDeathRecipient_Destroy(recipient);
    OH_IPCDeathRecipient_Destroy(NULL);
    assert_int_equal(n_died, 0);
    assert_int_equal(n_destroyed, 1);
}

/* ---- stubs ---- */

static void bad_stubs_are_refused(void **state)
{
    (void)state;
    char *text = malloc(204802);
    memset(text, 'd', 204801);
    text[204801] = '\0';
    assert_null(OH_IPCRemoteStub_Create(NULL, answer, NULL, NULL));
    assert_null(OH_IPCRemoteStub_Create("d", NULL, NULL, NULL));
    assert_null(OH_IPCRemoteStub_Create("", answer, NULL, NULL));
    assert_null(OH_IPCRemoteStub_Create("a\xe2\x82", answer, NULL, NULL));
    assert_null(OH_IPCRemoteStub_Create(text, answer, NULL, NULL));
    text[204800] = '\0';
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create(text, answer, NULL, NULL);
    assert_non_null(stub);
    OH_IPCRemoteStub_Destroy(stub);
    free(text);
}

static void the_last_holder_ends_a_stub(void **state)
{
    struct fixture *f = *state;
    OH_IPCRemoteStub_Destroy(f->stub);
    f->stub = NULL;
    assert_int_equal(f->script.n_destroyed, 0);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(f->proxy, 1, f->data, f->reply, NULL),
                     OH_IPC_SUCCESS); /* destroyed, and still called */
    assert_int_equal(OH_IPCParcel_WriteRemoteProxy(f->data, f->proxy), OH_IPC_SUCCESS);
    OH_IPCRemoteProxy_Destroy(f->proxy);
    f->proxy = NULL;
    assert_int_equal(f->script.n_destroyed, 0);
    assert_int_equal(OH_IPCParcel_RewindWritePosition(f->data, 0), OH_IPC_SUCCESS);
    assert_int_equal(f->script.n_destroyed, 1);
}

static int destroy_yourself(uint32_t code, const OHIPCParcel *data, OHIPCParcel *reply, void *user)
{
    (void)code;
    (void)data;
    (void)reply;
    OHIPCRemoteProxy **proxyp = user;
    OH_IPCRemoteProxy_Destroy(*proxyp);
    *proxyp = NULL;
    return OH_IPC_SUCCESS;
}

static void a_handler_may_drop_the_last_handle(void **state)
{
    struct fixture *f = *state;
    OHIPCRemoteProxy *proxy = NULL;
    OHIPCRemoteStub *stub = OH_IPCRemoteStub_Create("t", destroy_yourself, NULL, &proxy);
    OHIPCParcel *way = OH_IPCParcel_Create();
    assert_int_equal(OH_IPCParcel_WriteRemoteStub(way, stub), OH_IPC_SUCCESS);
    proxy = OH_IPCParcel_ReadRemoteProxy(way);
    OH_IPCParcel_Destroy(way);
    OH_IPCRemoteStub_Destroy(stub);
    assert_int_equal(OH_IPCRemoteProxy_SendRequest(proxy, 1, f->data, f->reply, NULL),
                     OH_IPC_SUCCESS);
    assert_null(proxy);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        test(arguments_are_checked_in_order),
        test(the_handler_runs_here_on_our_own_parcels),
        test(an_asynchronous_call_is_made_here_too),
        test(results_are_filtered),
        test(here_an_error_comes_with_its_data),
        test(the_descriptor_is_known_here),
        test(bad_descriptor_questions_are_refused),
        test(an_object_of_our_own_does_not_die),
        cmocka_unit_test(an_unregistered_recipient_goes_with_its_handle),
        cmocka_unit_test(bad_stubs_are_refused),
        test(the_last_holder_ends_a_stub),
        test(a_handler_may_drop_the_last_handle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
