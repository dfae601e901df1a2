/*
 * What a program sets of a node: permissions, owner, group, times. One message an attribute, in
 * whole seconds; what the server does not have is its error.
 */
#include <errno.h>
#include <fcntl.h>
#include <phoenix/files.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/path.h"
#include "bridge/phoenix/question.h"

static int set(const oid_t *fil, int type, long long value)
{
    msg_t msg = {.type = mtSetAttr, .oid = *fil};
    msg.i.attr.type = type;
    msg.i.attr.val = value;
    int result = question_ask(&msg);
    return result < 0 ? result : 0;
}

/* ---- permissions ---- */

int phoenix_chmod(const char *path, mode_t mode)
{
    struct spot spot;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS)
        return chmod(spot.path, mode);
    return set_errno(result < 0 ? result : set(&spot.fil, atMode, mode & 07777));
}

int phoenix_fchmod(int fd, mode_t mode)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return fchmod(fd, mode);
    int result = set(&file->fil, atMode, mode & 07777);
    (void)file_unref(file);
    return set_errno(result);
}

/* ---- owner and group ---- */

static int set_owner(const oid_t *fil, uid_t owner, gid_t group)
{
    int result = 0;
    if (owner != (uid_t)-1)
        result = set(fil, atUid, owner);
    if (result == 0 && group != (gid_t)-1)
        result = set(fil, atGid, group);
    return result;
}

static int change_owner(const char *path, bool follows, uid_t owner, gid_t group)
{
    struct spot spot;
    int result = path_find(path, follows, &spot);
    if (result == PATH_IS_HOSTS)
        return follows ? chown(spot.path, owner, group) : lchown(spot.path, owner, group);
    return set_errno(result < 0 ? result : set_owner(&spot.fil, owner, group));
}

int phoenix_chown(const char *path, uid_t owner, gid_t group)
{
    return change_owner(path, true, owner, group);
}

int phoenix_lchown(const char *path, uid_t owner, gid_t group)
{
    return change_owner(path, false, owner, group);
}

int phoenix_fchown(int fd, uid_t owner, gid_t group)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return fchown(fd, owner, group);
    int result = set_owner(&file->fil, owner, group);
    (void)file_unref(file);
    return set_errno(result);
}

/* ---- times ---- */

static bool is_time(const struct timespec *time)
{
    return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT ||
           (time->tv_nsec >= 0 && time->tv_nsec < 1000000000);
}

/* As that system does: when it was changed, then when it was looked at. */
static int set_times(const oid_t *fil, const struct timespec *times)
{
    static const int types[2] = {atATime, atMTime};
    const time_t now = time(NULL);
    if (times != NULL && (!is_time(&times[0]) || !is_time(&times[1])))
        return -EINVAL;
    int result = 0;
    for (int i = 1; i >= 0 && result == 0; i--)
        if (times == NULL || times[i].tv_nsec != UTIME_OMIT)
            result = set(fil, types[i],
                         times == NULL || times[i].tv_nsec == UTIME_NOW ? now : times[i].tv_sec);
    return result;
}

static int change_times(const char *path, bool follows, const struct timespec *times)
{
    struct spot spot;
    int result = path_find(path, follows, &spot);
    if (result == PATH_IS_HOSTS)
        return utimensat(AT_FDCWD, spot.path, times, follows ? 0 : AT_SYMLINK_NOFOLLOW);
    return set_errno(result < 0 ? result : set_times(&spot.fil, times));
}

int phoenix_utimensat(int dir, const char *path, const struct timespec *times, int flags)
{
    char joined[PATH_MAX];
    if ((flags & ~AT_SYMLINK_NOFOLLOW) != 0)
        return set_errno(-EINVAL);
    if (path == NULL)
        return phoenix_futimens(dir, times);
    int result = file_path_at(dir, path, joined);
    if (result < 0)
        return set_errno(result);
    return change_times(joined, (flags & AT_SYMLINK_NOFOLLOW) == 0, times);
}

int phoenix_futimens(int fd, const struct timespec *times)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return futimens(fd, times);
    int result = set_times(&file->fil, times);
    (void)file_unref(file);
    return set_errno(result);
}

/* In another unit; NULL stays NULL. False: they are none. */
static bool to_specs(const struct timeval *times, struct timespec specs[2])
{
    for (int i = 0; i < 2 && times != NULL; i++) {
        if (times[i].tv_usec < 0 || times[i].tv_usec >= 1000000)
            return false;
        specs[i] = (struct timespec){.tv_sec = times[i].tv_sec, .tv_nsec = times[i].tv_usec * 1000};
    }
    return true;
}

static int change_by_values(const char *path, bool follows, const struct timeval *times)
{
    struct timespec specs[2];
    if (!to_specs(times, specs))
        return set_errno(-EINVAL);
    return change_times(path, follows, times != NULL ? specs : NULL);
}

int phoenix_utimes(const char *path, const struct timeval *times)
{
    return change_by_values(path, true, times);
}

int phoenix_lutimes(const char *path, const struct timeval *times)
{
    return change_by_values(path, false, times);
}

int phoenix_futimes(int fd, const struct timeval *times)
{
    struct timespec specs[2];
    if (!to_specs(times, specs))
        return set_errno(-EINVAL);
    return phoenix_futimens(fd, times != NULL ? specs : NULL);
}

int phoenix_utime(const char *path, const struct utimbuf *times)
{
    struct timeval values[2];
    if (times == NULL)
        return phoenix_utimes(path, NULL);
    values[0] = (struct timeval){.tv_sec = times->actime};
    values[1] = (struct timeval){.tv_sec = times->modtime};
    return phoenix_utimes(path, values);
}
