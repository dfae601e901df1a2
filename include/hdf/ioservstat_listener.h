/*
 * HDF: listeners of services' status, as a manager has them.
 *
 * Source: docs/hdf.md, "Service status"; the system's ioservstat_listener.h.
 */
#pragma once

#include "hdf_dlist.h"
#include "hdf_io_service_if.h"
#include "hdf_service_status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** struct IoServiceStatusListener - a listener with what the manager needs; only its first member
 * is the program's */
struct IoServiceStatusListener {
    struct ServiceStatusListener svcstatListener; /* first: what programs have is a pointer to it */
    struct HdfDevEventlistener ioservListener;
    struct DListHead node;
    uint16_t deviceClass;
};

/** IoServiceStatusListenerNewInstance() - a listener, to IoServiceStatusListenerFree(); NULL
 * without memory. The manager takes no other. */
struct ServiceStatusListener *IoServiceStatusListenerNewInstance(void);

/** IoServiceStatusListenerFree() - frees one that is not registered; NULL is fine */
void IoServiceStatusListenerFree(struct ServiceStatusListener *listener);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
