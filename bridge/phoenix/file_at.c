/*
 * Paths that begin at a descriptor. One of a server's directory gives the path under which it was
 * opened; one of the host's, the path by which the host knows it: so everything else is asked as if
 * the whole path had been given.
 */
#include <errno.h>
#include <fcntl.h>
#include <phoenix/files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/path.h"

#define DESCRIPTOR_PATH PATH_HOST "/proc/self/fd/%d"
#define DESCRIPTOR_PATH_SIZE (sizeof DESCRIPTOR_PATH + 10)

int file_path_at(int dir, const char *path, char joined[PATH_MAX])
{
    const size_t size = strlen(path) + 1;
    if (path[0] == '\0')
        return -ENOENT;
    if (dir == AT_FDCWD || path[0] == '/') {
        if (size > PATH_MAX)
            return -ENAMETOOLONG;
        memcpy(joined, path, size);
        return 0;
    }
    struct file *file = file_get(dir);
    if (file != NULL) {
        int result = path_join(file->path, path, joined);
        (void)file_unref(file);
        return result;
    }
    char descriptor[DESCRIPTOR_PATH_SIZE];
    if (fcntl(dir, F_GETFD) < 0)
        return -EBADF;
    (void)snprintf(descriptor, sizeof descriptor, DESCRIPTOR_PATH, dir);
    return path_join(descriptor, path, joined);
}

int phoenix_fstatat(int dir, const char *path, struct stat *buf, int flags)
{
    char joined[PATH_MAX];
    if ((flags & AT_EMPTY_PATH) != 0 && path[0] == '\0' && dir != AT_FDCWD)
        return phoenix_fstat(dir, buf);
    int result = file_path_at(dir, path, joined);
    if (result < 0)
        return set_errno(result);
    return (flags & AT_SYMLINK_NOFOLLOW) != 0 ? phoenix_lstat(joined, buf)
                                              : phoenix_stat(joined, buf);
}

int phoenix_faccessat(int dir, const char *path, int mode, int flags)
{
    char joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    (void)flags; /* whose rights count: servers are not asked for any */
    return result < 0 ? set_errno(result) : phoenix_access(joined, mode);
}

int phoenix_fchmodat(int dir, const char *path, mode_t mode, int flags)
{
    char joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    if (result == 0 && flags != 0)
        result = -EOPNOTSUPP; /* as Linux, of symbolic links */
    return result < 0 ? set_errno(result) : phoenix_chmod(joined, mode);
}

int phoenix_fchownat(int dir, const char *path, uid_t owner, gid_t group, int flags)
{
    char joined[PATH_MAX];
    if ((flags & AT_EMPTY_PATH) != 0 && path[0] == '\0' && dir != AT_FDCWD)
        return phoenix_fchown(dir, owner, group);
    int result = file_path_at(dir, path, joined);
    if (result < 0)
        return set_errno(result);
    return (flags & AT_SYMLINK_NOFOLLOW) != 0 ? phoenix_lchown(joined, owner, group)
                                              : phoenix_chown(joined, owner, group);
}

int phoenix_mkdirat(int dir, const char *path, mode_t mode)
{
    char joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    return result < 0 ? set_errno(result) : phoenix_mkdir(joined, mode);
}

int phoenix_unlinkat(int dir, const char *path, int flags)
{
    char joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    if (result == 0 && (flags & ~AT_REMOVEDIR) != 0)
        result = -EINVAL;
    if (result < 0)
        return set_errno(result);
    return flags != 0 ? phoenix_rmdir(joined) : phoenix_unlink(joined);
}

int phoenix_renameat(int dir, const char *path, int other_dir, const char *other)
{
    char joined[PATH_MAX], other_joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    if (result == 0)
        result = file_path_at(other_dir, other, other_joined);
    return result < 0 ? set_errno(result) : phoenix_rename(joined, other_joined);
}

int phoenix_linkat(int dir, const char *path, int other_dir, const char *other, int flags)
{
    char joined[PATH_MAX], other_joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    if (result == 0)
        result = file_path_at(other_dir, other, other_joined);
    if (result == 0 && (flags & ~AT_SYMLINK_FOLLOW) != 0)
        result = -EINVAL;
    if (result < 0)
        return set_errno(result);
    if (flags != 0 && resolve_path(joined, joined, 1, 0) == NULL)
        return -1;
    return phoenix_link(joined, other_joined);
}

int phoenix_symlinkat(const char *target, int dir, const char *path)
{
    char joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    return result < 0 ? set_errno(result) : phoenix_symlink(target, joined);
}

ssize_t phoenix_readlinkat(int dir, const char *path, char *target, size_t size)
{
    char joined[PATH_MAX];
    int result = file_path_at(dir, path, joined);
    return result < 0 ? set_errno(result) : phoenix_readlink(joined, target, size);
}
