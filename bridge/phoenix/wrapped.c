/*
 * Client files without macros. Where a program is linked with --wrap=open, what it calls open() is
 * __wrap_open() here; and what this library calls so, for the host's files, is libc's all the same,
 * because in the archive in which this stands it is __real_open() there. files.wrap is the list.
 *
 * Flags, events and structs are that system's, by the numbers and layouts of include/phoenix.
 */
#include <limits.h>
#include <phoenix/files.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/stat.h>

#include "bridge/phoenix/host_flags.h"

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
/* NOLINTBEGIN(bugprone-macro-parentheses): types and lists of arguments */

#define WRAP(type, name, parameters, target, arguments)                                            \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return target arguments;                                                                   \
    }

/* Likewise, under the name with 64 in it as well: both are one here. */
#define WRAP_BOTH(type, name, parameters, target, arguments)                                       \
    WRAP(type, name, parameters, target, arguments)                                                \
    WRAP(type, name##64, parameters, target, arguments)

#define WRAP_NONE(name, parameters, target, arguments)                                             \
    void __wrap_##name parameters;                                                                 \
    void __wrap_##name parameters                                                                  \
    {                                                                                              \
        target arguments;                                                                          \
    }

_Static_assert(sizeof(off_t) == sizeof(off64_t), "the names with 64 are the same functions");

/* ---- to open; a mode is there if the flags say so ---- */

static mode_t mode_of(int flags, va_list arguments)
{
    return ((unsigned int)flags & PHOENIX_O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                                            \
    int __wrap_##name(const char *path, int flags, ...);                                           \
    int __wrap_##name(const char *path, int flags, ...)                                            \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        const mode_t mode = mode_of(flags, arguments);                                             \
        va_end(arguments);                                                                         \
        return phoenix_open(path, flags, mode);                                                    \
    }
WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPEN(phoenix_host_open)
WRAP(int, __open_2, (const char *path, int flags), phoenix_open, (path, flags, 0))
WRAP(int, __open64_2, (const char *path, int flags), phoenix_open, (path, flags, 0))

#define WRAP_OPENAT(name)                                                                          \
    int __wrap_##name(int dir, const char *path, int flags, ...);                                  \
    int __wrap_##name(int dir, const char *path, int flags, ...)                                   \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        const mode_t mode = mode_of(flags, arguments);                                             \
        va_end(arguments);                                                                         \
        return phoenix_openat(dir, path, flags, mode);                                             \
    }
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)
WRAP_OPENAT(phoenix_host_openat)
WRAP(int, __openat_2, (int dir, const char *path, int flags), phoenix_openat, (dir, path, flags, 0))
WRAP(int, __openat64_2, (int dir, const char *path, int flags), phoenix_openat,
     (dir, path, flags, 0))

WRAP_BOTH(int, creat, (const char *path, mode_t mode), phoenix_creat, (path, mode))
WRAP(int, phoenix_host_creat, (const char *path, mode_t mode), phoenix_creat, (path, mode))
WRAP_BOTH(int, mkstemp, (char *path), phoenix_mkstemp, (path))

/* ---- what takes flags, of the host alone ---- */

WRAP(int, pipe2, (int *ends, int flags), phoenix_host_pipe2, (ends, flags))
WRAP(int, posix_openpt, (int flags), phoenix_host_posix_openpt, (flags))
WRAP(int, shm_open, (const char *name, int flags, mode_t mode), phoenix_host_shm_open,
     (name, flags, mode))

/* ---- by descriptors ---- */

WRAP(int, close, (int fd), phoenix_close, (fd))
WRAP(int, dup, (int fd), phoenix_dup, (fd))
WRAP(int, dup2, (int fd, int other), phoenix_dup2, (fd, other))
WRAP(int, dup3, (int fd, int other, int flags), phoenix_dup3, (fd, other, flags))
WRAP(ssize_t, read, (int fd, void *data, size_t size), phoenix_read, (fd, data, size))
WRAP(ssize_t, write, (int fd, const void *data, size_t size), phoenix_write, (fd, data, size))
WRAP_BOTH(ssize_t, pread, (int fd, void *data, size_t size, off_t offset), phoenix_pread,
          (fd, data, size, offset))
