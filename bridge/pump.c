/*
 * A pump reads its descriptor only when the stream's turn has come and there is credit, straight
 * into what is sent: so a reader at the other end that stops stops the writer here, as a pipe does.
 * What comes is written at once; what the descriptor does not take waits here, bounded by the
 * credit that was given.
 *
 * A descriptor that goes out is shared with the program, and with it its flags, so it is not made
 * non-blocking: pipes and terminals are opened again by their name under /proc, which gives flags
 * of one's own, and sockets are asked not to block at each call. Where that cannot be, poll() is
 * asked first.
 *
 * Regular files cannot be waited for, and need not: they are read when it is their turn. One that
 * is open both ways is read and written from where it stands, each direction with its own place.
 */
#include "bridge/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/log.h"

enum pump_kind { KIND_UNKNOWN = 0, KIND_PIPE = 1, KIND_SOCKET = 2, KIND_TTY = 3, KIND_FILE = 4 };

struct pump {
    struct loop_source source; /* first; its fd is owned */
    struct loop *loop;         /* borrowed */
    struct stream *stream;     /* borrowed; NULL: it is gone */
    enum pump_kind kind;
    bool added;              /* to the loop */
    bool asks;               /* a read or write may block: poll() first */
    bool reads;              /* the descriptor is read for the stream */
    bool writes;             /* and written */
    bool ending;             /* no more comes: what waits is still written */
    off_t read_at, write_at; /* of a file open both ways; -1: where it stands */
    uint8_t *waiting;        /* owned: what the descriptor has not taken; NULL: nothing */
    size_t waiting_at, waiting_size, waiting_capacity;
};

static struct pump *of_source(struct loop_source *source)
{
    return (struct pump *)source;
}

/* ---- waiting for the descriptor ---- */

static void watch(struct pump *pump, uint32_t events)
{
    if (pump->kind == KIND_FILE)
        return;
    if (!pump->added) {
        pump->source.events = events;
        pump->added = loop_add(pump->loop, &pump->source) == VIA_OK;
    } else if (pump->source.events != events &&
               loop_change(pump->loop, &pump->source, events) != VIA_OK) {
        loop_remove(pump->loop, &pump->source);
        pump->added = false;
    }
    if (!pump->added)
        pump->kind = KIND_FILE; /* a device that cannot be waited for */
}

static void unwatch(struct pump *pump)
{
    if (pump->added)
        loop_remove(pump->loop, &pump->source);
    pump->added = false;
}

static bool may_block(const struct pump *pump, short events)
{
    struct pollfd poll_fd = {.fd = pump->source.fd, .events = events};
    return pump->asks && poll(&poll_fd, 1, 0) == 0;
}

static void watch_for(struct pump *pump, uint32_t event, bool wanted)
{
    uint32_t events = pump->added ? pump->source.events : 0;
    watch(pump, wanted ? events | event : events & ~event);
}

/* ---- the end ---- */

static void free_pump(struct pump *pump)
{
    unwatch(pump);
    if (pump->source.fd >= 0)
        (void)close(pump->source.fd);
    free(pump->waiting);
    free(pump);
}

/* Nothing more is written to the descriptor: whoever reads the other end sees the end. */
static void close_writing(struct pump *pump)
{
    pump->writes = false;
    free(pump->waiting);
    pump->waiting = NULL;
    pump->waiting_size = 0;
    if (pump->kind == KIND_SOCKET)
        (void)shutdown(pump->source.fd, SHUT_WR);
    if (pump->added)
        watch_for(pump, EPOLLOUT, false);
    if (!pump->reads) {
        unwatch(pump);
        if (pump->source.fd >= 0)
            (void)close(pump->source.fd);
        pump->source.fd = -1;
    }
}

static void close_reading(struct pump *pump)
{
    pump->reads = false;
    if (pump->kind == KIND_SOCKET)
        (void)shutdown(pump->source.fd, SHUT_RD);
    if (pump->added)
        watch_for(pump, EPOLLIN, false);
    if (!pump->writes) {
        unwatch(pump);
        if (pump->source.fd >= 0)
            (void)close(pump->source.fd);
        pump->source.fd = -1;
    }
}

static void end_if_over(struct pump *pump)
{
    if (pump->stream == NULL && !pump->writes)
        free_pump(pump);
}

/* ---- from the descriptor ---- */

static ssize_t read_some(struct pump *pump, uint8_t *octets, size_t size)
{
    for (;;) {
        ssize_t n;
        if (may_block(pump, POLLIN)) {
            errno = EAGAIN;
            return -1;
        }
        if (pump->kind == KIND_SOCKET)
            n = recv(pump->source.fd, octets, size, MSG_DONTWAIT);
        else if (pump->read_at >= 0)
            n = pread(pump->source.fd, octets, size, pump->read_at);
        else
            n = read(pump->source.fd, octets, size);
        if (n > 0 && pump->read_at >= 0)
            pump->read_at += n;
        if (n >= 0 || errno != EINTR)
            return n;
    }
}

