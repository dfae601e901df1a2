/*
 * Devices of one process and their drivers: those that drivers make, policies, subscribers, loading
 * on demand, and ends that come from anywhere, each with a driver that does what the test says.
 */
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device.h"
#include "include/hdf/hdf_device_object.h"
#include "include/hdf/hdf_driver.h"
#include "include/hdf/hdf_io_service_if.h"
#include "include/hdf/hdf_pm.h"
#include "tests/include/bell.h"
#include "tests/integration/daemon.h"

static struct daemon daemon_;
static struct settings settings;

/* ---- the driver ---- */

static struct {
    atomic_int n_binds, n_inits, n_releases, n_opens, n_closes;
    int bind_status, init_status;
    struct bell came, go, ended;
    bool waits_in_init, gives_no_service, releases_in_init;
} driver = {.came = BELL_INIT, .go = BELL_INIT, .ended = BELL_INIT};

enum { NOTHING, RELEASE, UNREGISTER, WAIT, RELEASE_OTHER };

static struct HdfDeviceObject *other; /* for RELEASE_OTHER */

static int32_t dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                        struct HdfSBuf *reply)
{
    (void)data;
    (void)reply;
    switch (cmd) {
    case RELEASE:
        HdfDeviceObjectRelease(client->device);
        return driver.n_releases;
    case UNREGISTER:
        return HdfDeviceObjectUnRegister(client->device);
    case WAIT:
        bell_ring(&driver.came);
        (void)bell_wait(&driver.go, 1);
        return driver.n_releases;
    case RELEASE_OTHER:
        bell_ring(&driver.came);
        (void)bell_wait(&driver.go, 1);
        HdfDeviceObjectUnRegister(other);
        return HDF_SUCCESS;
    default:
        return HDF_SUCCESS;
    }
}

static int32_t open_client(struct HdfDeviceIoClient *client)
{
    (void)client;
    driver.n_opens++;
    return HDF_SUCCESS;
}

static void close_client(struct HdfDeviceIoClient *client)
{
    driver.n_closes++;
    (void)HdfDeviceObjectUpdate(client->device); /* it may say more */
    bell_ring(&driver.ended);
}

static struct IDeviceIoService service = {
    .Open = open_client, .Dispatch = dispatch, .Release = close_client};

static int32_t bind_driver(struct HdfDeviceObject *device)
{
    driver.n_binds++;
    if (!driver.gives_no_service)
        device->service = &service;
    return driver.bind_status;
}

static int32_t init_driver(struct HdfDeviceObject *device)
{
    driver.n_inits++;
    if (driver.waits_in_init) {
        bell_ring(&driver.came);
        (void)bell_wait(&driver.go, 1);
    }
    if (driver.releases_in_init)
        HdfDeviceObjectRelease(device);
    return driver.init_status;
}

static void release_driver(struct HdfDeviceObject *device)
{
    (void)device;
    driver.n_releases++;
    bell_ring(&driver.ended);
}

static const struct HdfDriverEntry entry = {.moduleVersion = 1,
                                            .moduleName = "made",
                                            .Bind = bind_driver,
                                            .Init = init_driver,
                                            .Release = release_driver};
static const struct HdfDriverEntry no_bind = {
    .moduleVersion = 1, .moduleName = "no_bind", .Init = init_driver, .Release = release_driver};
static const struct HdfDriverEntry no_init = {
    .moduleVersion = 1, .moduleName = "no_init", .Bind = bind_driver, .Release = release_driver};

/* ---- nodes ---- */

static struct device_node *launch(const char *name, uint8_t policy, uint32_t id)
{
    const struct device_spec spec = {
        .name = name, .service_name = name, .id = id, .policy = policy, .mode = 0666};
    struct device_node *node = device_create(&spec, &entry);
    assert_non_null(node);
    assert_int_equal(device_launch(node), HDF_SUCCESS);
    return node;
}

static void end(struct device_node *node)
{
    device_end(node);
    device_unref(node);
}

static struct HdfDeviceObject *make(struct device_node *parent)
{
    struct HdfDeviceObject *made = HdfDeviceObjectAlloc(&parent->object, "made");
    assert_non_null(made);
    assert_int_equal(HdfDeviceObjectRegister(made), HDF_SUCCESS);
    return made;
}

