/*
 * Handles, commands and events, against drivers in this process, in another one (HDF_FAR 0) and
 * over TLS (HDF_FAR 1): what programs see is the same.
 */
#include <cmocka.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <viaduct/node.h>

#include "include/hdf/hdf_base.h"
#include "include/hdf/hdf_io_service_if.h"
#include "include/hdf/viaduct_hdf.h"
#include "tests/include/bell.h"
#include "tests/integration/daemon.h"
#include "tests/integration/hdf_stage.h"

static struct daemon daemon_;
static struct settings settings;
#ifdef HDF_FAR
static struct settings ours;
static struct process drivers;
#endif

static void use(const struct settings *where)
{
    for (size_t i = 0; where->list[i] != NULL; i++)
        assert_int_equal(putenv((char *)(uintptr_t)where->list[i]), 0);
}

#ifdef HDF_FAR
static void start_drivers(void)
{
    char path[256], line[64];
    const char *const argv[] = {process_program(path, "../tests/integration/hdf_drivers"), NULL};
    process_start(&drivers, argv, settings.list);
    process_line(&drivers, line, sizeof line);
    assert_string_equal(line, "ready");
}
#endif

static int start(void **state)
{
    (void)state;
    daemon_prepare(&daemon_);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &settings);
#ifdef HDF_FAR
    daemon_settings(&daemon_, HDF_FAR, &ours);
    start_drivers();
    use(&ours);
#else
    use(&settings);
    assert_true(hdf_stage_open());
#endif
    return 0;
}

static int stop(void **state)
{
    (void)state;
#ifdef HDF_FAR
    process_release(&drivers);
    (void)process_wait(&drivers);
#else
    hdf_stage_close();
#endif
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

static struct HdfIoService *must_bind(void)
{
    struct HdfIoService *service = HdfIoServiceBind(HDF_STAGE_NAME);
    assert_non_null(service);
    return service;
}

/* A command with values. */
static int ask(struct HdfIoService *service, int cmd, uint32_t a, uint32_t b, struct HdfSBuf *reply)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    assert_true(HdfSbufWriteUint32(data, a) && HdfSbufWriteUint32(data, b));
    int result = service->dispatcher->Dispatch(&service->object, cmd, data, reply);
    assert_int_equal(HdfSbufGetDataSize(data), 8);
    HdfSbufRecycle(data);
    return result;
}

/* ---- handles ---- */

static void names_that_are_none_are_not_bound(void **state)
{
    (void)state;
    char name[258];
    memset(name, 'a', sizeof name);
    name[256] = '\0';
    assert_null(HdfIoServiceBind(NULL));
    assert_null(HdfIoServiceBind(""));
    assert_null(HdfIoServiceBind("nobody"));
    assert_null(HdfIoServiceBind("a/b"));
    assert_null(HdfIoServiceBind(name));
    assert_null(HdfIoServiceBind(HDF_STAGE_SHY));
    assert_null(HdfIoServiceBind(HDF_STAGE_HIDDEN));
    HdfIoServiceRecycle(NULL);
}

static void read_counts(struct HdfIoService *service, uint32_t *opened, uint32_t *released)
{
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_COUNTS, NULL, reply), 0);
    assert_true(HdfSbufReadUint32(reply, opened) && HdfSbufReadUint32(reply, released));
    HdfSbufRecycle(reply);
}

static void every_handle_is_a_client_and_released_once(void **state)
{
    (void)state;
    uint32_t before[2], opened = 0, released = 0;
    struct HdfIoService *service = must_bind();
    assert_null(service->priv);
    read_counts(service, &before[0], &before[1]);
    for (int i = 0; i < 100; i++)
        HdfIoServiceRecycle(must_bind());
    do { /* elsewhere it is told, not waited for; ctest has a limit */
        read_counts(service, &opened, &released);
        (void)sched_yield();
    } while (released < before[1] + 100);
    assert_int_equal(opened, before[0] + 100);
    assert_int_equal(released, before[1] + 100);
    HdfIoServiceRecycle(service);
}

/* ---- commands ---- */

static void results_come_as_they_are(void **state)
{
    (void)state;
    static const int32_t results[] = {0, 1, -1, -203, INT32_MAX, INT32_MIN};
    struct HdfIoService *service = must_bind();
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    for (size_t i = 0; i < HDF_ARRAY_SIZE(results); i++) {
        int32_t value = 0;
        assert_int_equal(ask(service, HDF_STAGE_RESULT, (uint32_t)results[i], 0, reply),
                         results[i]);
        assert_true(HdfSbufReadInt32(reply, &value));
        assert_int_equal(value, results[i]);
    }
    assert_int_equal(HdfIoServiceDispatch(service, -5, NULL, reply), HDF_ERR_NOT_SUPPORT);
    assert_int_equal(HdfSbufGetDataSize(reply), 0);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, reply), 0);
    assert_int_equal(service->dispatcher->Dispatch(NULL, 1, NULL, reply), HDF_FAILURE);
    assert_int_equal(HdfIoServiceDispatch(NULL, 1, NULL, reply), HDF_ERR_INVALID_OBJECT);
    assert_int_equal(ask(service, HDF_STAGE_NEST, 0, 0, reply), 7);
    HdfSbufRecycle(reply);
    HdfIoServiceRecycle(service);
}

