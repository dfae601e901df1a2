/*
 * HDF: the log of the framework itself: hdf_log.h with a domain of its own.
 *
 * Source: docs/hdf.md, "Log"; the system's hdf_core_log.h.
 */
#pragma once

#include "hdf_log.h"

#undef LOG_DOMAIN
#define LOG_DOMAIN 0xD002510
