/*
 * What a failure of the core's is to programs: the one table of statuses and errors.
 */
#pragma once

#include <viaduct/status.h>

/* 0 or a negative errno. */
int failure_of(enum via_status status);