static struct HdfDeviceObject *make_published(struct device_node *parent, const char *name)
{
    struct HdfDeviceObject *made = make(parent);
    assert_int_equal(HdfDeviceObjectPublishService(made, name, 2, 0666), HDF_SUCCESS);
    return made;
}

static struct HdfIoService *must_bind(const char *name)
{
    struct HdfIoService *handle = HdfIoServiceBind(name);
    assert_non_null(handle);
    return handle;
}

static int start(void **state)
{
    (void)state;
    daemon_prepare(&daemon_);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &settings);
    for (size_t i = 0; settings.list[i] != NULL; i++)
        assert_int_equal(putenv((char *)(uintptr_t)settings.list[i]), 0);
    assert_int_equal(HdfRegisterDriverEntry(&entry), HDF_SUCCESS);
    assert_int_equal(HdfRegisterDriverEntry(&no_bind), HDF_SUCCESS);
    assert_int_equal(HdfRegisterDriverEntry(&no_init), HDF_SUCCESS);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)HdfUnregisterDriverEntry(&no_init);
    (void)HdfUnregisterDriverEntry(&no_bind);
    (void)HdfUnregisterDriverEntry(&entry);
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

static int forget(void **state)
{
    (void)state;
    driver.n_binds = driver.n_inits = driver.n_releases = driver.n_opens = driver.n_closes = 0;
    driver.bind_status = driver.init_status = 0;
    driver.waits_in_init = driver.gives_no_service = driver.releases_in_init = false;
    driver.came.rung = driver.go.rung = driver.ended.rung = 0;
    return 0;
}

/* ---- devices that drivers make ---- */

