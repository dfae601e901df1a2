/*
 * One table for flags, one for events. How a file is accessed is a number on Linux, and bits there.
 */
#include "bridge/phoenix/host_flags.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>

struct pair {
    unsigned int phoenix;
    int host;
};

static const struct pair flag_pairs[] = {
    {PHOENIX_O_APPEND, O_APPEND},     {PHOENIX_O_CREAT, O_CREAT},   {PHOENIX_O_TRUNC, O_TRUNC},
    {PHOENIX_O_EXCL, O_EXCL},         {PHOENIX_O_SYNC, O_SYNC},     {PHOENIX_O_RSYNC, O_RSYNC},
    {PHOENIX_O_NONBLOCK, O_NONBLOCK}, {PHOENIX_O_NOCTTY, O_NOCTTY}, {PHOENIX_O_CLOEXEC, O_CLOEXEC},
    {PHOENIX_O_DSYNC, O_DSYNC},
};

static const struct pair event_pairs[] = {
    {0x1, POLLIN},
    {0x2, POLLRDNORM},
    {0x4, POLLRDBAND},
    {PHOENIX_POLLPRI, POLLPRI},
    {0x10, POLLOUT},
    {0x20, POLLWRNORM},
    {0x40, POLLWRBAND},
    {0x80, POLLERR},
    {PHOENIX_POLLHUP, POLLHUP},
    {PHOENIX_POLLNVAL, POLLNVAL},
};

#define N_ELEMENTS(array) (sizeof(array) / sizeof *(array))

static int to_host(const struct pair *pairs, size_t n, unsigned int bits)
{
    int result = 0;
    for (size_t i = 0; i < n; i++)
        if ((bits & pairs[i].phoenix) != 0)
            result |= pairs[i].host;
    return result;
}

static unsigned int from_host(const struct pair *pairs, size_t n, int bits)
{
    unsigned int result = 0;
    for (size_t i = 0; i < n; i++)
        if ((bits & pairs[i].host) == pairs[i].host)
            result |= pairs[i].phoenix;
    return result;
}

int host_flags_of(unsigned int flags)
{
    int access = O_RDONLY;
    if ((flags & PHOENIX_O_RDWR) != 0 ||
        (flags & (PHOENIX_O_RDONLY | PHOENIX_O_WRONLY)) == (PHOENIX_O_RDONLY | PHOENIX_O_WRONLY))
        access = O_RDWR;
    else if ((flags & PHOENIX_O_WRONLY) != 0)
        access = O_WRONLY;
    return access | to_host(flag_pairs, N_ELEMENTS(flag_pairs), flags);
}

unsigned int host_flags_to_phoenix(int flags)
{
    unsigned int access = PHOENIX_O_RDONLY;
    if ((flags & O_ACCMODE) == O_RDWR)
        access = PHOENIX_O_RDWR;
    else if ((flags & O_ACCMODE) == O_WRONLY)
        access = PHOENIX_O_WRONLY;
    return access | from_host(flag_pairs, N_ELEMENTS(flag_pairs), flags);
}

short host_events_of(unsigned int events)
{
    return (short)to_host(event_pairs, N_ELEMENTS(event_pairs), events);
}

unsigned int host_events_to_phoenix(short events)
{
    return from_host(event_pairs, N_ELEMENTS(event_pairs), events);
}
