/*
 * What an open file's server is sent: mtRead, mtWrite with the descriptor's offset, which grows by
 * what went. A signal ends a read or a write that the server has not seen, as it may wait for long.
 */
#include <errno.h>
#include <limits.h>
#include <phoenix/files.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/host_flags.h"
#include "bridge/phoenix/question.h"

static unsigned int status_of(struct file *file)
{
    (void)pthread_mutex_lock(&file->guard);
    const unsigned int status = file->status;
    (void)pthread_mutex_unlock(&file->guard);
    return status;
}

static off_t offset_of(struct file *file)
{
    (void)pthread_mutex_lock(&file->guard);
    const off_t offset = file->offset;
    (void)pthread_mutex_unlock(&file->guard);
    return offset;
}

static void advance(struct file *file, off_t by)
{
    (void)pthread_mutex_lock(&file->guard);
    if (__builtin_add_overflow(file->offset, by, &file->offset))
        file->offset = INT64_MAX;
    (void)pthread_mutex_unlock(&file->guard);
}

static int send_once(msg_t *msg, size_t size)
{
    int result = msgSend(msg->oid.port, msg);
    if (result < 0)
        return result;
    result = question_answer(msg);
    return result > 0 && (size_t)result > size ? -EIO : result;
}

/* ---- reading ---- */

static int read_piece(struct file *file, void *data, size_t size, off_t offset)
{
    msg_t msg = {.type = mtRead, .oid = file->oid};
    const unsigned int status = status_of(file);
    if ((status & PHOENIX_O_WRONLY) != 0)
        return -EBADF;
    if (size > FILE_PIECE_MAX)
        size = FILE_PIECE_MAX;
    msg.i.io.offs = offset;
    msg.i.io.mode = status;
    msg.o.data = data;
    msg.o.size = size;
    return send_once(&msg, size);
}

ssize_t phoenix_read(int fd, void *data, size_t size)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return read(fd, data, size);
    int result = read_piece(file, data, size, offset_of(file));
    if (result > 0)
        advance(file, result);
    (void)file_unref(file);
    return set_errno(result);
}

ssize_t phoenix_pread(int fd, void *data, size_t size, off_t offset)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return pread(fd, data, size, offset);
    int result = offset < 0 ? -EINVAL : read_piece(file, data, size, offset);
    (void)file_unref(file);
    return set_errno(result);
}

/* ---- writing ---- */

static int write_piece(struct file *file, const void *data, size_t size, off_t offset)
{
    msg_t msg = {.type = mtWrite, .oid = file->oid};
    const unsigned int status = status_of(file);
    if ((status & PHOENIX_O_RDONLY) != 0)
        return -EBADF;
    msg.i.io.offs = offset;
    msg.i.io.mode = status;
    msg.i.data = data;
    msg.i.size = size;
    return send_once(&msg, size);
}

/* Until one piece is not written whole; -1 and errno when nothing was. */
static ssize_t write_all(struct file *file, const unsigned char *data, size_t size, off_t offset)
{
    size_t n = 0;
    int result;
    size_t piece;
    if (size > SSIZE_MAX)
        size = SSIZE_MAX;
    if (offset > INT64_MAX - (off_t)size)
        return set_errno(-EFBIG);
    do {
        piece = size - n < FILE_PIECE_MAX ? size - n : FILE_PIECE_MAX;
        result = write_piece(file, data + n, piece, offset + (off_t)n);
        if (result > 0)
            n += (size_t)result;
    } while (result > 0 && (size_t)result == piece && n < size);
    return n > 0 ? (ssize_t)n : set_errno(result);
}

ssize_t phoenix_write(int fd, const void *data, size_t size)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return write(fd, data, size);
    const ssize_t result = write_all(file, data, size, offset_of(file));
    if (result > 0)
        advance(file, result);
    (void)file_unref(file);
    return result;
}

ssize_t phoenix_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return pwrite(fd, data, size, offset);
    const ssize_t result = offset < 0 ? set_errno(-EINVAL) : write_all(file, data, size, offset);
    (void)file_unref(file);
    return result;
}

/* ---- offset and size ---- */

static int seek(struct file *file, off_t offset, int whence, off_t *newp)
{
    long long size = 0;
    int result = 0;
    if (whence == SEEK_END)
        result = question_attribute(&file->oid, atSize, &size);
    else if (whence != SEEK_SET && whence != SEEK_CUR)
        result = -EINVAL;
    if (result < 0)
        return result;
    (void)pthread_mutex_lock(&file->guard);
    off_t from = whence == SEEK_CUR ? file->offset : (off_t)size;
    if (__builtin_add_overflow(from, offset, newp))
        result = -EOVERFLOW;
    else if (*newp < 0)
        result = -EINVAL;
    else
        file->offset = *newp;
    (void)pthread_mutex_unlock(&file->guard);
    return result;
}

off_t phoenix_lseek(int fd, off_t offset, int whence)
{
    off_t reached = 0;
    struct file *file = file_get(fd);
    if (file == NULL)
        return lseek(fd, offset, whence);
    int result = seek(file, offset, whence, &reached);
    (void)file_unref(file);
    return result < 0 ? set_errno(result) : reached;
}

int phoenix_ftruncate(int fd, off_t size)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return ftruncate(fd, size);
    msg_t msg = {.type = mtTruncate, .oid = file->oid};
    msg.i.io.len = (size_t)size;
    int result = -EINVAL;
    if (size >= 0 && (status_of(file) & PHOENIX_O_RDONLY) == 0)
        result = question_ask(&msg);
    (void)file_unref(file);
    return set_errno(result < 0 ? result : 0);
}

/* What the server says of it counts for nothing there, and many do not know the message. */
int phoenix_fsync(int fd)
{
    struct file *file = file_get(fd);
    if (file == NULL)
        return fsync(fd);
    msg_t msg = {.type = mtSync, .oid = file->oid};
    memcpy(msg.i.raw, &file->oid, sizeof file->oid);
    int result;
    do {
        result = msgSend(msg.oid.port, &msg);
    } while (result == -EINTR);
    (void)file_unref(file);
    return set_errno(result);
}
