/*
 * HDF: power. A driver may say what to call when the power changes; here it never does.
 *
 * Source: docs/hdf.md, "Power"; the system's hdf_pm.h.
 */
#pragma once

#include "hdf_device_desc.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** enum PowerManagementMode - who decides over a device's power */
enum PowerManagementMode { HDF_POWER_SYS_CTRL, HDF_POWER_DYNAMIC_CTRL, HDF_POWER_MODE_MAX };

/** struct IPowerEventListener - what to call; static memory, each may be NULL */
struct IPowerEventListener {
    int (*DozeResume)(struct HdfDeviceObject *deviceObject);
    int (*DozeSuspend)(struct HdfDeviceObject *deviceObject);
    int (*Resume)(struct HdfDeviceObject *deviceObject);
    int (*Suspend)(struct HdfDeviceObject *deviceObject);
};

/** HdfPmRegisterPowerListener() - notes a device's listener.
 * Return: HDF_SUCCESS, HDF_ERR_INVALID_PARAM for NULL, HDF_FAILURE if it has one. */
int HdfPmRegisterPowerListener(struct HdfDeviceObject *deviceObject,
                               const struct IPowerEventListener *listener);
/** HdfPmUnregisterPowerListener() - forgets it; NULL, and another than was registered, are fine */
void HdfPmUnregisterPowerListener(struct HdfDeviceObject *deviceObject,
                                  const struct IPowerEventListener *listener);

/** HdfPmAcquireDevice() - keeps a device awake; nothing to do here, as for all that follow */
void HdfPmAcquireDevice(struct HdfDeviceObject *deviceObject);
/** HdfPmReleaseDevice() - no more */
void HdfPmReleaseDevice(struct HdfDeviceObject *deviceObject);
/** HdfPmAcquireDeviceAsync() - as HdfPmAcquireDevice(), without waiting */
void HdfPmAcquireDeviceAsync(struct HdfDeviceObject *deviceObject);
/** HdfPmReleaseDeviceAsync() - as HdfPmReleaseDevice(), without waiting */
void HdfPmReleaseDeviceAsync(struct HdfDeviceObject *deviceObject);
/** HdfPmSetMode() - who decides: of enum PowerManagementMode */
void HdfPmSetMode(struct HdfDeviceObject *deviceObject, uint32_t mode);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
