/*
 * Drivers that this process knows: those linked in, and those that were loaded for it.
 */
#pragma once

#include "include/hdf/hdf_device_desc.h"

/* The driver of this moduleName, loaded from @folder if need be: from `<name>` there,
 * `lib<name>.so` or `<name>.so`. @folder NULL: only those that are known. NULL: there is none; the
 * log says why. */
const struct HdfDriverEntry *driver_find(const char *module_name, const char *folder);
