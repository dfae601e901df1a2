/*
 * Phoenix-RTOS: kinds of objects, and the messages of filesystems that are mounted. flock() and its
 * flags are Linux's.
 *
 * Source: docs/phoenix.md, "Messages"; the system's sys/file.h.
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include <phoenix/file.h>
#include_next <sys/file.h>
#include <sys/types.h>

/** ot - kinds of objects, as i.create.type of mtCreate names them */
enum { otDir = 0, otFile = 1, otDev = 2, otSymlink = 3, otUnknown = 4 };

/** mt - more types of messages */
enum { mtMount = 0xf50, mtUmount = 0xf51, mtSync = 0xf52, mtMountPoint = 0xf54 };

/** mount_i_msg_t - i.raw of mtMount */
typedef struct {
    oid_t mnt; /* the directory that is to be covered */
    unsigned long mode;
    char fstype[16];
} mount_i_msg_t;

/** mount_o_msg_t - o.raw of mtMount, the filesystem's root, and of mtMountPoint, what it covers */
typedef struct {
    oid_t oid;
} mount_o_msg_t;
