/*
 * The operating system's errors as statuses, translated once, where they arise.
 */
#pragma once

#include <viaduct/status.h>

/* Logs @number (an errno) with @what failed, and says what it means to us; never VIA_OK. */
VIA_MUST_USE enum via_status status_from_errno(const char *what, int number);
/* @what found that this process may have no more descriptors: a warning that names the limit, one a
 * second at most. */
void os_no_descriptors(const char *what);