WRAP_BOTH(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t offset), phoenix_pwrite,
          (fd, data, size, offset))
WRAP(ssize_t, readv, (int fd, const struct iovec *pieces, int n), phoenix_readv, (fd, pieces, n))
WRAP(ssize_t, writev, (int fd, const struct iovec *pieces, int n), phoenix_writev, (fd, pieces, n))
WRAP_BOTH(ssize_t, preadv, (int fd, const struct iovec *pieces, int n, off_t offset),
          phoenix_preadv, (fd, pieces, n, offset))
WRAP_BOTH(ssize_t, pwritev, (int fd, const struct iovec *pieces, int n, off_t offset),
          phoenix_pwritev, (fd, pieces, n, offset))
WRAP_BOTH(off_t, lseek, (int fd, off_t offset, int whence), phoenix_lseek, (fd, offset, whence))
WRAP_BOTH(int, ftruncate, (int fd, off_t size), phoenix_ftruncate, (fd, size))
WRAP(int, fsync, (int fd), phoenix_fsync, (fd))
WRAP(int, fdatasync, (int fd), phoenix_fsync, (fd))
WRAP(int, isatty, (int fd), phoenix_isatty, (fd))

/* What _FORTIFY_SOURCE makes of them: a size that is too large ends the program. */
#define WRAP_CHECKED(type, name, parameters, is_good, target, arguments)                           \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (!(is_good))                                                                            \
            abort();                                                                               \
        return target arguments;                                                                   \
    }
WRAP_CHECKED(ssize_t, __read_chk, (int fd, void *data, size_t size, size_t room), size <= room,
             phoenix_read, (fd, data, size))
WRAP_CHECKED(ssize_t, __pread_chk, (int fd, void *data, size_t size, off_t offset, size_t room),
             size <= room, phoenix_pread, (fd, data, size, offset))
WRAP_CHECKED(ssize_t, __pread64_chk, (int fd, void *data, size_t size, off_t offset, size_t room),
             size <= room, phoenix_pread, (fd, data, size, offset))
WRAP_CHECKED(ssize_t, __readlink_chk, (const char *path, char *target, size_t size, size_t room),
             size <= room, phoenix_readlink, (path, target, size))
WRAP_CHECKED(ssize_t, __readlinkat_chk,
             (int dir, const char *path, char *target, size_t size, size_t room), size <= room,
             phoenix_readlinkat, (dir, path, target, size))
WRAP_CHECKED(char *, __getcwd_chk, (char *path, size_t size, size_t room), size <= room,
             phoenix_getcwd, (path, size))
WRAP_CHECKED(char *, __realpath_chk, (const char *path, char *resolved, size_t room),
             room >= PATH_MAX, phoenix_realpath, (path, resolved))
WRAP_CHECKED(int, __poll_chk, (struct pollfd * fds, unsigned long n, int timeout_ms, size_t room),
             room / sizeof *fds >= n, phoenix_poll, (fds, n, timeout_ms))
WRAP_CHECKED(int, __ppoll_chk,
             (struct pollfd * fds, unsigned long n, const struct timespec *timeout,
              const sigset_t *mask, size_t room),
             room / sizeof *fds >= n, phoenix_ppoll, (fds, n, timeout, mask))

/* An argument or none: what is not used does not matter. */
#define WRAP_CONTROL(name, command_type, target)                                                   \
    int __wrap_##name(int fd, command_type command, ...);                                          \
    int __wrap_##name(int fd, command_type command, ...)                                           \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, command);                                                              \
        void *argument = va_arg(arguments, void *);                                                \
        va_end(arguments);                                                                         \
        return target(fd, command, argument);                                                      \
    }
WRAP_CONTROL(fcntl, int, phoenix_fcntl)
WRAP_CONTROL(fcntl64, int, phoenix_fcntl)
WRAP_CONTROL(ioctl, unsigned long, phoenix_ioctl)

WRAP(int, poll, (struct pollfd * fds, unsigned long n, int timeout_ms), phoenix_poll,
     (fds, n, timeout_ms))
