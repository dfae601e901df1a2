/*
 * A server of a filesystem in memory:
 *
 *     ramfs_server [-n NAME] [-m DIRECTORY] [-s MEBIOCTETS]
 *
 * It is the root filesystem, or has another NAME. With -m it is mounted on a DIRECTORY of whichever
 * filesystem has that, as soon as there is one; the directory is made if it is not there.
 *
 * One thread receives and answers; mounting is another one's, as who asks a filesystem that may be
 * this one must not keep it from answering.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <posix/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/threads.h>
#include <unistd.h>

#include "ramfs.h"

#define SIZE_DEFAULT 64 /* MiB */
#define RETRY_US 10000

ramfs_t ramfs;

static struct {
    handle_t lock;
    const char *path; /* NULL: it is not to be mounted */
    int done;
    oid_t dir; /* what it covers then */
} mountpoint;

/* ---- names ---- */

/* The name in i.data, which ends with an octet 0; NULL: there is none. */
static const char *nameOf(const msg_t *msg)
{
    return msg->i.data != NULL && strnlen(msg->i.data, msg->i.size) > 0 ? msg->i.data : NULL;
}

static int isDots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Whether a directory could have an entry of that name. */
static int checkName(const char *name)
{
    if (name == NULL || strchr(name, '/') != NULL)
        return -EINVAL;
    if (strlen(name) > NAME_MAX)
        return -ENAMETOOLONG;
    return isDots(name) ? -EEXIST : EOK;
}

/* ---- messages ---- */

static int ramfs_open(oid_t *oid)
{
    object_t *object = object_find(oid);
    if (object == NULL)
        return -ENOENT;
    object->refs++;
    return EOK;
}

static int ramfs_close(oid_t *oid)
{
    object_t *object = object_find(oid);
    if (object == NULL)
        return -ENOENT;
    if (object->refs == 0)
        return -EBADF;
    object->refs--;
    object_drop(object);
    return EOK;
}

static int readTarget(const object_t *link, off_t offs, void *data, size_t size)
{
    if (offs < 0)
        return -EINVAL;
    if (offs >= link->size)
        return 0;
    if (size > (size_t)(link->size - offs))
        size = (size_t)(link->size - offs);
    memcpy(data, link->target + offs, size);
    return (int)size;
}

static int ramfs_read(oid_t *oid, off_t offs, void *data, size_t size)
{
    object_t *object = object_find(oid);
    if (object == NULL)
        return -ENOENT;
    if (data == NULL && size > 0)
        return -EINVAL;
    switch (object->type) {
    case otFile:
        return file_read(object, offs, data, size);
    case otSymlink:
        return readTarget(object, offs, data, size);
    case otDir:
        return -EISDIR;
    default:
        return -ENXIO;
    }
}

static int ramfs_write(oid_t *oid, off_t offs, const void *data, size_t size, unsigned mode)
{
    object_t *object = object_find(oid);
    if (object == NULL)
        return -ENOENT;
    if (data == NULL && size > 0)
        return -EINVAL;
    if (object->type == otDir)
        return -EISDIR;
    if (object->type != otFile)
        return -EINVAL;
    return file_write(object, (mode & O_APPEND) != 0 ? object->size : offs, data, size);
}

static int ramfs_truncate(oid_t *oid, size_t size)
{
    object_t *object = object_find(oid);
    if (object == NULL)
        return -ENOENT;
    if (object->type == otDir)
        return -EISDIR;
    if (object->type != otFile)
        return -EINVAL;
    return size > (size_t)FILE_SIZE_MAX ? -EFBIG : file_truncate(object, (off_t)size);
}

/* The mode of a new object, with its kind; 0: it cannot be. */
static mode_t modeOf(int type, mode_t mode)
{
    mode_t kind = mode & S_IFMT;
    switch (type) {
    case otDir:
        kind = S_IFDIR;
        break;
    case otFile:
        if (kind == 0)
            kind = S_IFREG;
        if (kind == S_IFDIR || kind == S_IFLNK)
            return 0;
        break;
    case otDev:
        if (kind != S_IFCHR && kind != S_IFBLK && kind != S_IFIFO)
            kind = S_IFCHR;
        break;
    case otSymlink:
        kind = S_IFLNK;
        break;
    default:
        return 0;
    }
    return kind | (mode & 07777);
}

