/*
 * Phoenix-RTOS: poll.h with its events. -DVIADUCT_PHOENIX_HOST_FILES leaves Linux's.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <poll.h>

#ifndef VIADUCT_PHOENIX_HOST_FILES
#include <phoenix/files.h>
#include <phoenix/posix-poll.h>

#ifndef __cplusplus
#undef poll
#define poll phoenix_poll
#endif
#endif
