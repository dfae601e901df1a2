/*
 * Handles: binding, recycling, and commands. A command is one call on the opened object, so that
 * what it costs is what the core's call costs.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device_client.h"
#include "bridge/hdf/handle.h"
#include "bridge/hdf/listening.h"
#include "bridge/hdf/sbuf.h"
#include "bridge/log.h"
#include "include/hdf/viaduct_hdf.h"

#define FAMILY "hdf"
#define NAME_MAX_SIZE 255u
#define TRANSFER_MAX                                                                               \
    ((size_t)1024 * 1204) /* octets of a command's data, and of room for its answer */
#define WORKERS 1024u     /* drivers may wait in commands as long as they like */

static atomic_uint timeout_ms; /* of each command; 0: none */

/* ---- the node ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct via_node *own; /* borrowed, never destroyed */

static void find_node(void)
{
    own = via_node_default();
    if (own != NULL && via_node_set_workers(own, WORKERS) != VIA_OK)
        own = NULL;
}

struct via_node *hdf_node(void)
{
    (void)pthread_once(&once, find_node);
    return own;
}

void via_hdf_set_timeout(uint32_t ms)
{
    atomic_store(&timeout_ms, ms);
}

/* ---- commands ---- */

static int status_of(enum via_status status, enum via_cause cause)
{
    switch (status) {
    case VIA_NO_MEMORY:
        return HDF_ERR_MALLOC_FAIL;
    case VIA_BUSY:
        return HDF_ERR_DEVICE_BUSY;
    case VIA_TIMEOUT:
        return HDF_ERR_TIMEOUT;
    case VIA_DENIED:
        return HDF_ERR_NOPERM;
    case VIA_TOO_LARGE:
        return HDF_ERR_INVALID_PARAM;
    case VIA_NOT_FOUND:
        return HDF_DEV_ERR_NO_DEVICE_SERVICE;
    case VIA_DEAD:
        return cause == VIA_WITHDRAWN ? HDF_DEV_ERR_NO_DEVICE_SERVICE : HDF_DEV_ERR_NETDOWN;
    case VIA_NOT_CONNECTED:
        return HDF_DEV_ERR_NETDOWN;
    default:
        return HDF_FAILURE;
    }
}

/* The answer goes where the program wants it; what has no room there is lost. */
static int take_answer(struct HdfSBuf *reply, struct via_parcel *answer, int result)
{
    switch (sbuf_fill(reply, answer)) {
    case VIA_OK:
        return result;
    case VIA_NO_MEMORY:
        return HDF_ERR_MALLOC_FAIL;
    default:
        return HDF_ERR_IO;
    }
}

static int dispatch_elsewhere(struct hdf_handle *handle, int cmd, const struct HdfSBuf *data,
                              struct HdfSBuf *reply)
{
    struct via_parcel *payload = NULL, *answer = NULL;
    int32_t result = 0;
    enum via_cause before = via_proxy_death(handle->opened);
    if (before != VIA_ALIVE) /* it has been lost already: a handle for nothing */
        return HDF_DEV_ERR_NO_DEVICE_SERVICE;
    enum via_status status = sbuf_payload(data, &payload);
    if (status == VIA_OK)
        status = via_proxy_call(handle->opened, (uint32_t)cmd, payload, atomic_load(&timeout_ms),
                                &result, reply != NULL ? &answer : NULL);
    (void)via_parcel_unref(payload);
    if (status != VIA_OK) {
        HdfSbufFlush(reply);
        return status_of(status, via_proxy_death(handle->opened));
    }
    if (reply != NULL)
        result = take_answer(reply, answer, result);
    (void)via_parcel_unref(answer);
    return result;
}

/* A driver of this process works on the program's own buffers. */
static int dispatch_here(struct hdf_handle *handle, int cmd, struct HdfSBuf *data,
                         struct HdfSBuf *reply)
{
    struct HdfSBuf *empty = data == NULL ? HdfSbufObtainDefaultSize() : NULL;
    if (data == NULL && empty == NULL)
        return HDF_ERR_MALLOC_FAIL;
    HdfSbufFlush(reply);
    int result = device_client_dispatch(handle->local, cmd, data != NULL ? data : empty, reply);
    HdfSbufRecycle(empty);
    return result;
}

/* The last one closes it. */
static void stop_using(struct hdf_handle *handle)
{
    if (atomic_fetch_sub(&handle->users, 1) != 1)
        return;
    if (handle->local != NULL)
        device_client_close(handle->local);
    (void)via_proxy_unref(handle->opened);
    hdf_handle_unref(handle);
}

