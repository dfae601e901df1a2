/*
 * Messages to servers of files, one function for each type, and both results of each.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/minmax.h>

#include "files.h"

static int delivered = 1;

int files_send(msg_t *msg)
{
    int err = msgSend(msg->oid.port, msg);
    delivered = err == EOK;
    return delivered ? msg->o.err : err;
}

const char *files_error(int err)
{
    static char text[128];
    (void)snprintf(text, sizeof text, "%s%s", delivered ? "" : "not delivered: ", strerror(-err));
    return text;
}

static int openOrClose(int type, const oid_t *oid, int toWrite)
{
    msg_t msg = {.type = type, .oid = *oid};
    msg.i.openclose.flags = toWrite ? O_WRONLY : O_RDONLY;
    return files_send(&msg);
}

int files_open(const oid_t *oid, int toWrite)
{
    return openOrClose(mtOpen, oid, toWrite);
}

int files_close(const oid_t *oid, int toWrite)
{
    return openOrClose(mtClose, oid, toWrite);
}

int files_read(const oid_t *oid, off_t offs, void *data, size_t size)
{
    msg_t msg = {.type = mtRead, .oid = *oid};
    msg.i.io.offs = offs;
    msg.o.data = data;
    msg.o.size = size;
    return files_send(&msg);
}

int files_readAll(const oid_t *oid, off_t offs, void *data, size_t size)
{
    size_t done = 0;
    int n = 1;
    while (done < size && n > 0) {
        n = files_read(oid, offs + (off_t)done, (char *)data + done, size - done);
        if (n < 0)
            return n;
        done += (size_t)n;
    }
    return (int)done;
}

int files_write(const oid_t *oid, off_t offs, const void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        msg_t msg = {.type = mtWrite, .oid = *oid};
        int n;
        msg.i.io.offs = offs + (off_t)done;
        msg.i.data = (const char *)data + done;
        msg.i.size = min(size - done, (size_t)CHUNK_SIZE);
        n = files_send(&msg);
        if (n <= 0)
            return n < 0 ? n : -EIO;
        done += (size_t)n;
    }
    return EOK;
}

int files_truncate(const oid_t *oid, size_t size)
{
    msg_t msg = {.type = mtTruncate, .oid = *oid};
    msg.i.io.len = size;
    return files_send(&msg);
}

int files_create(const char *path, int type, unsigned mode, const char *target, oid_t *oid)
{
    msg_t msg = {.type = mtCreate};
    char *copy = strdup(path), *name, *data = NULL;
    size_t size;
    int err;
    if (copy == NULL)
        return -ENOMEM;
    err = files_parent(copy, &msg.oid, &name);
    if (err == EOK) {
        /* a symbolic link's target stands behind its name */
        size = strlen(name) + 1 + (target != NULL ? strlen(target) + 1 : 0);
        data = malloc(size);
        err = data != NULL ? EOK : -ENOMEM;
    }
    if (err == EOK) {
        memcpy(data, name, strlen(name) + 1);
        if (target != NULL)
            memcpy(data + strlen(name) + 1, target, strlen(target) + 1);
        msg.i.create.type = type;
        msg.i.create.mode = mode;
        msg.i.data = data;
        msg.i.size = size;
        err = files_send(&msg);
    }
    if (err >= 0 && oid != NULL)
        *oid = msg.o.create.oid;
    free(data);
    free(copy);
    return err;
}

static int changeNames(int type, const oid_t *dir, const char *name, const oid_t *oid)
{
    msg_t msg = {.type = type, .oid = *dir};
    msg.i.ln.oid = *oid;
    msg.i.data = name;
    msg.i.size = strlen(name) + 1;
    return files_send(&msg);
}

int files_link(const oid_t *dir, const char *name, const oid_t *oid)
{
    return changeNames(mtLink, dir, name, oid);
}

int files_unlink(const oid_t *dir, const char *name, const oid_t *oid)
{
    return changeNames(mtUnlink, dir, name, oid);
}

int files_readdir(const oid_t *dir, off_t *offs, entry_t *entry)
{
    union {
        struct dirent dirent;
        char room[sizeof(struct dirent) + NAME_MAX + 1];
    } buffer;
    msg_t msg = {.type = mtReaddir, .oid = *dir};
    int err;
    msg.i.readdir.offs = *offs;
    msg.o.data = &buffer;
    msg.o.size = sizeof buffer;
    err = files_send(&msg);
    if (err < 0)
        return err;
    if (buffer.dirent.d_namlen > NAME_MAX || buffer.dirent.d_reclen == 0)
        return -EIO;
    *offs += buffer.dirent.d_reclen;
    entry->ino = buffer.dirent.d_ino;
    entry->isDir = buffer.dirent.d_type == DT_DIR;
    memcpy(entry->name, buffer.dirent.d_name, buffer.dirent.d_namlen);
    entry->name[buffer.dirent.d_namlen] = '\0';
    return EOK;
}

int files_readlink(const oid_t *oid, char target[PATH_MAX])
{
    int len = files_read(oid, 0, target, PATH_MAX);
    if (len == PATH_MAX)
        return -ENAMETOOLONG;
    if (len >= 0)
        target[len] = '\0';
    return len;
}

int files_get(const oid_t *oid, int attr, long long *val)
{
    msg_t msg = {.type = mtGetAttr, .oid = *oid};
    int err;
    msg.i.attr.type = attr;
    err = files_send(&msg);
    if (err >= 0)
        *val = msg.o.attr.val;
    return err;
}

int files_set(const oid_t *oid, int attr, long long val)
{
    msg_t msg = {.type = mtSetAttr, .oid = *oid};
    msg.i.attr.type = attr;
    msg.i.attr.val = val;
    return files_send(&msg);
}

int files_getAll(const oid_t *oid, struct _attrAll *attrs)
{
    const struct _attr *const needed[] = {
        &attrs->mTime, &attrs->aTime, &attrs->cTime, &attrs->links,  &attrs->mode,
        &attrs->uid,   &attrs->gid,   &attrs->size,  &attrs->blocks, &attrs->ioblock,
    };
    msg_t msg = {.type = mtGetAttrAll, .oid = *oid};
    int err;
    msg.o.data = attrs;
    msg.o.size = sizeof *attrs;
    err = files_send(&msg);
    for (size_t i = 0; i < sizeof needed / sizeof needed[0] && err >= 0; i++)
        err = min(needed[i]->err, 0);
    return err;
}

int files_areSame(const oid_t *a, const oid_t *b)
{
    return a->port == b->port && a->id == b->id;
}

int files_uncover(const oid_t *dir)
{
    msg_t msg = {.type = mtSetAttr, .oid = *dir};
    msg.i.attr.type = atDev;
    msg.i.data = dir;
    msg.i.size = sizeof *dir;
    return files_send(&msg);
}