static ssize_t fill(void *user, uint8_t *octets, size_t size)
{
    struct pump *pump = user;
    if (!pump->reads)
        return -1;
    ssize_t n = read_some(pump, octets, size);
    if (n > 0)
        return n;
    if (n < 0 && errno == EAGAIN) {
        watch_for(pump, EPOLLIN, true);
        return 0;
    }
    /* A terminal whose other end is closed says EIO. */
    close_reading(pump);
    return -1;
}

static void unwanted(void *user)
{
    struct pump *pump = user;
    if (pump->reads)
        close_reading(pump);
}

/* ---- to the descriptor ---- */

static ssize_t write_some(struct pump *pump, const uint8_t *octets, size_t size)
{
    for (;;) {
        ssize_t n;
        if (may_block(pump, POLLOUT)) {
            errno = EAGAIN;
            return -1;
        }
        if (pump->kind == KIND_SOCKET)
            n = send(pump->source.fd, octets, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        else if (pump->write_at >= 0)
            n = pwrite(pump->source.fd, octets, size, pump->write_at);
        else
            n = write(pump->source.fd, octets, size);
        if (n > 0 && pump->write_at >= 0)
            pump->write_at += n;
        if (n >= 0 || errno != EINTR)
            return n;
    }
}

/* The descriptor takes no more: the other end is told, and so its writer. */
static void refuse(struct pump *pump)
{
    if (pump->stream != NULL)
        stream_refuse(pump->stream);
    close_writing(pump);
}

/* Keeps what was not taken. False: there is no memory for it. */
static bool keep(struct pump *pump, const uint8_t *octets, size_t size)
{
    size_t there = pump->waiting_size - pump->waiting_at;
    if (pump->waiting_at > 0 && there > 0)
        memmove(pump->waiting, pump->waiting + pump->waiting_at, there);
    pump->waiting_at = 0;
    pump->waiting_size = there;
    if (there + size > pump->waiting_capacity) {
        uint8_t *larger = realloc(pump->waiting, there + size);
        if (larger == NULL)
            return false;
        pump->waiting = larger;
        pump->waiting_capacity = there + size;
    }
    memcpy(pump->waiting + there, octets, size);
    pump->waiting_size += size;
    return true;
}

static void take(void *user, const uint8_t *octets, size_t size)
{
    struct pump *pump = user;
    size_t done = 0;
    if (!pump->writes)
        return;
    while (done < size && pump->waiting_size == 0) {
        ssize_t n = write_some(pump, octets + done, size - done);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            refuse(pump);
            return;
        }
        done += (size_t)n;
    }
    if (done > 0)
        stream_consumed(pump->stream, done);
    if (done == size)
        return;
    if (keep(pump, octets + done, size - done))
        watch_for(pump, EPOLLOUT, true);
    else
        refuse(pump);
}

static void drain(struct pump *pump)
{
    size_t done = 0;
    while (pump->waiting_at < pump->waiting_size) {
        ssize_t n = write_some(pump, pump->waiting + pump->waiting_at,
                               pump->waiting_size - pump->waiting_at);
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            refuse(pump);
            return;
        }
        pump->waiting_at += (size_t)n;
        done += (size_t)n;
    }
    if (pump->stream != NULL && done > 0)
        stream_consumed(pump->stream, done);
    if (pump->waiting_at < pump->waiting_size)
        return;
    free(pump->waiting);
    pump->waiting = NULL;
    pump->waiting_at = pump->waiting_size = pump->waiting_capacity = 0;
    watch_for(pump, EPOLLOUT, false);
    if (pump->ending)
        close_writing(pump);
}

static void ended(void *user)
{
    struct pump *pump = user;
    pump->ending = true;
    if (pump->writes && pump->waiting_size == 0)
        close_writing(pump);
}

/* What waits is still written, if whoever reads it does so. */
static void gone(void *user)
{
    struct pump *pump = user;
    pump->stream = NULL;
    pump->ending = true;
    if (pump->reads)
        close_reading(pump);
    if (pump->writes && pump->waiting_size == 0)
        close_writing(pump);
    end_if_over(pump);
}

static const struct stream_ops stream_ops = {
    .fill = fill, .take = take, .ended = ended, .unwanted = unwanted, .gone = gone};

/* ---- what the loop says ---- */

static void ready(struct loop_source *source, uint32_t events)
{
    struct pump *pump = of_source(source);
    if ((events & EPOLLOUT) != 0 || (pump->waiting_size > 0 && (events & EPOLLERR) != 0))
        drain(pump);
    if (pump->added && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && pump->reads) {
        watch_for(pump, EPOLLIN, false); /* until it has been read */
        if (pump->stream != NULL)
            stream_ready(pump->stream);
    }
    /* Nobody reads what would be written, or both ways are over. An error is told again and again:
     * what is left of the pump waits for the stream alone. */
    if (pump->added && (events & (EPOLLERR | EPOLLHUP)) != 0) {
        if (pump->writes && pump->kind != KIND_TTY)
            refuse(pump);
        unwatch(pump);
    }
    end_if_over(pump);
}

