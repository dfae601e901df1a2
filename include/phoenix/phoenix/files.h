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
#include <sys/types.h>

struct dirent;
struct pollfd;
struct stat;
struct statvfs;
struct phoenix_dir;

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

int phoenix_stat(const char *path, struct stat *buf);
int phoenix_lstat(const char *path, struct stat *buf);
int phoenix_fstat(int fd, struct stat *buf);
int phoenix_access(const char *path, int mode);
int phoenix_chmod(const char *path, mode_t mode);
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
char *phoenix_getcwd(char *path, size_t size);

struct phoenix_dir *phoenix_opendir(const char *path);
struct dirent *phoenix_readdir(struct phoenix_dir *dir);
void phoenix_rewinddir(struct phoenix_dir *dir);
int phoenix_closedir(struct phoenix_dir *dir);

int phoenix_mount(const char *source, const char *target, const char *type, unsigned long mode,
                  const char *data);
int phoenix_umount(const char *target);
int phoenix_statvfs(const char *path, struct statvfs *buf);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
