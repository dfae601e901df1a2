/*
 * To open and to close. What is sent is what that system sends, less what it asks twice: the path,
 * mtCreate if need be, mtOpen to what the node stands for, its size if one appends, mtTruncate.
 * Whether the file can be cut down is not looked at there either: for devices it means nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <phoenix/files.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/host_flags.h"
#include "bridge/phoenix/path.h"
#include "bridge/phoenix/question.h"

#define LASTING                                                                                    \
    (~(PHOENIX_O_CREAT | PHOENIX_O_EXCL | PHOENIX_O_NOCTTY | PHOENIX_O_TRUNC | PHOENIX_O_CLOEXEC))

static int create(struct spot *spot, mode_t mode)
{
    msg_t msg = question_of_name(mtCreate, &spot->dir, strrchr(spot->path, '/') + 1);
    msg.i.create.type = otFile;
    msg.i.create.mode = S_IFREG | file_masked(mode);
    int result = question_ask(&msg);
    if (result < 0)
        return result;
    memcpy(&spot->fil, &msg.o.create.oid, sizeof spot->fil);
    spot->dev = spot->fil;
    return 0;
}

/* What is to be opened; it is made when it is missing and the flags say so. */
static int find(const char *path, unsigned int flags, mode_t mode, struct spot *spot)
{
    int result = path_find(path, true, spot);
    if (result == -ENOENT && spot->is_missing && (flags & PHOENIX_O_CREAT) != 0) {
        result = create(spot, mode);
        if (result == -EEXIST) /* another was faster */
            result = path_find(path, true, spot);
    }
    if (result == 0 && S_ISDIR(spot->mode) && (flags & (PHOENIX_O_WRONLY | PHOENIX_O_RDWR)) != 0)
        return -EISDIR;
    return result;
}

static int ask_to_open(struct spot *spot, unsigned int flags)
{
    msg_t msg = {.type = mtOpen, .oid = spot->dev};
    memcpy(&msg.i.openclose.flags, &flags, sizeof flags);
    int result = question_ask(&msg);
    if (result > 0)
        spot->dev.id = (id_t)result; /* an object of this opening's own */
    return result;
}

static void cut_down(const oid_t *oid)
{
    msg_t msg = {.type = mtTruncate, .oid = *oid};
    (void)question_ask(&msg);
}

static int open_spot(struct spot *spot, unsigned int flags)
{
    struct file *file;
    long long size = 0;
    int result = ask_to_open(spot, flags);
    if (result < 0)
        return result;
    result = file_create(&spot->dev, &spot->fil, spot->path, flags & LASTING, &file);
    if (result < 0) {
        msg_t msg = {.type = mtClose, .oid = spot->dev};
        (void)question_ask(&msg);
        return result;
    }
    if ((flags & PHOENIX_O_APPEND) != 0 && question_attribute(&file->oid, atSize, &size) == 0 &&
        size > 0)
        file->offset = (off_t)size;
    result = file_enter(file);
    if (result < 0) {
        (void)file_unref(file);
        return result;
    }
    if ((flags & PHOENIX_O_CLOEXEC) == 0)
        (void)fcntl(result, F_SETFD, 0);
    if ((flags & PHOENIX_O_TRUNC) != 0)
        cut_down(&spot->dev);
    return result;
}

static int open_path(const char *path, unsigned int flags, mode_t mode)
{
    struct spot spot;
    int result = find(path, flags, mode, &spot);
    if (result == PATH_IS_HOSTS)
        return open(spot.path, host_flags_of(flags), mode);
    if (result == 0)
        result = open_spot(&spot, flags);
    return set_errno(result);
}