/* The target stands behind the name. */
static int takeTarget(object_t *link, const char *name, size_t size)
{
    size_t before = strlen(name) + 1;
    size_t len = before < size ? strnlen(name + before, size - before) : 0;
    if (len == 0)
        return -EINVAL;
    if (len > TARGET_MAX)
        return -ENAMETOOLONG;
    link->target = strndup(name + before, len);
    if (link->target == NULL)
        return -ENOMEM;
    link->size = (off_t)len;
    return EOK;
}

static int ramfs_create(oid_t *oid, const char *name, size_t size, int type, mode_t mode,
                        const oid_t *dev, oid_t *result)
{
    object_t *dir = object_find(oid), *object;
    int err = checkName(name);
    if (dir == NULL)
        return -ENOENT;
    if (dir->type != otDir)
        return -ENOTDIR;
    if (err < 0)
        return err;
    if (dir_entry(dir, name, strlen(name)) != NULL)
        return -EEXIST;
    if (dir->nnames == 0 && dir != ramfs.root) /* it is removed, and somebody has it open */
        return -ENOENT;
    mode = modeOf(type, mode);
    if (mode == 0)
        return -EINVAL;

    err = object_create(&object, type, mode);
    if (err < 0)
        return err;
    if (type == otDev)
        object->dev = *dev;
    if (type == otSymlink)
        err = takeTarget(object, name, size);
    if (err == EOK)
        err = dir_add(dir, name, strlen(name), object);
    if (err == EOK)
        *result = object_oid(object);
    object_drop(object); /* it has a name now, or is not to be */
    return err;
}

static int ramfs_destroy(oid_t *oid)
{
    /* what could be freed is freed already */
    return object_find(oid) != NULL ? -EBUSY : -ENOENT;
}

static int ramfs_setattr(oid_t *oid, int type, long long val, const void *data, size_t size)
{
    object_t *object = object_find(oid);
    return object != NULL ? attr_set(object, type, val, data, size) : -ENOENT;
}

static int ramfs_getattr(oid_t *oid, int type, long long *val)
{
    const object_t *object = object_find(oid);
    return object != NULL ? attr_get(object, type, val) : -ENOENT;
}

static int ramfs_getattrAll(oid_t *oid, void *attrs, size_t size)
{
    const object_t *object = object_find(oid);
    return object != NULL ? attr_getAll(object, attrs, size) : -ENOENT;
}

/* How much of the path it is: all, or up to what is another server's. */
static int ramfs_lookup(oid_t *oid, const char *path, oid_t *fil, oid_t *dev)
{
    object_t *object = object_find(oid);
    const char *at = path;
    if (object == NULL)
        return -ENOENT;
    if (path == NULL || path[strspn(path, "/")] == '\0')
        return -EINVAL;
    for (;;) {
        size_t len;
        int err;
        at += strspn(at, "/");
        if (*at == '\0')
            break;
        len = strcspn(at, "/");
        err = dir_find(object, at, len, &object);
        if (err < 0)
            return err;
        at += len;
        if (object_isElsewhere(object) && at[strspn(at, "/")] != '\0')
            break;
    }
    *fil = object_oid(object);
    *dev = object->dev;
    return (int)(at - path);
}

static int replaceEntry(entry_t *entry, object_t *object)
{
    if (entry->object == object)
        return EOK;
    if (entry->object->type == otDir)
        return -EISDIR;
    if (object->type == otDir)
        return -ENOTDIR;
    dir_replace(entry, object);
    return EOK;
}

static int ramfs_link(oid_t *oid, const char *name, oid_t *what)
{
    object_t *dir = object_find(oid), *object = object_find(what);
    int err = checkName(name);
    entry_t *entry;
    if (what->port != ramfs.port)
        return -EXDEV;
    if (dir == NULL || object == NULL)
        return -ENOENT;
    if (dir->type != otDir)
        return -ENOTDIR;
    if (err < 0)
        return err;
    if (dir->nnames == 0 && dir != ramfs.root)
        return -ENOENT;
    if (object->type == otDir) {
        if (dir_isAbove(object, dir))
            return -EINVAL;
        if (object->nnames > 1) /* the second one is for a moment, until the first one goes */
            return -EMLINK;
    }
    entry = dir_entry(dir, name, strlen(name));
    return entry != NULL ? replaceEntry(entry, object) : dir_add(dir, name, strlen(name), object);
}

