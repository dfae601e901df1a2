/*
 * HDF: the numbers of devices: a host's (8 bits), a device's within it (16) and a node's within
 * that (8).
 *
 * Source: docs/hdf.md, "Configuration"; the system's hdf_device.h.
 */
#pragma once

#include "hdf_dlist.h"
#include "hdf_object.h"

/** devid_t - which node of which device of which host */
typedef uint32_t devid_t;

#define HOSTID_BITS 8
#define DEVICEID_BITS 16
#define DEVNODEID_BITS 8
#define DEVICEID_MASK ((1u << DEVICEID_BITS) - 1)
#define DEVNODEID_MASK ((1u << DEVNODEID_BITS) - 1)

/** HOSTID(), DEVICEID(), DEVNODEID() - the parts of a number */
#define HOSTID(devid) (((uint32_t)(devid)) >> (DEVICEID_BITS + DEVNODEID_BITS))
#define DEVICEID(devid) ((((uint32_t)(devid)) >> DEVNODEID_BITS) & DEVICEID_MASK)
#define DEVNODEID(devid) (((uint32_t)(devid)) & DEVNODEID_MASK)

/** MK_DEVID() - a number of its parts, each within its bits */
#define MK_DEVID(hostId, deviceId, devnodeId)                                                      \
    (((uint32_t)(hostId) << (DEVICEID_BITS + DEVNODEID_BITS)) |                                    \
     ((uint32_t)(deviceId) << DEVNODEID_BITS) | (uint32_t)(devnodeId))
