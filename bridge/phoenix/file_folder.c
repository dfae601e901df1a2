/*
 * Directories, read entry by entry: one message each. The next one stands as far behind as the
 * server says. An entry is that system's, also when the directory is the host's.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <phoenix/files.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "bridge/phoenix/path.h"
#include "bridge/phoenix/question.h"

/* That system's struct dirent; Linux's has its name here. */
struct entry {
    uint64_t ino;
    uint32_t type;
    uint16_t reclen;
    uint16_t namlen;
    char name[NAME_MAX + 1];
};

#define ENTRY_SIZE (offsetof(struct entry, name) + NAME_MAX + 1)

struct phoenix_dir {
    DIR *host; /* owned; NULL: it is a server's */
    oid_t oid;
    off_t offset;
    struct entry entry;
};

_Static_assert(offsetof(struct entry, name) == 16, "as mtReaddir carries it");

static int open_spot(const struct spot *spot, struct phoenix_dir **dirp)
{
    long long type = 0;
    int result = question_attribute(&spot->dev, atType, &type);
    if (result < 0)
        return result;
    if (type != otDir)
        return -ENOTDIR;
    struct phoenix_dir *dir = calloc(1, sizeof *dir);
    if (dir == NULL)
        return -ENOMEM;
    msg_t msg = {.type = mtOpen, .oid = spot->dev};
    result = question_ask(&msg);
    if (result < 0) {
        free(dir);
        return result;
    }
    dir->oid = spot->dev;
    if (result > 0)
        dir->oid.id = (id_t)result;
    *dirp = dir;
    return 0;
}

static int open_on_host(const char *path, struct phoenix_dir **dirp)
{
    struct phoenix_dir *dir = calloc(1, sizeof *dir);
    if (dir == NULL)
        return -ENOMEM;
    dir->host = opendir(path);
    if (dir->host == NULL) {
        free(dir);
        return -errno;
    }
    *dirp = dir;
    return 0;
}

struct phoenix_dir *phoenix_opendir(const char *path)
{
    struct spot spot;
    struct phoenix_dir *dir = NULL;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS)
        result = open_on_host(spot.path, &dir);
    else if (result == 0)
        result = open_spot(&spot, &dir);
    (void)set_errno(result);
    return dir;
}

/* 0; -ENOENT: that was all. */
static int read_host(struct phoenix_dir *dir)
{
    const int before = errno;
    errno = 0;
    const struct dirent *host =
        readdir(dir->host); /* NOLINT(concurrency-mt-unsafe): of one thread */
    const int error = errno;
    errno = before;
    if (host == NULL)
        return error == 0 ? -ENOENT : -error;
    const size_t len = strnlen(host->d_name, NAME_MAX);
    dir->entry.ino = host->d_ino;
    dir->entry.type = host->d_type;
    dir->entry.reclen = 1;
    dir->entry.namlen = (uint16_t)len;
    memcpy(dir->entry.name, host->d_name, len);
    dir->entry.name[len] = '\0';
    return 0;
}

static int read_server(struct phoenix_dir *dir)
{
    msg_t msg = {.type = mtReaddir, .oid = dir->oid};
    msg.i.readdir.offs = dir->offset;
    msg.o.data = &dir->entry;
    msg.o.size = ENTRY_SIZE;
    int result = question_ask(&msg);
    if (result < 0)
        return result;
    if (dir->entry.reclen == 0) /* it would be this one for ever */
        return -EIO;
    dir->entry.name[NAME_MAX] = '\0';
    dir->offset += dir->entry.reclen;
    return 0;
}

struct dirent *phoenix_readdir(struct phoenix_dir *dir)
{
    int result = dir->host != NULL ? read_host(dir) : read_server(dir);
    if (result == 0)
        return (struct dirent *)(void *)&dir->entry; /* by its name there */
    if (result != -ENOENT)
        errno = -result;
    return NULL;
}

void phoenix_rewinddir(struct phoenix_dir *dir)
{
    dir->offset = 0;
    if (dir->host != NULL)
        rewinddir(dir->host);
}

int phoenix_closedir(struct phoenix_dir *dir)
{
    int result = 0;
    if (dir == NULL)
        return set_errno(-EBADF);
    if (dir->host != NULL) {
        result = closedir(dir->host);
    } else {
        msg_t msg = {.type = mtClose, .oid = dir->oid};
        int answer = question_ask(&msg);
        result = set_errno(answer < 0 ? answer : 0);
    }
    free(dir);
    return result;
}
