/*
 * Names of files: made, given, taken away. Each is one message to the directory's server, with the
 * name alone. A device whose node gets or loses a name hears of it, and need not answer well.
 */
#include <errno.h>
#include <phoenix/files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/path.h"
#include "bridge/phoenix/question.h"

/* A directory, a name, and what has that name there. */
struct named {
    struct spot folder;
    const char *name;
    oid_t fil, dev;
    unsigned int mode;
};

/* As path_find_folder(). */
static int find_named(const char *path, struct named *named)
{
    long long mode = 0;
    int result = path_find_folder(path, &named->folder, &named->name);
    if (result != 0)
        return result;
    result = question_find_in(&named->folder.dev, named->name, &named->fil, &named->dev);
    if (result < 0)
        return result;
    result = question_attribute(&named->fil, atMode, &mode);
    named->mode = (unsigned int)mode;
    return result == -EINVAL || result == -ENOSYS ? 0 : result;
}

static int make(const struct spot *folder, const char *name, size_t size, int type,
                unsigned int mode)
{
    msg_t msg = question_of_name(mtCreate, &folder->dev, name);
    msg.i.size = size;
    msg.i.create.type = type;
    msg.i.create.mode = mode;
    int result = question_ask(&msg);
    return result < 0 ? result : 0;
}

int phoenix_mkdir(const char *path, mode_t mode)
{
    struct spot folder;
    const char *name;
    int result = path_find_folder(path, &folder, &name);
    if (result == PATH_IS_HOSTS)
        return mkdir(folder.path, mode);
    if (result == 0)
        result = make(&folder, name, strlen(name) + 1, otDir, S_IFDIR | file_masked(mode));
    return set_errno(result);
}

int phoenix_symlink(const char *target, const char *path)
{
    struct spot folder;
    const char *name;
    int result = path_find_folder(path, &folder, &name);
    if (result == PATH_IS_HOSTS)
        return symlink(path_on_host(target), folder.path);
    if (result < 0)
        return set_errno(result);
    const size_t before = strlen(name) + 1, size = strlen(target) + 1;
    char *both = malloc(before + size);
    if (both == NULL)
        return set_errno(-ENOMEM);
    memcpy(both, name, before);
    memcpy(both + before, target, size);
    result = make(&folder, both, before + size, otSymlink, S_IFLNK | 0777);
    free(both);
    return set_errno(result);
}

/* ---- giving and taking ---- */

static int ask(int type, const struct spot *folder, const char *name, const oid_t *fil)
{
    msg_t msg = question_of_name(type, &folder->dev, name);
    memcpy(&msg.i.ln.oid, fil, sizeof *fil);
    int result = question_ask(&msg);
    return result < 0 ? result : 0;
}

static void tell_device(int type, const struct named *named, const struct spot *folder,
                        const char *name)
{
    char path[PATH_MAX];
    if (S_ISDIR(named->mode) || question_is_same(&named->fil, &named->dev) ||
        path_join(strcmp(folder->path, "/") == 0 ? "" : folder->path, name, path) < 0)
        return;
    msg_t msg = question_of_name(type, &named->dev, path);
    memcpy(&msg.i.ln.oid, &named->dev, sizeof named->dev);
    (void)question_ask(&msg);
}

static int take_away(const struct named *named)
{
    int result = ask(mtUnlink, &named->folder, named->name, &named->fil);
    if (result == 0)
        tell_device(mtUnlink, named, &named->folder, named->name);
    return result;
}

static int give(const struct named *named, const struct spot *folder, const char *name)
{
    if (named->fil.port != folder->dev.port)
        return -EXDEV;
    int result = ask(mtLink, folder, name, &named->fil);
    if (result == 0)
        tell_device(mtLink, named, folder, name);
    return result;
}

int phoenix_unlink(const char *path)
{
    struct named named;
    int result = find_named(path, &named);
    if (result == PATH_IS_HOSTS)
        return unlink(named.folder.path);
    if (result == 0)
        result = S_ISDIR(named.mode) ? -EISDIR : take_away(&named);
    return set_errno(result);
}

