/*
 * The calling thread's event loop, served until something is so.
 */
#pragma once

#include <cmocka.h>
#include <poll.h>

#include "include/legato/le_eventLoop.h"

#define SERVED_LIMIT_MS 60000 /* then it is never so */

/* Until @done, which events alone make so. */
static inline void serve_until(bool (*done)(void))
{
    while (!done()) {
        struct pollfd loop = {.fd = le_event_GetFd(), .events = POLLIN};
        if (le_event_ServiceLoop() == LE_WOULD_BLOCK && poll(&loop, 1, SERVED_LIMIT_MS) == 0)
            fail_msg("it never happened");
    }
}

/* All that is there already. */
static inline void serve_all(void)
{
    while (le_event_ServiceLoop() == LE_OK)
        continue;
}
