/*
 * Error numbers of the Phoenix dialect and of Linux, whose are on the wire.
 */
#pragma once

#include <stdint.h>

/* @err is an answer: a negative error number, or 0 or a count, which stay as they are. The one is
 * the other's inverse. */
int32_t phoenix_errno_to_linux(int32_t err);
int32_t phoenix_errno_from_linux(int32_t err);
