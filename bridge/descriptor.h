/*
 * What is behind a descriptor, as far as streams are concerned.
 */
#pragma once

#include <stdbool.h>

/* As on the wire. */
enum descriptor_kind {
    DESCRIPTOR_UNKNOWN,
    DESCRIPTOR_PIPE,
    DESCRIPTOR_SOCKET,
    DESCRIPTOR_TTY,
    DESCRIPTOR_FILE
};

/* How it is read and written without waiting: see bridge/pump.c. */
enum descriptor_way { WAY_OWN, WAY_SOCKET, WAY_PIPE, WAY_FILE };

/* Its kind, and the way to one that is shared; false if it can be no stream. */
bool descriptor_look(int fd, enum descriptor_kind *kindp, enum descriptor_way *wayp);
