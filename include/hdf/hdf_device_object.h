/*
 * HDF: devices that a driver makes while it runs, and what a device says of itself.
 *
 * Alloc, Register and PublishService in this order; Release undoes all that was done.
 *
 * Source: docs/hdf.md, "Dynamic devices"; the system's hdf_device_object.h.
 */
#pragma once

#include "hdf_device_desc.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * HdfDeviceObjectAlloc() - a device beside another
 * @parent:     a device that has been launched
 * @driverName: moduleName of its driver; copied
 *
 * Return: the device, to HdfDeviceObjectRelease(); NULL for NULL, a parent that was not launched,
 * and without memory.
 */
struct HdfDeviceObject *HdfDeviceObjectAlloc(struct HdfDeviceObject *parent,
                                             const char *driverName);

/** HdfDeviceObjectRelease() - ends a device: the driver's Release runs, its service stops, all is
 * freed. NULL is fine. */
void HdfDeviceObjectRelease(struct HdfDeviceObject *dev);

/** HdfDeviceObjectRegister() - launches it: the driver's Init runs, not its Bind.
 * Return: HDF_SUCCESS; HDF_ERR_INVALID_PARAM for NULL and for one that was not made by
 * HdfDeviceObjectAlloc(); HDF_DEV_ERR_NO_DEVICE: there is no such driver;
 * HDF_DEV_ERR_ATTACHDEV_FAIL: it failed. */
int HdfDeviceObjectRegister(struct HdfDeviceObject *dev);

/** HdfDeviceObjectUnRegister() - undoes HdfDeviceObjectRegister().
 * Return: HDF_SUCCESS, HDF_ERR_INVALID_OBJECT for NULL. */
int HdfDeviceObjectUnRegister(struct HdfDeviceObject *dev);

/**
 * HdfDeviceObjectPublishService() - the driver's Bind runs, and its service gets a name
 * @dev:      launched
 * @servName: copied
 * @policy:   of ServicePolicy, not SERVICE_POLICY_NONE
 * @perm:     who may bind it, as a file's mode, 0777 at most
 *
 * Return: HDF_SUCCESS
 *         HDF_ERR_INVALID_PARAM          NULL
 *         HDF_DEV_ERR_NO_DEVICE_SERVICE  a policy that is none
 *         HDF_FAILURE                    it is published already
 *         HDF_DEV_ERR_PUBLISH_FAIL       no service, the name is taken, or the mode is too high
 *         what Bind returned
 */
int HdfDeviceObjectPublishService(struct HdfDeviceObject *dev, const char *servName, uint8_t policy,
                                  uint32_t perm);

/** HdfDeviceObjectSetServInfo() - what listeners of its status read of a service; copied.
 * Return: HDF_SUCCESS, HDF_ERR_INVALID_PARAM for NULL and for more than 256 octets. */
int HdfDeviceObjectSetServInfo(struct HdfDeviceObject *dev, const char *info);

/** HdfDeviceObjectUpdate() - tells them SERVIE_STATUS_CHANGE, with that text.
 * Return: HDF_SUCCESS, HDF_ERR_INVALID_PARAM for NULL, HDF_DEV_ERR_NO_DEVICE if it has no service
 * published. */
int HdfDeviceObjectUpdate(struct HdfDeviceObject *dev);

/** HdfDeviceObjectSetInterfaceDesc() - of use to another kind of services only. Return: 0. */
int HdfDeviceObjectSetInterfaceDesc(struct HdfDeviceObject *dev, const char *interfaceDesc);

/** HdfDeviceObjectCheckInterfaceDesc() - likewise. Return: true. */
bool HdfDeviceObjectCheckInterfaceDesc(struct HdfDeviceObject *dev, struct HdfSBuf *data);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
