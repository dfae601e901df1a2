/*
 * Viaduct's own programs, started by the library: found beside it, and held by a socket.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>
#include <viaduct/status.h>

/* The folder of the executable that runs, without a slash at the end; "" if it cannot be known. */
void program_folder(char folder[PATH_MAX]);

/* Where @name is: in $VIADUCT_BIN, beside the library or in the bin/ next to its folder, in the
 * executable's folder, in $PATH. Sets @path to @name itself when it is nowhere. */
void program_find(const char *name, char path[PATH_MAX]);

/*
 * Starts @arguments (NULL at the end; the first is the program's name) with no signal blocked and
 * the other end of *controlp as its descriptor 3. @gateway is its VIADUCT_GATEWAY, NULL for the
 * same as ours. @own_group: signals of our terminal do not come to it.
 */
VIA_MUST_USE enum via_status program_start(const char *const *arguments, const char *gateway,
                                           bool own_group, pid_t *pidp, int *controlp);
