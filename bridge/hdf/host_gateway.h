/*
 * A driver host waits for its gateway as long as it takes.
 */
#pragma once

#include <stdbool.h>

#define HOST_GATEWAY_RETRY_MS 200u /* between attempts */

/* Whether that has been called: nobody is to wait any more. */
bool host_gateway_is_over(void);
/* False: told to stop. */
bool host_gateway_wait(void);
void host_gateway_stop_waiting(void);
