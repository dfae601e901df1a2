/*
 * HDF: the standard headers that the sources of that system take for granted.
 *
 * Source: docs/hdf.md, "Headers"; the system's hdf_types.h.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
