/*
 * Phoenix-RTOS: sys/events.h brings sys/msg.h there.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers".
 */
#pragma once

#include <sys/msg.h>
