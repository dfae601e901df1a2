/*
 * Listeners to the status of services: what they are told of services of this process, by way of
 * the gateway, of their classes, and of a gateway that goes and comes back.
 */
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device.h"
#include "include/hdf/hdf_device_object.h"
#include "include/hdf/ioservstat_listener.h"
#include "include/hdf/svcmgr_ioservice.h"
#include "tests/include/bell.h"
#include "tests/integration/daemon.h"

static struct daemon daemon_;
static struct settings settings;
static struct ISvcMgrIoservice *manager;

/* ---- services ---- */

static int32_t dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                        struct HdfSBuf *reply)
{
    (void)client;
    (void)data;
    (void)reply;
    return cmd;
}

static struct IDeviceIoService service = {.Dispatch = dispatch};

static int32_t bind_driver(struct HdfDeviceObject *device)
{
    device->service = &service;
    return HDF_SUCCESS;
}

/* Its class stands in its device's name. */
static int32_t init_driver(struct HdfDeviceObject *device)
{
    unsigned long device_class = strtoul(device_of(device)->name, NULL, 16);
    return HdfDeviceSetClass(device, (DeviceClass)device_class) ? HDF_SUCCESS : HDF_FAILURE;
}

static const struct HdfDriverEntry entry = {
    .moduleVersion = 1, .moduleName = "status", .Bind = bind_driver, .Init = init_driver};

static struct device_node *launch(const char *name, unsigned device_class, uint8_t policy)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%x", device_class);
    const struct device_spec spec = {
        .name = text, .service_name = name, .id = 0x101, .policy = policy, .mode = 0666};
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

/* ---- listeners ---- */

#define HEARD_MAX 64u

struct hearer {
    struct ServiceStatusListener *listener;
    struct bell bell;
    char heard[HEARD_MAX][320]; /* NAME CLASS STATUS INFO */
    unsigned n_read;
};

static void on_status(struct ServiceStatusListener *listener, struct ServiceStatus *status)
{
    struct hearer *hearer = listener->priv;
    (void)snprintf(hearer->heard[bell_count(&hearer->bell) % HEARD_MAX], sizeof hearer->heard[0],
                   "%s %x %u %s", status->serviceName, status->deviceClass, status->status,
                   status->info);
    bell_ring(&hearer->bell);
}

static void begin(struct hearer *hearer, uint16_t classes)
{
    *hearer = (struct hearer){.listener = IoServiceStatusListenerNewInstance(), .bell = BELL_INIT};
    assert_non_null(hearer->listener);
    hearer->listener->callback = on_status;
    hearer->listener->priv = hearer;
    assert_int_equal(manager->RegisterServiceStatusListener(manager, hearer->listener, classes),
                     HDF_SUCCESS);
}

static void finish(struct hearer *hearer)
{
    assert_int_equal(manager->UnregisterServiceStatusListener(manager, hearer->listener),
                     HDF_SUCCESS);
    assert_int_equal(hearer->n_read, hearer->bell.rung); /* and nothing else */
    IoServiceStatusListenerFree(hearer->listener);
}

static void must_hear(struct hearer *hearer, const char *expected)
{
    assert_true(bell_wait(&hearer->bell, hearer->n_read + 1));
    assert_string_equal(hearer->heard[hearer->n_read++ % HEARD_MAX], expected);
}

/* What is told before this has been told; nothing else has come for @hearer. */
static void must_have_heard_all(struct hearer *hearer)
{
    struct hearer last;
    begin(&last, DEVICE_CLASS_HIMEDIACOMM); /* which no other service has */
    struct device_node *node = launch("last", DEVICE_CLASS_HIMEDIACOMM, 1);
    must_hear(&last, "last 200 0 ");
    end(node);
    must_hear(&last, "last 200 2 ");
    finish(&last);
    assert_int_equal(bell_count(&hearer->bell), hearer->n_read);
}

static int start(void **state)
{
    (void)state;
    daemon_prepare(&daemon_);
    daemon_start(&daemon_);
    daemon_settings(&daemon_, false, &settings);
    for (size_t i = 0; settings.list[i] != NULL; i++)
        assert_int_equal(putenv((char *)(uintptr_t)settings.list[i]), 0);
    manager = SvcMgrIoserviceGet();
    assert_non_null(manager);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    SvcMgrIoserviceRelease(manager);
    SvcMgrIoserviceRelease(NULL);
    daemon_stop(&daemon_);
    daemon_clean(&daemon_);
    return 0;
}

/* ---- tests ---- */

