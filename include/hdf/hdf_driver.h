/*
 * HDF: drivers that are made known by a call: HdfRegisterDriverEntry() and
 * HdfUnregisterDriverEntry(), which hdf_device_section.h has, since HDF_INIT() calls them.
 *
 * Source: docs/hdf.md, "Drivers"; the system's hdf_driver.h.
 */
#pragma once

#include "hdf_device_desc.h"
#include "hdf_dlist.h"
