/*
 * Phoenix-RTOS: several pieces of memory, from and to servers' files.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <sys/uio.h>

#if defined(VIADUCT_PHOENIX_FILES) && !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
#undef preadv
#undef pwritev
#undef readv
#undef writev
#define preadv phoenix_preadv
#define pwritev phoenix_pwritev
#define readv phoenix_readv
#define writev phoenix_writev
#endif
