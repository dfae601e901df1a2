/*
 * Phoenix-RTOS: the system's types, with its own id_t, and oid_t and the others of phoenix/types.h.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

/* id_t comes first */
/* clang-format off */
#include <phoenix/id_t.h>
#include_next <sys/types.h>
/* clang-format on */

#include <phoenix/types.h>
