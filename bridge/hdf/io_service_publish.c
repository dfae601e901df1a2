/*
 * A name without a device of the configuration behind it: a node of the host's own, whose commands
 * go to a dispatcher that the publisher puts into the service it was given.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device.h"
#include "include/hdf/hdf_io_service.h"

struct published {
    struct HdfIoService service; /* first: what the publisher has */
    struct IDeviceIoService offered;
    struct device_node *node; /* one count */
};

static int32_t dispatch(struct HdfDeviceIoClient *client, int cmd, struct HdfSBuf *data,
                        struct HdfSBuf *reply)
{
    const struct published *published =
        CONTAINER_OF(client->device->service, struct published, offered);
    const struct HdfIoDispatcher *dispatcher = published->service.dispatcher;
    if (dispatcher == NULL || dispatcher->Dispatch == NULL)
        return HDF_FAILURE;
    return dispatcher->Dispatch(published->service.target, cmd, data, reply);
}

static int32_t bind(struct HdfDeviceObject *device)
{
    struct published *published = device->priv;
    published->offered.Dispatch = dispatch;
    device->service = &published->offered;
    return HDF_SUCCESS;
}

static int32_t init(struct HdfDeviceObject *device)
{
    (void)device;
    return HDF_SUCCESS;
}

static const struct HdfDriverEntry entry = {
    .moduleVersion = 1, .moduleName = "published", .Bind = bind, .Init = init};

struct HdfIoService *HdfIoServicePublish(const char *name, uint32_t mode)
{
    if (name == NULL || name[0] == '\0' || strlen(name) > DEVICE_NAME_MAX ||
        strchr(name, '/') != NULL || mode > DEVICE_MODE_MAX)
        return NULL;
    struct published *published = calloc(1, sizeof *published);
    if (published == NULL)
        return NULL;
    const struct device_spec spec = {
        .name = name, .service_name = name, .policy = SERVICE_POLICY_CAPACITY, .mode = mode};
    published->node = device_create(&spec, &entry);
    if (published->node != NULL) {
        published->node->object.priv = published;
        if (device_launch(published->node) == HDF_SUCCESS)
            return &published->service;
        device_unref(published->node);
    }
    free(published);
    return NULL;
}

void HdfIoServiceRemove(struct HdfIoService *service)
{
    struct published *published = (struct published *)service;
    if (published == NULL)
        return;
    device_end(published->node);
    device_unref(published->node);
    free(published);
}
