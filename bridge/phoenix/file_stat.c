/*
 * Attributes: one message brings them all. The node's are told, not the device's behind it.
 */
#include <errno.h>
#include <phoenix/files.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/path.h"
#include "bridge/phoenix/question.h"

/* In the order in which that system looks at them: the first that is missing is the result. */
static int take(const struct _attrAll *attrs, struct stat *buf)
{
    const struct _attr *needed[] = {&attrs->mTime,  &attrs->aTime,  &attrs->cTime, &attrs->links,
                                    &attrs->mode,   &attrs->uid,    &attrs->gid,   &attrs->size,
                                    &attrs->blocks, &attrs->ioblock};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (needed[i]->err < 0)
            return needed[i]->err;
    buf->st_mtime = (time_t)attrs->mTime.val;
    buf->st_atime = (time_t)attrs->aTime.val;
    buf->st_ctime = (time_t)attrs->cTime.val;
    buf->st_nlink = (nlink_t)attrs->links.val;
    buf->st_mode = (mode_t)attrs->mode.val;
    buf->st_uid = (uid_t)attrs->uid.val;
    buf->st_gid = (gid_t)attrs->gid.val;
    buf->st_size = (off_t)attrs->size.val;
    buf->st_blocks = (blkcnt_t)attrs->blocks.val;
    buf->st_blksize = (blksize_t)attrs->ioblock.val;
    return 0;
}

static int ask(const oid_t *fil, const oid_t *dev, struct stat *buf)
{
    struct _attrAll attrs;
    struct stat found;
    msg_t msg = {.type = mtGetAttrAll, .oid = *fil};
    memset(&found, 0, sizeof found);
    msg.o.data = &attrs;
    msg.o.size = sizeof attrs;
    int result = question_ask(&msg);
    if (result >= 0)
        result = take(&attrs, &found);
    if (result < 0)
        return result;
    found.st_dev = fil->port;
    found.st_ino = (ino_t)fil->id;
    found.st_rdev = dev->port;
    *buf = found;
    return 0;
}

int phoenix_stat(const char *path, struct stat *buf)
{
    struct spot spot;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS)
        return stat(spot.path, buf);
    return set_errno(result < 0 ? result : ask(&spot.fil, &spot.dev, buf));
}

int phoenix_lstat(const char *path, struct stat *buf)
{
    struct spot spot;
    int result = path_find(path, false, &spot);
    if (result == PATH_IS_HOSTS)
        return lstat(spot.path, buf);
    return set_errno(result < 0 ? result : ask(&spot.fil, &spot.dev, buf));
}

int phoenix_fstat(int fd, struct stat *buf)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return fstat(fd, buf);
    int result = ask(&file->fil, &file->oid, buf);
    (void)file_unref(file);
    return set_errno(result);
}

/* Whether it is there: who may do what, servers decide when it is done. */
int phoenix_access(const char *path, int mode)
{
    struct spot spot;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS)
        return access(spot.path, mode);
    return set_errno(result);
}

int phoenix_truncate(const char *path, off_t size)
{
    struct spot spot;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS)
        return truncate(spot.path, size);
    msg_t msg = {.type = mtTruncate, .oid = spot.dev};
    msg.i.io.len = (size_t)size;
    if (result == 0)
        result = size < 0 ? -EINVAL : question_ask(&msg);
    return set_errno(result < 0 ? result : 0);
}
