/*
 * Whatever ends a message without an answer is one of few things there: the port is no Item any
 * more, a limit is met, it is not allowed, or it has taken too long.
 */
#include "bridge/portfolio/outcome.h"

#include "include/portfolio/operror.h"

Err outcome_error(enum via_status status)
{
    switch ((unsigned)status) {
    case VIA_OK:
        return 0;
    case VIA_NO_MEMORY:
    case VIA_BUSY:
        return NOMEM;
    case VIA_TIMEOUT:
        return ABORTED;
    case VIA_DENIED:
        return BADPRIV;
    case VIA_TOO_LARGE:
        return BADSIZE;
    case VIA_UNSUPPORTED:
        return NOSUPPORT;
    default:
        return BADITEM;
    }
}
