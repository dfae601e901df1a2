/*
 * What the supervisor knows of the devices of all its hosts, as its children tell it: what dev_mgr
 * lists. Any thread.
 */
#pragma once

#include "bridge/hdf/device_info.h"
#include "bridge/hdf/host_message.h"
#include "include/hdf/hdf_service_status.h"

/* A service of policy 1 or 2 started, changed or stopped; strings are borrowed. One after the
 * other, in the order in which it happened. */
typedef void (*host_status_fn)(const char *service, uint16_t device_class,
                               enum ServiceStatusType type, const char *info);
/* Before there are any. @info is borrowed. */
void host_records_init(const struct device_info *info, host_status_fn status);

/* A child said so; @message is of kind DEVICE. */
void host_records_take(uint32_t host, const struct host_message *message);
/* A child has died, and all that it had. */
void host_records_end(uint32_t host);
/* How many devices there are. */
size_t host_records_count(void);

/* False: no room. */
bool host_records_list_class(uint32_t device_class, struct HdfSBuf *reply);
bool host_records_list_services(struct HdfSBuf *reply);
bool host_records_list_devices(struct HdfSBuf *reply);
