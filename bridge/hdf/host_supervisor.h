/*
 * The process that people start: it starts the hosts, and starts again the one that dies.
 */
#pragma once

#include "bridge/hdf/host_options.h"

#define HOST_STOP_MS 5000u /* for the drivers' Release, before their processes are killed */

/* Until SIGTERM or SIGINT. The exit status. */
int host_supervisor_run(const struct host_options *options);
