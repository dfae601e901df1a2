/*
 * A filesystem is started by its device's server, and covers a directory when that one's server is
 * told: mtMount, then mtSetAttr with atDev. To uncover it, the directory is told to be itself.
 */
#include <errno.h>
#include <phoenix/files.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/path.h"
#include "bridge/phoenix/question.h"

/* That system's struct statvfs; Linux's has its name here. */
struct volume {
    unsigned long bsize, frsize;
    unsigned long blocks, bfree, bavail;
    unsigned long files, ffree, favail;
    unsigned long fsid, flag, namemax;
};

static int find(const char *path, struct spot *spot)
{
    int result = path_find(path, true, spot);
    return result == PATH_IS_HOSTS ? -ENOENT : result; /* the host's are not ours to mount */
}

static int cover(const oid_t *dir, const oid_t *root)
{
    msg_t msg = {.type = mtSetAttr, .oid = *dir};
    msg.i.attr.type = atDev;
    msg.i.data = root;
    msg.i.size = sizeof *root;
    int result = question_ask(&msg);
    return result < 0 ? result : 0;
}

static int unmount(const oid_t *root)
{
    msg_t msg = {.type = mtUmount, .oid = *root};
    int result = question_ask(&msg);
    return result < 0 ? result : 0;
}

static int start(const oid_t *device, const oid_t *dir, const char *type, unsigned long mode,
                 const char *data, oid_t *root)
{
    msg_t msg = {.type = mtMount, .oid = *device};
    mount_i_msg_t in;
    if (strlen(type) >= sizeof in.fstype)
        return -EINVAL;
    memset(&in, 0, sizeof in);
    in.mnt = *dir;
    in.mode = mode;
    memcpy(in.fstype, type, strlen(type));
    memcpy(msg.i.raw, &in, sizeof in);
    msg.i.data = data;
    msg.i.size = data != NULL ? strlen(data) : 0;
    int result = question_ask(&msg);
    if (result < 0)
        return result;
    memcpy(root, msg.o.raw, sizeof *root);
    return 0;
}

int phoenix_mount(const char *source, const char *target, const char *type, unsigned long mode,
                  const char *data)
{
    struct spot device, dir;
    oid_t root;
    int result = find(source, &device);
    if (result == 0)
        result = find(target, &dir);
    if (result == 0)
        result = start(&device.dev, &dir.fil, type, mode, data, &root);
    if (result < 0)
        return set_errno(result);
    result = cover(&dir.fil, &root);
    if (result < 0)
        (void)unmount(&root);
    return set_errno(result);
}

/* Of a directory that is covered, or of the device whose filesystem covers one. */
static int find_covered(const struct spot *spot, oid_t *dir)
{
    *dir = spot->fil;
    if (!question_is_same(&spot->fil, &spot->dev) && S_ISDIR(spot->mode))
        return 0;
    msg_t msg = {.type = mtMountPoint, .oid = spot->dev};
    int result = question_ask(&msg);
    if (result < 0)
        return -EINVAL;
    memcpy(dir, msg.o.raw, sizeof *dir);
    return 0;
}

int phoenix_umount(const char *target)
{
    struct spot spot;
    oid_t dir;
    int result = find(target, &spot);
    if (result == 0)
        result = find_covered(&spot, &dir);
    if (result == 0)
        result = unmount(&spot.dev);
    if (result == 0)
        result = cover(&dir, &dir);
    return set_errno(result);
}

static void of_host(const struct statvfs *host, struct volume *volume)
{
    *volume = (struct volume){
        .bsize = host->f_bsize,
        .frsize = host->f_frsize,
        .blocks = host->f_blocks,
        .bfree = host->f_bfree,
        .bavail = host->f_bavail,
        .files = host->f_files,
        .ffree = host->f_ffree,
        .favail = host->f_favail,
        .fsid = host->f_fsid,
        .flag = host->f_flag & (ST_RDONLY | ST_NOSUID),
        .namemax = host->f_namemax,
    };
}

/* The object is none: the server is asked for its filesystem. */
static int ask_volume(uint32_t port, struct volume *volume)
{
    msg_t msg = {.type = mtStat};
    int result;
    msg.o.data = volume;
    msg.o.size = sizeof *volume;
    do {
        result = msgSend(port, &msg);
    } while (result == -EINTR);
    if (result == 0)
        result = question_answer(&msg);
    return result < 0 ? result : 0;
}

/* @result: of asking a server. The caller's struct is that system's, which is shorter. */
static int give(int result, const struct volume *volume, struct statvfs *buf)
{
    if (result == 0)
        memcpy(buf, volume, sizeof *volume);
    return set_errno(result);
}

int phoenix_statvfs(const char *path, struct statvfs *buf)
{
    struct spot spot;
    struct volume volume;
    struct statvfs host;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS) {
        if (statvfs(spot.path, &host) < 0)
            return -1;
        of_host(&host, &volume);
        result = 0;
    } else if (result == 0) {
        result = ask_volume(spot.dev.port, &volume);
    }
    return give(result, &volume, buf);
}

int phoenix_fstatvfs(int fd, struct statvfs *buf)
{
    struct volume volume;
    struct statvfs host;
    int result = 0;
    struct file *file = file_get(fd);
    if (file != NULL) {
        result = ask_volume(file->oid.port, &volume);
        (void)file_unref(file);
    } else {
        if (fstatvfs(fd, &host) < 0)
            return -1;
        of_host(&host, &volume);
    }
    return give(result, &volume, buf);
}
