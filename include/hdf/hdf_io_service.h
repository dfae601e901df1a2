/*
 * HDF, beneath the client: the manager of devices, what there is, and what is loaded on demand.
 *
 * Source: docs/hdf.md, "Management"; the system's hdf_io_service.h.
 */
#pragma once

#include <sys/ioctl.h>

#include "hdf_io_service_if.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Where the original has its nodes; here these are only words. */
#define DEV_NODE_PATH "/dev/hdf/"
#define DEV_PATH "/dev/"
#define DEV_NODE_PATH_MODE 0750
/* The highest mode that a service may have. */
#define MAX_MODE_SIZE 0777

/** DEV_MGR_NODE - a service to bind, of mode 0660, that takes the commands below */
#define DEV_MGR_NODE "dev_mgr"

/* The original's codes of ioctl; nothing here takes them. */
#define HDF_WRITE_READ _IO('b', 1)
#define HDF_READ_DEV_EVENT _IO('b', 2)
#define HDF_LISTEN_EVENT_START _IO('b', 3)
#define HDF_LISTEN_EVENT_STOP _IO('b', 4)
#define HDF_LISTEN_EVENT_WAKEUP _IO('b', 5)
#define HDF_LISTEN_EVENT_EXIT _IO('b', 6)

/** DevMgrCmd - what DEV_MGR_NODE does; it returns HDF_FAILURE for any other */
typedef enum {
    /* a string, the service: loads it, if it is one for demand.
     * HDF_DEV_ERR_NO_DEVICE if it is not, HDF_FAILURE without a name */
    DEVMGR_LOAD_SERVICE = 0,
    /* a string, the service: unloads it, if it is one for demand */
    DEVMGR_UNLOAD_SERVICE = 1,
    /* an int32, exactly a class: a string each, then a NULL string */
    DEVMGR_GET_SERVICE = 2,
    /* each service's name as a string, its class as a uint16, its id as a uint32; then a NULL
     * string */
    DEVMGR_LIST_ALL_SERVICE = 3,
    /* each host's name as a string, its id and its number of devices as uint32, then of each device
     * its name, its id and its service's name; then a NULL string */
    DEVMGR_LIST_ALL_DEVICE = 4
} DevMgrCmd;

/** HdfLoadDriverByServiceName() - loads a service that is configured for demand.
 * Return: HDF_SUCCESS, also when it runs already; HDF_DEV_ERR_NO_DEVICE if it is none for demand;
 * HDF_FAILURE for NULL and where DEV_MGR_NODE cannot be asked. */
int32_t HdfLoadDriverByServiceName(const char *serviceName);

/** HdfListAllService() - what DEVMGR_LIST_ALL_SERVICE tells, in @reply, which does not grow.
 * Return: HDF_SUCCESS, HDF_ERR_IO without room, HDF_FAILURE for NULL and where none can be asked.
 */
int32_t HdfListAllService(struct HdfSBuf *reply);

/** HdfListAllDevice() - what DEVMGR_LIST_ALL_DEVICE tells. Return: as HdfListAllService(). */
int32_t HdfListAllDevice(struct HdfSBuf *reply);

/**
 * HdfIoServicePublish() - a name that can be bound, for a host of drivers
 * @serviceName: 1 to 255 octets without a '/'
 * @mode:        who may bind it: octal, read and write for owner, group and others
 *
 * The publisher fills in target and dispatcher; until then, and without a dispatcher, commands give
 * HDF_FAILURE. Each command calls Dispatch(target, ...), several at once.
 *
 * Return: the service, to HdfIoServiceRemove(); NULL for NULL, a mode above MAX_MODE_SIZE, a name
 * that is taken, and without memory.
 */
struct HdfIoService *HdfIoServicePublish(const char *serviceName, uint32_t mode);

/** HdfIoServiceRemove() - takes the name back, when no command of it runs any more; so not inside
 * of one. NULL is fine. */
void HdfIoServiceRemove(struct HdfIoService *service);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
