/*
 * Streams of stdio over servers' files. They are libc's own, and ask the functions here for octets;
 * so all that a program does with a stream works, but what leads back to the descriptor: fileno()
 * finds it in a list.
 *
 * libc writes what is left in buffers when the program ends, but after all that atexit() was told:
 * the gateway has heard the goodbye then. So it is done before, for those in the list.
 */
#include <errno.h>
#include <phoenix/files.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/host_flags.h"
#include "bridge/phoenix/path.h"

struct stream {
    struct stream *next;
    FILE *file;
    int fd; /* owned */
};

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct stream *streams; /* a list, owned */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    (void)pthread_mutex_lock(&guard);
}

static void after_fork(void)
{
    (void)pthread_mutex_unlock(&guard);
}

/* One that another thread is in may never be free: that thread may be waiting for a device. */
static void write_what_is_left(void)
{
    (void)pthread_mutex_lock(&guard);
    for (struct stream *stream = streams; stream != NULL; stream = stream->next) {
        if (ftrylockfile(stream->file) != 0)
            continue;
        if (__fpending(stream->file) > 0)
            (void)fflush_unlocked(stream->file);
        funlockfile(stream->file);
    }
    (void)pthread_mutex_unlock(&guard);
}

/* There is a stream, so there was a message, and what comes to atexit() last is called first. */
static void mind_ends_and_forks(void)
{
    (void)pthread_atfork(before_fork, after_fork, after_fork);
    (void)atexit(write_what_is_left);
}

/* ---- the list ---- */

static void enter(struct stream *stream)
{
    (void)pthread_once(&once, mind_ends_and_forks);
    (void)pthread_mutex_lock(&guard);
    stream->next = streams;
    streams = stream;
    (void)pthread_mutex_unlock(&guard);
}

static void leave(struct stream *stream)
{
    struct stream **at = &streams;
    (void)pthread_mutex_lock(&guard);
    while (*at != stream)
        at = &(*at)->next;
    *at = stream->next;
    (void)pthread_mutex_unlock(&guard);
}

/* NULL: the stream is the host's. */
static struct stream *find(const FILE *file)
{
    (void)pthread_mutex_lock(&guard);
    struct stream *stream = streams;
    while (stream != NULL && stream->file != file)
        stream = stream->next;
    (void)pthread_mutex_unlock(&guard);
    return stream;
}

/* ---- what libc asks for ---- */

static ssize_t read_stream(void *cookie, char *data, size_t size)
{
    const struct stream *stream = cookie;
    return phoenix_read(stream->fd, data, size);
}

/* 0 is the error here. */
static ssize_t write_stream(void *cookie, const char *data, size_t size)
{
    const struct stream *stream = cookie;
    const ssize_t n = phoenix_write(stream->fd, data, size);
    return n < 0 ? 0 : n;
}

static int seek_stream(void *cookie, off64_t *offset, int whence)
{
    const struct stream *stream = cookie;
    const off_t reached = phoenix_lseek(stream->fd, *offset, whence);
    if (reached < 0)
        return -1;
    *offset = reached;
    return 0;
}

static int close_stream(void *cookie)
{
    struct stream *stream = cookie;
    leave(stream);
    const int result = phoenix_close(stream->fd);
    free(stream);
    return result;
}

/* ---- modes ---- */

/* Flags of that system's. False: it is none. */
static bool flags_of(const char *mode, unsigned int *flagsp)
{
    unsigned int flags, access;
    switch (mode[0]) {
    case 'r':
        access = PHOENIX_O_RDONLY;
        flags = 0;
        break;
    case 'w':
        access = PHOENIX_O_WRONLY;
        flags = PHOENIX_O_CREAT | PHOENIX_O_TRUNC;
        break;
    case 'a':
        access = PHOENIX_O_WRONLY;
        flags = PHOENIX_O_CREAT | PHOENIX_O_APPEND;
        break;
    default:
        return false;
    }
    for (const char *at = mode + 1; *at != '\0' && *at != ','; at++) {
        if (*at == '+')
            access = PHOENIX_O_RDWR;
        else if (*at == 'e')
            flags |= PHOENIX_O_CLOEXEC;
        else if (*at == 'x')
            flags |= PHOENIX_O_EXCL;
    }
    *flagsp = access | flags;
    return true;
}