static void a_device_is_made_of_one_that_is_launched(void **state)
{
    (void)state;
    const struct device_spec spec = {.name = "parent", .service_name = "", .id = 0x100};
    struct device_node *parent = device_create(&spec, &entry);
    assert_null(HdfDeviceObjectAlloc(&parent->object, "made"));
    assert_int_equal(device_launch(parent), HDF_SUCCESS);
    assert_int_equal(device_launch(parent), HDF_ERR_DEVICE_BUSY);
    assert_null(HdfDeviceObjectAlloc(NULL, "made"));
    assert_null(HdfDeviceObjectAlloc(&parent->object, NULL));
    assert_int_equal(driver.n_binds, 0); /* policy 0 */
    assert_int_equal(driver.n_inits, 1);

    struct HdfDeviceObject *made = make(parent);
    assert_int_equal(driver.n_binds, 0);
    assert_int_equal(driver.n_inits, 2);
    assert_int_equal(HdfDeviceObjectRegister(made), HDF_ERR_INVALID_PARAM); /* it is */
    assert_int_equal(HdfDeviceObjectRegister(&parent->object), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfDeviceObjectRegister(NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfDeviceObjectUnRegister(NULL), HDF_ERR_INVALID_OBJECT);
    assert_int_equal(HdfDeviceObjectUnRegister(made), HDF_SUCCESS);
    assert_int_equal(driver.n_releases, 1);
    assert_int_equal(HdfDeviceObjectUnRegister(made), HDF_SUCCESS);
    assert_int_equal(driver.n_releases, 1);
    assert_int_equal(HdfDeviceObjectRegister(made), HDF_SUCCESS);
    HdfDeviceObjectRelease(made);
    assert_int_equal(driver.n_releases, 2);
    HdfDeviceObjectRelease(NULL);

    struct HdfDeviceObject *unknown = HdfDeviceObjectAlloc(&parent->object, "nobody's");
    assert_int_equal(HdfDeviceObjectRegister(unknown), HDF_DEV_ERR_NO_DEVICE);
    HdfDeviceObjectRelease(unknown);
    struct HdfDeviceObject *bad = HdfDeviceObjectAlloc(&parent->object, "no_init");
    assert_int_equal(HdfDeviceObjectRegister(bad), HDF_DEV_ERR_ATTACHDEV_FAIL);
    HdfDeviceObjectRelease(bad);
    assert_int_equal(driver.n_releases, 2);
    driver.init_status = HDF_FAILURE;
    bad = HdfDeviceObjectAlloc(&parent->object, "made");
    assert_int_equal(HdfDeviceObjectRegister(bad), HDF_DEV_ERR_ATTACHDEV_FAIL);
    assert_int_equal(driver.n_releases, 3);
    HdfDeviceObjectRelease(bad);
    assert_int_equal(driver.n_releases, 3);
    end(parent);
    assert_int_equal(driver.n_releases, 4);
}

static void a_node_has_127_devices_of_its_own(void **state)
{
    (void)state;
    struct HdfDeviceObject *made[127];
    struct device_node *parent = launch("parent", 0, 0x101);
    for (size_t i = 0; i < 127; i++) {
        made[i] = HdfDeviceObjectAlloc(&parent->object, "made");
        assert_non_null(made[i]);
        assert_int_equal(device_of(made[i])->id, 0x100 + 129 + i);
    }
    assert_null(HdfDeviceObjectAlloc(&parent->object, "made"));
    HdfDeviceObjectRelease(made[5]);
    made[5] = HdfDeviceObjectAlloc(&parent->object, "made");
    assert_int_equal(device_of(made[5])->id, 0x100 + 134);
    for (size_t i = 0; i < 127; i++)
        HdfDeviceObjectRelease(made[i]);
    end(parent);
}

static void a_made_device_is_bound_when_it_is_published(void **state)
{
    (void)state;
    struct device_node *parent = launch("parent", 0, 0x101);
    struct HdfDeviceObject *made = make(parent);
    assert_int_equal(HdfDeviceObjectUpdate(made), HDF_DEV_ERR_NO_DEVICE);
    assert_int_equal(HdfDeviceObjectUpdate(NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfDeviceObjectPublishService(NULL, "grown", 2, 0666), -3);
    assert_int_equal(HdfDeviceObjectPublishService(made, NULL, 2, 0666), -3);
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 0, 0666), -203);
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 5, 0666), -203);
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 255, 0666), -203);
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 2, 01000), -205);
    assert_int_equal(driver.n_binds, 0);
    assert_null(HdfIoServiceBind("grown"));

    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 2, 0777), HDF_SUCCESS);
    assert_int_equal(driver.n_binds, 1);
    assert_string_equal(HdfDeviceGetServiceName(made), "grown");
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 2, 0666), -1);
    assert_int_equal(HdfDeviceObjectPublishService(made, "other", 2, 0666), -1);
    assert_int_equal(HdfDeviceObjectUpdate(made), HDF_SUCCESS);
    struct HdfIoService *handle = must_bind("grown");
    assert_int_equal(HdfIoServiceDispatch(handle, NOTHING, NULL, NULL), 0);
    HdfDeviceObjectRelease(made);
    assert_int_equal(driver.n_closes, 1);
    assert_int_equal(driver.n_releases, 1);
    assert_int_equal(HdfIoServiceDispatch(handle, NOTHING, NULL, NULL),
                     HDF_DEV_ERR_NO_DEVICE_SERVICE);
    HdfIoServiceRecycle(handle);
    assert_int_equal(driver.n_closes, 1);
    assert_null(HdfIoServiceBind("grown"));
    end(parent);
}

static void a_device_is_new_after_it_was_unregistered(void **state)
{
    (void)state;
    struct device_node *parent = launch("parent", 0, 0x101);
    struct HdfDeviceObject *made = make_published(parent, "grown");
    assert_int_equal(HdfDeviceObjectUnRegister(made), HDF_SUCCESS);
    assert_string_equal(HdfDeviceGetServiceName(made), "");
    assert_null(made->service);
    assert_int_equal(HdfDeviceObjectRegister(made), HDF_SUCCESS);
    assert_int_equal(driver.n_binds, 1); /* policy 0 again */
    assert_null(HdfIoServiceBind("grown"));
    assert_int_equal(HdfDeviceObjectPublishService(made, "again", 2, 0666), HDF_SUCCESS);
    assert_int_equal(driver.n_binds, 2);
    HdfIoServiceRecycle(must_bind("again"));
    HdfDeviceObjectRelease(made);
    end(parent);
}

