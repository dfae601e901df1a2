/*
 * Drivers for tests, several in one shared object: what they are told to do they do, and each call
 * of their functions is a line in the file that PROBE_TRACE names: WHO WHAT.
 */
#include <device_resource_if.h>
#include <fcntl.h>
#include <hdf_base.h>
#include <hdf_device_desc.h>
#include <hdf_device_object.h>
#include <hdf_io_service_if.h>
#include <hdf_log.h>
#include <hdf_sbuf.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HDF_LOG_TAG probe

enum probe_command {
    PROBE_ECHO = 1,
    PROBE_WAIT = 2, /* for ever */
    PROBE_CRASH = 3,
    PROBE_PID = 4,
    PROBE_PROPERTY = 5,
    PROBE_GET_SERVICE = 6,
    PROBE_SUBSCRIBED = 7,
    PROBE_GROW = 8,   /* makes a device, and publishes it by the name that is given */
    PROBE_SHRINK = 9, /* releases it */
    PROBE_UPDATE = 10,
    PROBE_CALL = 11, /* PROBE_PID of another service, through a handle */
    PROBE_RUNNING = 12,
    PROBE_LATER = 13 /* PROBE_UPDATE and PROBE_GROW, by a thread, when the test says so */
};

static atomic_int n_running;
static atomic_int n_connected;
static struct HdfDeviceObject *grown;

static void trace(const char *who, const char *what)
{
    const char *path = getenv("PROBE_TRACE");
    char line[256];
    int size =
        snprintf(line, sizeof line, "%s %s\n", who != NULL && *who != '\0' ? who : "-", what);
    int file = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0)
        return;
    if (write(file, line, (size_t)size) != size)
        HDF_LOGE("trace is full");
    close(file);
}

/* ---- what it does ---- */

static int32_t answer_property(const struct DeviceResourceNode *node, struct HdfSBuf *reply)
{
    struct DeviceResourceIface *reader = DeviceResourceGetIfaceInstance(HDF_CONFIG_SOURCE);
    const char *label = NULL;
    uint32_t size = 0;
    if (node == NULL)
        return HDF_DEV_ERR_NO_DEVICE;
    if (reader->GetString(node, "label", &label, "none") != HDF_SUCCESS ||
        reader->GetUint32(node, "size", &size, 0) != HDF_SUCCESS)
        return HDF_FAILURE;
    (void)HdfSbufWriteString(reply, label);
    return (int32_t)size;
}

static int32_t on_connected(struct HdfDeviceObject *device, const struct HdfObject *service)
{
    (void)device;
    n_connected += service != NULL ? 100 : 1;
    return HDF_SUCCESS;
}

static int32_t grow(struct HdfDeviceObject *device, const char *name)
{
    grown = HdfDeviceObjectAlloc(device, "probe");
    if (grown == NULL)
        return HDF_FAILURE;
    int status = HdfDeviceObjectRegister(grown);
    return status != HDF_SUCCESS ? status : HdfDeviceObjectPublishService(grown, name, 2, 0666);
}

static int32_t call(const char *name, struct HdfSBuf *reply)
{
    struct HdfIoService *service = HdfIoServiceBind(name);
    if (service == NULL)
        return HDF_FAILURE;
    int32_t status = HdfIoServiceDispatch(service, PROBE_PID, NULL, reply);
    HdfIoServiceRecycle(service);
    return status;
}

static int32_t update(struct HdfDeviceObject *device, const char *info)
{
    int status = HdfDeviceObjectSetServInfo(device, info);
    return status == HDF_SUCCESS ? HdfDeviceObjectUpdate(device) : status;
}

/* Until somebody writes to the pipe beside the file of PROBE_TRACE. */
static void await_go(void)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s.go", getenv("PROBE_TRACE"));
    int go = open(path, O_RDONLY | O_CLOEXEC);
    if (go >= 0)
        close(go);
}

static void *act_later(void *user)
{
    struct HdfDeviceObject *device = user;
    await_go();
    int32_t status = update(device, "words");
    if (status == HDF_SUCCESS)
        status = grow(device, "grown");
    trace(HdfDeviceGetServiceName(device), status == HDF_SUCCESS ? "did" : "failed");
    return NULL;
}

static int32_t begin_later(struct HdfDeviceObject *device)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, act_later, device) == 0 ? pthread_detach(thread)
                                                                 : HDF_FAILURE;
}

