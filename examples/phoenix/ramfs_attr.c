/*
 * Attributes of objects.
 */
#include <errno.h>
#include <phoenix/attribute.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "ramfs.h"

/* Of a file or a directory: nobody ever waits for one. */
#define READY (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)

/* A directory is where another filesystem is from now on, or is itself again. */
static int mountOn(object_t *dir, const void *data, size_t size)
{
    if (data == NULL || size != sizeof dir->dev)
        return -EINVAL;
    if (dir->type != otDir)
        return -ENOTDIR;
    memcpy(&dir->dev, data, size);
    return EOK;
}

int attr_set(object_t *object, int type, long long val, const void *data, size_t size)
{
    switch (type) {
    case atMode:
        object->mode = (object->mode & S_IFMT) | ((mode_t)val & 07777);
        break;
    case atUid:
        object->uid = (int)val;
        break;
    case atGid:
        object->gid = (int)val;
        break;
    case atSize:
        return object->type == otFile ? file_truncate(object, val) : -EINVAL;
    case atMTime:
        object->mtime = (time_t)val;
        break;
    case atATime:
        object->atime = (time_t)val;
        break;
    case atDev:
        return mountOn(object, data, size);
    default:
        return -EINVAL;
    }
    object->ctime = time(NULL);
    return EOK;
}

static unsigned links(const object_t *object)
{
    return object->type == otDir ? object->nsubdirs + 2 : object->nnames;
}

int attr_get(const object_t *object, int type, long long *val)
{
    switch (type) {
    case atMode:
        *val = object->mode;
        break;
    case atUid:
        *val = object->uid;
        break;
    case atGid:
        *val = object->gid;
        break;
    case atSize:
        *val = object->size;
        break;
    case atBlocks:
        *val = (long long)object->nblocks * (BLOCK_SIZE / 512);
        break;
    case atIOBlock:
        *val = BLOCK_SIZE;
        break;
    case atType:
        *val = object->type;
        break;
    case atPort:
        *val = object->dev.port;
        break;
    case atPollStatus:
        *val &= READY;
        break;
    case atEventMask:
        *val = READY;
        break;
    case atCTime:
        *val = object->ctime;
        break;
    case atMTime:
        *val = object->mtime;
        break;
    case atATime:
        *val = object->atime;
        break;
    case atLinks:
        *val = links(object);
        break;
    default:
        return -EINVAL;
    }
    return EOK;
}

static void fill(struct _attr *attr, const object_t *object, int type)
{
    attr->val = type == atPollStatus ? READY : 0;
    attr->err = attr_get(object, type, &attr->val);
}

int attr_getAll(const object_t *object, struct _attrAll *attrs, size_t size)
{
    if (attrs == NULL || size < sizeof *attrs)
        return -EINVAL;
    _phoenix_initAttrsStruct(attrs, -ENOSYS);
    fill(&attrs->mode, object, atMode);
    fill(&attrs->uid, object, atUid);
    fill(&attrs->gid, object, atGid);
    fill(&attrs->size, object, atSize);
    fill(&attrs->blocks, object, atBlocks);
    fill(&attrs->ioblock, object, atIOBlock);
    fill(&attrs->type, object, atType);
    fill(&attrs->port, object, atPort);
    fill(&attrs->pollStatus, object, atPollStatus);
    fill(&attrs->eventMask, object, atEventMask);
    fill(&attrs->cTime, object, atCTime);
    fill(&attrs->mTime, object, atMTime);
    fill(&attrs->aTime, object, atATime);
    fill(&attrs->links, object, atLinks);
    return EOK;
}
