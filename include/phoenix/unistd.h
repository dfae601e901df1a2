/*
 * Phoenix-RTOS: files by their descriptors, and names. Where flags are taken, they are that
 * system's.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <unistd.h>

#if !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus) &&                               \
    !defined(VIADUCT_PHOENIX_WRAPPED)
#include <phoenix/files.h>
#define pipe2 phoenix_host_pipe2
#define dup3 phoenix_dup3
#endif

#if defined(VIADUCT_PHOENIX_FILES) && !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
#undef access
#undef chdir
#undef chown
#undef close
#undef dup
#undef dup2
#undef faccessat
#undef fchdir
#undef fchown
#undef fchownat
#undef fdatasync
#undef fsync
#undef ftruncate
#undef getcwd
#undef isatty
#undef lchown
#undef link
#undef linkat
#undef lseek
#undef pread
#undef pwrite
#undef read
#undef readlink
#undef readlinkat
#undef rmdir
#undef symlink
#undef symlinkat
#undef truncate
#undef unlink
#undef unlinkat
#undef write
#define access phoenix_access
#define chdir phoenix_chdir
#define chown phoenix_chown
#define close phoenix_close
#define dup phoenix_dup
#define dup2 phoenix_dup2
#define faccessat phoenix_faccessat
#define fchdir phoenix_fchdir
#define fchown phoenix_fchown
#define fchownat phoenix_fchownat
#define fdatasync phoenix_fsync
#define fsync phoenix_fsync
#define ftruncate phoenix_ftruncate
#define getcwd phoenix_getcwd
#define isatty phoenix_isatty
#define lchown phoenix_lchown
#define link phoenix_link
#define linkat phoenix_linkat
#define lseek phoenix_lseek
#define pread phoenix_pread
#define pwrite phoenix_pwrite
#define read phoenix_read
#define readlink phoenix_readlink
#define readlinkat phoenix_readlinkat
#define rmdir phoenix_rmdir
#define symlink phoenix_symlink
#define symlinkat phoenix_symlinkat
#define truncate phoenix_truncate
#define unlink phoenix_unlink
#define unlinkat phoenix_unlinkat
#define write phoenix_write
#endif
