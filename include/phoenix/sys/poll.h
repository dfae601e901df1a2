/*
 * Phoenix-RTOS: sys/poll.h with its events, which poll.h has. In glibc it is the other way round,
 * so the system's comes first.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

/* clang-format off */
#include_next <sys/poll.h>
#include <poll.h>
/* clang-format on */