/* ---- beginning ---- */

static enum pump_kind kind_of(int fd, bool *seekablep)
{
    struct stat status;
    *seekablep = false;
    if (fstat(fd, &status) < 0)
        return KIND_UNKNOWN;
    if (S_ISFIFO(status.st_mode))
        return KIND_PIPE;
    if (S_ISSOCK(status.st_mode))
        return KIND_SOCKET;
    if (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)) {
        *seekablep = true;
        return KIND_FILE;
    }
    return isatty(fd) ? KIND_TTY : KIND_UNKNOWN;
}

static struct pump *create(struct loop *loop, int fd, enum pump_kind kind)
{
    struct pump *pump = calloc(1, sizeof *pump);
    if (pump == NULL)
        return NULL;
    pump->source = (struct loop_source){.fd = fd, .ready = ready};
    pump->loop = loop;
    pump->kind = kind;
    pump->read_at = pump->write_at = -1;
    return pump;
}

/* A copy of @fd that does not block, if there can be one. */
static int copy_of(int fd, enum pump_kind kind, int flags, bool *asksp)
{
    *asksp = false;
    if (kind == KIND_PIPE || kind == KIND_TTY) {
        char path[32];
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        int again = open(path, (flags & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        if (again >= 0)
            return again;
    }
    *asksp = kind != KIND_SOCKET && kind != KIND_FILE && (flags & O_NONBLOCK) == 0;
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static uint16_t directions_of(int flags)
{
    switch (flags & O_ACCMODE) {
    case O_RDONLY:
        return STREAM_READS;
    case O_WRONLY:
        return STREAM_WRITES;
    default:
        return STREAM_READS | STREAM_WRITES;
    }
}

enum via_status pump_offer(struct loop *loop, struct peer *peer, int fd, struct frame_fd *entry)
{
    bool seekable, asks;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
        return VIA_INVALID;
    enum pump_kind kind = kind_of(fd, &seekable);
    int copy = copy_of(fd, kind, flags, &asks);
    struct pump *pump = copy < 0 ? NULL : create(loop, copy, kind);
    if (pump == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return VIA_NO_MEMORY;
    }
    entry->kind = (uint16_t)kind;
    entry->directions = directions_of(flags);
    pump->asks = asks;
    pump->reads = (entry->directions & STREAM_READS) != 0;
    pump->writes = (entry->directions & STREAM_WRITES) != 0;
    if (seekable && pump->reads && pump->writes)
        pump->read_at = pump->write_at = lseek(copy, 0, SEEK_CUR);
    enum via_status status = stream_open(peer, &stream_ops, pump, entry, &pump->stream);
    if (status != VIA_OK) {
        free_pump(pump);
        return status;
    }
    if (pump->writes && !pump->reads)
        watch(pump, 0); /* whether its reader is there */
    if (pump->reads)
        stream_ready(pump->stream);
    return VIA_OK;
}

void pump_withdraw(struct peer *peer, const struct frame_fd *entry)
{
    struct pump *pump = stream_user(peer, entry->stream);
    if (pump == NULL)
        return;
    stream_forget(peer, entry->stream);
    free_pump(pump);
}

int pump_accept(struct loop *loop, struct peer *peer, const struct frame_fd *entry)
{
    int ends[2]; /* the program's, ours */
    bool both = entry->directions == (STREAM_READS | STREAM_WRITES) || entry->kind == KIND_SOCKET;
    int failed;
    if (both) {
        failed = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    } else {
        int pipe_ends[2];
        failed = pipe2(pipe_ends, O_CLOEXEC);
        bool program_reads = entry->directions == STREAM_READS;
        ends[0] = program_reads ? pipe_ends[0] : pipe_ends[1];
        ends[1] = program_reads ? pipe_ends[1] : pipe_ends[0];
    }
    if (failed != 0) {
        log_warn("pump.refused", "errno=%d", errno);
        return -1;
    }
    struct pump *pump = create(loop, ends[1], both ? KIND_SOCKET : KIND_PIPE);
    if (pump == NULL) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return -1;
    }
    if (!both)
        (void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
    pump->writes = (entry->directions & STREAM_READS) != 0;
    pump->reads = (entry->directions & STREAM_WRITES) != 0;
    if (stream_join(peer, &stream_ops, pump, entry, &pump->stream) != VIA_OK) {
        (void)close(ends[0]);
        free_pump(pump);
        return -1;
    }
    if (both && !pump->writes)
        (void)shutdown(ends[1], SHUT_WR);
    if (both && !pump->reads)
        (void)shutdown(ends[1], SHUT_RD);
    watch(pump, pump->reads ? (uint32_t)EPOLLIN : 0);
    return ends[0];
}
