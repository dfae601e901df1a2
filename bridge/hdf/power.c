/*
 * Power is noted, and never changes: there is nothing to switch off in a process.
 */
#include "bridge/hdf/device.h"
#include "include/hdf/hdf_pm.h"

int HdfPmRegisterPowerListener(struct HdfDeviceObject *device,
                               const struct IPowerEventListener *listener)
{
    if (device == NULL || listener == NULL)
        return HDF_ERR_INVALID_PARAM;
    devices_lock();
    bool has_one = device_of(device)->power != NULL;
    if (!has_one)
        device_of(device)->power = listener;
    devices_unlock();
    return has_one ? HDF_FAILURE : HDF_SUCCESS;
}

void HdfPmUnregisterPowerListener(struct HdfDeviceObject *device,
                                  const struct IPowerEventListener *listener)
{
    if (device == NULL || listener == NULL)
        return;
    devices_lock();
    if (device_of(device)->power == listener)
        device_of(device)->power = NULL;
    devices_unlock();
}

void HdfPmAcquireDevice(struct HdfDeviceObject *device)
{
    (void)device;
}

void HdfPmReleaseDevice(struct HdfDeviceObject *device)
{
    (void)device;
}

void HdfPmAcquireDeviceAsync(struct HdfDeviceObject *device)
{
    (void)device;
}

void HdfPmReleaseDeviceAsync(struct HdfDeviceObject *device)
{
    (void)device;
}

void HdfPmSetMode(struct HdfDeviceObject *device, uint32_t mode)
{
    (void)device;
    (void)mode;
}
