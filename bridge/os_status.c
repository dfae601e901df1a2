/*
 * What errno's numbers mean to a caller of ours: one table, from number to status.
 */
#include "bridge/os_status.h"

#include <errno.h>
#include <string.h>

#include "bridge/log.h"

enum via_status status_from_errno(const char *what, int number)
{
    char words[128];
    log_info("os.failed", "what=\"%s\" errno=%d words=\"%s\"", what, number,
             strerror_r(number, words, sizeof words));
    switch (number) {
    case ENOMEM:
    case ENOBUFS:
    case EMFILE:
    case ENFILE:
    case ENOSPC: /* epoll: too many watches */
        return VIA_NO_MEMORY;
    case EACCES:
    case EPERM:
        return VIA_DENIED;
    case ENOENT:
    case ECONNREFUSED:
    case ENETUNREACH:
    case EHOSTUNREACH:
        return VIA_NOT_CONNECTED;
    case EADDRINUSE:
        return VIA_BUSY;
    case ETIMEDOUT:
        return VIA_TIMEOUT;
    default:
        return VIA_IO;
    }
}
