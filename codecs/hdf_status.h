/*
 * The statuses of the HDF family by their names, for people.
 */
#pragma once

#include <stdint.h>

/* "HDF_ERR_IO" and the like; NULL for a number that is none of them. */
const char *hdf_status_name(int32_t status);
