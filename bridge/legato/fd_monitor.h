/* Descriptors that a thread's loop watches: what the loop tells them. */
#pragma once

/* Queued by an event loop: @reference is a monitor's, or was; @bits are what epoll said. */
void fd_monitor_ready(void *reference, void *bits);