static void a_service_without_dispatch_fails(void **state)
{
    (void)state;
    struct HdfIoService *service = HdfIoServiceBind(HDF_STAGE_DUMB);
    assert_non_null(service);
    assert_int_equal(HdfIoServiceDispatch(service, 1, NULL, NULL), HDF_FAILURE);
    HdfIoServiceRecycle(service);
}

#ifdef HDF_FAR
static void an_answer_has_the_room_that_is_given(void **state)
{
    (void)state;
    struct HdfIoService *service = must_bind();
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    assert_int_equal(ask(service, HDF_STAGE_FILL, 256, 0, reply), 0);
    assert_int_equal(HdfSbufGetDataSize(reply), 256);
    assert_int_equal(ask(service, HDF_STAGE_FILL, 260, 0, reply), HDF_ERR_IO);
    assert_int_equal(HdfSbufGetDataSize(reply), 0);
    assert_int_equal(ask(service, HDF_STAGE_FILL, 260, 0, NULL), 0);
    HdfSbufRecycle(reply);
    reply = HdfSbufObtain(524288);
    assert_int_equal(ask(service, HDF_STAGE_FILL, 524288, 0, reply), 0);
    assert_int_equal(HdfSbufGetDataSize(reply), 524288);
    HdfSbufRecycle(reply);
    HdfIoServiceRecycle(service);
}

static void sizes_have_limits(void **state)
{
    (void)state;
    static uint32_t memory[1232896 / 4 + 1];
    static const size_t good[] = {4, 524284, 524288, 524292, 1232892, 1232896};
    struct HdfIoService *service = must_bind();
    for (size_t i = 0; i < HDF_ARRAY_SIZE(good); i++) {
        struct HdfSBuf *data = HdfSbufBind((uintptr_t)memory, good[i]);
        assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, data, NULL), good[i]);
        HdfSbufRecycle(data);
    }
    struct HdfSBuf *large = HdfSbufBind((uintptr_t)memory, 1232900);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, large, NULL),
                     HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, large),
                     HDF_ERR_INVALID_PARAM);
    HdfSbufRecycle(large);
    HdfIoServiceRecycle(service);
}
#endif

#ifndef HDF_FAR
static void a_driver_of_this_process_works_on_the_clients_own_buffers(void **state)
{
    (void)state;
    static uint32_t memory[1232896 / 4 + 1];
    struct HdfIoService *service = must_bind();
    struct HdfSBuf *data = HdfSbufBind((uintptr_t)memory, sizeof memory);
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_HAS_REPLY, NULL, NULL), 0);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_HAS_REPLY, NULL, reply), 1);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, data, NULL), sizeof memory);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, data), 0);
    assert_int_equal(ask(service, HDF_STAGE_FILL, 524288 - 256, 0, reply), 0);
    assert_int_equal(HdfSbufGetDataSize(reply), 524288 - 256);
    HdfSbufRecycle(reply);
    HdfSbufRecycle(data);
    HdfIoServiceRecycle(service);
}

static void handle_failing(void *user, struct via_call *call)
{
    (void)user;
    (void)via_call_fail(call, (enum via_status)via_call_code(call));
}

static const struct via_stub_ops failing_ops = {.size = sizeof failing_ops, .call = handle_failing};

static enum via_status open_failing(void *user, const struct via_caller *caller,
                                    struct via_parcel *request, struct via_proxy *back,
                                    struct via_stub **openedp, struct via_parcel *answer)
{
    (void)user;
    (void)caller;
    (void)request;
    (void)back;
    (void)answer;
    return via_stub_create(via_node_default(), &failing_ops, NULL, openedp);
}

