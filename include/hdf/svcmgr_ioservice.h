/*
 * HDF: the manager of services, which tells when one starts, changes and stops.
 *
 * Source: docs/hdf.md, "Service status"; the system's svcmgr_ioservice.h.
 */
#pragma once

#include "hdf_service_status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** DEV_SVCMGR_NODE - a service to bind, of mode 0660; what follows does so */
#define DEV_SVCMGR_NODE "devsvc_mgr"

/** enum SvcMgrIoCmd - what DEV_SVCMGR_NODE does: the first with a uint16, the classes; the second
 * with nothing */
enum SvcMgrIoCmd { SVCMGR_REGISTER_LISTENER = 0, SVCMGR_UNREGISTER_LISTENER = 1 };

/** struct ISvcMgrIoservice - the manager, as SvcMgrIoserviceGet() gives it */
struct ISvcMgrIoservice {
    /**
     * RegisterServiceStatusListener() - a listener hears of services from now on
     * @self:        the manager
     * @listener:    made by IoServiceStatusListenerNewInstance()
     * @deviceClass: the classes to hear of, or'ed; below DEVICE_CLASS_MAX
     *
     * What runs already is not told. Each listener hears of its own classes, whatever others ask.
     *
     * Return: HDF_SUCCESS
     *         HDF_ERR_INVALID_PARAM  NULL, a class too high, or it is registered already
     *         what Dispatch returns  the manager cannot be asked
     */
    int32_t (*RegisterServiceStatusListener)(struct ISvcMgrIoservice *self,
                                             struct ServiceStatusListener *listener,
                                             uint16_t deviceClass);
    /** UnregisterServiceStatusListener() - no more; unless called in its callback, that does not
     * run after this has returned.
     * Return: HDF_SUCCESS, HDF_ERR_INVALID_PARAM for NULL, HDF_ERR_INVALID_OBJECT if it is not
     * registered. */
    int32_t (*UnregisterServiceStatusListener)(struct ISvcMgrIoservice *self,
                                               struct ServiceStatusListener *listener);
};

/** SvcMgrIoserviceGet() - a manager, to SvcMgrIoserviceRelease(); NULL where there is none, it may
 * not be opened, and without memory */
struct ISvcMgrIoservice *SvcMgrIoserviceGet(void);

/** SvcMgrIoserviceRelease() - ends it, and all that is registered with it; NULL is fine */
void SvcMgrIoserviceRelease(struct ISvcMgrIoservice *svcmgr);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
