/*
 * One host of the configuration, as a process of its own: its drivers run here. Descriptor
 * HOST_CHILD_FD is the supervisor.
 */
#pragma once

#include "bridge/hdf/host_options.h"

#define HOST_CHILD_FD 3
#define HOST_CHILD_END_S 6u /* for its drivers' Release; longer than HOST_STOP_MS */

/* Until the supervisor has gone or SIGTERM comes; then its drivers have been released. The exit
 * status. */
int host_child_run(const struct host_options *options);
