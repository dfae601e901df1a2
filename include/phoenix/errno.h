/*
 * Phoenix-RTOS: errors. The numbers in a program are Linux's; five of them (ENOSYS, ETIME, EDEADLK,
 * EBADFD, ENOLCK) are others on Phoenix-RTOS machines, and are translated on their way.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <errno.h>

#define EOK 0

#ifdef __cplusplus
extern "C" {
#endif

/** set_errno() - from a negative errno to errno and -1; 0 and more stay as they are */
static inline int set_errno(int x)
{
    if (x >= 0)
        return x;
    errno = -x;
    return -1;
}
#define SET_ERRNO set_errno

#ifdef __cplusplus
}
#endif