/* A service that is no driver's, and refuses each command with the status that it names. */
static void what_the_core_says_has_a_number_of_its_own(void **state)
{
    (void)state;
    static const struct {
        enum via_status status;
        int result;
    } expected[] = {
        {VIA_BUSY, HDF_ERR_DEVICE_BUSY},          {VIA_DENIED, HDF_ERR_NOPERM},
        {VIA_TIMEOUT, HDF_ERR_TIMEOUT},           {VIA_NOT_FOUND, HDF_DEV_ERR_NO_DEVICE_SERVICE},
        {VIA_TOO_LARGE, HDF_ERR_INVALID_PARAM},   {VIA_NO_MEMORY, HDF_ERR_MALLOC_FAIL},
        {VIA_NOT_CONNECTED, HDF_DEV_ERR_NETDOWN}, {VIA_UNSUPPORTED, HDF_FAILURE}};
    static const struct via_stub_ops ops = {.size = sizeof ops, .open = open_failing};
    const struct via_publish_options options = {.size = sizeof options, .flags = VIA_PUBLISH_OPENS};
    struct via_stub *stub = NULL;
    assert_int_equal(via_stub_create(via_node_default(), &ops, NULL, &stub), VIA_OK);
    assert_int_equal(via_node_publish(via_node_default(), "hdf", "failing", stub, &options),
                     VIA_OK);
    struct HdfIoService *service = HdfIoServiceBind("failing");
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    assert_non_null(service);
    for (size_t i = 0; i < HDF_ARRAY_SIZE(expected); i++) {
        assert_true(HdfSbufWriteInt32(reply, 1));
        assert_int_equal(HdfIoServiceDispatch(service, (int)expected[i].status, NULL, reply),
                         expected[i].result);
        assert_int_equal(HdfSbufGetDataSize(reply), 0);
    }
    HdfSbufRecycle(reply);
    HdfIoServiceRecycle(service);
    via_stub_withdraw(stub);
    (void)via_stub_unref(stub);
}
#else
static void a_command_waits_as_long_as_it_may(void **state)
{
    (void)state;
    struct HdfIoService *service = must_bind();
    struct HdfSBuf *reply = HdfSbufObtainDefaultSize();
    int before = HdfIoServiceDispatch(service, HDF_STAGE_MEETING, NULL, NULL);
    assert_true(HdfSbufWriteInt32(reply, 1));
    via_hdf_set_timeout(20);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_MEET, NULL, reply), HDF_ERR_TIMEOUT);
    via_hdf_set_timeout(0);
    assert_int_equal(HdfSbufGetDataSize(reply), 0);
    int now; /* it runs all the same, and lives on */
    do
        now = HdfIoServiceDispatch(service, HDF_STAGE_MEETING, NULL, NULL);
    while (now == before);
    assert_int_equal(now, before + 1);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_MEET, NULL, reply), 0);
    HdfSbufRecycle(reply);
    HdfIoServiceRecycle(service);
}
#endif

static void *meet(void *user)
{
    assert_int_equal(HdfIoServiceDispatch(user, HDF_STAGE_MEET, NULL, NULL), 0);
    return NULL;
}

static void commands_of_one_handle_run_at_once(void **state)
{
    (void)state;
    pthread_t thread;
    struct HdfIoService *service = must_bind();
    assert_int_equal(pthread_create(&thread, NULL, meet, service), 0);
    (void)meet(service);
    (void)pthread_join(thread, NULL);
    HdfIoServiceRecycle(service);
}

/* ---- events ---- */

struct ear {
    struct HdfDevEventlistener listener; /* its first member */
    struct bell bell;
    uint32_t next;     /* that is to come */
    bool is_disturbed; /* another has come */
    struct HdfIoService *from;
};

static int on_event(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct ear *ear = priv;
    uint32_t value = UINT32_MAX;
    if (!HdfSbufReadUint32(data, &value) || value != ear->next++ || id == 0)
        ear->is_disturbed = true;
    bell_ring(&ear->bell);
    return 0;
}

static int on_receive(struct HdfDevEventlistener *listener, struct HdfIoService *service,
                      uint32_t id, struct HdfSBuf *data)
{
    ((struct ear *)listener)->from = service;
    return on_event(listener->priv, id, data);
}

#define EAR(ear)                                                                                   \
    {                                                                                              \
        .listener = {.callBack = on_event, .priv = (ear)}, .bell = BELL_INIT                       \
    }

static void both_kinds_of_events_come_in_one_order(void **state)
{
    (void)state;
    struct ear ear = EAR(&ear), other = EAR(&other);
    struct HdfIoService *service = must_bind();
    assert_int_equal(HdfDeviceRegisterEventListener(service, &ear.listener), 0);
    assert_int_equal(HdfDeviceRegisterEventListener(service, &other.listener), 0);
    for (unsigned i = 1; i <= 50; i++) { /* so few at a time that none is dropped */
        assert_int_equal(ask(service, HDF_STAGE_EMIT, 10, 4, NULL), 0);
        assert_true(bell_wait(&ear.bell, 10 * i) && bell_wait(&other.bell, 10 * i));
        assert_false(ear.is_disturbed || other.is_disturbed);
        ear.next = other.next = 0;
    }
    assert_int_equal(ask(service, HDF_STAGE_NO_DATA, 0, 0, NULL), HDF_ERR_INVALID_PARAM);
    HdfIoServiceRecycle(service);
    assert_null(ear.listener.listNode.next);
}

