/*
 * A filesystem in memory: what its sources share. One thread has all of it, so nothing is locked.
 *
 * An object is a directory, a file, a symbolic link or a device's node. It has a number, which is
 * the id of its oid, and any number of names, which are entries of directories. It goes when it has
 * no name any more and nobody has it open.
 */
#pragma once

#include <dirent.h>
#include <limits.h>
#include <posix/idtree.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/list.h>
#include <sys/msg.h>
#include <sys/rb.h>
#include <sys/stat.h>

#define BLOCK_SIZE 4096u
#define FILE_SIZE_MAX ((off_t)INT_MAX * BLOCK_SIZE)
#define OBJECTS_MAX 262144u
#define DIR_ENTRIES_MAX 65000u /* less than what fits into d_reclen */
#define TARGET_MAX 4095u       /* of a symbolic link */

typedef struct object object_t;

typedef struct entry {
    rbnode_t linkage;          /* among the directory's, by name */
    idnode_t position;         /* likewise, in the order of mtReaddir */
    struct entry *next, *prev; /* the object's other names */
    object_t *dir;
    object_t *object;
    const char *name; /* not terminated */
    size_t len;
    char storage[];
} entry_t;

typedef struct {
    rbnode_t linkage;
    off_t index;
    unsigned char data[]; /* BLOCK_SIZE */
} block_t;

struct object {
    idnode_t node;
    int type;    /* ot* */
    mode_t mode; /* S_IF* and permissions */
    int uid, gid;
    unsigned refs; /* how often it is open */
    unsigned nnames;
    entry_t *names; /* ring */
    time_t atime, mtime, ctime;
    oid_t dev;  /* what it stands for: itself, a driver's object, or what is mounted on it */
    off_t size; /* of the content, or of a symbolic link's target */

    rbtree_t blocks; /* a file's: those that were ever written to */
    size_t nblocks;

    rbtree_t entries; /* a directory's */
    idtree_t positions;
    unsigned nentries, nsubdirs;

    char *target; /* a symbolic link's */

    object_t *walkNext, *walkPrev; /* for a walk up the tree */
    unsigned walk;
};

typedef struct {
    uint32_t port;
    object_t *root;
    idtree_t objects;
    size_t nobjects;
    size_t nblocks, nblocksMax;
} ramfs_t;

extern ramfs_t ramfs;

/* ---- objects ---- */

/* One without a name. -ENOSPC, -ENOMEM */
int object_create(object_t **object, int type, mode_t mode);
/* What the oid means; NULL */
object_t *object_find(const oid_t *oid);
/* Frees it, if it has no name and is not open */
void object_drop(object_t *object);
/* Its oid, with zeros between the members: others compare octets */
void object_oid(const object_t *object, oid_t *oid);
/* Whether it is a device, or something is mounted on it */
int object_isElsewhere(const object_t *object);

/* ---- content of files ---- */

void file_init(object_t *file);
/* How many octets were read, 0 at the end; -EINVAL */
int file_read(object_t *file, off_t offs, void *data, size_t size);
/* How many were written, fewer when there is no room for all; -ENOSPC, -EFBIG */
int file_write(object_t *file, off_t offs, const void *data, size_t size);
/* -EINVAL, -EFBIG */
int file_truncate(object_t *file, off_t size);

/* ---- directories ---- */

void dir_init(object_t *dir);
/* What has that name, "." and ".." included; -ENOENT, -ENOTDIR */
int dir_find(object_t *dir, const char *name, size_t len, object_t **object);
/* The entry itself; NULL */
entry_t *dir_entry(object_t *dir, const char *name, size_t len);
/* The first entry at a position or behind it; NULL */
entry_t *dir_entryFrom(object_t *dir, unsigned position);
/* Gives an object a new name. -ENOSPC, -ENOMEM */
int dir_add(object_t *dir, const char *name, size_t len, object_t *object);
/* The name is now another object's; the one that had it goes if that was its last */
void dir_replace(entry_t *entry, object_t *object);
/* Takes a name away; likewise */
void dir_remove(entry_t *entry);
object_t *dir_parent(object_t *dir);
/* Whether it is @dir or above it, by any of their names */
int dir_isAbove(const object_t *object, object_t *dir);

/* ---- attributes ---- */

int attr_set(object_t *object, int type, long long val, const void *data, size_t size);
int attr_get(const object_t *object, int type, long long *val);
int attr_getAll(const object_t *object, struct _attrAll *attrs, size_t size);

/* ---- messages about names ---- */

int ramfs_create(oid_t *oid, const char *name, size_t size, int type, mode_t mode, const oid_t *dev,
                 oid_t *result);
/* How much of the path it is: all, or up to what is another server's */
int ramfs_lookup(oid_t *oid, const char *path, oid_t *fil, oid_t *dev);
int ramfs_link(oid_t *oid, const char *name, oid_t *what);
int ramfs_unlink(oid_t *oid, const char *name, oid_t *what);
int ramfs_readdir(oid_t *oid, off_t offs, struct dirent *dirent, size_t size);

/* ---- where it is mounted ---- */

/* As soon as there is such a directory, or its parent. NULL: nowhere */
int ramfs_mountAt(const char *path);
int ramfs_mountpoint(mount_o_msg_t *answer);
int ramfs_umount(void);
