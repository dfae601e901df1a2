/*
 * Phoenix-RTOS: pthread.h brings sys/threads.h there.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include_next <pthread.h>
#include <sys/threads.h>