static void an_event_of_20_kib_comes_and_a_larger_one_does_not(void **state)
{
    (void)state;
    struct ear ear = EAR(&ear);
    struct HdfIoService *service = must_bind();
    assert_int_equal(HdfDeviceRegisterEventListener(service, &ear.listener), 0);
    assert_int_equal(ask(service, HDF_STAGE_ALL, 1, 20480, NULL), 0);
    assert_true(bell_wait(&ear.bell, 1));
    assert_int_equal(ask(service, HDF_STAGE_ALL, 1, 20481, NULL), 0);
    assert_int_equal(ask(service, HDF_STAGE_ALL, 1, 20484, NULL), 0);
    ear.next = 0;
    assert_int_equal(ask(service, HDF_STAGE_ALL, 1, 4, NULL), 0);
    assert_true(bell_wait(&ear.bell, 2));
    assert_false(ear.is_disturbed);
    HdfIoServiceRecycle(service);
    assert_int_equal(ear.bell.rung, 2);
}

static void what_is_sent_while_nobody_listens_is_not_kept(void **state)
{
    (void)state;
    struct ear ear = EAR(&ear);
    struct HdfIoService *service = must_bind();
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(ask(service, HDF_STAGE_EMIT, 6, 4, NULL), 0);
        assert_int_equal(HdfDeviceRegisterEventListener(service, &ear.listener), 0);
        ear.next = 0;
        assert_int_equal(ask(service, HDF_STAGE_EMIT, 1, 4, NULL), 0);
        assert_true(bell_wait(&ear.bell, i));
        assert_int_equal(HdfDeviceUnregisterEventListener(service, &ear.listener), 0);
    }
    HdfIoServiceRecycle(service);
    assert_int_equal(ear.bell.rung, 3);
    assert_false(ear.is_disturbed);
}

/* ---- scheduling ---- */

struct scheduled {
    struct HdfDevEventlistener listener;
    struct bell bell;
    int policy;
};

static int note_policy(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct scheduled *scheduled = priv;
    struct sched_param param;
    (void)id;
    (void)data;
    (void)pthread_getschedparam(pthread_self(), &scheduled->policy, &param);
    bell_ring(&scheduled->bell);
    return 0;
}

/* This thread's right to real time, as far as the process may have it. */
static bool set_right(bool has)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    if (has && (sets[0].permitted & 1u << CAP_SYS_NICE) == 0)
        return false;
    sets[0].effective &= ~(1u << CAP_SYS_NICE);
    if (has)
        sets[0].effective |= 1u << CAP_SYS_NICE;
    return syscall(SYS_capset, &header, sets) == 0;
}

/* Whether a thread gets it; some machines have no real time for anybody. */
static void *try_policy(void *user)
{
    int *policyp = user;
    const struct sched_param param = {.sched_priority = sched_get_priority_min(*policyp)};
    if (pthread_setschedparam(pthread_self(), *policyp, &param) != 0)
        *policyp = SCHED_OTHER;
    return NULL;
}

static int policy_to_get(int policy)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, try_policy, &policy), 0);
    (void)pthread_join(thread, NULL);
    return policy;
}

static int policy_got(int policy, bool grouped)
{
    struct scheduled one = {.listener = {.callBack = note_policy, .priv = &one}};
    struct scheduled two = {.listener = {.callBack = note_policy, .priv = &two}};
    one.bell = two.bell = (struct bell)BELL_INIT;
    struct HdfIoService *service = must_bind();
    struct HdfIoServiceGroup *group = HdfIoServiceGroupObtain();
    if (grouped) {
        assert_int_equal(
            HdfIoServiceGroupRegisterListenerWithSchedPolicy(group, &one.listener, policy), 0);
        assert_int_equal(HdfIoServiceGroupAddService(group, service), 0);
    } else {
        assert_int_equal(
            HdfDeviceRegisterEventListenerWithSchedPolicy(service, &one.listener, policy), 0);
    }
    /* the first one's policy is the thread's */
    assert_int_equal(
        HdfDeviceRegisterEventListenerWithSchedPolicy(service, &two.listener, SCHED_OTHER), 0);
    assert_int_equal(ask(service, HDF_STAGE_ALL, 1, 4, NULL), 0);
    assert_true(bell_wait(&one.bell, 1) && bell_wait(&two.bell, 1));
    HdfIoServiceRecycle(service);
    HdfIoServiceGroupRecycle(group);
    assert_int_equal(one.policy, two.policy);
    return one.policy;
}

