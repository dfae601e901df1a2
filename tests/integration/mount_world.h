/*
 * A mounted tree without the kernel: a gateway in a thread, a server of files as a program of its
 * own, and paths walked name by name as the kernel does. What fails, fails the test.
 */
#pragma once

#include "gateway/cli/mount.h"
#include "tests/integration/core_world.h"
#include "tests/integration/process.h"

struct mount_world {
    struct gateway_thread gateway;
    struct via_node *node;
    struct mount_tree *tree;
    struct mount_visit visit; /* the last one */
};

void mount_world_start(struct mount_world *world);
/* Of those that it has shown the kernel, no inode is left. */
void mount_world_stop(struct mount_world *world);
/* A server, once it has said @ready; @name is a path below the folder of programs. */
void mount_world_serve(const struct mount_world *world, struct process *process, const char *name,
                       const char *const *words, const char *ready);
void mount_world_end(struct process *process);
/* Mounts @path; 0 or -errno. */
int mount_world_mount(struct mount_world *world, const char *path, uint32_t timeout_ms,
                      bool server_ids);
void mount_world_unmount(struct mount_world *world);

/* A new operation. */
struct mount_visit *visit(struct mount_world *world);
/* What is at @path, "" is the root; a count. NULL: *errp says why. */
struct mount_inode *walk(struct mount_world *world, const char *path, struct stat *stat, int *errp);
/* The same that has to be there. */
struct mount_inode *at(struct mount_world *world, const char *path);
void leave(struct mount_world *world, struct mount_inode *inode);

/* By paths; 0 or -errno. */
int stat_of(struct mount_world *world, const char *path, struct stat *stat);
int make_dir(struct mount_world *world, const char *path);
int put_text(struct mount_world *world, const char *path, const char *text);
int get_text(struct mount_world *world, const char *path, char *text, size_t size);
int take_away(struct mount_world *world, const char *path);
int move(struct mount_world *world, const char *path, const char *other, unsigned flags);
/* Names in a directory, each with a space behind it, in their order but for "." and ".."; -errno */
int list(struct mount_world *world, const char *path, bool whole, char *names, size_t size);
