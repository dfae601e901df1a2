/*
 * A pump never blocks, whatever the program at the other side of its descriptor does, and it never
 * changes what that program sees: the flag O_NONBLOCK belongs to an open file that both share. So
 * each kind of descriptor has its own way to be read and written:
 * - sockets: MSG_DONTWAIT;
 * - pipes: through a pipe of our own, with splice(), which need not wait where read() would;
 * - terminals: opened again, which gives an open file of our own;
 * - files, and devices that are always ready: as they are. A file is read from where its offset
 *   was when it was passed, and written where its offset is;
 * - the ends that we made ourselves do not block.
 *
 * Descriptors stand in the loop with edges, once: an edge sets a stalled direction going, and one
 * that is not stalled needs none. So there is no turn without something to do, and a descriptor
 * that has hung up while its stream has no credit wakes nobody.
 *
 * What comes is written at once; what does not fit is kept, never more than the credit that was
 * given, which goes back as it is written. What goes is read into the block that goes out, when the
 * link has room for it. A stream that is over leaves its pump behind until what came is written.
 */
#include "bridge/pump.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "bridge/pump_state.h"

#define SCRATCH_MAX 65536u /* what a pipe takes */

void pumps_init(struct pumps *pumps, struct loop *loop)
{
    *pumps = (struct pumps){.loop = loop, .scratch = {-1, -1}};
}

/* ---- life ---- */

static void destroy(struct pump *pump)
{
    if (pump->is_added)
        loop_remove(pump->pumps->loop, &pump->source);
    (void)close(pump->source.fd);
    *pump->linkp = pump->next;
    if (pump->next != NULL)
        pump->next->linkp = pump->linkp;
    free(pump->kept);
    free(pump);
}

static void close_scratch(struct pumps *pumps)
{
    for (int i = 0; i < 2; i++) {
        if (pumps->scratch[i] >= 0)
            (void)close(pumps->scratch[i]);
        pumps->scratch[i] = -1;
    }
}

void pumps_deinit(struct pumps *pumps)
{
    while (pumps->first != NULL)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): destroy() takes it out of the list */
        destroy(pumps->first);
    close_scratch(pumps);
}

void pumps_abandon(struct pumps *pumps)
{
    for (struct pump *pump = pumps->first; pump != NULL; pump = pump->next)
        if (pump->stream != NULL)
            stream_abandon(pump->stream);
    pumps_deinit(pumps);
}

void pumps_forget(struct pumps *pumps)
{
    for (struct pump *pump = pumps->first; pump != NULL; pump = pump->next)
        if (!pump->is_added)
            (void)close(pump->source.fd); /* the loop has closed the others */
    pumps->first = NULL;
    close_scratch(pumps);
}

static void ready(struct loop_source *source, uint32_t events);

enum via_status pump_create(struct pumps *pumps, int fd, enum descriptor_way way,
                            struct pump **pumpp)
{
    struct pump *pump = calloc(1, sizeof *pump);
    if (pump == NULL)
        return VIA_NO_MEMORY;
    pump->source = (struct loop_source){
        .fd = fd, .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .ready = ready};
    pump->pumps = pumps;
    pump->way = way;
    if (way != WAY_FILE) {
        enum via_status status = loop_add(pumps->loop, &pump->source);
        if (status != VIA_OK) {
            free(pump);
            return status;
        }
        pump->is_added = true;
    }
    pump->next = pumps->first;
    pump->linkp = &pumps->first;
    if (pump->next != NULL)
        pump->next->linkp = &pump->next;
    pumps->first = pump;
    *pumpp = pump;
    return VIA_OK;
}

/* ---- reading and writing, in each way ---- */

static bool need_scratch(struct pumps *pumps)
{
    return pumps->scratch[0] >= 0 || pipe2(pumps->scratch, O_CLOEXEC | O_NONBLOCK) == 0;
}

static ssize_t read_pipe(struct pump *pump, uint8_t *octets, size_t size)
{
    struct pumps *pumps = pump->pumps;
    if (!need_scratch(pumps))
        return -1;
    size_t most = size < SCRATCH_MAX ? size : SCRATCH_MAX;
    ssize_t n = splice(pump->source.fd, NULL, pumps->scratch[1], NULL, most, SPLICE_F_NONBLOCK);
    if (n <= 0)
        return n;
    size_t done = 0;
    while (done < (size_t)n) {
        ssize_t part = read(pumps->scratch[0], octets + done, (size_t)n - done);
        if (part <= 0)
            return -1; /* it has been put in just now */
        done += (size_t)part;
    }
    return n;
}

