/*
 * Phoenix-RTOS: paths.
 *
 * Source: docs/phoenix.md, "Paths"; the system's posix/utils.h.
 */
#pragma once

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** splitname() - the last part of a path, and what stands before it.
 * @path: the slash between them becomes an octet 0, unless it is the first character
 * @base: set, into @path; empty when that ends with a slash
 * @dir: set, to @path, to "/", or to "." when there is no slash; the latter two are not to be
 *       written to */
void splitname(char *path, char **base, char **dir);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
