/*
 * Where the filesystem is mounted: on a directory of another server, which is told so by a thread
 * of its own, as who asks a filesystem that may be this one must not keep it from answering.
 */
#include <errno.h>
#include <posix/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/threads.h>
#include <unistd.h>

#include "ramfs.h"

#define RETRY_US 10000

static struct {
    handle_t lock;
    int done;
    oid_t dir; /* what it covers then */
} mountpoint;

int ramfs_mountpoint(mount_o_msg_t *answer)
{
    int err = -ENOENT;
    (void)mutexLock(mountpoint.lock);
    if (mountpoint.done) {
        answer->oid = mountpoint.dir;
        err = EOK;
    }
    (void)mutexUnlock(mountpoint.lock);
    return err;
}

int ramfs_umount(void)
{
    (void)mutexLock(mountpoint.lock);
    mountpoint.done = 0;
    (void)mutexUnlock(mountpoint.lock);
    return EOK;
}

static int createMountpoint(const char *path)
{
    char *copy = strdup(path), *base, *dir;
    msg_t msg = {0};
    int err;
    if (copy == NULL)
        return -ENOMEM;
    splitname(copy, &base, &dir);
    err = lookup(dir, NULL, &msg.oid);
    if (err == EOK) {
        msg.type = mtCreate;
        msg.i.create.type = otDir;
        msg.i.create.mode = S_IFDIR | 0777;
        msg.i.data = base;
        msg.i.size = strlen(base) + 1;
        err = msgSend(msg.oid.port, &msg);
        if (err == EOK)
            err = msg.o.err;
    }
    free(copy);
    return err;
}

static int mountOn(oid_t *dir)
{
    msg_t msg = {.type = mtSetAttr};
    oid_t root;
    int err;
    object_oid(ramfs.root, &root);
    msg.oid = *dir;
    msg.i.attr.type = atDev;
    msg.i.data = &root;
    msg.i.size = sizeof root;
    err = msgSend(msg.oid.port, &msg);
    return err < 0 ? err : msg.o.err;
}

/* The other filesystem may start after this one. */
static void mountThread(void *arg)
{
    const char *path = arg;
    oid_t dir;
    while (lookup(path, &dir, NULL) < 0 && createMountpoint(path) < 0)
        usleep(RETRY_US);
    if (lookup(path, &dir, NULL) < 0 || mountOn(&dir) < 0) {
        fprintf(stderr, "ramfs: cannot be mounted on %s\n", path);
        exit(EXIT_FAILURE);
    }
    (void)mutexLock(mountpoint.lock);
    mountpoint.dir = dir;
    mountpoint.done = 1;
    (void)mutexUnlock(mountpoint.lock);
    printf("ramfs: mounted on %s\n", path);
    fflush(stdout);
    endthread();
}

int ramfs_mountAt(const char *path)
{
    static char stack[4096];
    int err = mutexCreate(&mountpoint.lock);
    if (err == EOK && path != NULL)
        err = beginthread(mountThread, 4, stack, sizeof stack, (void *)(uintptr_t)path);
    return err;
}
