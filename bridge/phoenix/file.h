/*
 * Open files of servers, by descriptors. A descriptor is a number that the kernel has given out,
 * for something that cannot be read or written, so that it is no other file's; the file is found by
 * it.
 */
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/msg.h>
#include <sys/types.h>

#define FILE_PIECE_MAX (8u << 20) /* octets that one message reads or writes */

struct file {
    atomic_uint refs;      /* the descriptors', and one of each thread that uses it */
    oid_t oid;             /* what was opened */
    oid_t fil;             /* the node that led there */
    char *path;            /* owned */
    unsigned int n_forks;  /* when it was opened: a child's parent has it open */
    pthread_mutex_t guard; /* of what follows */
    off_t offset;
    unsigned int status; /* O_* of that system, those that last */
};

/* Not open by any descriptor yet; -ENOMEM. */
int file_create(const oid_t *oid, const oid_t *fil, const char *path, unsigned int status,
                struct file **filep);
/* A count less; the last one closes it at its server, whose word is the result. */
int file_unref(struct file *file);
/* A count; NULL: the descriptor is the host's, or nobody's. */
struct file *file_get(int fd);
/* A new descriptor; the count is the descriptor's then. -errno */
int file_enter(struct file *file);
/* @fd, which is open on the host, is this file's from now on, or with NULL nobody's. @formerp:
 * whose it was, with its count. -ENOMEM: nothing has changed. */
int file_set(int fd, struct file *file, struct file **formerp);
/* A path that begins at a descriptor, or at the working directory. -ENOENT, -EBADF, -ENAMETOOLONG
 */
int file_path_at(int dir, const char *path, char joined[PATH_MAX]);
/* Permissions, less those that the process's umask withholds. */
mode_t file_masked(mode_t mode);
