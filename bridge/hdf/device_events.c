/*
 * Events of a device: one to all goes out once, as its service's, and the gateway spreads it; one
 * to one client goes out as that client's own object's, in order with those. Clients of this
 * process are given theirs here.
 */
#include "bridge/hdf/device_client.h"
#include "bridge/hdf/listening.h"
#include "bridge/hdf/sbuf.h"
#include "bridge/log.h"

/* The sender may go on writing into its own. NULL: no memory. */
static struct via_parcel *copy_of(const struct via_parcel *data)
{
    struct via_parcel *copy = NULL;
    if (via_parcel_create(&copy) != VIA_OK)
        return NULL;
    via_parcel_set_layout(copy, VIA_LAYOUT_SBUF);
    return via_parcel_append_parcel(copy, data) == VIA_OK ? copy : via_parcel_unref(copy);
}

/* To a client of this process, if it listens; with the devices' lock held. False: no memory. */
static bool give(const struct device_client *client, uint32_t id, bool is_alone,
                 const struct via_parcel *data)
{
    if (client->hears == NULL)
        return true;
    struct via_parcel *copy = copy_of(data);
    if (copy == NULL)
        return false;
    listening_deliver(client->hears, id, is_alone, copy);
    (void)via_parcel_unref(copy);
    return true;
}

/* What the link does not take is lost to those who are elsewhere, as to any slow listener. */
static int32_t emit(struct via_stub *stub, uint32_t id, struct via_parcel *data)
{
    enum via_status status = via_stub_emit(stub, id, data);
    if (status == VIA_NO_MEMORY)
        return HDF_DEV_ERR_NO_MEMORY;
    if (status != VIA_OK && status != VIA_NOT_CONNECTED)
        log_warn("hdf.events.not_sent", "event=%u status=%s", id, via_status_name(status));
    return HDF_SUCCESS;
}

static int32_t payload_of(const struct HdfSBuf *data, struct via_parcel **payloadp)
{
    if (HdfSbufGetDataSize(data) == 0)
        return HDF_ERR_INVALID_PARAM;
    switch (sbuf_payload(data, payloadp)) {
    case VIA_OK:
        return HDF_SUCCESS;
    case VIA_NO_MEMORY:
        return HDF_DEV_ERR_NO_MEMORY;
    default:
        return HDF_ERR_NOT_SUPPORT;
    }
}

static int32_t send_to_all(const struct device_node *node, uint32_t id, struct via_parcel *data)
{
    bool given = true;
    struct device_client *client;
    devices_lock();
    bool is_open = !DListIsEmpty(&node->clients);
    DLIST_FOR_EACH_ENTRY(client, &node->clients, struct device_client, link)
    {
        given = given && give(client, id, false, data);
    }
    struct via_stub *stub = node->stub != NULL ? via_stub_ref(node->stub) : NULL;
    devices_unlock();
    int32_t status = given ? HDF_SUCCESS : HDF_DEV_ERR_NO_MEMORY;
    if (given && stub != NULL) /* dashboards hear it without having opened anything */
        status = emit(stub, id, data);
    (void)via_stub_unref(stub);
    return is_open ? status : HDF_FAILURE;
}

int32_t HdfDeviceSendEvent(const struct HdfDeviceObject *device, uint32_t id,
                           const struct HdfSBuf *data)
{
    struct via_parcel *payload = NULL;
    if (device == NULL || data == NULL || HdfSbufGetDataSize(data) == 0)
        return HDF_ERR_INVALID_PARAM;
    const struct device_node *node = device_of_const(device);
    devices_lock();
    bool may_send = node->policy == SERVICE_POLICY_CAPACITY;
    devices_unlock();
    if (!may_send)
        return HDF_ERR_NOT_SUPPORT;
    int32_t status = payload_of(data, &payload);
    if (status == HDF_SUCCESS)
        status = send_to_all(node, id, payload);
    (void)via_parcel_unref(payload);
    return status;
}

int32_t HdfDeviceSendEventToClient(const struct HdfDeviceIoClient *given, uint32_t id,
                                   const struct HdfSBuf *data)
{
    struct via_parcel *payload = NULL;
    if (given == NULL || given->device == NULL || data == NULL)
        return HDF_ERR_INVALID_PARAM;
    const struct device_client *client = (const struct device_client *)given;
    int32_t status = payload_of(data, &payload);
    if (status != HDF_SUCCESS)
        return status;
    devices_lock();
    bool was_given = give(client, id, true, payload);
    struct via_stub *stub = client->stub != NULL ? via_stub_ref(client->stub) : NULL;
    devices_unlock();
    if (!was_given)
        status = HDF_DEV_ERR_NO_MEMORY;
    else if (stub != NULL)
        status = emit(stub, id, payload);
    (void)via_stub_unref(stub);
    (void)via_parcel_unref(payload);
    return status;
}
