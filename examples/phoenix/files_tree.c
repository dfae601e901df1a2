/*
 * Trees of files, from the host's folders into a server's directories, back, and side by side. This
 * source opens files of the host, by the host's own flags.
 */
#define VIADUCT_PHOENIX_HOST_FILES
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

#define OPEN_FOLDERS 16
#define MODES 07777u

/* nftw() hands nothing of ours on. */
static struct {
    size_t len;       /* of the folder's path */
    const char *path; /* of the directory */
    int nfailed;
    size_t nseen;
} walk;

__attribute__((format(printf, 1, 2))) static void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    walk.nfailed++;
}

/* Where the host's file has its counterpart. */
static int counterpart(char path[PATH_MAX], const char *file)
{
    const char *below = file + walk.len;
    int isRoot = strcmp(walk.path, "/") == 0;
    int n = snprintf(path, PATH_MAX, "%s%s", isRoot && *below != '\0' ? "" : walk.path, below);
    if (n < PATH_MAX)
        return 1;
    complain("%s: too long a path", file);
    return 0;
}

/* ---- in ---- */

static int writeFrom(FILE *file, const oid_t *oid)
{
    static char chunk[CHUNK_SIZE];
    off_t offs = 0;
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0) {
        int err = files_write(oid, offs, chunk, n);
        if (err < 0)
            return err;
        offs += (off_t)n;
    }
    return ferror(file) ? -EIO : EOK;
}

static int copyFileIn(const char *name, const char *path, unsigned mode)
{
    FILE *file = fopen(name, "r");
    oid_t oid;
    int err;
    if (file == NULL)
        return -errno;
    err = files_create(path, otFile, mode, NULL, &oid);
    if (err >= 0)
        err = files_open(&oid, 1);
    if (err >= 0) {
        err = writeFrom(file, &oid);
        (void)files_close(&oid, 1);
    }
    (void)fclose(file);
    return err;
}

static int copyLinkIn(const char *name, const char *path)
{
    char target[PATH_MAX];
    ssize_t len = readlink(name, target, sizeof target - 1);
    if (len < 0)
        return -errno;
    target[len] = '\0';
    return files_create(path, otSymlink, 0777, target, NULL);
}

/* It may be there already, as the root always is. */
static int copyDirIn(const char *path, unsigned mode)
{
    oid_t fil, dev;
    if (files_find(path, &fil, &dev) >= 0)
        return files_set(&fil, atMode, mode);
    return files_create(path, otDir, mode, NULL, NULL);
}

static int setTime(const char *path, time_t time)
{
    oid_t fil, dev;
    int err = files_find(path, &fil, &dev);
    return err < 0 ? err : files_set(&fil, atMTime, time);
}

static int copyIn(const char *name, const struct stat *stat, int kind, struct FTW *ftw)
{
    char path[PATH_MAX];
    int err = -EACCES;
    (void)ftw;
    if (!counterpart(path, name))
        return 0;
    if (kind == FTW_D)
        err = copyDirIn(path, stat->st_mode & MODES);
    else if (kind == FTW_SL)
        err = copyLinkIn(name, path);
    else if (kind == FTW_F && S_ISREG(stat->st_mode))
        err = copyFileIn(name, path, stat->st_mode & MODES);
    else if (kind == FTW_F)
        err = -EOPNOTSUPP;
    if (err >= 0 && kind != FTW_D)
        err = setTime(path, stat->st_mtime);
    if (err < 0)
        complain("%s: %s", path, files_error(err));
    return 0;
}

static int copyTimeIn(const char *name, const struct stat *stat, int kind, struct FTW *ftw)
{
    char path[PATH_MAX];
    (void)ftw;
    if (kind != FTW_DP || !counterpart(path, name))
        return 0;
    if (setTime(path, stat->st_mtime) < 0)
        complain("%s: its time was not kept", path);
    return 0;
}

static int each(const char *folder, const char *path, __nftw_func_t visit, int flags)
{
    walk.len = strlen(folder);
    walk.path = path;
    if (nftw(folder, visit, OPEN_FOLDERS, FTW_PHYS | flags) < 0)
        complain("%s: %s", folder, strerror(errno));
    return walk.nfailed;
}

