/*
 * A driver for tests that says all that a driver can say: values of every type, octets without
 * types, much, and events to all or to each of its clients. How many clients it has it knows by its
 * own Open and Release. A second one refuses to be opened.
 */
#include <hdf_base.h>
#include <hdf_device_desc.h>
#include <hdf_io_service.h>
#include <hdf_sbuf.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum teller_command {
    TELLER_TYPES = 1,  /* takes a value of each type and gives each back */
    TELLER_RAW = 2,    /* gives octets without types */
    TELLER_MUCH = 3,   /* u32 n: gives n octets */
    TELLER_RESULT = 4, /* i32: is its result; gives a string as well */
    TELLER_CLIENTS = 5,
    TELLER_EVENT = 10,     /* u32 id: what came is the event */
    TELLER_EVENT_RAW = 11, /* octets without types, as event 11 */
    TELLER_EVENT_MUCH = 12,
    TELLER_EACH = 13,    /* u32 id: an event to each client: which of them it is, by time */
    TELLER_ME = 14,      /* u32 id: to this one alone */
    TELLER_PUBLISH = 20, /* u32 mode, string: publishes that name beside its own */
    TELLER_REMOVE = 21,  /* takes it back */
    TELLER_FILL_IN = 22  /* it takes commands from now on */
};

#define CLIENTS_MAX 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct HdfDeviceIoClient *clients[CLIENTS_MAX];
static uint32_t n_clients;

static int32_t give_back_types(struct HdfSBuf *data, struct HdfSBuf *reply)
{
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32, size;
    uint64_t u64;
    const void *octets;
    const char *text = HdfSbufReadString(data);
    const char *nothing = HdfSbufReadString(data);
    bool read = HdfSbufReadInt8(data, &i8) && HdfSbufReadInt16(data, &i16) &&
                HdfSbufReadInt32(data, &i32) && HdfSbufReadInt64(data, &i64) &&
                HdfSbufReadUint8(data, &u8) && HdfSbufReadUint16(data, &u16) &&
                HdfSbufReadUint32(data, &u32) && HdfSbufReadUint64(data, &u64) &&
                HdfSbufReadBuffer(data, &octets, &size);
    if (!read)
        return HDF_ERR_INVALID_PARAM;
    bool written = HdfSbufWriteString(reply, text) && HdfSbufWriteString(reply, nothing) &&
                   HdfSbufWriteInt8(reply, i8) && HdfSbufWriteInt16(reply, i16) &&
                   HdfSbufWriteInt32(reply, i32) && HdfSbufWriteInt64(reply, i64) &&
                   HdfSbufWriteUint8(reply, u8) && HdfSbufWriteUint16(reply, u16) &&
                   HdfSbufWriteUint32(reply, u32) && HdfSbufWriteUint64(reply, u64) &&
                   HdfSbufWriteBuffer(reply, octets, size);
    return written ? HDF_SUCCESS : HDF_FAILURE;
}

static int32_t give_raw(struct HdfSBuf *reply)
{
    static const uint8_t octets[] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t *place = HdfSbufGetData(reply);
    memcpy(place, octets, sizeof octets);
    HdfSbufSetDataSize(reply, sizeof octets);
    return HDF_SUCCESS;
}

/* @n octets into @sbuf. */
static bool fill(struct HdfSBuf *sbuf, uint32_t n)
{
    uint8_t *octets = malloc(n);
    if (octets == NULL)
        return false;
    memset(octets, 'x', n);
    bool written = HdfSbufWriteBuffer(sbuf, octets, n);
    free(octets);
    return written;
}

/* ---- events ---- */

static int32_t tell_raw(const struct HdfDeviceObject *device)
{
    static uint32_t memory[] = {1, 2};
    struct HdfSBuf *bound = HdfSbufBind((uintptr_t)memory, sizeof memory);
    int32_t status = HdfDeviceSendEvent(device, TELLER_EVENT_RAW, bound);
    HdfSbufRecycle(bound);
    return status;
}

static int32_t tell_much(const struct HdfDeviceObject *device, uint32_t n)
{
    struct HdfSBuf *much = HdfSbufObtain(n + 8);
    int32_t status =
        fill(much, n) ? HdfDeviceSendEvent(device, TELLER_EVENT_MUCH, much) : HDF_FAILURE;
    HdfSbufRecycle(much);
    return status;
}

static int32_t tell_one(const struct HdfDeviceIoClient *client, uint32_t id, uint32_t which)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    int32_t status = HdfSbufWriteUint32(data, which) ? HdfDeviceSendEventToClient(client, id, data)
                                                     : HDF_FAILURE;
    HdfSbufRecycle(data);
    return status;
}

