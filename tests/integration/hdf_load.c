/*
 * A driver for tests of faults and scale. It counts what its clients do, each by itself, so that a
 * command that is lost or runs twice is seen; and it sends events at a rate.
 */
#include <hdf_base.h>
#include <hdf_device_desc.h>
#include <hdf_sbuf.h>
#include <osal_time.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define US_PER_S 1000000u
#define TICK_US 1000u

enum load_command {
    LOAD_COUNT = 1, /* u32, one more than this client's last; u32 n: how often that was not so */
    LOAD_WAIT = 2,  /* for ever */
    LOAD_TOLD = 3,  /* u32 opened, u32 released, u32 running */
    LOAD_EMIT = 4,  /* u32 n, u32 per second, u32 first: n events to all, from now on */
    LOAD_RELAY = 5  /* the same octets */
};

struct client {
    pthread_mutex_t lock;
    uint32_t last, n_wrong;
};

static atomic_uint n_opened, n_released, n_running;

/* ---- events ---- */

struct burst {
    struct HdfDeviceObject *device;
    uint32_t n, per_second, first;
};

/* How many are due so long after the first. */
static uint64_t due(const struct burst *burst, uint64_t us)
{
    uint64_t n = us * burst->per_second / US_PER_S + 1;
    return n < burst->n ? n : burst->n;
}

static void *emit(void *user)
{
    struct burst *burst = user;
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    OsalTimespec start, now, passed;
    (void)OsalGetTime(&start);
    for (uint32_t i = 0; i < burst->n;) {
        (void)OsalGetTime(&now);
        (void)OsalDiffTime(&start, &now, &passed);
        for (uint64_t end = due(burst, passed.sec * US_PER_S + passed.usec); i < end; i++) {
            HdfSbufFlush(data);
            (void)HdfSbufWriteUint32(data, burst->first + i);
            (void)HdfDeviceSendEvent(burst->device, 1, data);
        }
        OsalUSleep(TICK_US);
    }
    HdfSbufRecycle(data);
    free(burst);
    return NULL;
}

static int32_t begin_burst(struct HdfDeviceObject *device, struct HdfSBuf *data)
{
    pthread_t thread;
    struct burst *burst = calloc(1, sizeof *burst);
    if (burst == NULL)
        return HDF_ERR_MALLOC_FAIL;
    burst->device = device;
    (void)HdfSbufReadUint32(data, &burst->n);
    (void)HdfSbufReadUint32(data, &burst->per_second);
    (void)HdfSbufReadUint32(data, &burst->first);
    if (pthread_create(&thread, NULL, emit, burst) != 0) {
        free(burst);
        return HDF_ERR_THREAD_CREATE_FAIL;
    }
    return pthread_detach(thread);
}

/* ---- commands ---- */

static int32_t count(struct client *client, struct HdfSBuf *data, struct HdfSBuf *reply)
{
    uint32_t number = 0;
    if (!HdfSbufReadUint32(data, &number))
        return HDF_ERR_INVALID_PARAM;
    (void)pthread_mutex_lock(&client->lock);
    client->n_wrong += number != client->last + 1;
    client->last = number;
    (void)HdfSbufWriteUint32(reply, client->n_wrong);
    (void)pthread_mutex_unlock(&client->lock);
    return HDF_SUCCESS;
}

static int32_t run(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                   struct HdfSBuf *reply)
{
    switch (cmd) {
    case LOAD_COUNT:
        return count(client->priv, data, reply);
    case LOAD_WAIT:
        for (;;)
            (void)pause();
    case LOAD_TOLD:
        (void)HdfSbufWriteUint32(reply, n_opened);
        (void)HdfSbufWriteUint32(reply, n_released);
        (void)HdfSbufWriteUint32(reply, n_running);
        return HDF_SUCCESS;
    case LOAD_EMIT:
        return begin_burst(client->device, data);
    case LOAD_RELAY:
        return HdfSbufWriteBuffer(reply, HdfSbufGetData(data), (uint32_t)HdfSbufGetDataSize(data))
                   ? HDF_SUCCESS
                   : HDF_FAILURE;
    default:
        return HDF_ERR_NOT_SUPPORT;
    }
}

static int32_t dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                        struct HdfSBuf *reply)
{
    n_running++;
    int32_t status = run(client, cmd, data, reply);
    n_running--;
    return status;
}

static int32_t open_one(struct HdfDeviceIoClient *client)
{
    struct client *ours = calloc(1, sizeof *ours);
    if (ours == NULL)
        return HDF_ERR_MALLOC_FAIL;
    (void)pthread_mutex_init(&ours->lock, NULL);
    client->priv = ours;
    n_opened++;
    return HDF_SUCCESS;
}

static void release_one(struct HdfDeviceIoClient *client)
{
    struct client *ours = client->priv;
    n_released++;
    (void)pthread_mutex_destroy(&ours->lock);
    free(ours);
}

/* ---- as a driver ---- */

static int32_t bind_driver(struct HdfDeviceObject *device)
{
    static struct IDeviceIoService service = {
        .Open = open_one, .Dispatch = dispatch, .Release = release_one};
    device->service = &service;
    return HdfDeviceSetClass(device, DEVICE_CLASS_SENSOR) ? HDF_SUCCESS : HDF_FAILURE;
}

static int32_t init_driver(struct HdfDeviceObject *device)
{
    (void)device;
    return HDF_SUCCESS;
}

static struct HdfDriverEntry load = {
    .moduleVersion = 1, .moduleName = "load", .Bind = bind_driver, .Init = init_driver};
HDF_INIT(load);
