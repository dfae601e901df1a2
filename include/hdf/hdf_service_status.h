/*
 * HDF: what becomes of services, and who hears of it.
 *
 * Source: docs/hdf.md, "Service status"; the system's hdf_service_status.h.
 */
#pragma once

#include "hdf_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ServiceStatusListener;

/** enum ServiceStatusType - what has become of a service; the spelling is the interface's */
enum ServiceStatusType {
    SERVIE_STATUS_START,  /* it was published, or its gateway is back */
    SERVIE_STATUS_CHANGE, /* its driver says that something about it changed: the text */
    SERVIE_STATUS_STOP,   /* withdrawn, its host died, or its gateway was lost */
    SERVIE_STATUS_MAX
};

/** struct ServiceStatus - one such notice; all borrowed for the callback */
struct ServiceStatus {
    const char *serviceName;
    uint16_t deviceClass; /* of DeviceClass */
    uint16_t status;      /* of enum ServiceStatusType */
    const char *info;     /* what its driver said of it, "" for nothing */
};

/** OnServiceStatusReceived - hears a notice, on a thread of the listener's manager, one at a time
 */
typedef void (*OnServiceStatusReceived)(struct ServiceStatusListener *listener,
                                        struct ServiceStatus *status);

/** struct ServiceStatusListener - made by IoServiceStatusListenerNewInstance(); the program sets
 * both members before it registers it */
struct ServiceStatusListener {
    OnServiceStatusReceived callback;
    void *priv; /* the program's */
};

#ifdef __cplusplus
}
#endif
