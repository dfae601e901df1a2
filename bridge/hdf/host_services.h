/*
 * dev_mgr and devsvc_mgr: the services of the driver host itself, in the supervisor's process.
 */
#pragma once

#include "bridge/hdf/host_config.h"
#include "include/hdf/hdf_service_status.h"

#define HOST_SERVICES_MODE 0660u

/* Publishes both. One whose name is taken is told, and is not there. @config is borrowed. */
void host_services_start(const struct host_config *config);
void host_services_end(void);
/* For those who listen to devsvc_mgr. Any thread. */
void host_services_tell(const char *service, uint16_t device_class, enum ServiceStatusType type,
                        const char *info);