static void publishing_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct device_node *taken = launch("taken", 2, 0x201);
    struct device_node *parent = launch("parent", 0, 0x101);
    struct HdfDeviceObject *made = make(parent);
    const struct device_node *node = device_of(made);

    driver.bind_status = HDF_FAILURE;
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 2, 0600), -204);
    assert_int_equal(node->policy, 0);
    assert_string_equal(node->service_name, "");
    assert_int_equal(HdfDeviceObjectUpdate(made), HDF_DEV_ERR_NO_DEVICE);
    driver.bind_status = HDF_SUCCESS;
    assert_int_equal(driver.n_binds, 2); /* taken's own was the first */

    assert_int_equal(HdfDeviceObjectPublishService(made, "taken", 2, 0600), -205);
    assert_int_equal(driver.n_binds, 3);
    assert_int_equal(node->policy, 0);
    assert_int_equal(node->mode, 0);
    assert_string_equal(HdfDeviceGetServiceName(made), "");
    assert_int_equal(HdfDeviceObjectUpdate(made), HDF_DEV_ERR_NO_DEVICE);
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    assert_true(HdfSbufWriteInt32(data, 1));
    assert_int_equal(HdfDeviceSendEvent(made, 1, data), HDF_ERR_NOT_SUPPORT);
    HdfSbufRecycle(data);

    assert_int_equal(HdfDeviceObjectPublishService(made, "free", 2, 0600), 0);
    assert_int_equal(driver.n_binds, 3); /* it stays bound */
    HdfIoServiceRecycle(must_bind("free"));
    HdfIoServiceRecycle(must_bind("taken"));
    HdfDeviceObjectRelease(made);

    struct HdfDeviceObject *unbound = HdfDeviceObjectAlloc(&parent->object, "no_bind");
    assert_int_equal(HdfDeviceObjectRegister(unbound), HDF_SUCCESS);
    assert_int_equal(HdfDeviceObjectPublishService(unbound, "grown", 2, 0666), -4);
    assert_int_equal(HdfDeviceObjectPublishService(unbound, "grown", 3, 0666), 0);
    HdfDeviceObjectRelease(unbound);

    made = make(parent);
    driver.gives_no_service = true;
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 2, 0666), -205);
    assert_int_equal(HdfDeviceObjectPublishService(made, "grown", 4, 0666), 0);
    HdfDeviceObjectRelease(made);
    end(parent);
    end(taken);
}

