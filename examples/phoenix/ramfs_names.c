/*
 * Messages about names: to make an object, to find one by its path, to give it a name, to take one
 * away, to read a directory.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ramfs.h"

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

int ramfs_create(oid_t *oid, const char *name, size_t size, int type, mode_t mode, const oid_t *dev,
                 oid_t *result)
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
        memcpy(&object->dev, dev, sizeof *dev);
    if (type == otSymlink)
        err = takeTarget(object, name, size);
    if (err == EOK)
        err = dir_add(dir, name, strlen(name), object);
    if (err == EOK)
        object_oid(object, result);
    object_drop(object); /* it has a name now, or is not to be */
    return err;
}

int ramfs_lookup(oid_t *oid, const char *path, oid_t *fil, oid_t *dev)
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
    object_oid(object, fil);
    memcpy(dev, &object->dev, sizeof *dev);
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

int ramfs_link(oid_t *oid, const char *name, oid_t *what)
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

int ramfs_unlink(oid_t *oid, const char *name, oid_t *what)
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
    if (what->port == ramfs.port && what->id != object->node.id)
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
int ramfs_readdir(oid_t *oid, off_t offs, struct dirent *dirent, size_t size)
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