static void registering_has_rules(void **state)
{
    (void)state;
    struct hearer hearer;
    begin(&hearer, 0x3ff);
    struct ServiceStatusListener *stranger = IoServiceStatusListenerNewInstance();
    assert_int_equal(manager->RegisterServiceStatusListener(NULL, stranger, 1), -3);
    assert_int_equal(manager->RegisterServiceStatusListener(manager, NULL, 1), -3);
    assert_int_equal(manager->RegisterServiceStatusListener(manager, stranger, 0x400), -3);
    assert_int_equal(manager->RegisterServiceStatusListener(manager, stranger, 0xffff), -3);
    assert_int_equal(manager->RegisterServiceStatusListener(manager, hearer.listener, 1), -3);
    assert_int_equal(manager->UnregisterServiceStatusListener(NULL, stranger), -3);
    assert_int_equal(manager->UnregisterServiceStatusListener(manager, NULL), -3);
    assert_int_equal(manager->UnregisterServiceStatusListener(manager, stranger), -4);
    assert_int_equal(manager->RegisterServiceStatusListener(manager, stranger, 0), 0);
    assert_int_equal(manager->UnregisterServiceStatusListener(manager, stranger), 0);
    assert_int_equal(manager->UnregisterServiceStatusListener(manager, stranger), -4);
    IoServiceStatusListenerFree(stranger);
    IoServiceStatusListenerFree(NULL);
    finish(&hearer);
}

static void a_service_starts_changes_and_stops(void **state)
{
    (void)state;
    char info[258], line[320];
    struct hearer hearer;
    begin(&hearer, DEVICE_CLASS_SENSOR);
    struct device_node *node = launch("sensor", DEVICE_CLASS_SENSOR, 2);
    must_hear(&hearer, "sensor 4 0 ");
    assert_int_equal(HdfDeviceObjectUpdate(&node->object), HDF_SUCCESS);
    must_hear(&hearer, "sensor 4 1 ");
    memset(info, 'i', sizeof info);
    info[256] = '\0';
    assert_int_equal(HdfDeviceObjectSetServInfo(&node->object, info), HDF_SUCCESS);
    assert_int_equal(HdfDeviceObjectUpdate(&node->object), HDF_SUCCESS);
    (void)snprintf(line, sizeof line, "sensor 4 1 %s", info);
    must_hear(&hearer, line);
    info[256] = 'i';
    info[257] = '\0';
    assert_int_equal(HdfDeviceObjectSetServInfo(&node->object, info), HDF_ERR_INVALID_PARAM);
    assert_int_equal(HdfDeviceObjectSetServInfo(&node->object, "short"), HDF_SUCCESS);
    assert_int_equal(HdfDeviceObjectUpdate(&node->object), HDF_SUCCESS);
    must_hear(&hearer, "sensor 4 1 short");
    end(node);
    must_hear(&hearer, "sensor 4 2 short");
    must_have_heard_all(&hearer);
    finish(&hearer);
}

static void policies_1_and_2_are_told_alone(void **state)
{
    (void)state;
    struct hearer hearer;
    begin(&hearer, DEVICE_CLASS_INPUT);
    for (uint8_t policy = 0; policy < 5; policy++) {
        end(launch("input", DEVICE_CLASS_INPUT, policy));
        if (policy != 1 && policy != 2)
            continue;
        must_hear(&hearer, "input 8 0 ");
        must_hear(&hearer, "input 8 2 ");
    }
    must_have_heard_all(&hearer);
    finish(&hearer);
}

static void each_listener_has_its_classes(void **state)
{
    (void)state;
    struct hearer both, usb, none;
    begin(&both, DEVICE_CLASS_USB | DEVICE_CLASS_AUDIO);
    begin(&usb, DEVICE_CLASS_USB);
    begin(&none, 0);
    for (unsigned i = 0; i < 2; i++) { /* the second time after the first has gone */
        end(launch("usb", DEVICE_CLASS_USB, 2));
        end(launch("audio", DEVICE_CLASS_AUDIO, 2));
        end(launch("camera", DEVICE_CLASS_CAMERA, 2));
        end(launch("mixed", DEVICE_CLASS_USB | DEVICE_CLASS_CAMERA, 2));
        must_hear(&both, "usb 80 0 ");
        must_hear(&both, "usb 80 2 ");
        must_hear(&both, "audio 20 0 ");
        must_hear(&both, "audio 20 2 ");
        must_hear(&both, "mixed c0 0 ");
        must_hear(&both, "mixed c0 2 ");
        must_have_heard_all(&both);
        if (i > 0)
            break;
        must_hear(&usb, "usb 80 0 ");
        must_hear(&usb, "usb 80 2 ");
        must_hear(&usb, "mixed c0 0 ");
        must_hear(&usb, "mixed c0 2 ");
        must_have_heard_all(&usb);
        finish(&usb);
    }
    finish(&none);
    finish(&both);
}

