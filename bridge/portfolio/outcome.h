/*
 * What the core's statuses are to programs of Portfolio.
 */
#pragma once

#include <viaduct/status.h>

#include "include/portfolio/types.h"

/* 0 for VIA_OK; of a port that is gone, or cannot be reached, BADITEM. */
Err outcome_error(enum via_status status);
