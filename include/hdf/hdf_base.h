/*
 * HDF: what its functions return, and three constants.
 *
 * Source: docs/hdf.md, "Headers"; the system's hdf_base.h.
 */
#pragma once

#include "hdf_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** HDF_WAIT_FOREVER - a time limit in milliseconds that never ends */
#define HDF_WAIT_FOREVER 0xFFFFFFFF
/** HDF_ARRAY_SIZE() - the number of elements of an array, which is no pointer */
#define HDF_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/** HDF_KILO_UNIT - milliseconds in a second, and the like */
#define HDF_KILO_UNIT 1000

/** HDF_BSP_ERR_NUM() - a status of boards and platforms: their start + @v */
#define HDF_BSP_ERR_START (-100)
#define HDF_BSP_ERR_NUM(v) (HDF_BSP_ERR_START + (v))
/** HDF_DEV_ERR_NUM() - a status of devices: their start + @v */
#define HDF_DEV_ERR_START (-200)
#define HDF_DEV_ERR_NUM(v) (HDF_DEV_ERR_START + (v))

/** HDF_STATUS - what a call came to. A driver's own Dispatch may return any other 32-bit number */
typedef enum {
    HDF_SUCCESS = 0,
    HDF_FAILURE = -1,
    HDF_ERR_NOT_SUPPORT = -2,
    HDF_ERR_INVALID_PARAM = -3,
    HDF_ERR_INVALID_OBJECT = -4,
    HDF_ERR_MALLOC_FAIL = -6,
    HDF_ERR_TIMEOUT = -7, /* a deadline passed: it may have been done */
    HDF_ERR_THREAD_CREATE_FAIL = -10,
    HDF_ERR_QUEUE_FULL = -15,
    HDF_ERR_DEVICE_BUSY = -16, /* in use, or its link is full: nothing was sent */
    HDF_ERR_IO = -17,          /* a reply has no room where it should go */
    HDF_ERR_BAD_FD = -18,
    HDF_ERR_NOPERM = -19, /* a rule forbids it */
    HDF_ERR_OUT_OF_RANGE = -20,

    HDF_BSP_ERR_OP = HDF_BSP_ERR_NUM(-1),
    HDF_ERR_BSP_PLT_API_ERR = HDF_BSP_ERR_NUM(-2),
    HDF_PAL_ERR_DEV_CREATE = HDF_BSP_ERR_NUM(-3),
    HDF_PAL_ERR_INNER = HDF_BSP_ERR_NUM(-4),

    HDF_DEV_ERR_NO_MEMORY = HDF_DEV_ERR_NUM(-1),
    HDF_DEV_ERR_NO_DEVICE = HDF_DEV_ERR_NUM(-2),
    HDF_DEV_ERR_NO_DEVICE_SERVICE = HDF_DEV_ERR_NUM(-3), /* withdrawn, or the handle is stale */
    HDF_DEV_ERR_DEV_INIT_FAIL = HDF_DEV_ERR_NUM(-4),
    HDF_DEV_ERR_PUBLISH_FAIL = HDF_DEV_ERR_NUM(-5),
    HDF_DEV_ERR_ATTACHDEV_FAIL = HDF_DEV_ERR_NUM(-6),
    HDF_DEV_ERR_NODATA = HDF_DEV_ERR_NUM(-7),
    HDF_DEV_ERR_NORANGE = HDF_DEV_ERR_NUM(-8),
    HDF_DEV_ERR_OP = HDF_DEV_ERR_NUM(-10),
    HDF_DEV_ERR_NETDOWN =
        HDF_DEV_ERR_NUM(-11) /* the peer or its link was lost before it answered */
} HDF_STATUS;

#ifdef __cplusplus
}
#endif
