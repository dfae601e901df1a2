/*
 * Two drivers like any other, but linked in and with the id 0: they are no devices, and nobody is
 * told that their services start or stop.
 */
#include "bridge/hdf/host_services.h"

#include <pthread.h>
#include <stdlib.h>

#include "bridge/hdf/device.h"
#include "bridge/hdf/host_records.h"
#include "bridge/hdf/host_requests.h"
#include "bridge/log.h"
#include "include/hdf/hdf_io_service.h"
#include "include/hdf/svcmgr_ioservice.h"

static const struct host_config *config; /* borrowed */

static int32_t do_nothing(struct HdfDeviceObject *device)
{
    (void)device;
    return HDF_SUCCESS;
}

/* ---- dev_mgr ---- */

static int32_t ask(enum host_message_kind kind, struct HdfSBuf *data)
{
    const struct device_info_host *host = NULL;
    const char *service = HdfSbufReadString(data);
    if (service == NULL)
        return HDF_FAILURE;
    const struct device_info_node *node = host_config_on_demand(config, service, &host);
    return node == NULL ? HDF_DEV_ERR_NO_DEVICE : host_requests_ask(host->id, kind, node->id);
}

static int32_t list_class(struct HdfSBuf *data, struct HdfSBuf *reply)
{
    int32_t device_class = 0;
    if (!HdfSbufReadInt32(data, &device_class))
        return HDF_FAILURE;
    return host_records_list_class((uint32_t)device_class, reply) ? HDF_SUCCESS : HDF_FAILURE;
}

static int32_t manage(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                      struct HdfSBuf *reply)
{
    (void)client;
    switch (cmd) {
    case DEVMGR_LOAD_SERVICE:
        return ask(HOST_LOAD, data);
    case DEVMGR_UNLOAD_SERVICE:
        return ask(HOST_UNLOAD, data);
    case DEVMGR_GET_SERVICE:
        return list_class(data, reply);
    case DEVMGR_LIST_ALL_SERVICE:
        return host_records_list_services(reply) ? HDF_SUCCESS : HDF_FAILURE;
    case DEVMGR_LIST_ALL_DEVICE:
        return host_records_list_devices(reply) ? HDF_SUCCESS : HDF_FAILURE;
    default:
        return HDF_FAILURE;
    }
}

static int32_t bind_devices(struct HdfDeviceObject *device)
{
    static struct IDeviceIoService service = {.Dispatch = manage};
    device->service = &service;
    return HDF_SUCCESS;
}

static const struct HdfDriverEntry devices_entry = {
    .moduleVersion = 1, .moduleName = DEV_MGR_NODE, .Bind = bind_devices, .Init = do_nothing};

/* ---- devsvc_mgr ---- */

struct hearer {
    struct DListHead link;
    struct HdfDeviceIoClient *client; /* borrowed until its Release */
    uint16_t classes;                 /* that it asked for */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct DListHead hearers = {&hearers, &hearers};

static int32_t open_hearer(struct HdfDeviceIoClient *client)
{
    struct hearer *hearer = calloc(1, sizeof *hearer);
    if (hearer == NULL)
        return HDF_DEV_ERR_NO_MEMORY;
    hearer->client = client;
    client->priv = hearer;
    (void)pthread_mutex_lock(&lock);
    DListInsertTail(&hearer->link, &hearers);
    (void)pthread_mutex_unlock(&lock);
    return HDF_SUCCESS;
}

static void release_hearer(struct HdfDeviceIoClient *client)
{
    struct hearer *hearer = client->priv;
    (void)pthread_mutex_lock(&lock);
    DListRemove(&hearer->link);
    (void)pthread_mutex_unlock(&lock);
    free(hearer);
}

static int32_t set_classes(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                           struct HdfSBuf *reply)
{
    struct hearer *hearer = client->priv;
    uint16_t classes = 0;
    (void)reply;
    if (cmd == SVCMGR_REGISTER_LISTENER) {
        if (!HdfSbufReadUint16(data, &classes) || classes >= DEVICE_CLASS_MAX)
            return HDF_ERR_INVALID_PARAM;
    } else if (cmd != SVCMGR_UNREGISTER_LISTENER) {
        return HDF_FAILURE;
    }
    (void)pthread_mutex_lock(&lock);
    hearer->classes = (uint16_t)(cmd == SVCMGR_REGISTER_LISTENER ? hearer->classes | classes : 0);
    (void)pthread_mutex_unlock(&lock);
    return HDF_SUCCESS;
}

void host_services_tell(const char *name, uint16_t device_class, enum ServiceStatusType type,
                        const char *info)
{
    struct HdfSBuf *data = HdfSbufObtainDefaultSize();
    if (data == NULL || !HdfSbufWriteString(data, name) ||
        !HdfSbufWriteUint16(data, device_class) || !HdfSbufWriteUint16(data, (uint16_t)type) ||
        !HdfSbufWriteString(data, info)) {
        log_error("hdf.host.status", "service=%s why=\"no memory\"", name);
        HdfSbufRecycle(data);
        return;
    }
    const struct hearer *hearer;
    (void)pthread_mutex_lock(&lock);
    DLIST_FOR_EACH_ENTRY(hearer, &hearers, struct hearer, link)
    {
        if ((hearer->classes & device_class) != 0)
            (void)HdfDeviceSendEventToClient(hearer->client, 0, data);
    }
    (void)pthread_mutex_unlock(&lock);
    HdfSbufRecycle(data);
}

static int32_t bind_services(struct HdfDeviceObject *device)
{
    static struct IDeviceIoService service = {
        .Open = open_hearer, .Dispatch = set_classes, .Release = release_hearer};
    device->service = &service;
    return HDF_SUCCESS;
}

static const struct HdfDriverEntry services_entry = {
    .moduleVersion = 1, .moduleName = DEV_SVCMGR_NODE, .Bind = bind_services, .Init = do_nothing};

/* ---- both ---- */

static void start(const struct HdfDriverEntry *entry)
{
    const struct device_spec spec = {.name = entry->moduleName,
                                     .service_name = entry->moduleName,
                                     .policy = SERVICE_POLICY_CAPACITY,
                                     .mode = HOST_SERVICES_MODE};
    struct device_node *node = device_create(&spec, entry);
    if (node == NULL || device_launch(node) != HDF_SUCCESS)
        log_warn("hdf.host.no_manager",
                 "service=%s why=\"another driver host at this gateway has it, or see above\"",
                 entry->moduleName);
    if (node != NULL)
        device_unref(node);
}

void host_services_start(const struct host_config *given)
{
    config = given;
    start(&devices_entry);
    start(&services_entry);
}

void host_services_end(void)
{
    device_list_end();
}
