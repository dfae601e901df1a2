/*
 * Phoenix-RTOS: paths, and nodes of devices.
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

/** create_dev() - makes a node by which others find a device.
 * @oid:  the device, at its driver
 * @path: "/dev/uart0", or "uart0" alone; directories on the way are made. Borrowed
 *
 * The node is made in the filesystem that is registered as devfs; if there is none after three
 * tries, 100 ms apart, in /dev, which is made if need be; where there is no filesystem either, the
 * path is registered as a name, which goes with this process.
 *
 * Return: 0; -EINVAL (@oid or @path is NULL, or there is nothing behind "/dev/"); -EEXIST;
 * -ENOMEM; or what the filesystem answered, or sending to it
 */
int create_dev(oid_t *oid, const char *path);
/** destroy_dev() - takes the node away, or the name that this process registered.
 * Return: 0, -ENOENT, -EINVAL, -ENOMEM, or as create_dev() */
int destroy_dev(const char *path);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
