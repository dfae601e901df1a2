/*
 * Portfolio: names of filesystems.
 *
 * Source: the system's discdata.h.
 */
#pragma once

#include "types.h"

#define FILESYSTEM_MAX_NAME_LEN 32