static void what_runs_already_is_not_told(void **state)
{
    (void)state;
    struct hearer first, second;
    begin(&first, DEVICE_CLASS_PLAT);
    struct device_node *node = launch("running", DEVICE_CLASS_PLAT, 2);
    must_hear(&first, "running 2 0 ");
    begin(&second, DEVICE_CLASS_PLAT);
    must_have_heard_all(&second);
    end(node);
    must_hear(&second, "running 2 2 ");
    must_hear(&first, "running 2 2 ");
    finish(&second);
    finish(&first);
}

static void what_is_for_demand_starts_when_it_is_loaded(void **state)
{
    (void)state;
    const struct device_spec spec = {.name = "40",
                                     .service_name = "demanded",
                                     .id = 0x101,
                                     .policy = 2,
                                     .mode = 0666,
                                     .is_on_demand = true};
    struct hearer hearer;
    begin(&hearer, DEVICE_CLASS_CAMERA);
    struct device_node *node = device_create(&spec, &entry);
    assert_int_equal(device_offer(node), HDF_SUCCESS);
    must_have_heard_all(&hearer);
    for (int i = 0; i < 2; i++) {
        struct HdfIoService *handle = HdfIoServiceBind("demanded");
        assert_non_null(handle);
        must_hear(&hearer, "demanded 40 0 ");
        HdfIoServiceRecycle(handle);
        device_sleep(node);
        must_hear(&hearer, "demanded 40 2 ");
    }
    must_have_heard_all(&hearer);
    end(node);
    finish(&hearer);
}

/* ---- inside callbacks ---- */

struct ender {
    struct hearer hearer; /* its first member */
    struct hearer *other;
    bool releases;
    struct ISvcMgrIoservice *manager;
};

static void end_all(struct ServiceStatusListener *listener, struct ServiceStatus *status)
{
    struct ender *ender = listener->priv;
    (void)status;
    if (ender->releases) {
        SvcMgrIoserviceRelease(ender->manager);
    } else {
        (void)ender->manager->UnregisterServiceStatusListener(ender->manager, listener);
        (void)manager->UnregisterServiceStatusListener(manager, ender->other->listener);
        (void)manager->RegisterServiceStatusListener(manager, ender->other->listener, 0x3ff);
    }
    IoServiceStatusListenerFree(listener);
    bell_ring(&ender->hearer.bell);
}

static void callbacks_may_end_and_begin_all(void **state)
{
    (void)state;
    for (int releases = 0; releases < 2; releases++) {
        struct hearer other;
        struct ender ender = {.hearer = {.bell = BELL_INIT}, .other = &other};
        ender.releases = releases;
        ender.manager = SvcMgrIoserviceGet();
        ender.hearer.listener = IoServiceStatusListenerNewInstance();
        ender.hearer.listener->callback = end_all;
        ender.hearer.listener->priv = &ender;
        assert_int_equal(ender.manager->RegisterServiceStatusListener(ender.manager,
                                                                      ender.hearer.listener, 0x3ff),
                         0);
        begin(&other, 0x3ff);
        struct device_node *node = launch("ending", 1, 2);
        assert_true(bell_wait(&ender.hearer.bell, 1));
        if (releases) /* else it was registered anew while this one was told */
            must_hear(&other, "ending 1 0 ");
        end(node);
        must_hear(&other, "ending 1 2 ");
        finish(&other);
        assert_int_equal(ender.hearer.bell.rung, 1);
        if (!releases)
            SvcMgrIoserviceRelease(ender.manager);
    }
}

/* A callback of each kind ends the other's listener, each while the other runs. */
struct meeting {
    struct bell both;
    struct HdfIoService *handle;
    struct HdfDevEventlistener events;
    struct ServiceStatusListener *status;
    struct bell done;
};

static int on_event_meet(void *priv, uint32_t id, struct HdfSBuf *data)
{
    struct meeting *meeting = priv;
    (void)id;
    (void)data;
    bell_ring(&meeting->both);
    (void)bell_wait(&meeting->both, 2);
    (void)manager->UnregisterServiceStatusListener(manager, meeting->status);
    bell_ring(&meeting->done);
    return 0;
}

static void on_status_meet(struct ServiceStatusListener *listener, struct ServiceStatus *status)
{
    struct meeting *meeting = listener->priv;
    (void)status;
    bell_ring(&meeting->both);
    (void)bell_wait(&meeting->both, 2);
    (void)HdfDeviceUnregisterEventListener(meeting->handle, &meeting->events);
    bell_ring(&meeting->done);
}