static void a_policy_is_taken_where_it_may_be(void **state)
{
    (void)state;
    static const int policies[] = {SCHED_OTHER, SCHED_FIFO, SCHED_RR};
    for (size_t i = 0; i < HDF_ARRAY_SIZE(policies); i++)
        for (int grouped = 0; grouped < 2; grouped++) {
            bool had_right = set_right(true);
            assert_int_equal(policy_got(policies[i], grouped), policy_to_get(policies[i]));
            assert_true(set_right(false));
            assert_int_equal(policy_got(policies[i], grouped), policy_to_get(policies[i]));
            assert_int_equal(set_right(true), had_right);
        }
}

static void registering_has_rules(void **state)
{
    (void)state;
    struct ear ear = EAR(&ear), group_ear = EAR(&group_ear);
    struct HdfDevEventlistener deaf = {.priv = NULL};
    struct HdfIoService *a = must_bind(), *b = must_bind();
    struct HdfIoServiceGroup *group = HdfIoServiceGroupObtain();
    struct HdfIoServiceGroup *other = HdfIoServiceGroupObtain();

    assert_int_equal(HdfDeviceRegisterEventListener(NULL, &ear.listener), -3);
    assert_int_equal(HdfDeviceRegisterEventListener(a, NULL), -3);
    assert_int_equal(HdfDeviceRegisterEventListener(a, &deaf), -4);
    assert_int_equal(HdfDeviceRegisterEventListenerWithSchedPolicy(a, &ear.listener, 77), -3);
    assert_int_equal(HdfDeviceUnregisterEventListener(a, &ear.listener), -4);
    assert_int_equal(HdfDeviceUnregisterEventListener(a, NULL), -3);
    assert_int_equal(HdfDeviceRegisterEventListenerWithSchedPolicy(a, &ear.listener, SCHED_RR), 0);
    assert_int_equal(HdfDeviceRegisterEventListener(a, &ear.listener), -3);
    assert_int_equal(HdfIoserviceGetListenerCount(a), 1);
    assert_int_equal(HdfIoserviceGetListenerCount(NULL), 0);

    assert_int_equal(HdfIoServiceGroupAddService(group, a), -16);
    assert_int_equal(HdfIoServiceGroupAddService(NULL, b), -3);
    assert_int_equal(HdfIoServiceGroupAddService(group, NULL), -3);
    assert_int_equal(HdfIoServiceGroupRegisterListener(group, &group_ear.listener), 0);
    assert_int_equal(HdfIoServiceGroupRegisterListener(group, &group_ear.listener), -3);
    assert_int_equal(HdfIoserviceGroupGetListenerCount(group), 0);
    assert_int_equal(HdfIoServiceGroupAddService(group, b), 0);
    assert_int_equal(HdfIoServiceGroupAddService(group, b), -16);
    assert_int_equal(HdfIoServiceGroupAddService(other, b), -16);
    assert_int_equal(HdfIoserviceGroupGetListenerCount(group), 1);
    assert_int_equal(HdfIoserviceGroupGetServiceCount(group), 1);
    assert_int_equal(HdfIoserviceGroupGetServiceCount(NULL), 0);
    assert_int_equal(HdfDeviceUnregisterEventListener(a, &ear.listener), 0);
    assert_int_equal(HdfDeviceUnregisterEventListener(a, &ear.listener), -4);
    assert_int_equal(HdfIoServiceGroupAddService(group, a), 0);
    assert_int_equal(HdfDeviceRegisterEventListener(a, &ear.listener), 0);
    assert_int_equal(HdfIoserviceGroupGetListenerCount(group), 2);

    assert_int_equal(ask(b, HDF_STAGE_ALL, 1, 4, NULL), 0); /* both handles hear it */
    assert_true(bell_wait(&ear.bell, 1) && bell_wait(&group_ear.bell, 2));

    HdfIoServiceRecycle(a); /* leaves its group */
    assert_int_equal(HdfIoserviceGroupGetServiceCount(group), 1);
    HdfIoServiceGroupRemoveService(other, b);
    HdfIoServiceGroupRemoveService(group, b);
    HdfIoServiceGroupRemoveService(group, b);
    assert_int_equal(HdfIoserviceGroupGetServiceCount(group), 0);
    assert_int_equal(HdfIoServiceGroupAddService(group, b), 0);
    group_ear.listener.onReceive = on_receive;
    assert_int_equal(ask(b, HDF_STAGE_ALL, 1, 4, NULL), 0);
    assert_true(bell_wait(&group_ear.bell, 3));
    assert_int_equal(HdfDeviceUnregisterEventListener(b, &group_ear.listener), 0);
    assert_ptr_equal(group_ear.from, b);
    assert_int_equal(HdfIoServiceGroupUnregisterListener(group, &group_ear.listener), -4);
    HdfIoServiceGroupRecycle(group);
    HdfIoServiceGroupRecycle(other);
    HdfIoServiceGroupRecycle(NULL);
    assert_int_equal(HdfIoServiceDispatch(b, HDF_STAGE_SIZE, NULL, NULL), 0);
    HdfIoServiceRecycle(b);
}

