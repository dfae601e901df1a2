/*
 * HDF: how a driver makes itself known: by a line in its source, HDF_INIT(entry). The entry is
 * registered when its program starts or its shared object is loaded, and taken back when that is
 * unloaded, so several drivers may be in one of them.
 *
 * Source: docs/hdf.md, "Drivers"; the system's hdf_device_section.h.
 */
#pragma once

#include "hdf_types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct HdfDriverEntry;

/**
 * HdfRegisterDriverEntry() - makes a driver known to the host that this process may be
 * @entry: borrowed until it is unregistered
 *
 * Return: HDF_SUCCESS
 *         HDF_ERR_INVALID_OBJECT  NULL, or one without a moduleName
 *         HDF_FAILURE             another entry has the name
 *         HDF_DEV_ERR_NO_MEMORY
 * Thread: any; before main() too.
 */
int32_t HdfRegisterDriverEntry(const struct HdfDriverEntry *entry);

/** HdfUnregisterDriverEntry() - takes it back; devices that run go on.
 * Return: HDF_SUCCESS, also for one that is not there; HDF_ERR_INVALID_OBJECT as above. */
int32_t HdfUnregisterDriverEntry(const struct HdfDriverEntry *entry);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define VIA_HDF_JOIN_EXPANDED(left, right) left##right
#define VIA_HDF_JOIN(left, right) VIA_HDF_JOIN_EXPANDED(left, right)

/** HDF_DRIVER_INIT() - as HDF_INIT(): @module is a struct HdfDriverEntry, static and const if one
 * likes; at file scope, with a semicolon, within extern "C" too */
#define HDF_DRIVER_INIT(module)                                                                    \
    static void __attribute__((constructor)) VIA_HDF_JOIN(via_hdf_driver_init_, __LINE__)(void)    \
    {                                                                                              \
        (void)HdfRegisterDriverEntry(&(module));                                                   \
    }                                                                                              \
    static void __attribute__((destructor)) VIA_HDF_JOIN(via_hdf_driver_exit_, __LINE__)(void)     \
    {                                                                                              \
        (void)HdfUnregisterDriverEntry(&(module));                                                 \
    }                                                                                              \
    static const struct HdfDriverEntry *const __attribute__((unused))                              \
    VIA_HDF_JOIN(via_hdf_driver_, __LINE__) = &(module)
