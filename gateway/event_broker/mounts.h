/*
 * What is mounted in this process's namespace, as the kernel's mountinfo has it, and what of it
 * changes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define MOUNTS_FILE "/proc/self/mountinfo"
#define MOUNTS_TEXT_MAX (32u << 20) /* octets of it */
#define MOUNTS_READS_MAX 8u         /* one after the other, while it changes under our hands */

struct mount {
    uint32_t id, major, minor; /* the kernel's number of the mount; its device's */
    char *path;                /* owned: where it is mounted */
};

struct mounts {
    int fd;            /* owned; -1: they are not watched */
    struct mount *all; /* owned, by their numbers */
    size_t n;
};

enum mounts_change { MOUNTS_MOUNTED, MOUNTS_OFFLINE, MOUNTS_DISMOUNTED };

/* It may not call the mounts. */
typedef void (*mounts_tell_fn)(void *user, enum mounts_change change, const char *path);

void mounts_init(struct mounts *mounts);
void mounts_deinit(struct mounts *mounts);
/* Reads what is mounted now, of which nothing is told. VIA_NOT_FOUND, VIA_DENIED and the like: it
 * cannot be read; VIA_INVALID: @path is no mountinfo. */
VIA_MUST_USE enum via_status mounts_open(struct mounts *mounts, const char *path);

/* After poll() for POLLPRI on @mounts->fd: tells of those that are not there any more, the newest
 * first, then of those that are new. */
void mounts_dispatch(struct mounts *mounts, mounts_tell_fn tell, void *user);
/* A device is gone: tells of those that are on it, and stay mounted. */
void mounts_device_gone(const struct mounts *mounts, uint32_t major, uint32_t minor,
                        mounts_tell_fn tell, void *user);
