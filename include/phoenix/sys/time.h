/*
 * Phoenix-RTOS: the clock.
 *
 * Source: docs/phoenix.md, "Threads"; the system's sys/time.h.
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <sys/time.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** gettime() - the time, in microseconds.
 * @raw: a clock that nobody sets and that does not stand still; may be NULL
 * @offs: what is to be added to it for the time since 1970; may be NULL
 * Return: 0 */
int gettime(time_t *raw, time_t *offs);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#if defined(VIADUCT_PHOENIX_FILES) && !defined(VIADUCT_PHOENIX_HOST_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
#undef futimes
#undef lutimes
#undef utimes
#define futimes phoenix_futimes
#define lutimes phoenix_lutimes
#define utimes phoenix_utimes
#endif