static int ramfs_unlink(oid_t *oid, const char *name, oid_t *what)
{
    object_t *dir = object_find(oid), *object;
    int err = checkName(name);
    entry_t *entry;
    if (dir == NULL)
        return -ENOENT;
    if (dir->type != otDir)
        return -ENOTDIR;
    if (err < 0)
        return err == -EEXIST ? -EINVAL : err;
    entry = dir_entry(dir, name, strlen(name));
    if (entry == NULL)
        return -ENOENT;
    object = entry->object;
    if (what->port == ramfs.port && what->id != object_oid(object).id)
        return -ENOENT;
    if (object->type == otDir && object->nnames == 1) {
        if (object->nentries > 0)
            return -ENOTEMPTY;
        if (object_isElsewhere(object))
            return -EBUSY;
    }
    dir_remove(entry);
    return EOK;
}

static uint32_t kindOf(const object_t *object)
{
    return (object->mode & S_IFMT) >> 12; /* DT_* are made so */
}

/* "." is at 0, ".." at 1, the entry of a position two behind it. */
static int ramfs_readdir(oid_t *oid, off_t offs, struct dirent *dirent, size_t size)
{
    object_t *dir = object_find(oid);
    const object_t *object;
    const char *name = "..";
    size_t len;
    off_t at = offs;
    if (dir == NULL)
        return -ENOENT;
    if (dir->type != otDir)
        return -ENOTDIR;
    if (offs < 0)
        return -EINVAL;
    if (offs < 2) {
        object = offs == 0 ? dir : dir_parent(dir);
        len = (size_t)offs + 1;
    } else {
        const entry_t *entry =
            offs - 2 < DIR_ENTRIES_MAX ? dir_entryFrom(dir, (unsigned)offs - 2) : NULL;
        if (entry == NULL)
            return -ENOENT;
        object = entry->object;
        name = entry->name;
        len = entry->len;
        at = (off_t)entry->position.id + 2;
    }
    if (dirent == NULL || size < sizeof *dirent + len + 1)
        return -EINVAL;
    dirent->d_ino = object->node.id;
    dirent->d_type = kindOf(object);
    dirent->d_reclen = (uint16_t)(at + 1 - offs);
    dirent->d_namlen = (uint16_t)len;
    memcpy(dirent->d_name, name, len);
    dirent->d_name[len] = '\0';
    return EOK;
}

static int ramfs_statfs(struct statvfs *stat, size_t size)
{
    if (stat == NULL || size != sizeof *stat)
        return -EINVAL;
    memset(stat, 0, sizeof *stat);
    stat->f_bsize = stat->f_frsize = BLOCK_SIZE;
    stat->f_blocks = ramfs.nblocksMax;
    stat->f_bfree = stat->f_bavail = ramfs.nblocksMax - ramfs.nblocks;
    stat->f_files = OBJECTS_MAX;
    stat->f_ffree = stat->f_favail = OBJECTS_MAX - ramfs.nobjects;
    stat->f_namemax = NAME_MAX;
    return EOK;
}

static int ramfs_mountpoint(mount_o_msg_t *answer)
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

static int ramfs_umount(void)
{
    (void)mutexLock(mountpoint.lock);
    mountpoint.done = 0;
    (void)mutexUnlock(mountpoint.lock);
    return EOK;
}

