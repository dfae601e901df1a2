/*
 * Everything happens relative to the open folder, so that it cannot be exchanged on the way. A file
 * is written under another name and then renamed, its mode set before its first octet.
 */
#include "certs/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum via_status make_path(const char *path, struct fault *fault)
{
    char part[PATH_MAX];
    size_t size = strlen(path);
    if (size >= sizeof part)
        return fault_errno(fault, path, ENAMETOOLONG);
    for (size_t at = 1; at <= size; at++) {
        if (path[at] != '/' && path[at] != '\0')
            continue;
        memcpy(part, path, at);
        part[at] = '\0';
        if (mkdir(part, 0700) < 0 && errno != EEXIST)
            return fault_errno(fault, part, errno);
    }
    return VIA_OK;
}

static enum via_status check_owner(const struct folder *folder, struct fault *fault)
{
    struct stat status;
    if (fstat(folder->fd, &status) < 0)
        return fault_errno(fault, folder->path, errno);
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return fault_set(fault, VIA_DENIED, "%s belongs to another user: take a folder of your own",
                         folder->path);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fault_set(fault, VIA_DENIED,
                         "others may write in %s: take a folder of its own, or chmod go-w %s",
                         folder->path, folder->path);
    return VIA_OK;
}

enum via_status folder_open(struct folder *folder, const char *path, enum folder_want want,
                            struct fault *fault)
{
    folder->path = path;
    folder->fd = -1;
    if (want == FOLDER_MADE) {
        enum via_status status = make_path(path, fault);
        if (status != VIA_OK)
            return status;
    }
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0)
        return fault_errno(fault, path, errno);

    enum via_status status = check_owner(folder, fault);
    int locked = 0;
    do {
        locked = status == VIA_OK ? flock(folder->fd, LOCK_EX) : 0;
    } while (locked < 0 && errno == EINTR);
    if (locked < 0)
        status = fault_errno(fault, path, errno);
    if (status != VIA_OK)
        folder_close(folder);
    return status;
}

void folder_close(struct folder *folder)
{
    if (folder->fd >= 0)
        (void)close(folder->fd);
    folder->fd = -1;
}

bool folder_has(const struct folder *folder, const char *name)
{
    struct stat status;
    return fstatat(folder->fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool folder_is_empty(const struct folder *folder)
{
    DIR *entries = opendir(folder->path);
    if (entries == NULL)
        return false;
    bool empty = true;
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            empty = false;
    }
    (void)closedir(entries);
    return empty;
}

enum via_status folder_shut(const struct folder *folder, struct fault *fault)
{
    if (fchmod(folder->fd, 0700) < 0)
        return fault_errno(fault, folder->path, errno);
    return VIA_OK;
}

static void write_path(const struct folder *folder, const char *name, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/%s", folder->path, name);
}

/* All of @fd, which is @size octets at first sight. */
static enum via_status read_all(int fd, size_t size, const char *path, char **textp, size_t *sizep,
                                struct fault *fault)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        return fault_set(fault, VIA_NO_MEMORY, "%s: out of memory", path);
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(fd, text + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(text);
            return fault_errno(fault, path, errno);
        }
        if (n == 0)
            break;
        done += (size_t)n;
    }
    text[done] = '\0';
    *textp = text;
    *sizep = done;
    return VIA_OK;
}

enum via_status folder_read(const struct folder *folder, const char *name, char **textp,
                            size_t *sizep, struct fault *fault)
{
    char path[PATH_MAX];
    write_path(folder, name, path);
    int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault_errno(fault, path, errno);

    struct stat info;
    enum via_status status;
    if (fstat(fd, &info) < 0)
        status = fault_errno(fault, path, errno);
    else if (!S_ISREG(info.st_mode) || info.st_size > (off_t)FOLDER_FILE_MAX)
        status = fault_set(fault, VIA_TOO_LARGE, "%s is no file of at most 1 MiB", path);
    else
        status = read_all(fd, (size_t)info.st_size, path, textp, sizep, fault);
    (void)close(fd);
    return status;
}

static bool write_all(int fd, const char *text, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(fd, text + done, size - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n < 0 ? 0 : (size_t)n;
    }
    return fsync(fd) == 0;
}

enum via_status folder_write(const struct folder *folder, const char *name, mode_t mode,
                             const char *text, struct fault *fault)
{
    char path[PATH_MAX];
    char draft[NAME_MAX + 1];
    write_path(folder, name, path);
    if (snprintf(draft, sizeof draft, ".%s.new", name) >= (int)sizeof draft)
        return fault_errno(fault, path, ENAMETOOLONG);

    (void)unlinkat(folder->fd, draft, 0); /* of a program that was killed; the lock is ours */
    int fd = openat(folder->fd, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return fault_errno(fault, path, errno);
    bool good = fchmod(fd, mode) == 0 && write_all(fd, text, strlen(text));
    int number = errno;
    if (close(fd) < 0 && good) {
        good = false;
        number = errno;
    }
    if (good && (renameat(folder->fd, draft, folder->fd, name) < 0 || fsync(folder->fd) < 0)) {
        good = false;
        number = errno;
    }
    if (good)
        return VIA_OK;
    (void)unlinkat(folder->fd, draft, 0);
    return fault_errno(fault, path, number);
}
