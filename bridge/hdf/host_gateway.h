/*
 * A driver host waits for its gateway as long as it takes.
 */
#pragma once

#include <stdbool.h>

#define HOST_GATEWAY_RETRY_MS 200u /* between attempts */

/* False: told to stop. */
bool host_gateway_wait(void);
void host_gateway_stop_waiting(void);
