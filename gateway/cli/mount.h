/*
 * A namespace of Phoenix-RTOS servers as a tree of files with Linux's words: each operation is a
 * few messages. Nothing here knows of FUSE; mount_fuse.c and mount_session.c stand above it.
 *
 * Functions return 0 or more, or a negative error number that Linux takes from a filesystem. An
 * operation is one visit; any number of them run at once, each in a thread of its own.
 */
#pragma once

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include "gateway/cli/phx.h"

#define MOUNT_NAME_MAX PHX_NAME_MAX
#define MOUNT_PIECE_MAX (1u << 20) /* octets of one message that reads or writes */

struct mount_tree;
struct mount_inode; /* what the kernel knows of the tree */
struct mount_file;
struct mount_dir;

struct mount_options {
    struct via_node *node; /* borrowed */
    const char *path;      /* what is mounted; borrowed */
    uint32_t timeout_ms;   /* of one message; 0: none */
    bool server_ids;       /* users and groups are those that servers tell; else these: */
    uid_t uid;
    gid_t gid;
};

/* ---- mount_tree.c ---- */

/* *askerp is who asked, for words about an error. */
int mount_tree_create(struct mount_tree **treep, const struct mount_options *options,
                      struct phx_asker *askerp);
/* Nobody visits it any more. */
struct mount_tree *mount_tree_destroy(struct mount_tree *tree);
struct mount_inode *mount_tree_root(struct mount_tree *tree);
/* How many inodes there are beside the root. */
size_t mount_tree_n_inodes(struct mount_tree *tree);

/* One operation. */
struct mount_visit {
    struct mount_tree *tree;
    struct phx_asker asker;
};

/* @queue: of the node, to be closed where nobody waits for the end of it any longer; or NULL */
void mount_visit_begin(struct mount_visit *visit, struct mount_tree *tree, struct via_queue *queue);
/* What is said of @err. */
int mount_visit_result(const struct mount_visit *visit, int32_t err);

/* Where something is. */
struct mount_place {
    struct phx_node node;
    enum phx_origin origin;
    bool has_path; /* names are registered below it */
    char path[PHX_PATH_MAX];
};

/* An inode for it; a count more. NULL: no memory */
struct mount_inode *mount_inode_take(struct mount_tree *tree, const struct mount_place *place);
/* @n counts less. The root has none. */
void mount_inode_forget(struct mount_tree *tree, struct mount_inode *inode, uint64_t n);
void mount_inode_place(struct mount_tree *tree, struct mount_inode *inode,
                       struct mount_place *place);
/* What an operation learned of it. */
void mount_inode_note(struct mount_tree *tree, struct mount_inode *inode, const struct stat *stat,
                      bool is_device);
/* The last of that: whether it is a device, and how large it was. */
bool mount_inode_is_device(struct mount_tree *tree, const struct mount_inode *inode,
                           int64_t *sizep);
/* The path is looked up again: its server may be another one now. -errno */
int32_t mount_root_renew(struct mount_visit *visit);
const struct mount_options *mount_tree_options(const struct mount_tree *tree);

/* ---- mount_registry.c ---- */

struct mount_registry;

enum via_status mount_registry_create(struct mount_registry **registryp, struct via_node *node);
struct mount_registry *mount_registry_destroy(struct mount_registry *registry);
/* Of the tree; never asks anybody. Whether @path is registered, and whether names are below it. */
bool mount_registry_find(struct mount_registry *registry, const char *path,
                         struct phoenix_oid *oidp, bool *are_belowp);
/* What stands in directory @dir, as entries without stat; owned. -ENOMEM */
int32_t mount_registry_list(struct mount_registry *registry, const char *dir,
                            struct phx_listed **listedp, size_t *np);
struct mount_registry *mount_tree_registry(struct mount_tree *tree);

/* ---- mount_attr.c ---- */

enum mount_change {
    MOUNT_MODE = 1,
    MOUNT_UID = 2,
    MOUNT_GID = 4,
    MOUNT_SIZE = 8,
    MOUNT_ATIME = 16,
    MOUNT_MTIME = 32
};

/* What Linux shows of what a server told; whether it is a device. */
bool mount_stat_of(const struct mount_tree *tree, const struct mount_place *place,
                   const struct phx_stat *told, bool is_dir, struct stat *stat);
/* Number of the file, from an oid. */
ino_t mount_ino(const struct phoenix_oid *oid);
/* Asks what is at @place. */
int32_t mount_stat_at(struct mount_visit *visit, const struct mount_place *place, struct stat *stat,
                      bool *is_devicep);