static void a_listener_is_in_one_list_at_a_time(void **state)
{
    (void)state;
    struct ear ear = EAR(&ear), other = EAR(&other);
    struct HdfIoService *a = must_bind(), *b = must_bind();
    struct HdfIoServiceGroup *group = HdfIoServiceGroupObtain();

    assert_int_equal(HdfDeviceRegisterEventListener(a, &ear.listener), 0);
    assert_int_equal(HdfDeviceRegisterEventListener(b, &ear.listener), -3);
    assert_int_equal(HdfIoServiceGroupRegisterListener(group, &ear.listener), -3);
    assert_int_equal(HdfIoserviceGetListenerCount(a), 1);
    assert_int_equal(HdfIoserviceGetListenerCount(b), 0);
    assert_int_equal(ask(b, HDF_STAGE_ALL, 1, 4, NULL), 0);
    assert_true(bell_wait(&ear.bell, 1)); /* still there */
    assert_int_equal(HdfDeviceUnregisterEventListener(a, &ear.listener), 0);
    assert_int_equal(HdfDeviceRegisterEventListener(b, &ear.listener), 0);

    /* Links that are no list's are none. */
    other.listener.listNode.next = other.listener.listNode.prev = &ear.listener.listNode;
    assert_int_equal(HdfDeviceRegisterEventListener(a, &other.listener), 0);
    HdfIoServiceRecycle(a);
    HdfIoServiceRecycle(b);
    HdfIoServiceGroupRecycle(group);
}

struct ender {
    struct HdfDevEventlistener listener;
    struct HdfIoService *service;
    struct ear *ear;
    struct bell bell;
    bool recycles;
    int status;
};

static int end_it(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct ender *ender = priv;
    (void)id;
    (void)data;
    ender->status = HdfIoServiceDispatch(ender->service, HDF_STAGE_SIZE, NULL, NULL);
    if (ender->recycles) {
        HdfIoServiceRecycle(ender->service);
    } else {
        ender->status |= HdfDeviceUnregisterEventListener(ender->service, &ender->listener);
        ender->status |= HdfDeviceUnregisterEventListener(ender->service, &ender->ear->listener);
        ender->status |= HdfDeviceRegisterEventListener(ender->service, &ender->ear->listener);
    }
    bell_ring(&ender->bell);
    return 0;
}

static void callbacks_may_end_and_begin_all(void **state)
{
    (void)state;
    for (int grouped = 0; grouped < 2; grouped++)
        for (int recycles = 0; recycles < 2; recycles++) {
            struct ear ear = EAR(&ear);
            struct HdfIoServiceGroup *group = HdfIoServiceGroupObtain();
            struct HdfIoService *stays = must_bind(), *service = must_bind();
            struct ender ender = {.listener = {.callBack = end_it, .priv = &ender},
                                  .service = service,
                                  .ear = &ear,
                                  .bell = BELL_INIT,
                                  .recycles = recycles};
            if (grouped) {
                assert_int_equal(HdfIoServiceGroupAddService(group, stays), 0);
                assert_int_equal(HdfIoServiceGroupAddService(group, service), 0);
            }
            assert_int_equal(HdfDeviceRegisterEventListener(service, &ender.listener), 0);
            assert_int_equal(HdfDeviceRegisterEventListener(service, &ear.listener), 0);
            assert_int_equal(ask(stays, HDF_STAGE_ALL, 1, 4, NULL), 0);
            assert_true(bell_wait(&ender.bell, 1));
            assert_int_equal(ender.status, 0);
            if (!recycles) {
                ear.next = 0;
                unsigned before = ear.bell.rung;
                assert_int_equal(ask(stays, HDF_STAGE_ALL, 1, 4, NULL), 0);
                assert_true(bell_wait(&ear.bell, before + 1));
                HdfIoServiceRecycle(service);
            }
            assert_null(ear.listener.listNode.next);
            HdfIoServiceGroupRecycle(group);
            HdfIoServiceRecycle(stays);
        }
}

struct slow {
    struct HdfDevEventlistener listener;
    struct bell came, go, ended;
    unsigned n[2];
};

#define LAST 10u /* the one event of that number is the last */