/* Whether a file that was opened in one way can be one that is used in another. */
static bool is_allowed(unsigned int status, unsigned int flags)
{
    const bool reads = (flags & PHOENIX_O_WRONLY) == 0, writes = (flags & PHOENIX_O_RDONLY) == 0;
    return !(reads && (status & PHOENIX_O_WRONLY) != 0) &&
           !(writes && (status & PHOENIX_O_RDONLY) != 0);
}

/* ---- to open ---- */

/* Takes @fd, when there is a stream. */
static FILE *stream_of(int fd, const char *mode)
{
    static const cookie_io_functions_t functions = {
        .read = read_stream, .write = write_stream, .seek = seek_stream, .close = close_stream};
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    stream->fd = fd;
    char plain[] = {mode[0], '\0', '\0'}; /* libc looks for '+' here alone */
    if (strcspn(mode, "+,") < strcspn(mode, ","))
        plain[1] = '+';
    FILE *file = fopencookie(stream, plain, functions);
    if (file == NULL) {
        free(stream);
        return NULL;
    }
    stream->file = file;
    enter(stream);
    return file;
}

FILE *phoenix_fdopen(int fd, const char *mode)
{
    unsigned int flags;
    struct file *file = file_get(fd);
    if (file == NULL)
        return fdopen(fd, mode);
    (void)pthread_mutex_lock(&file->guard);
    const unsigned int status = file->status;
    (void)pthread_mutex_unlock(&file->guard);
    (void)file_unref(file);
    if (!flags_of(mode, &flags) || !is_allowed(status, flags)) {
        errno = EINVAL;
        return NULL;
    }
    return stream_of(fd, mode);
}

FILE *phoenix_fopen(const char *path, const char *mode)
{
    unsigned int flags;
    if (!flags_of(mode, &flags)) {
        errno = EINVAL;
        return NULL;
    }
    const int fd = phoenix_open(path, (int)flags, (mode_t)0666);
    if (fd < 0)
        return NULL;
    FILE *file = phoenix_fdopen(fd, mode);
    if (file == NULL) {
        const int error = errno;
        (void)phoenix_close(fd);
        errno = error;
    }
    return file;
}

/* One of the three that every program has is another one from now on. */
static void replace_standard(const FILE *former, FILE *file)
{
    if (former == stdin)
        stdin = file;
    else if (former == stdout)
        stdout = file;
    else if (former == stderr)
        stderr = file;
}

/* A server's stream goes on under the descriptor of the one that it replaces. */
static void keep_number(FILE *file, int fd)
{
    struct stream *stream = find(file);
    if (stream == NULL || fd < 0 || phoenix_dup2(stream->fd, fd) < 0)
        return;
    (void)phoenix_close(stream->fd);
    stream->fd = fd;
}

/* libc's own stream cannot change from the host's to a server's: then it is another one. */
FILE *phoenix_freopen(const char *path, const char *mode, FILE *file)
{
    struct spot spot;
    const bool is_ours = find(file) != NULL;
    if (!is_ours && (path == NULL || path_find(path, true, &spot) == PATH_IS_HOSTS))
        return freopen(path == NULL ? NULL : spot.path, mode, file);
    FILE *made = NULL;
    if (path != NULL)
        made = phoenix_fopen(path, mode);
    else
        errno = EBADF; /* a server's file is not opened again in another way */
    const int error = errno;
    const int fd = phoenix_fileno(file);
    if (made != NULL)
        replace_standard(file, made);
    (void)fclose(file);
    if (made != NULL)
        keep_number(made, fd);
    errno = error;
    return made;
}

int phoenix_fileno(FILE *file)
{
    const struct stream *stream = find(file);
    return stream != NULL ? stream->fd : fileno(file);
}
