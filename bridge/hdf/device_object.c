/*
 * What drivers do with their device objects: say what they are, and make more of them.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device.h"
#include "bridge/hdf/driver_registry.h"
#include "bridge/log.h"
#include "include/hdf/hdf_device.h"
#include "include/hdf/hdf_device_object.h"

#define DYNAMIC_FIRST 129u /* device nodes that drivers make are numbered from here */
#define DYNAMIC_LAST 255u

const char *HdfDeviceGetServiceName(const struct HdfDeviceObject *device)
{
    return device != NULL ? device_of_const(device)->service_name : NULL;
}

bool HdfDeviceSetClass(struct HdfDeviceObject *device, DeviceClass device_class)
{
    if (device == NULL || (uint32_t)device_class >= DEVICE_CLASS_MAX)
        return false;
    device->deviceClass = device_class;
    return true;
}

/* ---- devices of drivers' own ---- */

static bool is_launched(const struct device_node *node)
{
    devices_lock();
    bool is = node->state == DEVICE_LAUNCHED;
    devices_unlock();
    return is;
}

struct HdfDeviceObject *HdfDeviceObjectAlloc(struct HdfDeviceObject *parent, const char *driver)
{
    if (parent == NULL || driver == NULL || !is_launched(device_of(parent)))
        return NULL;
    uint32_t id = device_list_new_id(device_of(parent)->id, DYNAMIC_FIRST, DYNAMIC_LAST);
    if (id == 0) {
        log_error("hdf.device.failed", "driver=%s why=\"a device has no more than %u of its own\"",
                  driver, DYNAMIC_LAST - DYNAMIC_FIRST + 1);
        return NULL;
    }
    const struct device_spec spec = {.name = driver, .service_name = "", .id = id};
    struct device_node *node = device_create(&spec, NULL);
    if (node == NULL)
        return NULL;
    node->is_dynamic = true;
    node->module = node->name;
    return &node->object;
}

int HdfDeviceObjectRegister(struct HdfDeviceObject *device)
{
    if (device == NULL || !device_of(device)->is_dynamic)
        return HDF_ERR_INVALID_PARAM;
    struct device_node *node = device_of(device);
    if (driver_find(node->name, device_list_folder()) == NULL)
        return HDF_DEV_ERR_NO_DEVICE;
    switch (device_launch(node)) {
    case HDF_SUCCESS:
        return HDF_SUCCESS;
    case HDF_ERR_DEVICE_BUSY: /* it is registered */
        return HDF_ERR_INVALID_PARAM;
    default:
        return HDF_DEV_ERR_ATTACHDEV_FAIL;
    }
}

int HdfDeviceObjectUnRegister(struct HdfDeviceObject *device)
{
    if (device == NULL)
        return HDF_ERR_INVALID_OBJECT;
    device_end(device_of(device));
    return HDF_SUCCESS;
}

/* Bind, as the policy has it. Once: it stays bound where its name is refused. */
static int32_t bind(struct device_node *node)
{
    if (node->is_bound ||
        (node->policy != SERVICE_POLICY_PUBLIC && node->policy != SERVICE_POLICY_CAPACITY))
        return HDF_SUCCESS;
    if (node->driver->Bind == NULL)
        return HDF_ERR_INVALID_OBJECT;
    node->is_bound = node->driver->Bind(&node->object) == HDF_SUCCESS;
    return node->is_bound ? HDF_SUCCESS : HDF_DEV_ERR_DEV_INIT_FAIL;
}

/* What a node is published as. */
struct appearance {
    char *service_name; /* owned by whom it is with */
    uint8_t policy;
    uint32_t mode;
};

/* With the lock held. */
static void exchange(struct device_node *node, struct appearance *appearance)
{
    struct appearance now = {
        .service_name = node->service_name, .policy = node->policy, .mode = node->mode};
    node->service_name = appearance->service_name;
    node->policy = appearance->policy;
    node->mode = appearance->mode;
    *appearance = now;
}

/* Nobody else publishes it, and it does not end, until end_publishing(). */
static bool begin_publishing(struct device_node *node, struct appearance *appearance)
{
    devices_lock();
    bool may = node->state == DEVICE_LAUNCHED && !node->is_published && !node->is_publishing;
    if (may) {
        node->is_publishing = true;
        device_enter_locked(node);
        exchange(node, appearance);
    }
    devices_unlock();
    return may;
}

static void end_publishing(struct device_node *node, struct appearance *appearance, bool stays)
{
    devices_lock();
    if (!stays)
        exchange(node, appearance);
    node->is_publishing = false;
    devices_unlock();
    device_leave(node);
}

static int publish(struct device_node *node, struct appearance *appearance)
{
    if (!begin_publishing(node, appearance))
        return HDF_FAILURE;
    int status = bind(node);
    if (status == HDF_SUCCESS)
        status = device_publish(node);
    end_publishing(node, appearance, status == HDF_SUCCESS);
    return status;
}

int HdfDeviceObjectPublishService(struct HdfDeviceObject *device, const char *name, uint8_t policy,
                                  uint32_t mode)
{
    if (device == NULL || name == NULL)
        return HDF_ERR_INVALID_PARAM;
    if (policy == SERVICE_POLICY_NONE || policy >= SERVICE_POLICY_INVALID)
        return HDF_DEV_ERR_NO_DEVICE_SERVICE;
    if (mode > DEVICE_MODE_MAX)
        return HDF_DEV_ERR_PUBLISH_FAIL;
    struct appearance appearance = {.service_name = strdup(name), .policy = policy, .mode = mode};
    if (appearance.service_name == NULL)
        return HDF_ERR_MALLOC_FAIL;
    int status = publish(device_of(device), &appearance);
    free(appearance.service_name);
    return status;
}

void HdfDeviceObjectRelease(struct HdfDeviceObject *device)
{
    if (device == NULL)
        return;
    bool is_own = device_of(device)->is_dynamic; /* the configuration's are not its driver's */
    device_end(device_of(device));
    if (is_own)
        device_unref(device_of(device));
}

int HdfDeviceObjectSetServInfo(struct HdfDeviceObject *device, const char *info)
{
    if (device == NULL || info == NULL || strlen(info) > DEVICE_INFO_MAX)
        return HDF_ERR_INVALID_PARAM;
    struct device_node *node = device_of(device);
    devices_lock();
    memcpy(node->info, info, strlen(info) + 1);
    devices_unlock();
    return HDF_SUCCESS;
}

int HdfDeviceObjectUpdate(struct HdfDeviceObject *device)
{
    return device != NULL ? device_update(device_of(device)) : HDF_ERR_INVALID_PARAM;
}

int HdfDeviceObjectSetInterfaceDesc(struct HdfDeviceObject *device, const char *description)
{
    (void)device;
    (void)description;
    return HDF_SUCCESS;
}

bool HdfDeviceObjectCheckInterfaceDesc(struct HdfDeviceObject *device, struct HdfSBuf *data)
{
    (void)device;
    (void)data;
    return true;
}
