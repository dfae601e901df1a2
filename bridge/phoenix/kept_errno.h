/*
 * errno, which the functions of sys/msg.h leave alone, whatever is done meanwhile.
 */
#pragma once

#include <errno.h>

static inline void kept_errno_put_back(const int *kept)
{
    errno = *kept;
}

/* At the beginning of a function: it ends with errno as it is now. */
#define KEEP_ERRNO()                                                                               \
    __attribute__((cleanup(kept_errno_put_back), unused)) const int kept_errno = errno
