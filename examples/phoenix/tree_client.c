/*
 * Copies a tree of files, and compares two, by what every program opens and reads files with:
 *
 *     copy FROM TO            compare ONE OTHER
 *
 * Each path is a server's or the host's, whichever it is by its name; so the same code copies in,
 * out, and from one server to another. What is at TO is replaced file by file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_SIZE 65536u
#define MODES 07777u

static unsigned nfailed;

static void complain(const char *path, const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", path, what);
    nfailed++;
}

/* What errno says. */
static void fail(const char *path)
{
    complain(path, strerror(errno));
}

static char *below(const char *dir, const char *name)
{
    char *path = NULL;
    const char *slash = dir[0] != '\0' && dir[strlen(dir) - 1] == '/' ? "" : "/";
    if (asprintf(&path, "%s%s%s", dir, slash, name) < 0) {
        fail(dir);
        exit(EXIT_FAILURE);
    }
    return path;
}

/* Calls visit() with each name that is in the directory, put behind both paths. */
static unsigned eachBelow(const char *one, const char *other,
                          void (*visit)(const char *one, const char *other))
{
    DIR *dir = opendir(one);
    struct dirent *entry;
    unsigned n = 0;
    if (dir == NULL) {
        fail(one);
        return 0;
    }
    for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
        char *from, *to;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        n++;
        if (visit == NULL)
            continue;
        from = below(one, entry->d_name);
        to = below(other, entry->d_name);
        visit(from, to);
        free(from);
        free(to);
    }
    if (errno != 0)
        fail(one);
    (void)closedir(dir);
    return n;
}

/* ---- copy ---- */

static int writeAll(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0)
            return -1;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

static int copyContent(int from, int to)
{
    static char chunk[CHUNK_SIZE];
    ssize_t n;
    while ((n = read(from, chunk, sizeof chunk)) > 0) {
        if (writeAll(to, chunk, (size_t)n) < 0)
            return -1;
    }
    return (int)n;
}

static int copyFile(const char *from, const char *to)
{
    int in = open(from, O_RDONLY), out, result = -1;
    if (in < 0)
        return -1;
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out >= 0) {
        result = copyContent(in, out);
        if (close(out) < 0)
            result = -1;
    }
    (void)close(in);
    return result;
}

static int copyLink(const char *from, const char *to)
{
    char target[PATH_MAX];
    ssize_t len = readlink(from, target, sizeof target - 1);
    if (len < 0)
        return -1;
    target[len] = '\0';
    if (unlink(to) < 0 && errno != ENOENT)
        return -1;
    return symlink(target, to);
}

static int keepAttributes(const char *to, const struct stat *stat)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = stat->st_mtime}};
    if (!S_ISLNK(stat->st_mode) && chmod(to, stat->st_mode & MODES) < 0)
        return -1;
    return utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a path can be */
static void copy(const char *from, const char *to)
{
    struct stat stat;
    int result = lstat(from, &stat);
    if (result == 0) {
        switch (stat.st_mode & S_IFMT) {
        case S_IFDIR:
            result = mkdir(to, 0700);
            if (result < 0 && errno == EEXIST)
                result = 0;
            if (result == 0)
                (void)eachBelow(from, to, copy);
            break;
        case S_IFREG:
            result = copyFile(from, to);
            break;
        case S_IFLNK:
            result = copyLink(from, to);
            break;
        default:
            errno = EOPNOTSUPP;
            result = -1;
            break;
        }
    }
    if (result == 0)
        result = keepAttributes(to, &stat);
    if (result < 0)
        fail(to);
}

/* ---- compare ---- */

/* Until there is no more; less than @size at the end only. */
static ssize_t readAll(int fd, char *data, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t part = read(fd, data + n, size - n);
        if (part < 0)
            return -1;
        if (part == 0)
            break;
        n += (size_t)part;
    }
    return (ssize_t)n;
}

static int isSameContent(int one, int other)
{
    static char here[CHUNK_SIZE], there[CHUNK_SIZE];
    ssize_t n;
    do {
        n = readAll(one, here, sizeof here);
        if (n < 0 || readAll(other, there, sizeof there) != n ||
            memcmp(here, there, (size_t)n) != 0)
            return 0;
    } while (n > 0);
    return 1;
}

static const char *compareFiles(const char *one, const char *other)
{
    const char *found = "cannot be opened";
    int fd = open(one, O_RDONLY), otherFd = open(other, O_RDONLY);
    if (fd >= 0 && otherFd >= 0)
        found = isSameContent(fd, otherFd) ? NULL : "another content";
    if (fd >= 0)
        (void)close(fd);
    if (otherFd >= 0)
        (void)close(otherFd);
    return found;
}

static const char *compareLinks(const char *one, const char *other)
{
    char target[PATH_MAX], otherTarget[PATH_MAX];
    ssize_t len = readlink(one, target, sizeof target);
    ssize_t otherLen = readlink(other, otherTarget, sizeof otherTarget);
    return len >= 0 && len == otherLen && memcmp(target, otherTarget, (size_t)len) == 0
               ? NULL
               : "another target";
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a path can be */
static void compare(const char *one, const char *other)
{
    struct stat stat, there;
    const char *found = NULL;
    if (lstat(one, &stat) < 0 || lstat(other, &there) < 0) {
        complain(other, "not there");
        return;
    }
    if ((stat.st_mode & S_IFMT) != (there.st_mode & S_IFMT))
        found = "of another kind";
    else if (!S_ISLNK(stat.st_mode) && stat.st_mode != there.st_mode)
        found = "other permissions";
    else if (S_ISREG(stat.st_mode))
        found = stat.st_size != there.st_size ? "another size" : compareFiles(one, other);
    else if (S_ISLNK(stat.st_mode))
        found = compareLinks(one, other);
    else if (S_ISDIR(stat.st_mode) && eachBelow(one, other, compare) != eachBelow(other, one, NULL))
        found = "more or less in it";
    if (found == NULL && stat.st_mtime != there.st_mtime)
        found = "another time";
    if (found != NULL)
        complain(other, found);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "copy") == 0) {
        copy(argv[2], argv[3]);
    } else if (argc == 4 && strcmp(argv[1], "compare") == 0) {
        compare(argv[2], argv[3]);
    } else {
        (void)fprintf(stderr, "usage: tree_client copy FROM TO | compare ONE OTHER\n");
        return EXIT_FAILURE;
    }
    return nfailed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
