/*
 * A path without links, "." and "..".
 */
#include <errno.h>
#include <phoenix/files.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/phoenix/path.h"

/* On the host: what is missing at the end, or a link that is not followed, is put behind its
 * directory's. */
static int resolve_on_host(const char *path, int follows, int may_miss, char resolved[PATH_MAX])
{
    char dir[PATH_MAX], name[PATH_MAX];
    if (follows && realpath(path, resolved) != NULL)
        return 0;
    if (follows && (errno != ENOENT || !may_miss))
        return -errno;
    const char *slash = strrchr(path, '/');
    const size_t before = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    const size_t size = strlen(path + before) + 1;
    if (before >= sizeof dir || size > sizeof name)
        return -ENAMETOOLONG;
    memcpy(dir, path, before);
    dir[before] = '\0';
    memcpy(name, path + before, size);
    if (realpath(before == 0 ? "." : dir, resolved) == NULL)
        return -errno;
    return name[0] == '\0' ? 0
                           : path_join(strcmp(resolved, "/") == 0 ? "" : resolved, name, resolved);
}

static int resolve(const char *path, int follows, int may_miss, char resolved[PATH_MAX])
{
    struct spot spot;
    char on_host[PATH_MAX];
    int result = path_find(path, follows != 0, &spot);
    if (result == PATH_IS_HOSTS) {
        result = resolve_on_host(spot.path, follows, may_miss, on_host);
        if (result < 0)
            return result;
        if (path_on_host(path) == path) {
            memcpy(resolved, on_host, strlen(on_host) + 1);
            return 0;
        }
        return path_join(PATH_HOST, on_host + 1, resolved);
    }
    if (result < 0 && !(result == -ENOENT && may_miss && spot.is_missing))
        return result;
    memcpy(resolved, spot.path, strlen(spot.path) + 1);
    return 0;
}

char *resolve_path(const char *path, char *resolved, int resolve_last_symlink,
                   int allow_missing_leaf)
{
    char found[PATH_MAX];
    int result =
        path == NULL ? -EINVAL : resolve(path, resolve_last_symlink, allow_missing_leaf, found);
    if (result < 0) {
        errno = -result;
        return NULL;
    }
    if (resolved == NULL)
        return strdup(found);
    memcpy(resolved, found, strlen(found) + 1);
    return resolved;
}

char *phoenix_realpath(const char *path, char *resolved)
{
    return resolve_path(path, resolved, 1, 0);
}