int phoenix_rmdir(const char *path)
{
    struct named named;
    int result = find_named(path, &named);
    if (result == PATH_IS_HOSTS)
        return rmdir(named.folder.path);
    if (result == 0 && !S_ISDIR(named.mode))
        result = -ENOTDIR;
    if (result == 0)
        result = take_away(&named);
    return set_errno(result == -EEXIST ? -EBUSY : result);
}

int phoenix_remove(const char *path)
{
    struct named named;
    int result = find_named(path, &named);
    if (result == PATH_IS_HOSTS)
        return remove(named.folder.path);
    return set_errno(result < 0 ? result : take_away(&named));
}

/* Both of a pair are ours, or both the host's, or it is -EXDEV. */
static int find_pair(const char *path, const char *other, struct named *named, struct spot *folder,
                     const char **namep)
{
    int to = path_find_folder(other, folder, namep);
    int result = find_named(path, named);
    if (to < 0 || result < 0)
        return result < 0 ? result : to;
    return to == result ? to : -EXDEV;
}

int phoenix_link(const char *path, const char *other)
{
    struct named named;
    struct spot folder;
    const char *name;
    int result = find_pair(path, other, &named, &folder, &name);
    if (result == PATH_IS_HOSTS)
        return link(named.folder.path, folder.path);
    if (result == 0 && question_find_in(&folder.dev, name, NULL, NULL) == 0)
        result = -EEXIST; /* mtLink would put it in the place of what is there */
    if (result == 0)
        result = give(&named, &folder, name);
    return set_errno(result);
}

int phoenix_rename(const char *path, const char *other)
{
    struct named named;
    struct spot folder;
    const char *name;
    oid_t there;
    int result = find_pair(path, other, &named, &folder, &name);
    if (result == PATH_IS_HOSTS)
        return rename(named.folder.path, folder.path);
    if (result < 0)
        return set_errno(result);
    if (question_find_in(&folder.dev, name, &there, NULL) == 0 &&
        question_is_same(&there, &named.fil))
        return 0; /* one and the same: to take the first name away might be to lose the file */
    result = give(&named, &folder, name);
    if (result == 0)
        result = take_away(&named);
    return set_errno(result);
}

ssize_t phoenix_readlink(const char *path, char *target, size_t size)
{
    struct named named;
    int result = find_named(path, &named);
    if (result == PATH_IS_HOSTS)
        return readlink(named.folder.path, target, size);
    if (result == 0 && !S_ISLNK(named.mode))
        result = -EINVAL;
    if (result < 0)
        return set_errno(result);
    char whole[PATH_MAX];
    msg_t msg = {.type = mtRead, .oid = named.fil};
    msg.i.io.mode = 1; /* O_RDONLY there */
    msg.o.data = whole;
    msg.o.size = sizeof whole;
    result = question_ask(&msg);
    if (result > PATH_MAX)
        result = -EIO;
    if (result < 0)
        return set_errno(result);
    const size_t n = (size_t)result < size ? (size_t)result : size;
    memcpy(target, whole, n);
    return (ssize_t)n;
}

/* ---- the working directory ---- */

int phoenix_chdir(const char *path)
{
    struct spot spot;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS) {
        result = chdir(spot.path);
        return result < 0 ? result : set_errno(path_change_directory(NULL));
    }
    if (result == 0 && spot.mode != 0 && !S_ISDIR(spot.mode))
        result = -ENOTDIR;
    if (result == 0)
        result = path_change_directory(spot.path);
    return set_errno(result);
}

/* By the path under which it was opened. */
int phoenix_fchdir(int fd)
{
    struct file *file = file_get(fd);
    if (file == NULL) {
        int result = fchdir(fd);
        return result < 0 ? result : set_errno(path_change_directory(NULL));
    }
    long long type = otUnknown;
    int result = question_attribute(&file->oid, atType, &type);
    if (result == 0)
        result = type == otDir ? path_change_directory(file->path) : -ENOTDIR;
    (void)file_unref(file);
    return set_errno(result);
}

char *phoenix_getcwd(char *path, size_t size)
{
    char dir[PATH_MAX];
    if (!path_working_directory(dir))
        return getcwd(path, size);
    const size_t needed = strlen(dir) + 1;
    if (path == NULL)
        return strdup(dir);
    if (size < needed) {
        errno = size == 0 ? EINVAL : ERANGE;
        return NULL;
    }
    memcpy(path, dir, needed);
    return path;
}
