/*
 * Legato: the system's calls on descriptors, under names of its own. They return and set errno as
 * those do, and are not interrupted by signals. Any pthread.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_fd.h.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

/** le_fd_Open() - with O_CREAT in @flags, for the owner to read and write */
LE_SHARED int le_fd_Open(const char *pathName, int flags);
LE_SHARED int le_fd_Close(int fd);
LE_SHARED ssize_t le_fd_Read(int fd, void *bufPtr, size_t count);
LE_SHARED ssize_t le_fd_Write(int fd, const void *bufPtr, size_t count);
LE_SHARED int le_fd_Ioctl(int fd, int request, void *bufPtr);
LE_SHARED int le_fd_MkFifo(const char *pathname, mode_t mode);
/** le_fd_Fcntl() - commands whose argument is an int, or that have none */
LE_SHARED int le_fd_Fcntl(int fd, int cmd, ...);
LE_SHARED int le_fd_Dup(int oldfd);

#ifdef __cplusplus
}
#endif