/* What of @size octets is in the scratch pipe is thrown away: it is still in the pump. */
static void empty_scratch(struct pumps *pumps)
{
    uint8_t rest[4096];
    while (read(pumps->scratch[0], rest, sizeof rest) > 0)
        continue;
}

static ssize_t write_pipe(struct pump *pump, const uint8_t *octets, size_t size)
{
    struct pumps *pumps = pump->pumps;
    struct pollfd room = {.fd = pump->source.fd, .events = POLLOUT};
    if (poll(&room, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    if (!need_scratch(pumps))
        return -1;
    ssize_t put = write(pumps->scratch[1], octets, size < SCRATCH_MAX ? size : SCRATCH_MAX);
    if (put <= 0)
        return -1;
    ssize_t n =
        splice(pumps->scratch[0], NULL, pump->source.fd, NULL, (size_t)put, SPLICE_F_NONBLOCK);
    int number = errno;
    if (n != put)
        empty_scratch(pumps);
    errno = number;
    return n;
}

/* The next octets: how many; 0 at the end; -1 with errno. */
static ssize_t read_some(struct pump *pump, uint8_t *octets, size_t size)
{
    int fd = pump->source.fd;
    ssize_t n;
    switch (pump->way) {
    case WAY_SOCKET:
        return recv(fd, octets, size, MSG_DONTWAIT);
    case WAY_PIPE:
        return read_pipe(pump, octets, size);
    case WAY_FILE:
        n = pread(fd, octets, size, pump->offset);
        if (n > 0)
            pump->offset += n;
        return n < 0 && errno == ESPIPE ? read(fd, octets, size) : n;
    case WAY_OWN:
        break;
    }
    return read(fd, octets, size);
}

static ssize_t write_some(struct pump *pump, const uint8_t *octets, size_t size)
{
    int fd = pump->source.fd;
    if (pump->way == WAY_SOCKET)
        return send(fd, octets, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    return pump->way == WAY_PIPE ? write_pipe(pump, octets, size) : write(fd, octets, size);
}

/* The thread may be the program's: a reader that has gone must not cost it its life. */
static ssize_t write_quietly(struct pump *pump, const uint8_t *octets, size_t size)
{
    if (pump->way == WAY_SOCKET)
        return write_some(pump, octets, size);
    sigset_t broken;
    sigset_t before;
    sigset_t pending;
    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    (void)sigpending(&pending);
    (void)pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t n = write_some(pump, octets, size);
    int number = errno;
    const struct timespec at_once = {0};
    if (n < 0 && number == EPIPE && !sigismember(&pending, SIGPIPE))
        (void)sigtimedwait(&broken, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return n;
}

static bool is_for_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* ---- stream to descriptor ---- */

static void drop_kept(struct pump *pump)
{
    free(pump->kept);
    pump->kept = NULL;
    pump->start = 0;
    pump->size = 0;
    pump->capacity = 0;
}

/* Nobody takes what comes any more. */
static void stop_writing(struct pump *pump)
{
    if (!pump->writes)
        return;
    pump->writes = false;
    drop_kept(pump);
    if (pump->stream != NULL)
        stream_refuse(pump->stream);
}

/* All that came is written, and no more does. */
static void finish_writing(struct pump *pump)
{
    pump->writes = false;
    drop_kept(pump);
    /* Where the other end has closed altogether, its own copy may be the program's still. */
    if (pump->way == WAY_SOCKET && (pump->is_ours || !pump->unwanted))
        (void)shutdown(pump->source.fd, SHUT_WR);
}

/* How many of @size octets have been written; fewer when there is no room. May end the writing. */
static size_t write_on(struct pump *pump, const uint8_t *octets, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = write_quietly(pump, octets + done, size - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && is_for_later()) {
            break;
        } else {
            stop_writing(pump);
            break;
        }
    }
    if (done > 0 && pump->stream != NULL)
        stream_consumed(pump->stream, done);
    return done;
}

static bool keep(struct pump *pump, const uint8_t *octets, size_t size)
{
    if (pump->start > 0 && size > pump->capacity - pump->start - pump->size) {
        memmove(pump->kept, pump->kept + pump->start, pump->size);
        pump->start = 0;
    }
    if (size > pump->capacity - pump->start - pump->size) {
        size_t capacity = pump->capacity == 0 ? 4096 : pump->capacity;
        while (capacity < pump->size + size)
            capacity *= 2;
        uint8_t *kept = realloc(pump->kept, capacity);
        if (kept == NULL)
            return false;
        pump->kept = kept;
        pump->capacity = capacity;
    }
    memcpy(pump->kept + pump->start + pump->size, octets, size);
    pump->size += size;
    return true;
}

static void take(void *user, const uint8_t *octets, size_t size)
{
    struct pump *pump = user;
    size_t done = pump->size == 0 && pump->writes ? write_on(pump, octets, size) : 0;
    if (!pump->writes || done == size || keep(pump, octets + done, size - done))
        return;
    log_warn("stream.lost", "cause=\"no memory for %zu octets\"", size - done);
    stop_writing(pump);
}

static void drain(struct pump *pump)
{
    if (!pump->writes || pump->size == 0)
        return;
    size_t done = write_on(pump, pump->kept + pump->start, pump->size);
    if (!pump->writes)
        return;
    pump->start += done;
    pump->size -= done;
    if (pump->size > 0)
        return;
    drop_kept(pump);
    if (pump->ended)
        finish_writing(pump);
}

static void ended(void *user)
{
    struct pump *pump = user;
    pump->ended = true;
    if (pump->writes && pump->size == 0)
        finish_writing(pump);
}

/* ---- descriptor to stream ---- */

/* Nobody is at the other side: neither for what is read, nor for what is written. */
static bool has_hung_up(const struct pump *pump)
{
    struct pollfd side = {.fd = pump->source.fd};
    return poll(&side, 1, 0) == 1 && (side.revents & (POLLHUP | POLLERR)) != 0;
}

static ssize_t fill(void *user, uint8_t *octets, size_t size)
{
    struct pump *pump = user;
    ssize_t n;
    do
        n = read_some(pump, octets, size);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n < 0 && is_for_later()) {
        pump->stalled = true;
        return 0;
    }
    /* What has closed altogether is told before what was written last ends: see unwanted(). */
    if (pump->way == WAY_SOCKET && has_hung_up(pump))
        stop_writing(pump);
    pump->reads = false;
    return -1;
}

static void unwanted(void *user)
{
    struct pump *pump = user;
    pump->reads = false;
    pump->unwanted = true;
    if (pump->is_ours && pump->way == WAY_SOCKET)
        (void)shutdown(pump->source.fd, SHUT_RD); /* whoever writes there learns of it */
}

static void gone(void *user)
{
    struct pump *pump = user;
    pump->stream = NULL;
    pump->reads = false;
    pump->ended = true;
    if (!pump->writes || pump->size == 0)
        destroy(pump);
}

const struct stream_ops pump_stream_ops = {
    .fill = fill, .take = take, .ended = ended, .unwanted = unwanted, .gone = gone};

/* ---- edges ---- */

static bool is_refusal(const struct pump *pump, uint32_t events)
{
    if ((events & EPOLLERR) != 0)
        return true;
    return (events & EPOLLHUP) != 0 && pump->way == WAY_SOCKET;
}

static void ready(struct loop_source *source, uint32_t events)
{
    struct pump *pump = (struct pump *)source;
    /* A refusal goes before the end of what is read: so the other end knows that all is over. */
    if (is_refusal(pump, events))
        stop_writing(pump);
    if ((events & EPOLLOUT) != 0)
        drain(pump);
    if (pump->stream == NULL) {
        if (!pump->writes)
            destroy(pump);
        return;
    }
    if (pump->reads && pump->stalled && (events & ~(uint32_t)EPOLLOUT) != 0) {
        pump->stalled = false;
        stream_ready(pump->stream);
    }
}

/* ---- going out ---- */

/* What is sent of it; 0 if its flags cannot be told, or it can be neither read nor written. */
static uint16_t directions_of(int flags)
{
    if (flags < 0 || (flags & O_PATH) != 0)
        return 0;
    unsigned blocks = (flags & O_NONBLOCK) != 0 ? STREAM_NONBLOCKING : 0;
    switch (flags & O_ACCMODE) {
    case O_RDONLY:
        return (uint16_t)(STREAM_READS | blocks);
    case O_WRONLY:
        return (uint16_t)(STREAM_WRITES | blocks);
    case O_RDWR:
        return (uint16_t)(STREAM_READS | STREAM_WRITES | blocks);
    default:
        return 0;
    }
}

/* A descriptor of our own for what is behind @fd; -1. */
static int open_again(int fd, int flags, enum descriptor_kind kind)
{
    char path[32];
    if (kind != DESCRIPTOR_TTY)
        return fcntl(fd, F_DUPFD_CLOEXEC, 0);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void set_directions(struct pump *pump, bool reads, bool writes)
{
    pump->reads = reads;
    pump->writes = writes;
}

enum via_status pump_offer(struct pumps *pumps, struct peer *peer, int fd, struct frame_fd *entry)
{
    enum descriptor_kind kind = DESCRIPTOR_UNKNOWN;
    enum descriptor_way way = WAY_OWN;
    int flags = fcntl(fd, F_GETFL);
    entry->stream = 0;
    entry->kind = FRAME_FD_NONE;
    entry->directions = directions_of(flags);
    if (!descriptor_look(fd, &kind, &way) || entry->directions == 0) {
        log_info("stream.none", "cause=\"a descriptor that is no pipe, stream socket, terminal or "
                                "file does not cross hosts\"");
        entry->directions = 0;
        return VIA_OK;
    }
    int own = open_again(fd, flags, kind);
    if (own < 0) {
        int number = errno;
        if (number == EMFILE)
            os_no_descriptors("pump: opening again");
        log_info("stream.none", "cause=\"a descriptor could not be opened again: errno %d\"",
                 number);
        entry->directions = 0;
        return number == EMFILE || number == ENFILE || number == ENOMEM ? VIA_NO_MEMORY : VIA_OK;
    }
    struct pump *pump;
    enum via_status status = pump_create(pumps, own, way, &pump);
    if (status != VIA_OK) {
        (void)close(own);
        return status;
    }
    off_t offset = way == WAY_FILE ? lseek(fd, 0, SEEK_CUR) : 0;
    pump->offset = offset < 0 ? 0 : offset;
    entry->kind = (uint16_t)kind;
    set_directions(pump, (entry->directions & STREAM_READS) != 0,
                   (entry->directions & STREAM_WRITES) != 0);
    status = stream_open(peer, &pump_stream_ops, pump, entry, &pump->stream);
    if (status != VIA_OK)
        destroy(pump);
    return status;
}

void pump_withdraw(struct peer *peer, const struct frame_fd *entry)
{
    struct pump *pump = entry->stream == 0 ? NULL : stream_forget(peer, entry->stream);
    if (pump != NULL)
        destroy(pump);
}

/* ---- coming in ---- */

/* Ours does not block, theirs as it is asked. */
static enum via_status make_ends(uint16_t directions, int *oursp, int *theirsp)
{
    int ends[2];
    bool blocks = (directions & STREAM_NONBLOCKING) == 0;
    bool both = (directions & STREAM_READS) != 0 && (directions & STREAM_WRITES) != 0;
    int made =
        both ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC);
    if (made < 0) {
        int number = errno;
        if (number == EMFILE)
            os_no_descriptors("pump: pipe");
        return status_from_errno("pump: pipe", number);
    }
    bool reads = (directions & STREAM_READS) != 0;
    *theirsp = ends[reads ? 0 : 1];
    *oursp = ends[reads ? 1 : 0];
    if (fcntl(*oursp, F_SETFL, O_NONBLOCK) == 0 &&
        (blocks || fcntl(*theirsp, F_SETFL, O_NONBLOCK) == 0))
        return VIA_OK;
    enum via_status status = status_from_errno("pump: O_NONBLOCK", errno);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return status;
}

enum via_status pump_accept(struct pumps *pumps, struct peer *peer, const struct frame_fd *entry,
                            int *fdp)
{
    int ours = -1;
    int theirs = -1;
    bool reads = (entry->directions & STREAM_READS) != 0;
    bool writes = (entry->directions & STREAM_WRITES) != 0;
    *fdp = -1;
    if (!reads && !writes)
        return VIA_OK;
    enum via_status status = make_ends(entry->directions, &ours, &theirs);
    if (status != VIA_OK)
        return status;
    struct pump *pump;
    status = pump_create(pumps, ours, reads && writes ? WAY_SOCKET : WAY_OWN, &pump);
    if (status != VIA_OK) {
        (void)close(ours);
        (void)close(theirs);
        return status;
    }
    pump->is_ours = true;
    set_directions(pump, writes, reads);
    status = stream_join(peer, &pump_stream_ops, pump, entry, &pump->stream);
    if (status != VIA_OK) {
        destroy(pump);
        (void)close(theirs);
        return status;
    }
    *fdp = theirs;
    return VIA_OK;
}
