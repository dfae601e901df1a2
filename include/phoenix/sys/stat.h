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
#undef fchmod
#undef fchmodat
#undef fstat
#undef fstatat
#undef futimens
#undef lstat
#undef mkdir
#undef mkdirat
#undef utimensat
#define chmod phoenix_chmod
#define fchmod phoenix_fchmod
#define fchmodat phoenix_fchmodat
#define fstat phoenix_fstat
#define fstatat phoenix_fstatat
#define futimens phoenix_futimens
#define lstat phoenix_lstat
#define mkdir phoenix_mkdir
#define mkdirat phoenix_mkdirat
#define utimensat phoenix_utimensat
/* not the struct */
#define stat(path, buf) phoenix_stat(path, buf)
#endif
