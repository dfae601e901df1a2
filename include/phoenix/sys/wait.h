/*
 * Phoenix-RTOS: waiting for processes, with the 64-bit id_t.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

/* id_t comes first */
/* clang-format off */
#include <phoenix/id_t.h>
#include_next <sys/wait.h>
/* clang-format on */
