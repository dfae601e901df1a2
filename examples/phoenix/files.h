/*
 * Files of servers, by messages alone: what the client's sources share.
 *
 * Each function returns 0 or more, or a negative errno; which of the two it was that failed, the
 * sending or what was asked for, files_error() tells.
 */
#pragma once

#include <limits.h>
#include <stdint.h>
#include <sys/msg.h>
#include <sys/types.h>

#define CHUNK_SIZE 65536u

typedef struct {
    uint64_t ino;
    int isDir;
    char name[NAME_MAX + 1];
} entry_t;

/* Sends; what the server answered, or what kept it from being asked. */
int files_send(msg_t *msg);
/* What the last error was, with "not delivered: " before it where no server said it. */
const char *files_error(int err);

/* By its path; a symbolic link at its end is not followed. */
int files_find(const char *path, oid_t *fil, oid_t *dev);
/* Likewise; it is followed. */
int files_follow(const char *path, oid_t *fil, oid_t *dev);
/* The directory that @path is in, or would be, and its name there: in @path, which is written to.
 */
int files_parent(char *path, oid_t *dir, char **name);

int files_open(const oid_t *oid, int toWrite);
int files_close(const oid_t *oid, int toWrite);
/* As much as the server gives at once. 0: the end */
int files_read(const oid_t *oid, off_t offs, void *data, size_t size);
/* As much as is there; of @size at most INT_MAX. */
int files_readAll(const oid_t *oid, off_t offs, void *data, size_t size);
/* All of it. */
int files_write(const oid_t *oid, off_t offs, const void *data, size_t size);
int files_truncate(const oid_t *oid, size_t size);
/* @target: of a symbolic link, else NULL. @oid: what was made; may be NULL */
int files_create(const char *path, int type, unsigned mode, const char *target, oid_t *oid);
int files_link(const oid_t *dir, const char *name, const oid_t *oid);
int files_unlink(const oid_t *dir, const char *name, const oid_t *oid);
/* The entry at *offs, which is the next one's then. -ENOENT: there is no more */
int files_readdir(const oid_t *dir, off_t *offs, entry_t *entry);
/* The target of a symbolic link, terminated. */
int files_readlink(const oid_t *oid, char target[PATH_MAX]);
int files_get(const oid_t *oid, int attr, long long *val);
int files_set(const oid_t *oid, int attr, long long val);
/* -errno also when one is missing that a stat() needs. */
int files_getAll(const oid_t *oid, struct _attrAll *attrs);
int files_areSame(const oid_t *a, const oid_t *b);
/* What is mounted on the directory is no more. */
int files_uncover(const oid_t *dir);

/* ---- trees ---- */

/* They say on stderr what failed, and return how much did. */

/* Copies what is in a folder of the host into a directory, which is made if it is not there. */
int tree_in(const char *folder, const char *path);
/* And out of one. */
int tree_out(const char *path, const char *folder);
/* Whether both have the same in them, but for owners. */
int tree_compare(const char *folder, const char *path);
