/*
 * Phoenix-RTOS: what can be polled for, as mtGetAttr of atPollStatus carries it. Other numbers than
 * Linux's. The events that only Linux has would mean others here: they are not defined.
 *
 * Source: docs/phoenix.md, "Beside Linux's headers"; the system's phoenix/posix-poll.h.
 */
#pragma once

#include <poll.h>

#undef POLLERR
#undef POLLHUP
#undef POLLIN
#undef POLLMSG
#undef POLLNVAL
#undef POLLOUT
#undef POLLPRI
#undef POLLRDBAND
#undef POLLRDHUP
#undef POLLRDNORM
#undef POLLREMOVE
#undef POLLWRBAND
#undef POLLWRNORM

#define POLLIN 0x1
#define POLLRDNORM 0x2
#define POLLRDBAND 0x4
#define POLLPRI 0x8
#define POLLOUT 0x10
#define POLLWRNORM 0x20
#define POLLWRBAND 0x40
#define POLLERR 0x80
#define POLLHUP 0x100
#define POLLNVAL 0x200
