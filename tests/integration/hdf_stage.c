/*
 * Drivers for tests. Each counts its clients, so that a Release too few or too many is seen.
 */
#include "tests/integration/hdf_stage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "bridge/hdf/device.h"

static atomic_uint n_opened, n_released;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static unsigned n_meeting;

static void meet(void)
{
    (void)pthread_mutex_lock(&lock);
    unsigned until = (n_meeting++ / 2 + 1) * 2;
    (void)pthread_cond_broadcast(&came);
    while (n_meeting < until)
        (void)pthread_cond_wait(&came, &lock);
    (void)pthread_mutex_unlock(&lock);
}

static int32_t count_meeting(void)
{
    (void)pthread_mutex_lock(&lock);
    int32_t n = (int32_t)n_meeting;
    (void)pthread_mutex_unlock(&lock);
    return n;
}

static int32_t fill(struct HdfSBuf *reply, uint32_t size)
{
    for (uint32_t i = 0; i < size / 4; i++)
        if (!HdfSbufWriteUint32(reply, i))
            return HDF_FAILURE;
    return HDF_SUCCESS;
}

static int32_t emit(struct HdfDeviceIoClient *client, uint32_t n, uint32_t size, bool in_turn)
{
    struct HdfSBuf *data = HdfSbufObtain(size + 8);
    int32_t status = HDF_SUCCESS;
    for (uint32_t i = 0; i < n && status == HDF_SUCCESS; i++) {
        HdfSbufFlush(data);
        (void)HdfSbufWriteUint32(data, i);
        (void)fill(data, size - 4 + 3); /* and the last octets of a size that is no multiple */
        HdfSbufSetDataSize(data, size);
        status = in_turn && i % 2 == 1 ? HdfDeviceSendEventToClient(client, 2, data)
                                       : HdfDeviceSendEvent(client->device, 1, data);
    }
    HdfSbufRecycle(data);
    return status;
}

static int32_t send_nothing(const struct HdfDeviceObject *device)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    int32_t status = HdfDeviceSendEvent(device, 1, data);
    HdfSbufRecycle(data);
    return status;
}

static int32_t nest(struct HdfSBuf *reply)
{
    struct HdfIoService *service = HdfIoServiceBind(HDF_STAGE_NAME);
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    (void)HdfSbufWriteInt32(data, 7);
    int32_t result = HdfIoServiceDispatch(service, HDF_STAGE_RESULT, data, reply);
    HdfSbufRecycle(data);
    HdfIoServiceRecycle(service);
    return result;
}

static int32_t dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                        struct HdfSBuf *reply)
{
    int32_t value = 0;
    uint32_t n = 0, size = 4;
    switch (cmd) {
    case HDF_STAGE_ECHO:
        return fill(reply, (uint32_t)HdfSbufGetDataSize(data));
    case HDF_STAGE_RESULT:
        (void)HdfSbufReadInt32(data, &value);
        (void)HdfSbufWriteInt32(reply, value);
        return value;
    case HDF_STAGE_FILL:
        (void)HdfSbufReadUint32(data, &n);
        return fill(reply, n);
    case HDF_STAGE_SIZE:
        return (int32_t)HdfSbufGetDataSize(data);
    case HDF_STAGE_EMIT:
    case HDF_STAGE_ALL:
        (void)HdfSbufReadUint32(data, &n);
        (void)HdfSbufReadUint32(data, &size);
        return emit(client, n, size, cmd == HDF_STAGE_EMIT);
    case HDF_STAGE_NO_DATA:
        return send_nothing(client->device);
    case HDF_STAGE_COUNTS:
        (void)HdfSbufWriteUint32(reply, n_opened);
        (void)HdfSbufWriteUint32(reply, n_released);
        return HDF_SUCCESS;
    case HDF_STAGE_MEET:
        meet();
        return HDF_SUCCESS;
    case HDF_STAGE_MEETING:
        return count_meeting();
    case HDF_STAGE_HAS_REPLY:
        return reply != NULL;
    case HDF_STAGE_NEST:
        return nest(reply);
    default:
        return HDF_ERR_NOT_SUPPORT;
    }
}

static int32_t open_one(struct HdfDeviceIoClient *client)
{
    client->priv = client;
    n_opened++;
    return HDF_SUCCESS;
}

static void release_one(struct HdfDeviceIoClient *client)
{
    if (client->priv == client) /* once */
        n_released++;
    client->priv = NULL;
}

static int32_t refuse(struct HdfDeviceIoClient *client)
{
    (void)client;
    return HDF_ERR_DEVICE_BUSY;
}

static struct IDeviceIoService services[] = {
    {.Open = open_one, .Dispatch = dispatch, .Release = release_one},
    {.Open = refuse, .Dispatch = dispatch, .Release = release_one},
    {.Dispatch = dispatch},
    {.Open = NULL}};

static const struct device_spec specs[] = {
    {.name = "0", .service_name = HDF_STAGE_NAME, .id = 1 << 8 | 1, .policy = 2, .mode = 0666},
    {.name = "1", .service_name = HDF_STAGE_SHY, .id = 1 << 8 | 2, .policy = 2, .mode = 0666},
    {.name = "2", .service_name = HDF_STAGE_HIDDEN, .id = 1 << 8 | 3, .policy = 1, .mode = 0666},
    {.name = "3", .service_name = HDF_STAGE_DUMB, .id = 1 << 8 | 4, .policy = 2, .mode = 0666}};
#define N (sizeof specs / sizeof *specs)

static int32_t bind_driver(struct HdfDeviceObject *device)
{
    device->service = &services[device_of(device)->name[0] - '0'];
    return HDF_SUCCESS;
}

static int32_t init_driver(struct HdfDeviceObject *device)
{
    return HdfDeviceSetClass(device, DEVICE_CLASS_SENSOR) ? HDF_SUCCESS : HDF_FAILURE;
}

static const struct HdfDriverEntry driver = {
    .moduleVersion = 1, .moduleName = "stage", .Bind = bind_driver, .Init = init_driver};

static struct device_node *nodes[N];

bool hdf_stage_open(void)
{
    for (size_t i = 0; i < N; i++) {
        nodes[i] = device_create(&specs[i], &driver);
        if (nodes[i] == NULL || device_launch(nodes[i]) != HDF_SUCCESS)
            return false;
    }
    return true;
}

void hdf_stage_close(void)
{
    for (size_t i = 0; i < N; i++) {
        device_end(nodes[i]);
        device_unref(nodes[i]);
    }
}
