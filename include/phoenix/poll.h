/*
 * Phoenix-RTOS: poll.h with its events. -DVIADUCT_PHOENIX_HOST_FILES leaves Linux's.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <poll.h>

#ifdef _GNU_SOURCE
#include <signal.h>
#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)
int phoenix_ppoll(struct pollfd *fds, unsigned long n_fds, const struct timespec *timeout,
                  const sigset_t *mask);
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif

#ifndef VIADUCT_PHOENIX_HOST_FILES
#include <phoenix/files.h>
#include <phoenix/posix-poll.h>

#if !defined(__cplusplus) && !defined(VIADUCT_PHOENIX_WRAPPED)
#undef poll
#undef ppoll
#define poll phoenix_poll
#define ppoll phoenix_ppoll
#endif
#endif