int mount_getattr(struct mount_visit *visit, struct mount_inode *inode, struct stat *stat);
/* @what: enum mount_change; @file: NULL, or it is open */
int mount_setattr(struct mount_visit *visit, struct mount_inode *inode,
                  const struct mount_file *file, unsigned what, const struct stat *wanted,
                  struct stat *stat);
int mount_statfs(struct mount_visit *visit, struct mount_inode *inode, struct statvfs *stat);

/* ---- mount_find.c ---- */

struct mount_found {
    struct mount_inode *inode; /* a count */
    struct stat stat;
};

/* From a directory's place to the path of what is called @name in it. false: it has none */
bool mount_find_path(struct mount_place *place, const char *name);
int32_t mount_find_place(struct mount_visit *visit, const struct mount_place *dir, const char *name,
                         struct mount_place *place);
/* What is made of it for the kernel. */
int32_t mount_find_take(struct mount_visit *visit, const struct mount_place *place,
                        struct mount_found *found);
int mount_lookup(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                 struct mount_found *found);
/* @target has PHX_PATH_MAX octets */
int mount_readlink(struct mount_visit *visit, struct mount_inode *inode, char *target);

/* ---- mount_change.c ---- */

#define MOUNT_NOREPLACE 1u /* Linux's RENAME_NOREPLACE */

int mount_mkdir(struct mount_visit *visit, struct mount_inode *dir, const char *name, mode_t mode,
                struct mount_found *found);
int mount_create(struct mount_visit *visit, struct mount_inode *dir, const char *name, mode_t mode,
                 int flags, struct mount_found *found, struct mount_file **filep);
int mount_symlink(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                  const char *target, struct mount_found *found);
int mount_link(struct mount_visit *visit, struct mount_inode *inode, struct mount_inode *dir,
               const char *name, struct mount_found *found);
int mount_unlink(struct mount_visit *visit, struct mount_inode *dir, const char *name);
int mount_rmdir(struct mount_visit *visit, struct mount_inode *dir, const char *name);
int mount_rename(struct mount_visit *visit, struct mount_inode *dir, const char *name,
                 struct mount_inode *other_dir, const char *other_name, unsigned flags);

/* ---- mount_file.c ---- */

/* @flags: Linux's O_* */
int mount_open(struct mount_visit *visit, struct mount_inode *inode, int flags,
               struct mount_file **filep);
/* The file is gone whatever comes back. */
int mount_release(struct mount_visit *visit, struct mount_file *file);
/* Nothing of it is to be kept between one read and the next: a device, or a size of 0 that may not
 * be true. */
bool mount_file_is_direct(const struct mount_file *file);
const struct phoenix_oid *mount_file_oid(const struct mount_file *file);
ssize_t mount_read(struct mount_visit *visit, const struct mount_file *file, void *data,
                   size_t size, off_t offs);
ssize_t mount_write(struct mount_visit *visit, const struct mount_file *file, const void *data,
                    size_t size, off_t offs);
int mount_fsync(struct mount_visit *visit, const struct mount_file *file);

/* ---- mount_dir.c ---- */

struct mount_entry {
    char name[PHX_NAME_MAX + 1];
    struct stat stat;         /* number and kind; the rest if it is whole */
    bool is_whole;            /* then place is set, too; not for "." and ".." */
    bool is_device;           /* likewise */
    struct mount_place place; /* for mount_inode_take() */
};

int mount_opendir(struct mount_visit *visit, struct mount_inode *inode, struct mount_dir **dirp);
int mount_releasedir(struct mount_visit *visit, struct mount_dir *dir);
/* The entry at @at, from 0 on. 1: it is in *entry; 0: there are no more. @whole: with attributes
 * where they can be had */
int mount_readdir(struct mount_visit *visit, struct mount_dir *dir, uint64_t at, bool whole,
                  struct mount_entry *entry);

/* ---- mount_session.c, or mount_missing.c where there was no libfuse3 ---- */

struct mount_point {
    const char *dir;  /* where it is mounted */
    const char *name; /* of what is mounted, for lists of mounts */
    bool allow_other;
    void (*ready)(void *user); /* it is mounted */
    void *user;
};

/* false: says on stderr why nothing can be mounted here. */
bool mount_session_is_possible(void);
/* Until it is unmounted or a signal ends it. false: it could not be mounted, as stderr says. */
bool mount_session_serve(struct mount_tree *tree, const struct mount_point *point);