static int be_slow(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct slow *slow = priv;
    uint32_t number = 0;
    (void)HdfSbufReadUint32(data, &number);
    slow->n[id == 2]++;
    bell_ring(&slow->came);
    if (number == LAST)
        bell_ring(&slow->ended);
    if (slow->n[0] == 1)
        (void)bell_wait(&slow->go, 1);
    return 0;
}

static void the_oldest_events_go_when_too_many_wait(void **state)
{
    (void)state;
    struct slow slow = {.listener = {.callBack = be_slow, .priv = &slow},
                        .came = BELL_INIT,
                        .go = BELL_INIT,
                        .ended = BELL_INIT};
    struct ear all = EAR(&all);
    struct HdfIoService *service = must_bind(), *witness = must_bind();
    assert_int_equal(HdfDeviceRegisterEventListener(service, &slow.listener), 0);
    assert_int_equal(HdfDeviceRegisterEventListener(witness, &all.listener), 0);
    assert_int_equal(ask(service, HDF_STAGE_ALL, 1, 4, NULL), 0);
    assert_true(bell_wait(&slow.came, 1));
    for (unsigned i = 0; i < 30; i++) { /* 150 to all; the witness hears all of them */
        assert_int_equal(ask(service, HDF_STAGE_EMIT, 10, 4, NULL), 0);
        assert_true(bell_wait(&all.bell, 1 + 5 * (i + 1)));
    }
    assert_int_equal(ask(service, HDF_STAGE_SIZE, 0, 0, NULL), 8);
    bell_ring(&slow.go);
    assert_int_equal(ask(service, HDF_STAGE_ALL, LAST + 1, 4, NULL), 0);
    assert_true(bell_wait(&slow.ended, 1));
    HdfIoServiceRecycle(witness);
    HdfIoServiceRecycle(service);
    /* Some may come when the first have been told; how many go is event_thread_test's. */
    assert_in_range(slow.n[0], 1 + 100, 1 + 150 + LAST + 1);
    assert_in_range(slow.n[1], 9, 150);
}

/* ---- many threads ---- */

static struct {
    struct HdfIoService *handles[2];
    struct HdfIoServiceGroup *groups[2];
    atomic_uint n_here, n_heard;
} crowd;

struct member {
    struct HdfDevEventlistener listener;
    unsigned number;
    pthread_t thread;
};

/* Changes what it is called by. */
static int meddle(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct member *member = priv;
    (void)id;
    (void)data;
    crowd.n_heard++;
    if (member->number % 2 == 0) {
        (void)HdfDeviceUnregisterEventListener(crowd.handles[0], &member->listener);
    } else {
        HdfIoServiceGroupRemoveService(crowd.groups[0], crowd.handles[1]);
        (void)HdfIoServiceGroupAddService(crowd.groups[1], crowd.handles[1]);
    }
    return HdfIoServiceDispatch(crowd.handles[0], HDF_STAGE_SIZE, NULL, NULL);
}

static void *belong(void *user)
{
    struct member *member = user;
    struct HdfDevEventlistener own = {.callBack = meddle, .priv = member};
    for (unsigned i = 0; i < 50; i++) {
        unsigned which = (i + member->number) % 2;
        struct HdfIoService *handle = must_bind();
        (void)HdfDeviceRegisterEventListener(crowd.handles[which], &member->listener);
        (void)HdfIoServiceGroupAddService(crowd.groups[which], crowd.handles[1]);
        assert_int_equal(HdfIoServiceGroupAddService(crowd.groups[which], handle), 0);
        assert_int_equal(HdfDeviceRegisterEventListener(handle, &own), 0);
        (void)HdfDeviceUnregisterEventListener(crowd.handles[which], &member->listener);
        (void)HdfIoServiceGroupRegisterListener(crowd.groups[which], &member->listener);
        HdfIoServiceGroupRemoveService(crowd.groups[which], crowd.handles[1]);
        (void)HdfIoServiceGroupUnregisterListener(crowd.groups[which], &member->listener);
        (void)HdfIoserviceGroupGetListenerCount(crowd.groups[which]);
        HdfIoServiceRecycle(handle);
    }
    crowd.n_here--;
    return NULL;
}