WRAP(int, ppoll,
     (struct pollfd * fds, unsigned long n, const struct timespec *timeout, const sigset_t *mask),
     phoenix_ppoll, (fds, n, timeout, mask))
WRAP(int, select,
     (int n, fd_set *readable, fd_set *writable, fd_set *excepted, struct timeval *timeout),
     phoenix_select, (n, readable, writable, excepted, timeout))
WRAP(int, pselect,
     (int n, fd_set *readable, fd_set *writable, fd_set *excepted, const struct timespec *timeout,
      const sigset_t *mask),
     phoenix_pselect, (n, readable, writable, excepted, timeout, mask))

/* ---- streams ---- */

WRAP_BOTH(FILE *, fopen, (const char *path, const char *mode), phoenix_fopen, (path, mode))
WRAP(FILE *, fdopen, (int fd, const char *mode), phoenix_fdopen, (fd, mode))
WRAP_BOTH(FILE *, freopen, (const char *path, const char *mode, FILE *file), phoenix_freopen,
          (path, mode, file))
WRAP(int, fileno, (FILE * file), phoenix_fileno, (file))

/* ---- attributes ---- */

WRAP_BOTH(int, stat, (const char *path, struct stat *buf), phoenix_stat, (path, buf))
WRAP_BOTH(int, lstat, (const char *path, struct stat *buf), phoenix_lstat, (path, buf))
WRAP_BOTH(int, fstat, (int fd, struct stat *buf), phoenix_fstat, (fd, buf))
WRAP_BOTH(int, fstatat, (int dir, const char *path, struct stat *buf, int flags), phoenix_fstatat,
          (dir, path, buf, flags))

/* Until glibc 2.33 they went by these names, and said which struct: there is one. */
#define WRAP_VERSIONED(name, parameters, target, arguments)                                        \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        (void)version;                                                                             \
        return target arguments;                                                                   \
    }
#define WRAP_BOTH_VERSIONED(name, parameters, target, arguments)                                   \
    WRAP_VERSIONED(name, parameters, target, arguments)                                            \
    WRAP_VERSIONED(name##64, parameters, target, arguments)
WRAP_BOTH_VERSIONED(__xstat, (int version, const char *path, struct stat *buf), phoenix_stat,
                    (path, buf))
WRAP_BOTH_VERSIONED(__lxstat, (int version, const char *path, struct stat *buf), phoenix_lstat,
                    (path, buf))
WRAP_BOTH_VERSIONED(__fxstat, (int version, int fd, struct stat *buf), phoenix_fstat, (fd, buf))
WRAP_BOTH_VERSIONED(__fxstatat,
                    (int version, int dir, const char *path, struct stat *buf, int flags),
                    phoenix_fstatat, (dir, path, buf, flags))

WRAP(int, access, (const char *path, int mode), phoenix_access, (path, mode))
WRAP(int, faccessat, (int dir, const char *path, int mode, int flags), phoenix_faccessat,
     (dir, path, mode, flags))
WRAP(int, chmod, (const char *path, mode_t mode), phoenix_chmod, (path, mode))
WRAP(int, fchmod, (int fd, mode_t mode), phoenix_fchmod, (fd, mode))
WRAP(int, fchmodat, (int dir, const char *path, mode_t mode, int flags), phoenix_fchmodat,
     (dir, path, mode, flags))
WRAP(int, chown, (const char *path, uid_t owner, gid_t group), phoenix_chown, (path, owner, group))
WRAP(int, lchown, (const char *path, uid_t owner, gid_t group), phoenix_lchown,
     (path, owner, group))
WRAP(int, fchown, (int fd, uid_t owner, gid_t group), phoenix_fchown, (fd, owner, group))
WRAP(int, fchownat, (int dir, const char *path, uid_t owner, gid_t group, int flags),
     phoenix_fchownat, (dir, path, owner, group, flags))
WRAP(int, utime, (const char *path, const struct utimbuf *times), phoenix_utime, (path, times))
WRAP(int, utimes, (const char *path, const struct timeval *times), phoenix_utimes, (path, times))
WRAP(int, lutimes, (const char *path, const struct timeval *times), phoenix_lutimes, (path, times))
WRAP(int, futimes, (int fd, const struct timeval *times), phoenix_futimes, (fd, times))
WRAP(int, futimens, (int fd, const struct timespec *times), phoenix_futimens, (fd, times))
WRAP(int, utimensat, (int dir, const char *path, const struct timespec *times, int flags),
     phoenix_utimensat, (dir, path, times, flags))
WRAP_BOTH(int, truncate, (const char *path, off_t size), phoenix_truncate, (path, size))

/* ---- names ---- */

WRAP(int, mkdir, (const char *path, mode_t mode), phoenix_mkdir, (path, mode))
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), phoenix_mkdirat, (dir, path, mode))
WRAP(int, rmdir, (const char *path), phoenix_rmdir, (path))
WRAP(int, unlink, (const char *path), phoenix_unlink, (path))
WRAP(int, unlinkat, (int dir, const char *path, int flags), phoenix_unlinkat, (dir, path, flags))
WRAP(int, remove, (const char *path), phoenix_remove, (path))
WRAP(int, link, (const char *path, const char *other), phoenix_link, (path, other))
WRAP(int, linkat, (int dir, const char *path, int other_dir, const char *other, int flags),
     phoenix_linkat, (dir, path, other_dir, other, flags))
