/*
 * Phoenix-RTOS: select() of servers' files. The system's sys/types.h brings this one, so it needs
 * nothing of ours.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <sys/select.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

int phoenix_select(int n_fds, fd_set *readable, fd_set *writable, fd_set *excepted,
                   struct timeval *timeout);
int phoenix_pselect(int n_fds, fd_set *readable, fd_set *writable, fd_set *excepted,
                    const struct timespec *timeout, const sigset_t *mask);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#if defined(VIADUCT_PHOENIX_FILES) && !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus)
#undef pselect
#undef select
#define pselect phoenix_pselect
#define select phoenix_select
#endif