static void all_may_be_changed_by_all_at_once(void **state)
{
    (void)state;
    struct member members[4];
    struct HdfIoService *sender = must_bind();
    for (int i = 0; i < 2; i++) {
        crowd.handles[i] = must_bind();
        crowd.groups[i] = HdfIoServiceGroupObtain();
    }
    crowd.n_here = HDF_ARRAY_SIZE(members);
    crowd.n_heard = 0;
    for (unsigned i = 0; i < HDF_ARRAY_SIZE(members); i++) {
        members[i] = (struct member){.listener = {.callBack = meddle, .priv = &members[i]}};
        members[i].number = i;
        assert_int_equal(pthread_create(&members[i].thread, NULL, belong, &members[i]), 0);
    }
    while (crowd.n_here > 0)
        assert_int_equal(ask(sender, HDF_STAGE_EMIT, 2, 4, NULL), 0);
    for (unsigned i = 0; i < HDF_ARRAY_SIZE(members); i++)
        (void)pthread_join(members[i].thread, NULL);
    for (int i = 0; i < 2; i++) {
        HdfIoServiceGroupRecycle(crowd.groups[i]);
        HdfIoServiceRecycle(crowd.handles[i]);
    }
    HdfIoServiceRecycle(sender);
    assert_true(crowd.n_heard > 0);
}

#ifdef HDF_FAR
static void a_handle_whose_service_was_withdrawn_stays_dead(void **state)
{
    (void)state;
    struct HdfIoService *service = must_bind();
    process_release(&drivers);
    int result;
    do
        result = HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, NULL);
    while (result == 0);
    assert_int_equal(result, HDF_DEV_ERR_NO_DEVICE_SERVICE);
    (void)process_wait(&drivers);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, NULL),
                     HDF_DEV_ERR_NO_DEVICE_SERVICE);
    start_drivers();
    HdfIoServiceRecycle(service);
}

static void *meet_in_vain(void *user)
{
    assert_int_equal(HdfIoServiceDispatch(user, HDF_STAGE_MEET, NULL, NULL), HDF_DEV_ERR_NETDOWN);
    return NULL;
}

static void commands_that_wait_for_a_driver_that_dies_are_told(void **state)
{
    (void)state;
    pthread_t thread;
    struct HdfIoService *service = must_bind();
    assert_int_equal(pthread_create(&thread, NULL, meet_in_vain, service), 0);
    while (HdfIoServiceDispatch(service, HDF_STAGE_MEETING, NULL, NULL) == 0)
        continue; /* it is there when one waits */
    process_kill(&drivers, SIGKILL);
    (void)pthread_join(thread, NULL);
    (void)process_wait(&drivers);
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, NULL),
                     HDF_DEV_ERR_NO_DEVICE_SERVICE);
    HdfIoServiceRecycle(service);
    start_drivers();
}

/* The last one: the drivers are another process from here on. */
static void a_handle_whose_driver_died_stays_dead(void **state)
{
    (void)state;
    struct HdfIoService *service = must_bind();
    process_kill(&drivers, SIGKILL);
    (void)process_wait(&drivers);
    int result;
    do
        result = HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, NULL);
    while (result == 0);
    assert_true(result == HDF_DEV_ERR_NETDOWN || result == HDF_DEV_ERR_NO_DEVICE_SERVICE);
    start_drivers();
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, NULL),
                     HDF_DEV_ERR_NO_DEVICE_SERVICE);
    HdfIoServiceRecycle(service);
    service = must_bind();
    assert_int_equal(HdfIoServiceDispatch(service, HDF_STAGE_SIZE, NULL, NULL), 0);
    HdfIoServiceRecycle(service);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_none_are_not_bound),
        cmocka_unit_test(every_handle_is_a_client_and_released_once),
        cmocka_unit_test(results_come_as_they_are),
        cmocka_unit_test(a_service_without_dispatch_fails),
        cmocka_unit_test(commands_of_one_handle_run_at_once),
        cmocka_unit_test(both_kinds_of_events_come_in_one_order),
        cmocka_unit_test(an_event_of_20_kib_comes_and_a_larger_one_does_not),
        cmocka_unit_test(what_is_sent_while_nobody_listens_is_not_kept),
        cmocka_unit_test(a_policy_is_taken_where_it_may_be),
        cmocka_unit_test(registering_has_rules),
        cmocka_unit_test(a_listener_is_in_one_list_at_a_time),
        cmocka_unit_test(callbacks_may_end_and_begin_all),
        cmocka_unit_test(the_oldest_events_go_when_too_many_wait),
        cmocka_unit_test(all_may_be_changed_by_all_at_once),
#ifndef HDF_FAR
        cmocka_unit_test(a_driver_of_this_process_works_on_the_clients_own_buffers),
        cmocka_unit_test(what_the_core_says_has_a_number_of_its_own),
#else
        cmocka_unit_test(a_command_waits_as_long_as_it_may),
        cmocka_unit_test(a_handle_whose_service_was_withdrawn_stays_dead),
        cmocka_unit_test(commands_that_wait_for_a_driver_that_dies_are_told),
        cmocka_unit_test(an_answer_has_the_room_that_is_given),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(a_handle_whose_driver_died_stays_dead),
#endif
    };
    return cmocka_run_group_tests(tests, start, stop);
}