static int32_t run(struct HdfDeviceObject *device, int cmd, struct HdfSBuf *data,
                   struct HdfSBuf *reply)
{
    const char *text = HdfSbufReadString(data);
    struct SubscriberCallback callback = {device, on_connected};
    switch (cmd) {
    case PROBE_ECHO:
        return HdfSbufWriteString(reply, text) ? HDF_SUCCESS : HDF_FAILURE;
    case PROBE_WAIT:
        for (;;)
            pause();
    case PROBE_CRASH:
        return raise(SIGKILL); /* no core file, and no sanitizer's words */
    case PROBE_PID:
        return getpid();
    case PROBE_PROPERTY:
        return answer_property(device->property, reply);
    case PROBE_GET_SERVICE:
        return DevSvcManagerClntGetService(text) != NULL;
    case PROBE_SUBSCRIBED:
        if (HdfDeviceSubscribeService(device, text, callback) != HDF_SUCCESS)
            return HDF_FAILURE;
        return n_connected;
    case PROBE_GROW:
        return grow(device, text);
    case PROBE_SHRINK:
        HdfDeviceObjectRelease(grown);
        return HDF_SUCCESS;
    case PROBE_UPDATE:
        return update(device, text);
    case PROBE_CALL:
        return call(text, reply);
    case PROBE_RUNNING:
        return n_running;
    case PROBE_LATER:
        return begin_later(device);
    default:
        return HDF_ERR_NOT_SUPPORT;
    }
}

/* ---- as a driver ---- */

static int32_t probe_open(struct HdfDeviceIoClient *client)
{
    trace(HdfDeviceGetServiceName(client->device), "Open");
    return HDF_SUCCESS;
}

static int32_t probe_dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                              struct HdfSBuf *reply)
{
    n_running++;
    int32_t status = run(client->device, cmd, data, reply);
    n_running--;
    return status;
}

static void probe_close(struct HdfDeviceIoClient *client)
{
    trace(HdfDeviceGetServiceName(client->device), "Close");
}

static struct IDeviceIoService service = {
    .Open = probe_open, .Dispatch = probe_dispatch, .Release = probe_close};

static int32_t probe_bind(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Bind");
    device->service = &service;
    return HdfDeviceSetClass(device, DEVICE_CLASS_SENSOR) ? HDF_SUCCESS : HDF_FAILURE;
}

static int32_t bind_without(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Bind");
    return HDF_SUCCESS;
}

static int32_t bind_badly(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Bind");
    return HDF_FAILURE;
}

static int32_t probe_init(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Init");
    return HDF_SUCCESS;
}

static int32_t init_badly(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Init");
    return HDF_FAILURE;
}

static int32_t init_slowly(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Init");
    await_go();
    return HDF_SUCCESS;
}

/* A service that nobody asked Bind for. */
static int32_t init_with(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Init");
    device->service = &service;
    return HDF_SUCCESS;
}

static void probe_release(struct HdfDeviceObject *device)
{
    trace(HdfDeviceGetServiceName(device), "Release");
}

static struct HdfDriverEntry probe = {1, "probe", probe_bind, probe_init, probe_release};
HDF_INIT(probe);
static const struct HdfDriverEntry no_init = {1, "no_init", probe_bind, NULL, probe_release};
HDF_INIT(no_init);
static struct HdfDriverEntry no_bind = {1, "no_bind", NULL, probe_init, probe_release};
HDF_INIT(no_bind);
static struct HdfDriverEntry no_release = {1, "no_release", probe_bind, probe_init, NULL};
HDF_INIT(no_release);
static struct HdfDriverEntry no_service = {1, "no_service", bind_without, probe_init,
                                           probe_release};
HDF_INIT(no_service);
static struct HdfDriverEntry bad_bind = {1, "bad_bind", bind_badly, probe_init, probe_release};
HDF_INIT(bad_bind);
static struct HdfDriverEntry bad_init = {1, "bad_init", probe_bind, init_badly, probe_release};
HDF_INIT(bad_init);
static struct HdfDriverEntry slow = {1, "slow", probe_bind, init_slowly, probe_release};
HDF_INIT(slow);
static struct HdfDriverEntry inside = {1, "inside", probe_bind, init_with, probe_release};
HDF_INIT(inside);
