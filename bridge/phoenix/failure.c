/*
 * -EINVAL tells programs that a port is gone: their receivers end on it, and they try again on
 * everything else. So it stands for what stays as it is, and for nothing that may pass.
 */
#include "bridge/phoenix/failure.h"

#include <errno.h>

int failure_of(enum via_status status)
{
    switch (status) {
    case VIA_OK:
        return 0;
    case VIA_NO_MEMORY:
    case VIA_TOO_LARGE:
        return -ENOMEM;
    case VIA_BUSY:
    case VIA_NOT_CONNECTED:
        return -EAGAIN;
    case VIA_TIMEOUT:
        return -ETIME;
    case VIA_CANCELLED:
        return -EINTR;
    case VIA_EXISTS:
        return -EEXIST;
    case VIA_DENIED:
    case VIA_BAD_CERTIFICATE:
        return -EACCES;
    case VIA_IO:
        return -EIO;
    case VIA_INVALID:
    case VIA_DEAD:
    case VIA_NOT_FOUND:
    case VIA_UNSUPPORTED:
    case VIA_END:
    case VIA_BAD_TYPE:
    case VIA_BAD_SIZE:
    case VIA_BAD_KIND:
    case VIA_BAD_FLAGS:
    case VIA_BAD_HANDLE:
    case VIA_BAD_REFERENCE:
    case VIA_BAD_META:
    case VIA_BAD_PAYLOAD:
    case VIA_BAD_TAPE:
    case VIA_BAD_VERSION:
    case VIA_BAD_SUBPROTOCOL:
    case VIA_BAD_JSON:
        return -EINVAL;
    }
    return -EINVAL; /* of a later version than this one */
}