int tree_in(const char *folder, const char *path)
{
    walk.nfailed = 0;
    (void)each(folder, path, copyIn, 0);
    /* a directory's time, once nothing more comes into it */
    return each(folder, path, copyTimeIn, FTW_DEPTH);
}

/* ---- out ---- */

static int readInto(FILE *file, const oid_t *oid)
{
    static char chunk[CHUNK_SIZE];
    off_t offs = 0;
    int n;
    while ((n = files_read(oid, offs, chunk, sizeof chunk)) > 0) {
        if (fwrite(chunk, 1, (size_t)n, file) != (size_t)n)
            return -errno;
        offs += n;
    }
    return n;
}

static int copyFileOut(const oid_t *oid, const char *name)
{
    FILE *file = fopen(name, "w");
    int err;
    if (file == NULL)
        return -errno;
    err = files_open(oid, 0);
    if (err >= 0) {
        err = readInto(file, oid);
        (void)files_close(oid, 0);
    }
    if (fclose(file) != 0 && err >= 0)
        err = -errno;
    return err;
}

static int copyLinkOut(const oid_t *oid, const char *name)
{
    char target[PATH_MAX];
    int err = files_readlink(oid, target);
    if (err < 0)
        return err;
    return symlink(target, name) < 0 ? -errno : EOK;
}

static void copyDirOut(const char *path, const oid_t *dir, const char *folder);

