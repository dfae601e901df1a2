/*
 * Paths. A server finds a whole path of its own at once, but follows no symbolic link: where there
 * is one, the path is walked name by name.
 */
#include <errno.h>
#include <posix/utils.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "files.h"

#define LINKS_MAX 8

static int lookUp(const char *path, oid_t *fil, oid_t *dev)
{
    int err;
    do
        err = lookup(path, fil, dev);
    while (err == -EINTR);
    return err;
}

static int isLink(const oid_t *oid)
{
    long long mode;
    return files_get(oid, atMode, &mode) >= 0 && S_ISLNK(mode);
}

/* @path's link, whose name ends at @end, gives way to its target. */
static int substitute(char path[PATH_MAX], size_t end, const oid_t *link)
{
    char target[PATH_MAX], rest[PATH_MAX];
    size_t start = end;
    int len = files_readlink(link, target);
    if (len < 0)
        return len;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (target[0] == '/')
        start = 0;
    memcpy(rest, path + end, strlen(path + end) + 1);
    if (snprintf(path + start, PATH_MAX - start, "%s%s", target, rest) >= PATH_MAX - (int)start)
        return -ENAMETOOLONG;
    return EOK;
}

/* Until there is no link on the way, nor at its end if that is to be followed. */
static int walk(char path[PATH_MAX], int follow, oid_t *fil, oid_t *dev)
{
    int nlinks = 0;
    size_t end = 0;
    for (;;) {
        char after;
        int err, atEnd;
        end += strspn(path + end, "/");
        end += strcspn(path + end, "/");
        atEnd = path[end + strspn(path + end, "/")] == '\0';
        after = path[end];
        path[end] = '\0';
        err = lookUp(path, fil, dev);
        path[end] = after;
        if (atEnd && (err < 0 || !follow))
            return err;
        /* what is not there may yet be the beginning of a server's name */
        if (err < 0 && err != -ENOENT)
            return err;
        if (err == EOK && isLink(fil)) {
            if (++nlinks > LINKS_MAX)
                return -ELOOP;
            err = substitute(path, end, fil);
            if (err < 0)
                return err;
            end = 0;
        } else if (atEnd) {
            return EOK;
        }
    }
}

static int find(const char *path, int follow, oid_t *fil, oid_t *dev)
{
    char copy[PATH_MAX];
    int err = lookUp(path, fil, dev);
    if (err == EOK ? !follow || !isLink(fil) : err != -ENOTDIR)
        return err;
    if (strlen(path) >= sizeof copy)
        return -ENAMETOOLONG;
    memcpy(copy, path, strlen(path) + 1);
    return walk(copy, follow, fil, dev);
}

int files_find(const char *path, oid_t *fil, oid_t *dev)
{
    return find(path, 0, fil, dev);
}

int files_follow(const char *path, oid_t *fil, oid_t *dev)
{
    return find(path, 1, fil, dev);
}

int files_parent(char *path, oid_t *dir, char **name)
{
    char *above;
    oid_t fil;
    int err = -EINVAL;
    splitname(path, name, &above);
    if (**name != '\0')
        err = files_follow(above, &fil, dir);
    if (*name > path && (*name)[-1] == '\0') /* the path is whole again */
        (*name)[-1] = '/';
    return err;
}