WRAP(int, symlink, (const char *target, const char *path), phoenix_symlink, (target, path))
WRAP(int, symlinkat, (const char *target, int dir, const char *path), phoenix_symlinkat,
     (target, dir, path))
WRAP(int, rename, (const char *path, const char *other), phoenix_rename, (path, other))
WRAP(int, renameat, (int dir, const char *path, int other_dir, const char *other), phoenix_renameat,
     (dir, path, other_dir, other))
WRAP(ssize_t, readlink, (const char *path, char *target, size_t size), phoenix_readlink,
     (path, target, size))
WRAP(ssize_t, readlinkat, (int dir, const char *path, char *target, size_t size),
     phoenix_readlinkat, (dir, path, target, size))
WRAP(int, chdir, (const char *path), phoenix_chdir, (path))
WRAP(int, fchdir, (int fd), phoenix_fchdir, (fd))
WRAP(char *, getcwd, (char *path, size_t size), phoenix_getcwd, (path, size))
WRAP(char *, realpath, (const char *path, char *resolved), phoenix_realpath, (path, resolved))

/* ---- directories ---- */

WRAP(struct phoenix_dir *, opendir, (const char *path), phoenix_opendir, (path))
WRAP(struct phoenix_dir *, fdopendir, (int fd), phoenix_fdopendir, (fd))
WRAP_BOTH(struct dirent *, readdir, (struct phoenix_dir * dir), phoenix_readdir, (dir))
WRAP(int, closedir, (struct phoenix_dir * dir), phoenix_closedir, (dir))
WRAP(int, dirfd, (struct phoenix_dir * dir), phoenix_dirfd, (dir))
WRAP(long, telldir, (struct phoenix_dir * dir), phoenix_telldir, (dir))
WRAP_NONE(rewinddir, (struct phoenix_dir * dir), phoenix_rewinddir, (dir))
WRAP_NONE(seekdir, (struct phoenix_dir * dir, long place), phoenix_seekdir, (dir, place))
WRAP_BOTH(int, scandir,
          (const char *path, struct dirent ***entriesp, int (*filter)(const struct dirent *),
           int (*compare)(const struct dirent **, const struct dirent **)),
          phoenix_scandir, (path, entriesp, filter, compare))
WRAP_BOTH(int, alphasort, (const struct dirent **entry, const struct dirent **other),
          phoenix_alphasort, (entry, other))

/* ---- filesystems ---- */

WRAP(int, mount,
     (const char *source, const char *target, const char *type, unsigned long mode,
      const char *data),
     phoenix_mount, (source, target, type, mode, data))
WRAP(int, umount, (const char *target), phoenix_umount, (target))
WRAP_BOTH(int, statvfs, (const char *path, struct statvfs *buf), phoenix_statvfs, (path, buf))
WRAP_BOTH(int, fstatvfs, (int fd, struct statvfs *buf), phoenix_fstatvfs, (fd, buf))

/* NOLINTEND(bugprone-macro-parentheses): types and lists of arguments */
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
