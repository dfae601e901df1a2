/*
 * HDF: the classes of devices, each a bit, so that listeners can ask for several.
 *
 * Source: docs/hdf.md, "Service status"; the system's hdf_device_class.h.
 */
#pragma once

/** DeviceClass - what kind of device a service is; a driver's is DEVICE_CLASS_DEFAULT until
 * HdfDeviceSetClass() says otherwise */
typedef enum {
    DEVICE_CLASS_DEFAULT = 0x1 << 0,
    DEVICE_CLASS_PLAT = 0x1 << 1,
    DEVICE_CLASS_SENSOR = 0x1 << 2,
    DEVICE_CLASS_INPUT = 0x1 << 3,
    DEVICE_CLASS_DISPLAY = 0x1 << 4,
    DEVICE_CLASS_AUDIO = 0x1 << 5,
    DEVICE_CLASS_CAMERA = 0x1 << 6,
    DEVICE_CLASS_USB = 0x1 << 7,
    DEVICE_CLASS_USERAUTH = 0x1 << 8,
    DEVICE_CLASS_HIMEDIACOMM = 0x1 << 9,
    DEVICE_CLASS_MAX = 0x1 << 10 /* no class: the bound of what is one */
} DeviceClass;