static void handle(msg_t *msg)
{
    switch (msg->type) {
    case mtOpen:
        msg->o.err = ramfs_open(&msg->oid);
        break;
    case mtClose:
        msg->o.err = ramfs_close(&msg->oid);
        break;
    case mtRead:
        msg->o.err = ramfs_read(&msg->oid, msg->i.io.offs, msg->o.data, msg->o.size);
        break;
    case mtWrite:
        msg->o.err =
            ramfs_write(&msg->oid, msg->i.io.offs, msg->i.data, msg->i.size, msg->i.io.mode);
        break;
    case mtTruncate:
        msg->o.err = ramfs_truncate(&msg->oid, msg->i.io.len);
        break;
    case mtDevCtl:
        msg->o.err = -ENOTTY;
        break;
    case mtCreate:
        msg->o.err = ramfs_create(&msg->oid, nameOf(msg), msg->i.size, msg->i.create.type,
                                  msg->i.create.mode, &msg->i.create.dev, &msg->o.create.oid);
        break;
    case mtDestroy:
        msg->o.err = ramfs_destroy(&msg->oid);
        break;
    case mtSetAttr:
        msg->o.err =
            ramfs_setattr(&msg->oid, msg->i.attr.type, msg->i.attr.val, msg->i.data, msg->i.size);
        break;
    case mtGetAttr:
        msg->o.attr.val = msg->i.attr.val;
        msg->o.err = ramfs_getattr(&msg->oid, msg->i.attr.type, &msg->o.attr.val);
        break;
    case mtGetAttrAll:
        msg->o.err = ramfs_getattrAll(&msg->oid, msg->o.data, msg->o.size);
        break;
    case mtLookup:
        msg->o.err = ramfs_lookup(&msg->oid, nameOf(msg), &msg->o.lookup.fil, &msg->o.lookup.dev);
        break;
    case mtLink:
        msg->o.err = ramfs_link(&msg->oid, nameOf(msg), &msg->i.ln.oid);
        break;
    case mtUnlink:
        msg->o.err = ramfs_unlink(&msg->oid, nameOf(msg), &msg->i.ln.oid);
        break;
    case mtReaddir:
        msg->o.err = ramfs_readdir(&msg->oid, msg->i.readdir.offs, msg->o.data, msg->o.size);
        break;
    case mtStat:
        msg->o.err = ramfs_statfs(msg->o.data, msg->o.size);
        break;
    case mtSync:
        msg->o.err = EOK;
        break;
    case mtMountPoint: {
        mount_o_msg_t answer = {0};
        msg->o.err = ramfs_mountpoint(&answer);
        memcpy(msg->o.raw, &answer, sizeof answer);
        break;
    }
    case mtUmount:
        msg->o.err = ramfs_umount();
        break;
    default:
        msg->o.err = -ENOSYS;
        break;
    }
}

/* ---- mounting ---- */

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
    const oid_t root = object_oid(ramfs.root);
    msg_t msg = {.type = mtSetAttr};
    int err;
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

/* ---- the program ---- */

static void usage(void)
{
    fprintf(stderr, "usage: ramfs_server [-n name] [-m directory] [-s mebioctets]\n");
    exit(EXIT_FAILURE);
}

static size_t blocksOf(const char *text)
{
    char *end;
    unsigned long mebioctets = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || mebioctets == 0 || mebioctets > 0xffff)
        usage();
    return mebioctets * (1024 * 1024 / BLOCK_SIZE);
}

static int start(const char *name)
{
    oid_t oid;
    int err = portCreate(&ramfs.port);
    if (err < 0)
        return err;
    idtree_init(&ramfs.objects);
    err = object_create(&ramfs.root, otDir, S_IFDIR | 0777);
    if (err < 0)
        return err;
    oid = object_oid(ramfs.root);
    return portRegister(ramfs.port, name, &oid);
}

int main(int argc, char **argv)
{
    static char stack[4096];
    const char *name = "/";
    msg_t msg;
    msg_rid_t rid;
    int err, option;

    ramfs.nblocksMax = (size_t)SIZE_DEFAULT * 1024 * 1024 / BLOCK_SIZE;
    while ((option = getopt(argc, argv, "n:m:s:")) != -1) {
        if (option == 'n')
            name = optarg;
        else if (option == 'm')
            mountpoint.path = optarg;
        else if (option == 's')
            ramfs.nblocksMax = blocksOf(optarg);
        else
            usage();
    }
    if (optind < argc)
        usage();

    err = mutexCreate(&mountpoint.lock);
    if (err == EOK)
        err = start(name);
    if (err < 0) {
        fprintf(stderr, "ramfs: %s: %s\n", name, strerror(-err));
        return EXIT_FAILURE;
    }
    printf("ramfs: ready as %s\n", name);
    fflush(stdout);
    if (mountpoint.path != NULL)
        err = beginthread(mountThread, 4, stack, sizeof stack, (void *)(uintptr_t)mountpoint.path);
    if (err < 0)
        return EXIT_FAILURE;

    for (;;) {
        if (msgRecv(ramfs.port, &msg, &rid) < 0)
            continue;
        handle(&msg);
        msgRespond(ramfs.port, &msg, rid);
    }
}