static void service_info_has_256_characters_at_most(void **state)
{
    (void)state;
    char info[258];
    struct device_node *node = launch("told", 2, 0x101);
    memset(info, 'i', sizeof info);
    info[257] = '\0';
    assert_int_equal(HdfDeviceObjectSetServInfo(&node->object, info), HDF_ERR_INVALID_PARAM);
    assert_string_equal(node->info, "");
    info[256] = '\0';
    assert_int_equal(HdfDeviceObjectSetServInfo(&node->object, info), HDF_SUCCESS);
    assert_string_equal(node->info, info);
    assert_int_equal(HdfDeviceObjectUpdate(&node->object), HDF_SUCCESS);
    assert_int_equal(HdfDeviceObjectSetServInfo(&node->object, ""), HDF_SUCCESS);
    assert_int_equal(HdfDeviceObjectSetServInfo(&node->object, NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfDeviceObjectSetServInfo(NULL, ""), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfDeviceObjectSetInterfaceDesc(&node->object, "x"), 0);
    assert_true(HdfDeviceObjectCheckInterfaceDesc(&node->object, NULL));
    end(node);
}

static void classes_are_below_0x400(void **state)
{
    (void)state;
    struct device_node *node = launch("classed", 1, 0x101);
    assert_int_equal(node->object.deviceClass, DEVICE_CLASS_DEFAULT);
    assert_false(HdfDeviceSetClass(NULL, DEVICE_CLASS_INPUT));
    assert_false(HdfDeviceSetClass(&node->object, DEVICE_CLASS_MAX));
    assert_false(HdfDeviceSetClass(&node->object, (DeviceClass)0x401));
    assert_true(HdfDeviceSetClass(&node->object, (DeviceClass)0x3ff));
    assert_int_equal(node->object.deviceClass, 0x3ff);
    end(node);
}

static void one_power_listener_a_device(void **state)
{
    (void)state;
    static const struct IPowerEventListener first, second;
    struct device_node *node = launch("powered", 1, 0x101);
    assert_int_equal(HdfPmRegisterPowerListener(NULL, &first), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfPmRegisterPowerListener(&node->object, NULL), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfPmRegisterPowerListener(&node->object, &first), HDF_SUCCESS);
    assert_int_equal(HdfPmRegisterPowerListener(&node->object, &second), HDF_FAILURE);
    HdfPmUnregisterPowerListener(&node->object, &second);
    assert_int_equal(HdfPmRegisterPowerListener(&node->object, &second), HDF_FAILURE);
    HdfPmUnregisterPowerListener(&node->object, &first);
    assert_int_equal(HdfPmRegisterPowerListener(&node->object, &second), HDF_SUCCESS);
    end(node);
}

/* ---- policies ---- */

static void each_policy_has_its_rights(void **state)
{
    (void)state;
    static const struct {
        bool is_bound, is_known, is_open;
        int32_t event;
    } expected[] = {{false, false, false, -2},
                    {true, true, false, -2},
                    {true, true, true, -1}, /* nobody has opened it */
                    {false, false, false, -2},
                    {false, false, false, -2}};
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    assert_true(HdfSbufWriteInt32(data, 1));
    for (uint8_t policy = 0; policy < 5; policy++) {
        int before = driver.n_binds;
        struct device_node *node = launch("policy", policy, 0x101);
        assert_int_equal(driver.n_binds - before, expected[policy].is_bound);
        const struct HdfObject *object = DevSvcManagerClntGetService("policy");
        assert_ptr_equal(object, expected[policy].is_known ? &service.object : NULL);
        struct HdfIoService *handle = HdfIoServiceBind("policy");
        assert_int_equal(handle != NULL, expected[policy].is_open);
        HdfIoServiceRecycle(handle);
        assert_int_equal(HdfDeviceSendEvent(&node->object, 1, data), expected[policy].event);
        end(node);
        assert_null(DevSvcManagerClntGetService("policy"));
    }
    assert_null(DevSvcManagerClntGetService(NULL));
    assert_null(HdfDeviceGetServiceName(NULL));
    HdfSbufRecycle(data);
}

/* ---- subscribers ---- */

struct hearer {
    struct device_node *node;
    int n_told;
    const struct HdfObject *last;
    bool ends_it;
};
static struct hearer hearers[2];

static int32_t on_connected(struct HdfDeviceObject *device, const struct HdfObject *object)
{
    struct hearer *hearer = device->priv;
    hearer->n_told++;
    hearer->last = object;
    if (hearer->ends_it)
        return HdfDeviceObjectUnRegister(device);
    return HDF_SUCCESS;
}

static int32_t subscribe(struct hearer *hearer, const char *name)
{
    hearer->node->object.priv = hearer;
    return HdfDeviceSubscribeService(
        &hearer->node->object, name,
        (struct SubscriberCallback){&hearer->node->object, on_connected});
}

static void subscribers_are_told_at_once_or_later(void **state)
{
    (void)state;
    for (uint8_t policy = 1; policy < 5; policy++) {
        memset(hearers, 0, sizeof hearers);
        hearers[0].node = launch("hearer", 0, 0x102); /* of the same device */
        hearers[1].node = launch("stranger", 0, 0x201);
        const struct HdfObject *object = policy <= 2 ? &service.object : NULL;
        int strangers = policy != 4;
        assert_int_equal(subscribe(&hearers[0], "heard"), HDF_SUCCESS);
        assert_int_equal(subscribe(&hearers[1], "heard"), HDF_SUCCESS);
        assert_int_equal(hearers[0].n_told, 0);
        struct device_node *node = launch("heard", policy, 0x101);
        assert_int_equal(hearers[0].n_told, 1);
        assert_ptr_equal(hearers[0].last, object);
        assert_int_equal(hearers[1].n_told, strangers);
        assert_int_equal(subscribe(&hearers[0], "heard"), HDF_SUCCESS);
        assert_int_equal(subscribe(&hearers[1], "heard"), HDF_SUCCESS);
        assert_int_equal(hearers[0].n_told, 2);
        assert_int_equal(hearers[1].n_told, 2 * strangers);
        end(node);
        node = launch("heard", policy, 0x101); /* nobody has unsubscribed */
        assert_int_equal(hearers[0].n_told, 4);
        end(hearers[1].node);
        end(node);
        node = launch("heard", policy, 0x101);
        assert_int_equal(hearers[0].n_told, 6);
        assert_int_equal(hearers[1].n_told, 4 * strangers);
        end(node);
        end(hearers[0].node);
    }
    assert_int_equal(HdfDeviceSubscribeService(NULL, "x", (struct SubscriberCallback){0}), -1);
}

static void a_subscriber_may_go_when_it_is_told(void **state)
{
    (void)state;
    hearers[0] = (struct hearer){.node = launch("hearer", 0, 0x102), .ends_it = true};
    assert_int_equal(subscribe(&hearers[0], "heard"), HDF_SUCCESS);
    struct device_node *node = launch("heard", 2, 0x101);
    assert_int_equal(hearers[0].n_told, 1);
    assert_int_equal(driver.n_releases, 1);
    end(hearers[0].node);
    end(node);
    assert_int_equal(driver.n_releases, 2);
}

/* ---- on demand ---- */

static void *bind_one(void *user)
{
    struct HdfIoService **handlep = user;
    *handlep = HdfIoServiceBind("demanded");
    return NULL;
}

static void a_second_bind_waits_for_the_load_and_not_for_ever(void **state)
{
    (void)state;
    const struct device_spec spec = {.name = "demanded",
                                     .service_name = "demanded",
                                     .id = 0x101,
                                     .policy = 2,
                                     .mode = 0666,
                                     .is_on_demand = true};
    pthread_t thread;
    struct HdfIoService *first = NULL;
    struct device_node *node = device_create(&spec, &entry);
    assert_int_equal(device_offer(node), HDF_SUCCESS);
    assert_int_equal(driver.n_inits, 0);
    driver.waits_in_init = true;
    assert_int_equal(pthread_create(&thread, NULL, bind_one, &first), 0);
    assert_true(bell_wait(&driver.came, 1));
    assert_null(HdfIoServiceBind("demanded"));
    assert_int_equal(driver.n_inits, 1);
    bell_ring(&driver.go);
    (void)pthread_join(thread, NULL);
    assert_non_null(first);
    struct HdfIoService *second = must_bind("demanded");
    assert_int_equal(driver.n_inits, 1);
    device_sleep(node);
    assert_int_equal(driver.n_closes, 2);
    assert_int_equal(driver.n_releases, 1);
    assert_int_equal(HdfIoServiceDispatch(first, NOTHING, NULL, NULL), -203);
    HdfIoServiceRecycle(first);
    HdfIoServiceRecycle(second);
    assert_int_equal(driver.n_closes, 2);

    driver.waits_in_init = false;
    driver.init_status = HDF_FAILURE;
    assert_null(HdfIoServiceBind("demanded"));
    driver.init_status = HDF_SUCCESS;
    HdfIoServiceRecycle(must_bind("demanded"));
    assert_int_equal(driver.n_inits, 3);
    end(node);
    assert_null(HdfIoServiceBind("demanded"));
}

/* ---- ends from anywhere ---- */

static void a_command_may_end_its_own_device(void **state)
{
    (void)state;
    struct device_node *parent = launch("parent", 0, 0x101);
    for (int cmd = RELEASE; cmd <= UNREGISTER; cmd++) {
        (void)forget(NULL);
        struct HdfDeviceObject *made = make_published(parent, "grown");
        struct HdfIoService *handle = must_bind("grown");
        assert_int_equal(HdfIoServiceDispatch(handle, cmd, NULL, NULL), 0);
        assert_int_equal(driver.n_closes, 1);
        assert_int_equal(driver.n_releases, 1);
        assert_int_equal(HdfIoServiceDispatch(handle, NOTHING, NULL, NULL), -203);
        HdfIoServiceRecycle(handle);
        assert_null(HdfIoServiceBind("grown"));
        if (cmd == UNREGISTER)
            HdfDeviceObjectRelease(made);
        assert_int_equal(driver.n_closes, 1);
        assert_int_equal(driver.n_releases, 1);
    }
    end(parent);
}

static void *wait_in_command(void *user)
{
    assert_int_equal(HdfIoServiceDispatch(user, WAIT, NULL, NULL), 0);
    return NULL;
}

static void the_last_command_ends_a_device_that_was_released_in_another(void **state)
{
    (void)state;
    pthread_t thread;
    struct device_node *parent = launch("parent", 0, 0x101);
    (void)make_published(parent, "grown");
    struct HdfIoService *handle = must_bind("grown"), *waiting = must_bind("grown");
    assert_int_equal(pthread_create(&thread, NULL, wait_in_command, waiting), 0);
    assert_true(bell_wait(&driver.came, 1));
    assert_int_equal(HdfIoServiceDispatch(handle, RELEASE, NULL, NULL), 0);
    assert_int_equal(driver.n_releases, 0);
    assert_int_equal(HdfIoServiceDispatch(handle, NOTHING, NULL, NULL), -203);
    bell_ring(&driver.go);
    (void)pthread_join(thread, NULL);
    assert_int_equal(driver.n_releases, 1);
    assert_int_equal(driver.n_closes, 2);
    HdfIoServiceRecycle(handle);
    HdfIoServiceRecycle(waiting);
    end(parent);
}

static void *release_other(void *user)
{
    assert_int_equal(HdfIoServiceDispatch(user, RELEASE_OTHER, NULL, NULL), 0);
    return NULL;
}

/* Each waits in a command until both run, and ends the other's device. */
static void two_devices_may_end_each_other(void **state)
{
    (void)state;
    pthread_t threads[2];
    struct HdfIoService *handles[2];
    struct device_node *parent = launch("parent", 0, 0x101);
    struct HdfDeviceObject *made = make_published(parent, "a");
    other = make_published(parent, "b"); /* one of them its own */
    handles[0] = must_bind("a");
    handles[1] = must_bind("b");
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, release_other, handles[i]), 0);
    assert_true(bell_wait(&driver.came, 2));
    bell_ring(&driver.go);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(driver.n_releases, 1);
    HdfDeviceObjectRelease(made);
    HdfDeviceObjectRelease(other);
    assert_int_equal(driver.n_releases, 2);
    for (int i = 0; i < 2; i++)
        HdfIoServiceRecycle(handles[i]);
    assert_int_equal(driver.n_closes, 2);
    end(parent);
}