static void callbacks_of_both_kinds_may_end_each_other(void **state)
{
    (void)state;
    struct meeting meeting = {.both = BELL_INIT, .done = BELL_INIT};
    struct device_node *node = launch("meeting", DEVICE_CLASS_DISPLAY, 2);
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    assert_true(HdfSbufWriteInt32(data, 1));
    meeting.events = (struct HdfDevEventlistener){.callBack = on_event_meet, .priv = &meeting};
    meeting.handle = HdfIoServiceBind("meeting");
    assert_non_null(meeting.handle);
    assert_int_equal(HdfDeviceRegisterEventListener(meeting.handle, &meeting.events), 0);
    meeting.status = IoServiceStatusListenerNewInstance();
    meeting.status->callback = on_status_meet;
    meeting.status->priv = &meeting;
    assert_int_equal(
        manager->RegisterServiceStatusListener(manager, meeting.status, DEVICE_CLASS_DISPLAY), 0);
    assert_int_equal(HdfDeviceObjectUpdate(&node->object), 0);
    assert_int_equal(HdfDeviceSendEvent(&node->object, 1, data), 0);
    assert_true(bell_wait(&meeting.done, 2));
    HdfIoServiceRecycle(meeting.handle);
    IoServiceStatusListenerFree(meeting.status);
    HdfSbufRecycle(data);
    end(node);
}

static void *come_and_go(void *user)
{
    (void)user;
    for (int i = 0; i < 100; i++) {
        struct hearer hearer;
        struct ISvcMgrIoservice *own = SvcMgrIoserviceGet();
        begin(&hearer, DEVICE_CLASS_USERAUTH);
        (void)own->RegisterServiceStatusListener(own, hearer.listener, 1);
        (void)manager->UnregisterServiceStatusListener(manager, hearer.listener);
        IoServiceStatusListenerFree(hearer.listener);
        SvcMgrIoserviceRelease(own);
    }
    return NULL;
}

static void listeners_come_and_go_while_services_do(void **state)
{
    (void)state;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, NULL), 0);
    for (int i = 0; i < 50; i++)
        end(launch("busy", DEVICE_CLASS_USERAUTH, 2));
    for (int i = 0; i < 3; i++)
        (void)pthread_join(threads[i], NULL);
}

/* ---- the gateway ---- */

/* @who has heard of each of three services, in whichever order. */
static void must_hear_of_three(struct hearer *who, unsigned status)
{
    unsigned seen = 0;
    assert_true(bell_wait(&who->bell, who->n_read + 3));
    for (int i = 0; i < 3; i++) {
        const char *heard = who->heard[who->n_read++ % HEARD_MAX];
        for (unsigned number = 0; number < 3; number++) {
            char expected[64];
            (void)snprintf(expected, sizeof expected, "three%u 10 %u about it", number, status);
            seen |= strcmp(heard, expected) == 0 ? 1u << number : 0;
        }
    }
    assert_int_equal(seen, 7);
}

static void a_gateway_that_goes_stops_each_service_once_and_its_return_starts_each(void **state)
{
    (void)state;
    static const char *const names[] = {"three0", "three1", "three2"};
    struct device_node *nodes[3];
    struct hearer hearer;
    begin(&hearer, DEVICE_CLASS_DISPLAY);
    for (int i = 0; i < 3; i++) {
        nodes[i] = launch(names[i], DEVICE_CLASS_DISPLAY, 2);
        assert_int_equal(HdfDeviceObjectSetServInfo(&nodes[i]->object, "about it"), 0);
        assert_int_equal(HdfDeviceObjectUpdate(&nodes[i]->object), 0);
        assert_true(bell_wait(&hearer.bell, hearer.n_read + 2));
        hearer.n_read += 2;
    }
    for (int i = 0; i < 2; i++) {
        daemon_kill(&daemon_);
        must_hear_of_three(&hearer, SERVIE_STATUS_STOP);
        daemon_start(&daemon_);
        must_hear_of_three(&hearer, SERVIE_STATUS_START);
    }
    for (int i = 0; i < 3; i++)
        end(nodes[i]);
    must_hear_of_three(&hearer, SERVIE_STATUS_STOP);
    must_have_heard_all(&hearer);
    finish(&hearer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registering_has_rules),
        cmocka_unit_test(a_service_starts_changes_and_stops),
        cmocka_unit_test(policies_1_and_2_are_told_alone),
        cmocka_unit_test(each_listener_has_its_classes),
        cmocka_unit_test(what_runs_already_is_not_told),
        cmocka_unit_test(what_is_for_demand_starts_when_it_is_loaded),
        cmocka_unit_test(callbacks_may_end_and_begin_all),
        cmocka_unit_test(callbacks_of_both_kinds_may_end_each_other),
        cmocka_unit_test(listeners_come_and_go_while_services_do),
        cmocka_unit_test(a_gateway_that_goes_stops_each_service_once_and_its_return_starts_each),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
