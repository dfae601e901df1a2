/*
 * How long to wait before the next attempt to connect.
 */
#pragma once

#include <stdint.h>

#define BACKOFF_FIRST_MS 50u /* the longest first pause; twice as long after each failure */

/* The pause after the @n_failures-th attempt in a row, 0 after none, at most @longest_ms. @random
 * decides where in its whole range it lies. */
uint64_t backoff_pause(unsigned n_failures, uint64_t longest_ms, uint32_t random);
uint32_t backoff_random(void);