static void an_init_may_release_its_own_device(void **state)
{
    (void)state;
    struct device_node *parent = launch("parent", 0, 0x101);
    struct HdfDeviceObject *made = HdfDeviceObjectAlloc(&parent->object, "made");
    driver.releases_in_init = true;
    assert_int_equal(HdfDeviceObjectRegister(made), HDF_DEV_ERR_ATTACHDEV_FAIL);
    assert_int_equal(driver.n_releases, 1);
    driver.releases_in_init = false;
    end(parent);
}

static int end_in_callback(void *priv, uint32_t id, struct HdfSBuf *data)
{
    (void)id;
    (void)data;
    HdfDeviceObjectRelease(priv);
    bell_ring(&driver.go); /* the command that waits */
    return 0;
}

static void a_callback_may_end_the_device_that_it_hears(void **state)
{
    (void)state;
    pthread_t thread;
    struct device_node *parent = launch("parent", 0, 0x101);
    struct HdfDeviceObject *made = make_published(parent, "grown");
    struct HdfDevEventlistener listener = {.callBack = end_in_callback, .priv = made};
    struct HdfIoService *handle = must_bind("grown");
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    assert_true(HdfSbufWriteInt32(data, 1));
    assert_int_equal(HdfDeviceRegisterEventListener(handle, &listener), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_in_command, handle), 0);
    assert_true(bell_wait(&driver.came, 1));
    assert_int_equal(HdfDeviceSendEvent(made, 1, data), HDF_SUCCESS);
    (void)pthread_join(thread, NULL);
    assert_true(bell_wait(&driver.ended, 2)); /* of the client, and the driver */
    assert_int_equal(driver.n_releases, 1);
    assert_int_equal(driver.n_closes, 1);
    HdfSbufRecycle(data);
    HdfIoServiceRecycle(handle);
    end(parent);
}

