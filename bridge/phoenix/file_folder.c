/*
 * Directories, read entry by entry: one message each. The next one stands as far behind as the
 * server says. An entry is that system's, also when the directory is the host's.
 *
 * A directory has a descriptor once somebody asks for it, or if it was made of one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <phoenix/files.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "bridge/phoenix/file.h"
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
    DIR *host;         /* owned; NULL: it is a server's */
    struct file *file; /* a count; NULL: it is the host's */
    int fd;            /* owned; -1: nobody has asked for it. A server's */
    off_t offset;
    struct entry entry;
};

_Static_assert(offsetof(struct entry, name) == 16, "as mtReaddir carries it");

/* ---- to open and to close ---- */

static int dir_of_file(struct file *file, int fd, struct phoenix_dir **dirp)
{
    struct phoenix_dir *dir = calloc(1, sizeof *dir);
    if (dir == NULL)
        return -ENOMEM;
    dir->file = file;
    dir->fd = fd;
    *dirp = dir;
    return 0;
}

static int dir_of_host(DIR *host, struct phoenix_dir **dirp)
{
    if (host == NULL)
        return -errno;
    int result = dir_of_file(NULL, -1, dirp);
    if (result == 0)
        (*dirp)->host = host;
    return result;
}

static int check_type(const oid_t *oid)
{
    long long type = 0;
    int result = question_attribute(oid, atType, &type);
    return result == 0 && type != otDir ? -ENOTDIR : result;
}

static int open_spot(const struct spot *spot, struct phoenix_dir **dirp)
{
    struct file *file;
    int result = check_type(&spot->dev);
    if (result < 0)
        return result;
    msg_t msg = {.type = mtOpen, .oid = spot->dev};
    result = question_ask(&msg);
    if (result < 0)
        return result;
    oid_t oid = spot->dev;
    if (result > 0)
        oid.id = (id_t)result;
    result = file_create(&oid, &spot->fil, spot->path, 0, &file);
    if (result < 0) {
        msg_t closing = {.type = mtClose, .oid = oid};
        (void)question_ask(&closing);
        return result;
    }
    result = dir_of_file(file, -1, dirp);
    if (result < 0)
        (void)file_unref(file);
    return result;
}

struct phoenix_dir *phoenix_opendir(const char *path)
{
    struct spot spot;
    struct phoenix_dir *dir = NULL;
    int result = path_find(path, true, &spot);
    if (result == PATH_IS_HOSTS) {
        DIR *host = opendir(spot.path);
        result = dir_of_host(host, &dir);
        if (result < 0 && host != NULL)
            (void)closedir(host);
    } else if (result == 0) {
        result = open_spot(&spot, &dir);
    }
    (void)set_errno(result);
    return dir;
}

/* The directory's from then on, when there is one. */
struct phoenix_dir *phoenix_fdopendir(int fd)
{
    struct phoenix_dir *dir = NULL;
    struct file *file = file_get(fd);
    int result;
    if (file != NULL) {
        result = check_type(&file->oid);
        if (result == 0)
            result = dir_of_file(file, fd, &dir);
        if (result < 0)
            (void)file_unref(file);
    } else {
        result = dir_of_file(NULL, -1, &dir); /* first: of the other there is no way back */
        if (result == 0 && (dir->host = fdopendir(fd)) == NULL) {
            result = -errno;
            free(dir);
            dir = NULL;
        }
    }
    (void)set_errno(result);
    return dir;
}

int phoenix_dirfd(struct phoenix_dir *dir)
{
    if (dir->host != NULL)
        return dirfd(dir->host);
    if (dir->fd < 0) {
        (void)atomic_fetch_add(&dir->file->refs, 1); /* the descriptor's own */
        dir->fd = file_enter(dir->file);
        if (dir->fd < 0) {
            (void)file_unref(dir->file);
            const int result = dir->fd;
            dir->fd = -1;
            return set_errno(result);
        }
    }
    return dir->fd;
}

int phoenix_closedir(struct phoenix_dir *dir)
{
    int result = 0;
    if (dir == NULL)
        return set_errno(-EBADF);
    if (dir->host != NULL) {
        result = closedir(dir->host);
    } else {
        if (dir->fd >= 0) /* the last count is closed at the server, whichever it is */
            result = phoenix_close(dir->fd);
        const int closed = file_unref(dir->file);
        if (closed < 0)
            result = set_errno(closed);
    }
    free(dir);
    return result;
}

/* ---- to read ---- */

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

/* What a server says of an entry is made good before a program goes by it. */
static int read_server(struct phoenix_dir *dir)
{
    msg_t msg = {.type = mtReaddir, .oid = dir->file->oid};
    msg.i.readdir.offs = dir->offset;
    msg.o.data = &dir->entry;
    msg.o.size = ENTRY_SIZE;
    int result = question_ask(&msg);
    if (result < 0)
        return result;
    if (dir->entry.reclen == 0) /* it would be this one for ever */
        return -EIO;
    if (__builtin_add_overflow(dir->offset, dir->entry.reclen, &dir->offset))
        return -EOVERFLOW;
    dir->entry.name[NAME_MAX] = '\0';
    dir->entry.namlen = (uint16_t)strlen(dir->entry.name);
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

long phoenix_telldir(struct phoenix_dir *dir)
{
    return dir->host != NULL ? telldir(dir->host) : (long)dir->offset;
}

void phoenix_seekdir(struct phoenix_dir *dir, long place)
{
    if (dir->host != NULL)
        seekdir(dir->host, place);
    else
        dir->offset = place;
}
