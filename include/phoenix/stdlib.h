/*
 * Phoenix-RTOS: stdlib.h brings sys/wait.h there.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <stdlib.h>
#include <sys/wait.h>
