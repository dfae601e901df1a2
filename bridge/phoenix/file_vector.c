/*
 * Several pieces of memory at once: one message each, until one is not filled or not written whole,
 * as that system does.
 */
#include <errno.h>
#include <limits.h>
#include <phoenix/files.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "bridge/phoenix/file.h"

/* One piece, at the file's own offset, or at @offset. */
typedef ssize_t (*move_fn)(int fd, const struct iovec *piece, off_t offset);

static ssize_t read_here(int fd, const struct iovec *piece, off_t offset)
{
    (void)offset;
    return phoenix_read(fd, piece->iov_base, piece->iov_len);
}

static ssize_t read_there(int fd, const struct iovec *piece, off_t offset)
{
    return phoenix_pread(fd, piece->iov_base, piece->iov_len, offset);
}

static ssize_t write_here(int fd, const struct iovec *piece, off_t offset)
{
    (void)offset;
    return phoenix_write(fd, piece->iov_base, piece->iov_len);
}

static ssize_t write_there(int fd, const struct iovec *piece, off_t offset)
{
    return phoenix_pwrite(fd, piece->iov_base, piece->iov_len, offset);
}

static bool are_good(const struct iovec *pieces, int n)
{
    size_t size = 0;
    if (n < 0 || n > IOV_MAX)
        return false;
    for (int i = 0; i < n; i++)
        if (__builtin_add_overflow(size, pieces[i].iov_len, &size) || size > SSIZE_MAX)
            return false;
    return true;
}

static ssize_t move_all(int fd, const struct iovec *pieces, int n, off_t offset, move_fn move)
{
    ssize_t moved = 0;
    if (!are_good(pieces, n) || offset < 0)
        return set_errno(-EINVAL);
    for (int i = 0; i < n; i++) {
        const ssize_t part = move(fd, &pieces[i], offset + moved);
        if (part < 0)
            return moved > 0 ? moved : part;
        moved += part;
        if ((size_t)part < pieces[i].iov_len)
            break;
    }
    return moved;
}

static bool is_hosts(int fd)
{
    struct file *file = file_get(fd);
    (void)file_unref(file);
    return file == NULL;
}

ssize_t phoenix_readv(int fd, const struct iovec *pieces, int n)
{
    return is_hosts(fd) ? readv(fd, pieces, n) : move_all(fd, pieces, n, 0, read_here);
}

ssize_t phoenix_writev(int fd, const struct iovec *pieces, int n)
{
    return is_hosts(fd) ? writev(fd, pieces, n) : move_all(fd, pieces, n, 0, write_here);
}

ssize_t phoenix_preadv(int fd, const struct iovec *pieces, int n, off_t offset)
{
    return is_hosts(fd) ? preadv(fd, pieces, n, offset)
                        : move_all(fd, pieces, n, offset, read_there);
}

ssize_t phoenix_pwritev(int fd, const struct iovec *pieces, int n, off_t offset)
{
    return is_hosts(fd) ? pwritev(fd, pieces, n, offset)
                        : move_all(fd, pieces, n, offset, write_there);
}
