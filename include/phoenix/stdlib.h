/*
 * Phoenix-RTOS: stdlib.h brings sys/wait.h there, and resolves paths. -DVIADUCT_PHOENIX_HOST_FILES
 * leaves Linux's flags.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers"; "Paths".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <stdlib.h>
#include <sys/wait.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** resolve_path() - a path without symbolic links, "." and ".."
 * @path:     a server's or the host's
 * @resolved: set; PATH_MAX octets. NULL: it is allocated, and the caller's to free
 * @resolve_last_symlink: if not 0, a link at the end is followed, too
 * @allow_missing_leaf:   if not 0, what the last name stands for need not be there
 *
 * Return: @resolved or what was allocated; NULL and errno */
char *resolve_path(const char *path, char *resolved, int resolve_last_symlink,
                   int allow_missing_leaf);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#if !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus) &&                               \
    !defined(VIADUCT_PHOENIX_WRAPPED)
#include <phoenix/files.h>
#define posix_openpt phoenix_host_posix_openpt
#ifdef VIADUCT_PHOENIX_FILES
#undef mkstemp
#undef realpath
#define mkstemp phoenix_mkstemp
#define realpath phoenix_realpath
#endif
#endif
