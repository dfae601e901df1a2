/*
 * Files of the host for programs that have that system's flags.
 */
#include <fcntl.h>
#include <phoenix/files.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/phoenix/host_flags.h"

static mode_t mode_of(unsigned int flags, va_list arguments)
{
    return (flags & PHOENIX_O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

int phoenix_host_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of((unsigned int)flags, arguments);
    va_end(arguments);
    return open(path, host_flags_of((unsigned int)flags), mode);
}

int phoenix_host_openat(int dir, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of((unsigned int)flags, arguments);
    va_end(arguments);
    return openat(dir, path, host_flags_of((unsigned int)flags), mode);
}

int phoenix_host_creat(const char *path, mode_t mode)
{
    return creat(path, mode);
}

int phoenix_host_pipe2(int ends[2], int flags)
{
    return pipe2(ends, host_flags_of((unsigned int)flags));
}

int phoenix_host_dup3(int fd, int other, int flags)
{
    return dup3(fd, other, host_flags_of((unsigned int)flags));
}

int phoenix_host_shm_open(const char *name, int flags, mode_t mode)
{
    return shm_open(name, host_flags_of((unsigned int)flags), mode);
}

int phoenix_host_posix_openpt(int flags)
{
    return posix_openpt(host_flags_of((unsigned int)flags));
}
