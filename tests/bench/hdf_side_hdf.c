/*
 * HDF's side: a driver of one device, and handles of its service. Everything but the making of the
 * device is as a program of the system has it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bridge/hdf/device.h"
#include "include/hdf/hdf_base.h"
#include "include/hdf/hdf_device_desc.h"
#include "include/hdf/hdf_io_service_if.h"
#include "include/hdf/hdf_sbuf.h"
#include "tests/bench/figures.h"
#include "tests/bench/hdf_side.h"

#define ROOM 16u /* beside the octets of an echo: their length, and padding */

/* ---- the service ---- */

static struct device_node *node;

static void send_one(uint64_t index)
{
    struct HdfSBuf *event = HdfSbufObtainDefaultSize();
    bool written = HdfSbufWriteUint64(event, figures_now_ns());
    for (unsigned i = 1; i < HDF_SIDE_NUMBERS && written; i++)
        written = HdfSbufWriteUint64(event, index);
    if (written)
        (void)HdfDeviceSendEvent(&node->object, 1, event);
    HdfSbufRecycle(event);
}

static int32_t dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                        struct HdfSBuf *reply)
{
    const void *octets = NULL;
    uint32_t size = 0, n = 0, pace_us = 0;
    (void)client;
    if (cmd == HDF_SIDE_ECHO)
        return HdfSbufReadBuffer(data, &octets, &size) && HdfSbufWriteBuffer(reply, octets, size)
                   ? HDF_SUCCESS
                   : HDF_FAILURE;
    if (!HdfSbufReadUint32(data, &n) || !HdfSbufReadUint32(data, &pace_us))
        return HDF_FAILURE;
    hdf_side_send(send_one, n, pace_us);
    return HDF_SUCCESS;
}

static struct IDeviceIoService service = {.Dispatch = dispatch};

static int32_t bind_driver(struct HdfDeviceObject *device)
{
    device->service = &service;
    return HDF_SUCCESS;
}

static int32_t init_driver(struct HdfDeviceObject *device)
{
    (void)device;
    return HDF_SUCCESS;
}

static const struct HdfDriverEntry driver = {
    .moduleVersion = 1, .moduleName = "bench", .Bind = bind_driver, .Init = init_driver};

int hdf_side_publish_hdf(void)
{
    static const struct device_spec spec = {.name = HDF_SIDE_NAME,
                                            .service_name = HDF_SIDE_NAME,
                                            .id = 1u << 8 | 1u,
                                            .policy = SERVICE_POLICY_CAPACITY,
                                            .mode = 0666};
    node = device_create(&spec, &driver);
    return node == NULL || device_launch(node) != HDF_SUCCESS;
}

/* ---- a client ---- */

static struct HdfIoService *handle;
static hdf_side_heard_fn heard;
static struct HdfDevEventlistener *listeners; /* they stay as long as the process */

static int open_hdf(void)
{
    handle = HdfIoServiceBind(HDF_SIDE_NAME);
    return handle == NULL;
}

/* As programs have it: both buffers are made for the call, and recycled after it. */
static int call_once(const uint8_t *octets, size_t size)
{
    const void *came = NULL;
    uint32_t came_size = 0;
    struct HdfSBuf *data = HdfSbufObtain(size + ROOM), *reply = HdfSbufObtain(size + ROOM);
    int failed =
        !HdfSbufWriteBuffer(data, octets, (uint32_t)size) ||
        handle->dispatcher->Dispatch(&handle->object, HDF_SIDE_ECHO, data, reply) != HDF_SUCCESS ||
        !HdfSbufReadBuffer(reply, &came, &came_size) || came_size != size;
    HdfSbufRecycle(data);
    HdfSbufRecycle(reply);
    return failed;
}

static int echo_many(size_t size, unsigned n, uint64_t *ns)
{
    int failed = 0;
    uint8_t *octets = calloc(1, size);
    for (unsigned i = 0; i < n && octets != NULL && !failed; i++) {
        uint64_t start = figures_now_ns();
        failed = call_once(octets, size);
        ns[i] = figures_now_ns() - start;
    }
    failed = failed || octets == NULL;
    free(octets);
    return failed;
}

static int ask(unsigned n, unsigned pace_us)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    int failed =
        !HdfSbufWriteUint32(data, n) || !HdfSbufWriteUint32(data, pace_us) ||
        handle->dispatcher->Dispatch(&handle->object, pace_us == 0 ? HDF_SIDE_BURST : HDF_SIDE_PACE,
                                     data, NULL) != 0;
    HdfSbufRecycle(data);
    return failed;
}

static int on_event(void *priv, uint32_t id, struct HdfSBuf *data)
{
    uint64_t sent_ns = 0, index = 0;
    (void)priv;
    (void)id;
    if (HdfSbufReadUint64(data, &sent_ns) && HdfSbufReadUint64(data, &index))
        heard(sent_ns, index);
    return HDF_SUCCESS;
}

static int listen_many(unsigned n, bool grouped, hdf_side_heard_fn fn)
{
    listeners = calloc(n, sizeof *listeners);
    struct HdfIoServiceGroup *group = grouped ? HdfIoServiceGroupObtain() : NULL;
    int failed = listeners == NULL || (grouped && group == NULL);
    heard = fn;
    for (unsigned i = 0; i < n && !failed; i++) {
        struct HdfIoService *own = i == 0 ? handle : HdfIoServiceBind(HDF_SIDE_NAME);
        listeners[i].callBack = on_event;
        failed = own == NULL || (grouped && HdfIoServiceGroupAddService(group, own) != 0) ||
                 HdfDeviceRegisterEventListener(own, &listeners[i]) != HDF_SUCCESS;
    }
    return failed;
}

static void close_hdf(void)
{
    HdfIoServiceRecycle(handle);
    handle = NULL;
}

const struct hdf_side hdf_side_hdf = {.name = "hdf",
                                      .open = open_hdf,
                                      .echo = echo_many,
                                      .ask = ask,
                                      .listen = listen_many,
                                      .close = close_hdf};