#define ROUNDS 200

static void *bind_and_recycle(void *user)
{
    (void)user;
    for (int i = 0; i < ROUNDS; i++) {
        struct HdfIoService *handle = HdfIoServiceBind("raced");
        if (handle == NULL)
            continue;
        int result = HdfIoServiceDispatch(handle, i % 20 == 0 ? UNREGISTER : NOTHING, NULL, NULL);
        assert_true(result == 0 || result == HDF_DEV_ERR_NO_DEVICE_SERVICE);
        HdfIoServiceRecycle(handle);
    }
    return NULL;
}

/* The device comes and goes while three bind it, and end it too. */
static void every_client_and_driver_is_released_once_whoever_is_faster(void **state)
{
    (void)state;
    pthread_t threads[3];
    struct device_node *parent = launch("parent", 0, 0x101);
    struct HdfDeviceObject *made = HdfDeviceObjectAlloc(&parent->object, "made");
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, bind_and_recycle, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        int status = HdfDeviceObjectRegister(made);
        assert_true(status == 0 || status == HDF_ERR_INVALID_PARAM);
        (void)HdfDeviceObjectPublishService(made, "raced", 2, 0666);
        assert_int_equal(HdfDeviceObjectUnRegister(made), 0);
    }
    for (int i = 0; i < 3; i++)
        (void)pthread_join(threads[i], NULL);
    HdfDeviceObjectRelease(made);
    end(parent);
    assert_int_equal(driver.n_opens, driver.n_closes);
    assert_int_equal(driver.n_inits, driver.n_releases);
}

