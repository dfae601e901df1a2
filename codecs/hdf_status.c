/*
 * What a driver returns is any number; these have a meaning that all know.
 */
#include "codecs/hdf_status.h"

#include <stddef.h>

#include "include/hdf/hdf_base.h"

#define NAMED(status)                                                                              \
    {                                                                                              \
        status, #status                                                                            \
    }

static const struct {
    int32_t status;
    const char *name;
} names[] = {
    NAMED(HDF_SUCCESS),
    NAMED(HDF_FAILURE),
    NAMED(HDF_ERR_NOT_SUPPORT),
    NAMED(HDF_ERR_INVALID_PARAM),
    NAMED(HDF_ERR_INVALID_OBJECT),
    NAMED(HDF_ERR_MALLOC_FAIL),
    NAMED(HDF_ERR_TIMEOUT),
    NAMED(HDF_ERR_THREAD_CREATE_FAIL),
    NAMED(HDF_ERR_QUEUE_FULL),
    NAMED(HDF_ERR_DEVICE_BUSY),
    NAMED(HDF_ERR_IO),
    NAMED(HDF_ERR_BAD_FD),
    NAMED(HDF_ERR_NOPERM),
    NAMED(HDF_ERR_OUT_OF_RANGE),
    NAMED(HDF_BSP_ERR_OP),
    NAMED(HDF_ERR_BSP_PLT_API_ERR),
    NAMED(HDF_PAL_ERR_DEV_CREATE),
    NAMED(HDF_PAL_ERR_INNER),
    NAMED(HDF_DEV_ERR_NO_MEMORY),
    NAMED(HDF_DEV_ERR_NO_DEVICE),
    NAMED(HDF_DEV_ERR_NO_DEVICE_SERVICE),
    NAMED(HDF_DEV_ERR_DEV_INIT_FAIL),
    NAMED(HDF_DEV_ERR_PUBLISH_FAIL),
    NAMED(HDF_DEV_ERR_ATTACHDEV_FAIL),
    NAMED(HDF_DEV_ERR_NODATA),
    NAMED(HDF_DEV_ERR_NORANGE),
    NAMED(HDF_DEV_ERR_OP),
    NAMED(HDF_DEV_ERR_NETDOWN),
};

const char *hdf_status_name(int32_t status)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].status == status)
            return names[i].name;
    return NULL;
}