static int dispatch_by(struct hdf_handle *handle, int cmd, struct HdfSBuf *data,
                       struct HdfSBuf *reply)
{
    if ((data != NULL && data->is_ipc) || (reply != NULL && reply->is_ipc))
        return HDF_ERR_NOT_SUPPORT;
    if (handle->local != NULL)
        return dispatch_here(handle, cmd, data, reply);
    if (HdfSbufGetDataSize(data) > TRANSFER_MAX || HdfSbufGetCapacity(reply) > TRANSFER_MAX)
        return HDF_ERR_INVALID_PARAM;
    return dispatch_elsewhere(handle, cmd, data, reply);
}

/* It may be recycled meanwhile: its client is released after this command then. */
static int dispatch(struct HdfObject *object, int cmd, struct HdfSBuf *data, struct HdfSBuf *reply)
{
    struct hdf_handle *handle = (struct hdf_handle *)object;
    if (handle == NULL)
        return HDF_FAILURE;
    (void)atomic_fetch_add(&handle->users, 1);
    int result = dispatch_by(handle, cmd, data, reply);
    stop_using(handle);
    return result;
}

static struct HdfIoDispatcher dispatcher = {.Dispatch = dispatch};

int32_t HdfIoServiceDispatch(struct HdfIoService *service, int cmd, struct HdfSBuf *data,
                             struct HdfSBuf *reply)
{
    if (service == NULL || service->dispatcher == NULL || service->dispatcher->Dispatch == NULL)
        return HDF_ERR_INVALID_OBJECT;
    return service->dispatcher->Dispatch(&service->object, cmd, data, reply);
}

/* ---- handles ---- */

struct hdf_handle *hdf_handle_ref(struct hdf_handle *handle)
{
    (void)atomic_fetch_add(&handle->refs, 1);
    return handle;
}

void hdf_handle_unref(struct hdf_handle *handle)
{
    if (atomic_fetch_sub(&handle->refs, 1) == 1)
        free(handle);
}

static struct HdfIoService *fail(const char *name, const char *why)
{
    log_error("hdf.bind.failed", "service=\"%s\" why=\"%s\"", name, why);
    return NULL;
}

static const char *why_not(enum via_status status)
{
    switch (status) {
    case VIA_NOT_FOUND:
        return "no such service";
    case VIA_DENIED:
        return "its permission does not let this user open it";
    case VIA_INVALID:
        return "the driver's Open refused";
    case VIA_NOT_CONNECTED:
        return "no gateway answers";
    case VIA_DEAD:
        return "its driver's process ended meanwhile";
    default:
        return via_status_name(status);
    }
}

static enum via_status open_elsewhere(struct hdf_handle *handle, const char *name)
{
    struct via_proxy *service = NULL;
    struct via_node *node = hdf_node();
    enum via_status status =
        node == NULL ? VIA_NO_MEMORY : via_node_find(node, FAMILY, name, 0, &service);
    if (status == VIA_OK)
        status = via_proxy_open(service, NULL, NULL, 0, &handle->opened, NULL);
    via_proxy_unref(service);
    return status;
}

static enum via_status open_here(struct hdf_handle *handle, struct device_node *node)
{
    if (node->is_on_demand && device_wake(node) != HDF_SUCCESS)
        return VIA_NOT_FOUND;
    return device_client_open(node, &handle->local) == HDF_SUCCESS ? VIA_OK : VIA_INVALID;
}

struct HdfIoService *HdfIoServiceBind(const char *name)
{
    if (name == NULL || name[0] == '\0')
        return fail(name == NULL ? "" : name, "it is no name");
    if (strlen(name) > NAME_MAX_SIZE || strchr(name, '/') != NULL)
        return fail(name, "a name has no '/', and 255 octets at most");
    struct hdf_handle *handle = calloc(1, sizeof *handle);
    if (handle == NULL)
        return fail(name, "no memory");
    atomic_init(&handle->refs, 1);
    atomic_init(&handle->users, 1);
    handle->service.dispatcher = &dispatcher;
    struct device_node *node = device_list_hold(name);
    enum via_status status = node != NULL ? open_here(handle, node) : open_elsewhere(handle, name);
    if (node != NULL)
        device_unref(node);
    if (status != VIA_OK) {
        hdf_handle_unref(handle);
        return fail(name, why_not(status));
    }
    listening_init(handle);
    return &handle->service;
}

void HdfIoServiceRecycle(struct HdfIoService *service)
{
    struct hdf_handle *handle = (struct hdf_handle *)service;
    if (handle == NULL)
        return;
    listening_end(handle);
    stop_using(handle);
}