static int keepAttributes(const struct _attrAll *attrs, const char *name)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                      {.tv_sec = (time_t)attrs->mTime.val}};
    if (!S_ISLNK((mode_t)attrs->mode.val) && chmod(name, (mode_t)attrs->mode.val & MODES) < 0)
        return -errno;
    return utimensat(AT_FDCWD, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : EOK;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the host lets a path be */
static int copyOut(const char *path, const char *name)
{
    struct _attrAll attrs;
    oid_t fil, dev;
    int err = files_find(path, &fil, &dev);
    if (err >= 0)
        err = files_getAll(&fil, &attrs);
    if (err < 0)
        return err;
    switch ((mode_t)attrs.mode.val & S_IFMT) {
    case S_IFDIR:
        if (mkdir(name, 0700) < 0 && errno != EEXIST)
            return -errno;
        copyDirOut(path, &dev, name);
        break;
    case S_IFREG:
        err = copyFileOut(&dev, name);
        break;
    case S_IFLNK:
        err = copyLinkOut(&fil, name);
        break;
    default:
        return -EOPNOTSUPP;
    }
    return err < 0 ? err : keepAttributes(&attrs, name);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the host lets a path be */
static void copyEntryOut(const char *path, const char *folder, const char *entry)
{
    char *from = NULL, *to = NULL;
    int err = -ENOMEM;
    if (asprintf(&from, "%s/%s", strcmp(path, "/") == 0 ? "" : path, entry) >= 0 &&
        asprintf(&to, "%s/%s", folder, entry) >= 0)
        err = copyOut(from, to);
    if (err < 0)
        complain("%s/%s: %s", path, entry, files_error(err));
    free(from);
    free(to);
}

static int isDots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the host lets a path be */
static void copyDirOut(const char *path, const oid_t *dir, const char *folder)
{
    entry_t entry;
    off_t offs = 0;
    int err;
    while ((err = files_readdir(dir, &offs, &entry)) >= 0) {
        if (!isDots(entry.name))
            copyEntryOut(path, folder, entry.name);
    }
    if (err != -ENOENT)
        complain("%s: %s", path, files_error(err));
}

int tree_out(const char *path, const char *folder)
{
    int err;
    walk.nfailed = 0;
    err = copyOut(path, folder);
    if (err < 0)
        complain("%s: %s", path, files_error(err));
    return walk.nfailed;
}

/* ---- side by side ---- */

static const char *compareFiles(const char *name, const oid_t *oid)
{
    static char here[CHUNK_SIZE], there[CHUNK_SIZE];
    FILE *file = fopen(name, "r");
    off_t offs = 0;
    size_t n;
    const char *found = NULL;
    if (file == NULL)
        return "cannot be opened";
    do {
        n = fread(here, 1, sizeof here, file);
        if (files_readAll(oid, offs, there, sizeof there) != (int)n || memcmp(here, there, n) != 0)
            found = "another content";
        offs += (off_t)n;
    } while (found == NULL && n > 0);
    (void)fclose(file);
    return found;
}

static const char *compareLinks(const char *name, const oid_t *oid)
{
    char here[PATH_MAX], there[PATH_MAX];
    ssize_t len = readlink(name, here, sizeof here);
    int other = files_readlink(oid, there);
    return len == other && len >= 0 && memcmp(here, there, (size_t)len) == 0 ? NULL
                                                                             : "another target";
}

static const char *compareOne(const char *name, const struct stat *stat, const char *path)
{
    struct _attrAll attrs;
    oid_t fil, dev;
    if (files_find(path, &fil, &dev) < 0)
        return "not there";
    if (files_getAll(&fil, &attrs) < 0)
        return "no attributes";
    if (((mode_t)attrs.mode.val & S_IFMT) != (stat->st_mode & S_IFMT))
        return "of another kind";
    if (!S_ISLNK(stat->st_mode) && (mode_t)attrs.mode.val != stat->st_mode)
        return "other permissions";
    if (!S_ISDIR(stat->st_mode) && attrs.size.val != stat->st_size)
        return "another size";
    if (attrs.mTime.val != stat->st_mtime)
        return "another time";
    if (S_ISREG(stat->st_mode))
        return compareFiles(name, &dev);
    return S_ISLNK(stat->st_mode) ? compareLinks(name, &fil) : NULL;
}

static int compare(const char *name, const struct stat *stat, int kind, struct FTW *ftw)
{
    char path[PATH_MAX];
    const char *found;
    (void)kind;
    (void)ftw;
    if (!counterpart(path, name))
        return 0;
    walk.nseen++;
    found = compareOne(name, stat, path);
    if (found != NULL)
        complain("%s: %s", path, found);
    return 0;
}

/* Directories that are still to be looked into. */
typedef struct {
    oid_t *dirs;
    size_t n, nmax;
} pending_t;

static void push(pending_t *pending, const oid_t *dir)
{
    if (pending->n == pending->nmax) {
        size_t nmax = 2 * pending->nmax + 16;
        oid_t *dirs = realloc(pending->dirs, nmax * sizeof *dirs);
        if (dirs == NULL) {
            complain("there is no memory");
            return;
        }
        pending->dirs = dirs;
        pending->nmax = nmax;
    }
    pending->dirs[pending->n++] = *dir;
}

static size_t countEntries(pending_t *pending, const oid_t *dir)
{
    entry_t entry;
    off_t offs = 0;
    size_t n = 0;
    while (files_readdir(dir, &offs, &entry) >= 0) {
        msg_t msg = {.type = mtLookup, .oid = *dir};
        if (isDots(entry.name))
            continue;
        n++;
        msg.i.data = entry.name;
        msg.i.size = strlen(entry.name) + 1;
        if (entry.isDir && files_send(&msg) >= 0)
            push(pending, &msg.o.lookup.dev);
    }
    return n;
}

/* A directory, and all that is in it and below. */
static size_t count(const oid_t *top)
{
    pending_t pending = {.dirs = NULL};
    size_t n = 1;
    push(&pending, top);
    while (pending.n > 0) {
        oid_t dir = pending.dirs[--pending.n];
        n += countEntries(&pending, &dir);
    }
    free(pending.dirs);
    return n;
}

int tree_compare(const char *folder, const char *path)
{
    oid_t fil, dev;
    size_t n;
    walk.nfailed = 0;
    walk.nseen = 0;
    (void)each(folder, path, compare, 0);
    if (files_find(path, &fil, &dev) >= 0) {
        n = count(&dev);
        if (n != walk.nseen)
            complain("%s: %zu are there, %zu here", path, n, walk.nseen);
    }
    return walk.nfailed;
}
