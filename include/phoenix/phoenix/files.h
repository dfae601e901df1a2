/*
 * Phoenix-RTOS: what fcntl.h, poll.h and the others call instead of libc's functions.
 *
 * Each takes paths and descriptors of servers and of the host alike, flags and events by the
 * numbers of that system, and sets errno. Those of the host, whose names begin with phoenix_host_,
 * take the host's paths alone: they are for programs that do not say -DVIADUCT_PHOENIX_FILES.
 *
 * Source: docs/phoenix.md, "Files".
 */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

struct dirent;
struct iovec;
struct pollfd;
struct stat;
struct statvfs;
struct phoenix_dir;
struct timespec;
struct timeval;
struct utimbuf;

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- the host's, by flags of that system ---- */

int phoenix_host_open(const char *path, int flags, ...);
int phoenix_host_openat(int dir, const char *path, int flags, ...);
int phoenix_host_creat(const char *path, mode_t mode);
int phoenix_host_pipe2(int ends[2], int flags);
int phoenix_host_dup3(int fd, int other, int flags);
int phoenix_host_shm_open(const char *name, int flags, mode_t mode);
int phoenix_host_posix_openpt(int flags);

/* ---- of both ---- */

int phoenix_fcntl(int fd, int command, ...);
int phoenix_poll(struct pollfd *fds, unsigned long n_fds, int timeout_ms);

int phoenix_open(const char *path, int flags, ...);
int phoenix_openat(int dir, const char *path, int flags, ...);
int phoenix_creat(const char *path, mode_t mode);
int phoenix_close(int fd);
int phoenix_dup(int fd);
int phoenix_dup2(int fd, int other);
int phoenix_dup3(int fd, int other, int flags);
ssize_t phoenix_read(int fd, void *data, size_t size);
ssize_t phoenix_write(int fd, const void *data, size_t size);
ssize_t phoenix_pread(int fd, void *data, size_t size, off_t offset);
ssize_t phoenix_pwrite(int fd, const void *data, size_t size, off_t offset);
off_t phoenix_lseek(int fd, off_t offset, int whence);
int phoenix_ftruncate(int fd, off_t size);
int phoenix_fsync(int fd);
int phoenix_ioctl(int fd, unsigned long request, ...);
int phoenix_isatty(int fd);
ssize_t phoenix_readv(int fd, const struct iovec *pieces, int n);
ssize_t phoenix_writev(int fd, const struct iovec *pieces, int n);
ssize_t phoenix_preadv(int fd, const struct iovec *pieces, int n, off_t offset);
ssize_t phoenix_pwritev(int fd, const struct iovec *pieces, int n, off_t offset);

FILE *phoenix_fopen(const char *path, const char *mode);
FILE *phoenix_fdopen(int fd, const char *mode);
FILE *phoenix_freopen(const char *path, const char *mode, FILE *file);
int phoenix_fileno(FILE *file);

int phoenix_stat(const char *path, struct stat *buf);
int phoenix_lstat(const char *path, struct stat *buf);
int phoenix_fstat(int fd, struct stat *buf);
int phoenix_access(const char *path, int mode);
int phoenix_chmod(const char *path, mode_t mode);
int phoenix_fchmod(int fd, mode_t mode);
int phoenix_chown(const char *path, uid_t owner, gid_t group);
int phoenix_lchown(const char *path, uid_t owner, gid_t group);
int phoenix_fchown(int fd, uid_t owner, gid_t group);
int phoenix_utime(const char *path, const struct utimbuf *times);
int phoenix_utimes(const char *path, const struct timeval *times);
int phoenix_lutimes(const char *path, const struct timeval *times);
int phoenix_futimes(int fd, const struct timeval *times);
int phoenix_futimens(int fd, const struct timespec *times);
int phoenix_truncate(const char *path, off_t size);

int phoenix_mkdir(const char *path, mode_t mode);
int phoenix_rmdir(const char *path);
int phoenix_unlink(const char *path);
int phoenix_remove(const char *path);
int phoenix_link(const char *path, const char *other);
int phoenix_symlink(const char *target, const char *path);
int phoenix_rename(const char *path, const char *other);
ssize_t phoenix_readlink(const char *path, char *target, size_t size);
int phoenix_chdir(const char *path);
int phoenix_fchdir(int fd);
char *phoenix_getcwd(char *path, size_t size);
char *phoenix_realpath(const char *path, char *resolved);
int phoenix_mkstemp(char *path);

/* ---- by paths that begin at a descriptor ---- */

int phoenix_fstatat(int dir, const char *path, struct stat *buf, int flags);
int phoenix_faccessat(int dir, const char *path, int mode, int flags);
int phoenix_fchmodat(int dir, const char *path, mode_t mode, int flags);
int phoenix_fchownat(int dir, const char *path, uid_t owner, gid_t group, int flags);
int phoenix_utimensat(int dir, const char *path, const struct timespec *times, int flags);
int phoenix_mkdirat(int dir, const char *path, mode_t mode);
int phoenix_unlinkat(int dir, const char *path, int flags);
int phoenix_linkat(int dir, const char *path, int other_dir, const char *other, int flags);
int phoenix_symlinkat(const char *target, int dir, const char *path);
int phoenix_renameat(int dir, const char *path, int other_dir, const char *other);
ssize_t phoenix_readlinkat(int dir, const char *path, char *target, size_t size);

/* ---- directories ---- */

struct phoenix_dir *phoenix_opendir(const char *path);
struct dirent *phoenix_readdir(struct phoenix_dir *dir);
void phoenix_rewinddir(struct phoenix_dir *dir);
int phoenix_closedir(struct phoenix_dir *dir);
struct phoenix_dir *phoenix_fdopendir(int fd);
int phoenix_dirfd(struct phoenix_dir *dir);
long phoenix_telldir(struct phoenix_dir *dir);
void phoenix_seekdir(struct phoenix_dir *dir, long place);
int phoenix_scandir(const char *path, struct dirent ***entriesp,
                    int (*filter)(const struct dirent *),
                    int (*compare)(const struct dirent **, const struct dirent **));
int phoenix_alphasort(const struct dirent **entry, const struct dirent **other);

/* ---- filesystems ---- */

int phoenix_mount(const char *source, const char *target, const char *type, unsigned long mode,
                  const char *data);
int phoenix_umount(const char *target);
int phoenix_statvfs(const char *path, struct statvfs *buf);
int phoenix_fstatvfs(int fd, struct statvfs *buf);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
