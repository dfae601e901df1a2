/*
 * Only what the kernel says of it counts: whoever passed the descriptor may have opened it in any
 * way.
 */
#include "bridge/descriptor.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Devices that are always ready. */
static bool is_tame(dev_t device)
{
    static const unsigned minors[] = {3, 5, 7, 9}; /* null, zero, full, urandom */
    for (size_t i = 0; major(device) == 1 && i < sizeof minors / sizeof *minors; i++)
        if (minor(device) == minors[i])
            return true;
    return false;
}

static bool is_stream_socket(int fd)
{
    int type = 0;
    int listens = 0;
    socklen_t size = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
        return false;
    size = sizeof listens;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens == 0;
}

bool descriptor_look(int fd, enum descriptor_kind *kindp, enum descriptor_way *wayp)
{
    struct stat what;
    if (fstat(fd, &what) < 0)
        return false;
    switch (what.st_mode & S_IFMT) {
    case S_IFIFO:
        *kindp = DESCRIPTOR_PIPE;
        *wayp = WAY_PIPE;
        return true;
    case S_IFSOCK:
        *kindp = DESCRIPTOR_SOCKET;
        *wayp = WAY_SOCKET;
        return is_stream_socket(fd);
    case S_IFREG:
    case S_IFBLK:
        *kindp = DESCRIPTOR_FILE;
        *wayp = WAY_FILE;
        return true;
    case S_IFCHR:
        *kindp = is_tame(what.st_rdev) ? DESCRIPTOR_UNKNOWN : DESCRIPTOR_TTY;
        *wayp = is_tame(what.st_rdev) ? WAY_FILE : WAY_OWN;
        /* A pty's master, opened again, would be another pty's. */
        return *kindp == DESCRIPTOR_UNKNOWN || (isatty(fd) && what.st_rdev != makedev(5, 2));
    default:
        return false;
    }
}
