/*
 * The system's calls on descriptors, repeated when a signal interrupts them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "include/legato/le_fd.h"

int le_fd_Open(const char *pathName, int flags)
{
    int fd = -1;
    do
        fd = open(pathName, flags, S_IRUSR | S_IWUSR);
    while (fd < 0 && errno == EINTR);
    return fd;
}

int le_fd_Close(int fd)
{
    /* it is closed even when that was interrupted */
    return close(fd) < 0 && errno != EINTR ? -1 : 0;
}

ssize_t le_fd_Read(int fd, void *bufPtr, size_t count)
{
    ssize_t size = 0;
    do
        size = read(fd, bufPtr, count);
    while (size < 0 && errno == EINTR);
    return size;
}

ssize_t le_fd_Write(int fd, const void *bufPtr, size_t count)
{
    ssize_t size = 0;
    do
        size = write(fd, bufPtr, count);
    while (size < 0 && errno == EINTR);
    return size;
}

int le_fd_Ioctl(int fd, int request, void *bufPtr)
{
    return ioctl(fd, (unsigned long)(unsigned int)request, bufPtr);
}

int le_fd_MkFifo(const char *pathname, mode_t mode)
{
    return mkfifo(pathname, mode);
}

int le_fd_Fcntl(int fd, int cmd, ...)
{
    va_list arguments;
    va_start(arguments, cmd);
    int argument = 0;
    if (cmd != F_GETFL && cmd != F_GETFD)
        argument = va_arg(arguments, int);
    va_end(arguments);
    return fcntl(fd, cmd, argument);
}

int le_fd_Dup(int oldfd)
{
    return dup(oldfd);
}
