/*
 * How much one message carries, each way: $VIADUCT_PHOENIX_MAX_DATA_SIZE octets, else
 * PHOENIX_DATA_MAX.
 */
#pragma once

#include "codecs/phoenix_message.h"

/* VIA_TOO_LARGE: i.data or o.data are over it. VIA_NO_MEMORY, to whatever is asked: the variable is
 * no such number, which standard error has been told, once. */
VIA_MUST_USE enum via_status data_max_check(size_t in_size, size_t out_size);
