/*
 * Phoenix-RTOS: assert.h brings stdio.h and stdlib.h there, and programs lean on it. Without a
 * guard, as the system's: each time it is included it looks at NDEBUG again.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma GCC system_header /* include_next is an extension */

#include_next <assert.h>
#include <stdio.h>
#include <stdlib.h>
