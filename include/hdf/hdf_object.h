/*
 * HDF: what its services and handles begin with.
 *
 * Source: docs/hdf.md, "Headers"; the system's hdf_object.h.
 */
#pragma once

#include "hdf_base.h"

/** struct HdfObject - the first member of services and handles, so that each can be cast to it */
struct HdfObject {
    int32_t objectId; /* the framework's own */
};
