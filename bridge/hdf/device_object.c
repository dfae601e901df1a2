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

struct HdfDeviceObject *HdfDeviceObjectAlloc(struct HdfDeviceObject *parent, const char *driver)
{
    if (parent == NULL || driver == NULL || device_of(parent)->state != DEVICE_LAUNCHED)
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
    return &node->object;
}

int HdfDeviceObjectRegister(struct HdfDeviceObject *device)
{
    if (device == NULL || !device_of(device)->is_dynamic || device_of(device)->state != DEVICE_MADE)
        return HDF_ERR_INVALID_PARAM;
    struct device_node *node = device_of(device);
    node->driver = driver_find(node->name, device_list_folder());
    if (node->driver == NULL)
        return HDF_DEV_ERR_NO_DEVICE;
    return device_launch(node) == HDF_SUCCESS ? HDF_SUCCESS : HDF_DEV_ERR_ATTACHDEV_FAIL;
}

int HdfDeviceObjectUnRegister(struct HdfDeviceObject *device)
{
    if (device == NULL)
        return HDF_ERR_INVALID_OBJECT;
    device_end(device_of(device));
    return HDF_SUCCESS;
}

static int bind(struct device_node *node)
{
    int32_t (*driver_bind)(struct HdfDeviceObject *) = node->driver->Bind;
    if (node->is_bound || driver_bind == NULL)
        return HDF_SUCCESS;
    int32_t status = driver_bind(&node->object);
    node->is_bound = status == HDF_SUCCESS;
    return status;
}

int HdfDeviceObjectPublishService(struct HdfDeviceObject *device, const char *name, uint8_t policy,
                                  uint32_t mode)
{
    if (device == NULL || name == NULL)
        return HDF_ERR_INVALID_PARAM;
    struct device_node *node = device_of(device);
    if (policy == SERVICE_POLICY_NONE || policy >= SERVICE_POLICY_INVALID)
        return HDF_DEV_ERR_NO_DEVICE_SERVICE;
    if (node->is_published || node->state != DEVICE_LAUNCHED)
        return HDF_FAILURE;
    if (mode > DEVICE_MODE_MAX)
        return HDF_DEV_ERR_PUBLISH_FAIL;
    char *copy = strdup(name);
    if (copy == NULL)
        return HDF_ERR_MALLOC_FAIL;
    free(node->service_name);
    node->service_name = copy;
    node->policy = policy;
    node->mode = mode;
    int status = bind(node);
    return status == HDF_SUCCESS ? device_publish(node) : status;
}

void HdfDeviceObjectRelease(struct HdfDeviceObject *device)
{
    if (device == NULL)
        return;
    device_end(device_of(device));
    device_unref(device_of(device));
}

int HdfDeviceObjectSetServInfo(struct HdfDeviceObject *device, const char *info)
{
    if (device == NULL || info == NULL || strlen(info) > DEVICE_INFO_MAX)
        return HDF_ERR_INVALID_PARAM;
    struct device_node *node = device_of(device);
    memcpy(node->info, info, strlen(info) + 1);
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
