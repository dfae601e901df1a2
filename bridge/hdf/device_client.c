/*
 * A client outlives its node: whoever still calls it then is told that the device is gone. A
 * command that runs keeps its client from being released.
 */
#include "bridge/hdf/device_client.h"

#include <stdlib.h>

#include "bridge/hdf/device_caller.h"
#include "bridge/log.h"

void device_client_unref(struct device_client *client)
{
    if (atomic_fetch_sub(&client->refs, 1) != 1)
        return;
    device_caller_unref(client->caller);
    free(client);
}

int32_t device_client_open(struct device_node *node, struct device_client **clientp)
{
    struct device_client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return HDF_DEV_ERR_NO_MEMORY;
    atomic_init(&client->refs, 1);
    client->client.device = &node->object;
    client->node = node;
    devices_lock();
    struct IDeviceIoService *service = node->state == DEVICE_LAUNCHED ? node->object.service : NULL;
    if (service != NULL) {
        device_enter_locked(node);
        DListInsertTail(&client->link, &node->clients);
    }
    devices_unlock();
    if (service == NULL) {
        device_client_unref(client);
        return HDF_DEV_ERR_NO_DEVICE_SERVICE;
    }
    int32_t status = service->Open != NULL ? service->Open(&client->client) : HDF_SUCCESS;
    devices_lock();
    if (status != HDF_SUCCESS)
        DListRemove(&client->link);
    devices_unlock();
    device_leave(node);
    if (status == HDF_SUCCESS)
        *clientp = client;
    else
        device_client_unref(client);
    return status;
}

/* With the lock held, which is let go meanwhile: its driver's Release, if that is due. */
static void release_if_due(struct device_client *client)
{
    struct device_node *node = client->node;
    if (node == NULL || !client->is_closed || client->n_running > 0)
        return;
    struct IDeviceIoService *service = node->object.service;
    client->node = NULL;
    DListRemove(&client->link);
    device_enter_locked(node);
    devices_unlock();
    if (service != NULL && service->Release != NULL)
        service->Release(&client->client);
    device_leave(node);
    devices_lock();
}

void device_client_close(struct device_client *client)
{
    devices_lock();
    bool was_given_up = client->is_given_up; /* a peer may pass it on, and give it up again */
    client->is_given_up = true;
    client->is_closed = true;
    client->hears = NULL;
    struct via_stub *stub = client->stub;
    client->stub = NULL;
    release_if_due(client);
    devices_unlock();
    (void)via_stub_unref(stub);
    if (!was_given_up)
        device_client_unref(client);
}

void device_clients_release_locked(struct device_node *node)
{
    while (!DListIsEmpty(&node->clients)) {
        struct device_client *client = CONTAINER_OF(node->clients.next, struct device_client, link);
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the one before is in the list no more */
        client->is_closed = true;
        client->hears = NULL;
        struct via_stub *stub = client->stub;
        client->stub = NULL;
        (void)atomic_fetch_add(&client->refs, 1);
        release_if_due(client);
        devices_unlock();
        if (stub != NULL)
            via_stub_withdraw(stub);
        (void)via_stub_unref(stub);
        device_client_unref(client);
        devices_lock();
    }
}

int32_t device_client_dispatch(struct device_client *client, int cmd, struct HdfSBuf *data,
                               struct HdfSBuf *reply)
{
    devices_lock();
    struct device_node *node = client->is_closed ? NULL : client->node;
    if (node == NULL || node->state != DEVICE_LAUNCHED) {
        devices_unlock();
        return HDF_DEV_ERR_NO_DEVICE_SERVICE;
    }
    struct IDeviceIoService *service =
        node->policy == SERVICE_POLICY_CAPACITY ? node->object.service : NULL;
    if (service == NULL || service->Dispatch == NULL) {
        devices_unlock();
        return HDF_FAILURE;
    }
    device_enter_locked(node);
    client->n_running++;
    (void)atomic_fetch_add(&client->refs, 1);
    devices_unlock();
    int32_t status = service->Dispatch(&client->client, cmd, data, reply);
    devices_lock();
    client->n_running--;
    release_if_due(client);
    devices_unlock();
    device_leave(node);
    device_client_unref(client);
    return status;
}

void device_client_listen(struct device_client *client, struct hdf_handle *handle)
{
    devices_lock();
    client->hears = client->is_closed ? NULL : handle;
    devices_unlock();
}
