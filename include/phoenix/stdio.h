/*
 * Phoenix-RTOS: to rename and to remove servers' files. Streams are of the host's files.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <stdio.h>

#if defined(VIADUCT_PHOENIX_FILES) && !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
#undef remove
#undef rename
#define remove phoenix_remove
#define rename phoenix_rename
#endif