static mode_t mode_of(unsigned int flags, va_list arguments)
{
    return (flags & PHOENIX_O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

int phoenix_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of((unsigned int)flags, arguments);
    va_end(arguments);
    return open_path(path, (unsigned int)flags, mode);
}

int phoenix_openat(int dir, const char *path, int flags, ...)
{
    char joined[PATH_MAX];
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = mode_of((unsigned int)flags, arguments);
    va_end(arguments);
    if (dir == AT_FDCWD || path[0] == '/')
        return open_path(path, (unsigned int)flags, mode);
    struct file *file = file_get(dir);
    if (file == NULL)
        return openat(dir, path, host_flags_of((unsigned int)flags), mode);
    int result = path[0] == '\0' ? -ENOENT : path_join(file->path, path, joined);
    (void)file_unref(file);
    return result < 0 ? set_errno(result) : open_path(joined, (unsigned int)flags, mode);
}

int phoenix_creat(const char *path, mode_t mode)
{
    return open_path(path, PHOENIX_O_WRONLY | PHOENIX_O_CREAT | PHOENIX_O_TRUNC, mode);
}

/* ---- descriptors ---- */

int phoenix_close(int fd)
{
    struct file *file;
    (void)file_set(fd, NULL, &file); /* before the number may be another's */
    int result = close(fd);
    int closed = file_unref(file);
    return result < 0 ? result : set_errno(closed);
}

/* @made, which is a copy of @fd, or -1, is that file's as well; takes its count. */
static int make_copy(struct file *file, int made)
{
    struct file *former = NULL;
    int result = made;
    if (made < 0 || file_set(made, file, &former) == 0) {
        if (made < 0)
            (void)file_unref(file);
    } else {
        (void)file_unref(file);
        (void)close(made);
        result = set_errno(-ENOMEM);
    }
    (void)file_unref(former);
    return result;
}

int phoenix_dup(int fd)
{
    struct file *file = file_get(fd);
    return make_copy(file, dup(fd));
}

int phoenix_dup2(int fd, int other)
{
    if (fd == other)
        return dup2(fd, other);
    struct file *file = file_get(fd);
    return make_copy(file, dup2(fd, other));
}

int phoenix_dup3(int fd, int other, int flags)
{
    struct file *file = file_get(fd);
    return make_copy(file, dup3(fd, other, host_flags_of((unsigned int)flags)));
}

/* ---- fcntl ---- */

static int change_status(struct file *file, unsigned int flags)
{
    const unsigned int changeable = PHOENIX_O_APPEND | PHOENIX_O_NONBLOCK;
    (void)pthread_mutex_lock(&file->guard);
    file->status = (file->status & ~changeable) | (flags & changeable);
    (void)pthread_mutex_unlock(&file->guard);
    return 0;
}

static int tell_unlocked(struct flock *lock)
{
    lock->l_type = F_UNLCK;
    return 0;
}

static int control(struct file *file, int fd, int command, unsigned long argument)
{
    switch (command) {
    case F_GETFL:
        return (int)file->status;
    case F_SETFL:
        return change_status(file, (unsigned int)argument);
    case F_GETFD:
    case F_SETFD:
        return fcntl(fd, command, argument);
    case F_GETLK:
        return tell_unlocked((struct flock *)argument);
    case F_SETLK:
    case F_SETLKW: /* granted, and nothing is locked: as there */
        return 0;
    default:
        return set_errno(-EINVAL);
    }
}

static int control_host(int fd, int command, unsigned long argument)
{
    if (command == F_SETFL)
        return fcntl(fd, command, host_flags_of((unsigned int)argument));
    int result = fcntl(fd, command, argument);
    return command == F_GETFL && result >= 0 ? (int)host_flags_to_phoenix(result) : result;
}

int phoenix_fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    const unsigned long argument = va_arg(arguments, unsigned long); /* or a pointer, or none */
    va_end(arguments);
    struct file *file = file_get(fd);
    if (file == NULL)
        return control_host(fd, command, argument);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return make_copy(file, fcntl(fd, command, argument));
    int result = control(file, fd, command, argument);
    (void)file_unref(file);
    return result;
}
