/*
 * How long a message to another process may be under way.
 */
#pragma once

#include <stdint.h>

/* Milliseconds, as VIADUCT_TIMEOUT_MS says; 0: for ever. */
uint32_t patience_ms(void);
