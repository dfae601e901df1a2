/*
 * A server of a filesystem in memory:
 *
 *     ramfs_server [-n NAME] [-m DIRECTORY] [-s MEBIOCTETS]
 *
 * It is the root filesystem, or has another NAME. With -m it is mounted on a DIRECTORY of whichever
 * filesystem has that, as soon as there is one; the directory is made if it is not there.
 *
 * One thread receives and answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ramfs.h"

#define SIZE_DEFAULT 64 /* MiB */

ramfs_t ramfs;

/* The name in i.data, which ends with an octet 0; NULL: there is none. */
static const char *nameOf(const msg_t *msg)
{
    return msg->i.data != NULL && strnlen(msg->i.data, msg->i.size) > 0 ? msg->i.data : NULL;
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
    if (data == NULL)
        return size > 0 ? -EINVAL : 0;
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
    if (data == NULL)
        return size > 0 ? -EINVAL : 0;
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
    object_oid(ramfs.root, &oid);
    return portRegister(ramfs.port, name, &oid);
}

int main(int argc, char **argv)
{
    const char *name = "/", *directory = NULL;
    msg_t msg;
    msg_rid_t rid;
    int err, option;

    ramfs.nblocksMax = (size_t)SIZE_DEFAULT * 1024 * 1024 / BLOCK_SIZE;
    while ((option = getopt(argc, argv, "n:m:s:")) != -1) {
        if (option == 'n')
            name = optarg;
        else if (option == 'm')
            directory = optarg;
        else if (option == 's')
            ramfs.nblocksMax = blocksOf(optarg);
        else
            usage();
    }
    if (optind < argc)
        usage();

    err = start(name);
    if (err < 0) {
        fprintf(stderr, "ramfs: %s: %s\n", name, strerror(-err));
        return EXIT_FAILURE;
    }
    printf("ramfs: ready as %s\n", name);
    fflush(stdout);
    if (ramfs_mountAt(directory) < 0)
        return EXIT_FAILURE;

    for (;;) {
        if (msgRecv(ramfs.port, &msg, &rid) < 0)
            continue;
        handle(&msg);
        msgRespond(ramfs.port, &msg, rid);
    }
}