static int32_t tell_each(uint32_t id)
{
    int32_t status = HDF_SUCCESS;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < n_clients && status == HDF_SUCCESS; i++)
        status = tell_one(clients[i], id, i);
    pthread_mutex_unlock(&lock);
    return status;
}

static int32_t count_clients(struct HdfSBuf *reply)
{
    pthread_mutex_lock(&lock);
    bool written = HdfSbufWriteUint32(reply, n_clients);
    pthread_mutex_unlock(&lock);
    return written ? HDF_SUCCESS : HDF_FAILURE;
}

/* ---- a name beside its own ---- */

static struct HdfIoService *published;

static int answer_published(struct HdfObject *target, int cmd, struct HdfSBuf *data,
                            struct HdfSBuf *reply)
{
    bool written = HdfSbufWriteString(reply, HdfSbufReadString(data)) &&
                   HdfSbufWriteInt32(reply, target->objectId);
    return written ? cmd : HDF_FAILURE;
}

static int32_t publish(uint32_t mode, const char *name)
{
    struct HdfIoService *more = HdfIoServicePublish(name, mode);
    if (more != NULL)
        published = more;
    return more != NULL ? HDF_SUCCESS : HDF_FAILURE;
}

static int32_t fill_in(void)
{
    static struct HdfObject target = {.objectId = 4711};
    static struct HdfIoDispatcher dispatcher = {.Dispatch = answer_published};
    published->target = &target;
    published->dispatcher = &dispatcher;
    return HDF_SUCCESS;
}

static int32_t take_back(void)
{
    HdfIoServiceRemove(published);
    published = NULL;
    return HDF_SUCCESS;
}

/* ---- as a driver ---- */

static int32_t teller_dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                               struct HdfSBuf *reply)
{
    uint32_t number = 0;
    if (cmd >= TELLER_MUCH)
        (void)HdfSbufReadUint32(data, &number);
    switch (cmd) {
    case TELLER_TYPES:
        return give_back_types(data, reply);
    case TELLER_RAW:
        return give_raw(reply);
    case TELLER_MUCH:
        return fill(reply, number) ? HDF_SUCCESS : HDF_FAILURE;
    case TELLER_RESULT:
        (void)HdfSbufWriteString(reply, "so it is");
        return (int32_t)number;
    case TELLER_CLIENTS:
        return count_clients(reply);
    case TELLER_EVENT:
        return HdfDeviceSendEvent(client->device, number, data); /* whole, the id in front */
    case TELLER_EVENT_RAW:
        return tell_raw(client->device);
    case TELLER_EVENT_MUCH:
        return tell_much(client->device, number);
    case TELLER_EACH:
        return tell_each(number);
    case TELLER_ME:
        return tell_one(client, number, 0);
    case TELLER_PUBLISH:
        return publish(number, HdfSbufReadString(data));
    case TELLER_REMOVE:
        return take_back();
    case TELLER_FILL_IN:
        return fill_in();
    default: /* negative ones too */
        (void)HdfSbufWriteInt32(reply, cmd);
        return HDF_ERR_NOT_SUPPORT;
    }
}

static int32_t teller_open(struct HdfDeviceIoClient *client)
{
    pthread_mutex_lock(&lock);
    bool has_room = n_clients < CLIENTS_MAX;
    if (has_room)
        clients[n_clients++] = client;
    pthread_mutex_unlock(&lock);
    return has_room ? HDF_SUCCESS : HDF_ERR_DEVICE_BUSY;
}

static void teller_close(struct HdfDeviceIoClient *client)
{
    pthread_mutex_lock(&lock);
    uint32_t i = 0;
    while (i < n_clients && clients[i] != client)
        i++;
    if (i < n_clients) {
        n_clients--;
        memmove(&clients[i], &clients[i + 1], (n_clients - i) * sizeof *clients);
    }
    pthread_mutex_unlock(&lock);
}

static int32_t refuse_open(struct HdfDeviceIoClient *client)
{
    (void)client;
    return HDF_ERR_DEVICE_BUSY;
}

static struct IDeviceIoService service = {
    .Open = teller_open, .Dispatch = teller_dispatch, .Release = teller_close};
static struct IDeviceIoService refusing = {.Open = refuse_open, .Dispatch = teller_dispatch};

static int32_t teller_bind(struct HdfDeviceObject *device)
{
    device->service = &service;
    return HDF_SUCCESS;
}

static int32_t refuser_bind(struct HdfDeviceObject *device)
{
    device->service = &refusing;
    return HDF_SUCCESS;
}

static int32_t teller_init(struct HdfDeviceObject *device)
{
    (void)device;
    return HDF_SUCCESS;
}

static struct HdfDriverEntry teller = {1, "teller", teller_bind, teller_init, NULL};
HDF_INIT(teller);
static struct HdfDriverEntry refuser = {1, "refuser", refuser_bind, teller_init, NULL};
HDF_INIT(refuser);
