/*
 * Phoenix-RTOS: attributes of servers' files.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <sys/stat.h>

#if defined(VIADUCT_PHOENIX_FILES) && !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
#undef chmod
#undef fstat
#undef lstat
#undef mkdir
#define chmod phoenix_chmod
#define fstat phoenix_fstat
#define lstat phoenix_lstat
#define mkdir phoenix_mkdir
/* not the struct */
#define stat(path, buf) phoenix_stat(path, buf)
#endif