static void *recycle_it(void *user)
{
    (void)bell_wait(&driver.go, 1);
    HdfIoServiceRecycle(user);
    return NULL;
}

static void a_recycle_and_the_end_release_a_client_once(void **state)
{
    (void)state;
    struct device_node *parent = launch("parent", 0, 0x101);
    for (int i = 1; i <= 50; i++) {
        pthread_t thread;
        driver.go.rung = 0;
        struct HdfDeviceObject *made = make_published(parent, "grown");
        struct HdfIoService *handle = must_bind("grown");
        assert_int_equal(pthread_create(&thread, NULL, recycle_it, handle), 0);
        bell_ring(&driver.go);
        HdfDeviceObjectRelease(made);
        (void)pthread_join(thread, NULL);
        assert_int_equal(driver.n_closes, i);
        assert_int_equal(driver.n_releases, i);
    }
    end(parent);
}

static void *recycle_now(void *user)
{
    HdfIoServiceRecycle(user);
    bell_ring(&driver.go);
    return NULL;
}

static void a_handle_that_is_recycled_in_a_command_goes_after_it(void **state)
{
    (void)state;
    pthread_t threads[2];
    struct device_node *node = launch("used", 2, 0x101);
    struct HdfIoService *handle = must_bind("used");
    assert_int_equal(pthread_create(&threads[0], NULL, wait_in_command, handle), 0);
    assert_true(bell_wait(&driver.came, 1));
    assert_int_equal(driver.n_closes, 0);
    assert_int_equal(pthread_create(&threads[1], NULL, recycle_now, handle), 0);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(driver.n_closes, 1);
    end(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_device_is_made_of_one_that_is_launched, forget),
        cmocka_unit_test_setup(a_node_has_127_devices_of_its_own, forget),
        cmocka_unit_test_setup(a_made_device_is_bound_when_it_is_published, forget),
        cmocka_unit_test_setup(a_device_is_new_after_it_was_unregistered, forget),
        cmocka_unit_test_setup(publishing_that_fails_changes_nothing, forget),
        cmocka_unit_test_setup(service_info_has_256_characters_at_most, forget),
        cmocka_unit_test_setup(classes_are_below_0x400, forget),
        cmocka_unit_test_setup(one_power_listener_a_device, forget),
        cmocka_unit_test_setup(each_policy_has_its_rights, forget),
        cmocka_unit_test_setup(subscribers_are_told_at_once_or_later, forget),
        cmocka_unit_test_setup(a_subscriber_may_go_when_it_is_told, forget),
        cmocka_unit_test_setup(a_second_bind_waits_for_the_load_and_not_for_ever, forget),
        cmocka_unit_test_setup(a_command_may_end_its_own_device, forget),
        cmocka_unit_test_setup(the_last_command_ends_a_device_that_was_released_in_another, forget),
        cmocka_unit_test_setup(two_devices_may_end_each_other, forget),
        cmocka_unit_test_setup(an_init_may_release_its_own_device, forget),
        cmocka_unit_test_setup(a_callback_may_end_the_device_that_it_hears, forget),
        cmocka_unit_test_setup(every_client_and_driver_is_released_once_whoever_is_faster, forget),
        cmocka_unit_test_setup(a_recycle_and_the_end_release_a_client_once, forget),
        cmocka_unit_test_setup(a_handle_that_is_recycled_in_a_command_goes_after_it, forget),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
