/*
 * What the kernel says of devices that come and go (uevents, by netlink).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <viaduct/status.h>

#define UEVENT_SIZE_MAX 8192u               /* octets of one; the kernel's have 2 KiB and a path */
#define UEVENT_RECEIVE_BUFFER (1024 * 1024) /* octets that wait for us */

struct uevent {
    bool is_online;        /* it has come; else it has gone */
    const char *subsystem; /* borrowed from the octets, as is the name */
    const char *name;      /* the last part of its path in /sys */
    bool has_node;         /* in /dev, by these numbers */
    uint32_t major, minor;
};

/* false: the octets are none, or of something else than that a device comes or goes. */
bool uevent_parse(const uint8_t *octets, size_t size, struct uevent *event);
/* Whether it was the kernel that sent what was received with @header, which has room for the
 * sender's address and credentials. */
bool uevent_is_kernels(const struct msghdr *header);

/* A socket that has them from now on. VIA_DENIED, VIA_UNSUPPORTED and the like. */
VIA_MUST_USE enum via_status uevent_open(int *fdp);
/* The next one, in @octets. VIA_NOT_FOUND: there is none. VIA_BUSY: so many came that some are
 * lost. VIA_INVALID: what came is none that counts. Else the socket is broken. */
VIA_MUST_USE enum via_status uevent_receive(int fd, uint8_t octets[UEVENT_SIZE_MAX],
                                            struct uevent *event);
