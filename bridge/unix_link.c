/*
 * A link over a connected Unix stream socket, the only one that can pass descriptors. It owns its
 * socket and what is left of an unfinished frame. It knows octets and descriptors, not frames:
 * those are for peer.
 *
 * It reads into the loop's buffer; only what the owner leaves over is copied into a backlog of its
 * own, and read behind until the owner has taken it. It writes at once, and asks the loop for
 * EPOLLOUT only when the socket is full.
 *
 * The other side's end is what reading says, never what writing says: a failed write shuts the
 * socket down, which wakes the loop, and what has arrived is read to its end before `closed`. For
 * EPIPE and ECONNRESET that is an end of file as any other: the kernel says so when the other side
 * went while octets of ours were unread.
 */
#include "bridge/unix_link.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "bridge/unix_link_state.h"

#define READS_MAX 4u         /* in one turn, so that a long backlog here delays nobody */
#define FDS_MAX 253u         /* the kernel's SCM_MAX_FD */
#define RETRY_MS 10u         /* until the kernel is asked again for room it did not have */
#define CONNECT_MAX_MS 2000u /* for a place in the listener's queue */

static const struct link_ops ops;

static struct unix_link *of_link(struct link *link)
{
    assert(link->ops == &ops);
    return (struct unix_link *)link;
}

static struct unix_link *of_source(struct loop_source *source)
{
    return (struct unix_link *)((char *)source - offsetof(struct unix_link, source));
}

static struct unix_link *of_task(struct loop_task *task)
{
    return (struct unix_link *)((char *)task - offsetof(struct unix_link, task));
}

static struct unix_link *of_timer(struct loop_timer *timer)
{
    return (struct unix_link *)((char *)timer - offsetof(struct unix_link, timer));
}

/* ---- the end ---- */

/* Ends it: `closed` comes from the loop. The first reason counts. */
static void end(struct unix_link *self, enum via_status why, const char *detail)
{
    if (self->over)
        return;
    self->over = true;
    if (!self->closing) {
        self->why = why;
        (void)snprintf(self->detail, sizeof self->detail, "%s", detail);
    }
    loop_remove(self->loop, &self->source);
    if (self->source.fd >= 0)
        (void)close(self->source.fd);
    self->source.fd = -1;
    loop_disarm(self->loop, &self->timer);
    loop_defer(self->loop, &self->task);
}

static void wants(struct unix_link *self, uint32_t events)
{
    if (self->over || self->connecting)
        return;
    if (loop_change(self->loop, &self->source, events) != VIA_OK)
        end(self, VIA_NO_MEMORY, "epoll refused a change");
}

static void arm(struct unix_link *self, uint32_t in_ms)
{
    if (self->over)
        return;
    if (loop_arm(self->loop, &self->timer, loop_now() + in_ms) != VIA_OK)
        end(self, VIA_NO_MEMORY, "no memory for a timer");
}

/* ---- writing ---- */

static ssize_t write_head(struct unix_link *self, struct outbox_block *head)
{
    struct iovec octets = {.iov_base = head->octets + head->done,
                           .iov_len = head->size - head->done};
    struct msghdr message = {.msg_iov = &octets, .msg_iovlen = 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
    if (head->n_fds > 0) {
        assert(head->done == 0 && head->n_fds <= OUTBOX_FDS_MAX);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(head->n_fds * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(head->n_fds * sizeof(int));
        memcpy(CMSG_DATA(rights), head->fds, head->n_fds * sizeof(int));
    }
    ssize_t n = sendmsg(self->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n <= 0)
        return n;
    /* They went with the first octet. */
    for (size_t i = 0; i < head->n_fds; i++)
        (void)close(head->fds[i]);
    head->n_fds = 0;
    return n;
}

static void write_failed(struct unix_link *self, int number)
{
    switch (number) {
    case EINTR:
    case EAGAIN:
        self->stuck = true;
        wants(self, self->source.events | EPOLLOUT);
        return;
    case ENOBUFS:
    case ENOMEM:
    case ETOOMANYREFS: /* too many descriptors under way: until others have read theirs */
        self->stuck = true;
        wants(self, self->source.events & ~(uint32_t)EPOLLOUT);
        if (!self->closing)
            arm(self, RETRY_MS);
        return;
    default:
        self->failed = true;
        (void)snprintf(self->detail, sizeof self->detail, "writing failed: errno %d", number);
        self->why = number == EPIPE || number == ECONNRESET ? VIA_OK : VIA_IO;
        (void)shutdown(self->source.fd, SHUT_RDWR);
    }
}

/* Whether the outbox is empty. */
static bool write_all(struct unix_link *self)
{
    struct outbox_block *head;
    while (!self->failed && (head = outbox_head(self->link.outbox)) != NULL) {
        ssize_t n = write_head(self, head);
        if (n < 0) {
            write_failed(self, errno);
            return false;
        }
        outbox_wrote(self->link.outbox, (size_t)n);
    }
    return !self->failed;
}

static void unix_link_flush(struct link *link)
{
    struct unix_link *self = of_link(link);
    if (self->over || self->connecting || self->stuck)
        return;
    (void)write_all(self);
}

/* The socket, or the kernel, may have room again. */
static void write_more(struct unix_link *self)
{
    self->stuck = false;
    if (!write_all(self))
        return;
    wants(self, self->source.events & ~(uint32_t)EPOLLOUT);
    if (self->closing)
        end(self, self->why, self->detail);
    else if (!self->over && self->link.events->drained != NULL)
        self->link.events->drained(self->link.user);
}

/* ---- holding ---- */

static void unix_link_hold(struct link *link, bool held)
{
    struct unix_link *self = of_link(link);
    self->held = held;
    if (self->closing)
        return;
    uint32_t events = self->source.events & ~(uint32_t)EPOLLIN;
    wants(self, held ? events : events | EPOLLIN);
}

/* ---- closing ---- */

static void close_for(struct unix_link *self, enum via_status why, const char *detail)
{
    if (self->closing || self->over)
        return;
    if (self->connecting || self->failed) {
        end(self, why, detail);
        return;
    }
    self->why = why;
    (void)snprintf(self->detail, sizeof self->detail, "%s", detail);
    self->closing = true;
    bool empty = !self->stuck && write_all(self);
    if (empty || self->failed) {
        end(self, why, detail);
        return;
    }
    wants(self, EPOLLOUT);
    arm(self, LINK_CLOSE_MS);
}

static void unix_link_close(struct link *link)
{
    close_for(of_link(link), VIA_OK, "closed on this side");
}

static struct link *unix_link_destroy(struct link *link)
{
    struct unix_link *self = of_link(link);
    loop_remove(self->loop, &self->source);
    loop_disarm(self->loop, &self->timer);
    loop_undefer(self->loop, &self->task);
    if (self->source.fd >= 0)
        (void)close(self->source.fd);
    if (self->gonep != NULL)
        *self->gonep = true;
    free(self->backlog);
    free(self);
    return NULL;
}

/* ---- reading ---- */

/* Room behind what is left over; false when that is too much already, and ended for it. */
static bool make_room(struct unix_link *self)
{
    if (self->backlog_capacity - self->backlog_size >= LINK_READ_SIZE / 2)
        return true;
    size_t capacity = self->backlog_capacity * 2;
    if (capacity > LINK_BACKLOG_MAX)
        capacity = LINK_BACKLOG_MAX;
    if (capacity == self->backlog_capacity) {
        if (self->backlog_size < capacity)
            return true;
        close_for(self, VIA_TOO_LARGE, "a frame larger than a link keeps");
        return false;
    }
    uint8_t *backlog = realloc(self->backlog, capacity);
    if (backlog == NULL) {
        close_for(self, VIA_NO_MEMORY, "no memory for an unfinished frame");
        return false;
    }
    self->backlog = backlog;
    self->backlog_capacity = capacity;
    return true;
}

/* Keeps what the owner left over of @octets, which is either the loop's buffer or the backlog. */
static void keep(struct unix_link *self, const uint8_t *octets, size_t size)
{
    if (size == 0) {
        free(self->backlog);
        self->backlog = NULL;
        self->backlog_size = self->backlog_capacity = 0;
        return;
    }
    if (self->backlog == NULL) {
        self->backlog = malloc((size_t)2 * LINK_READ_SIZE);
        if (self->backlog == NULL) {
            close_for(self, VIA_NO_MEMORY, "no memory for an unfinished frame");
            return;
        }
        self->backlog_capacity = (size_t)2 * LINK_READ_SIZE;
    }
    if (octets != self->backlog)
        memmove(self->backlog, octets, size);
    self->backlog_size = size;
}

/* Hands descriptors up; @lost: there were more. False when the link is gone, or is to be read no
 * more. */
static bool hand_up_fds(struct unix_link *self, const int *fds, size_t n_fds, bool lost)
{
    bool gone = false;
    if (self->link.events->received_fds != NULL) {
        /* cppcheck-suppress autoVariables ; taken back before this returns, or self is gone */
        self->gonep = &gone;
        self->link.events->received_fds(self->link.user, fds, n_fds, lost);
        if (gone)
            return false;
        self->gonep = NULL;
    } else {
        for (size_t i = 0; i < n_fds; i++)
            (void)close(fds[i]);
    }
    return !self->closing && !self->over;
}

static bool hand_up(struct unix_link *self, const uint8_t *octets, size_t size)
{
    bool gone = false;
    size_t used = 0;
    /* cppcheck-suppress autoVariables ; taken back before this returns, or self is gone */
    self->gonep = &gone;
    enum via_status status = self->link.events->received(self->link.user, octets, size, &used);
    if (gone)
        return false;
    self->gonep = NULL;
    if (status != VIA_OK) {
        close_for(self, status, "what came was refused");
        return false;
    }
    assert(used <= size);
    if (self->closing || self->over)
        return false;
    keep(self, octets + used, size - used);
    return !self->closing;
}

/*
 * Takes the descriptors out of @message. False as above. They are those of one sendmsg(): the
 * kernel ends a read with the octets they came with. What it could not give us it has dropped, and
 * said so, without their number.
 */
static bool take_fds(struct unix_link *self, struct msghdr *message)
{
    int fds[FDS_MAX];
    size_t n_fds = 0;
    bool lost = (message->msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t size = part->cmsg_len - CMSG_LEN(0);
        assert(n_fds == 0 && size <= sizeof fds);
        memcpy(fds, CMSG_DATA(part), size);
        n_fds = size / sizeof fds[0];
    }
    if (lost)
        os_no_descriptors("unix_link: recvmsg");
    return (n_fds == 0 && !lost) || hand_up_fds(self, fds, n_fds, lost);
}

static void read_ended(struct unix_link *self, ssize_t n, int number)
{
    if (n == 0 || number == ECONNRESET) {
        if (self->failed)
            end(self, self->why, self->detail);
        else if (self->backlog_size > 0)
            end(self, VIA_OK, "closed by the other side within a frame");
        else
            end(self, VIA_OK, "closed by the other side");
        return;
    }
    if (number == EAGAIN || number == EINTR)
        return;
    char detail[64];
    (void)snprintf(detail, sizeof detail, "reading failed: errno %d", number);
    end(self, status_from_errno("unix_link: recvmsg", number), detail);
}

/* One read. True if there may be more at once. */
static bool read_once(struct unix_link *self)
{
    uint8_t *at = loop_buffer(self->loop);
    size_t room = LOOP_BUFFER_SIZE;
    if (self->backlog != NULL) {
        if (!make_room(self))
            return false;
        at = self->backlog + self->backlog_size;
        room = self->backlog_capacity - self->backlog_size;
        if (room > (size_t)READS_MAX * LINK_READ_SIZE)
            room = (size_t)READS_MAX * LINK_READ_SIZE;
    }
    struct iovec octets = {.iov_base = at, .iov_len = room};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
    struct msghdr message = {.msg_iov = &octets,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(self->source.fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n <= 0) {
        read_ended(self, n, errno);
        return false;
    }
    if ((message.msg_controllen > 0 || (message.msg_flags & MSG_CTRUNC) != 0) &&
        !take_fds(self, &message))
        return false;
    size_t size = (size_t)n;
    if (self->backlog != NULL) {
        self->backlog_size += size;
        return hand_up(self, self->backlog, self->backlog_size) && size == room;
    }
    return hand_up(self, at, size) && size == room;
}

static void unix_link_ready(struct loop_source *source, uint32_t events)
{
    struct unix_link *self = of_source(source);
    if (self->closing) {
        if ((events & (EPOLLERR | EPOLLHUP)) != 0)
            end(self, self->why, self->detail);
        else
            write_more(self);
        return;
    }
    if ((events & EPOLLOUT) != 0) {
        bool gone = false;
        self->gonep = &gone;
        write_more(self);
        if (gone)
            return;
        self->gonep = NULL;
    }
    if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0)
        return;
    for (unsigned reads = 0; reads < READS_MAX && !self->over && !self->closing && !self->held;
         reads++)
        if (!read_once(self))
            return;
}

/* ---- beginning ---- */

/* Connected: asks who it is and joins the loop. */
static enum via_status join(struct unix_link *self)
{
    socklen_t size = sizeof self->peer;
    if (getsockopt(self->source.fd, SOL_SOCKET, SO_PEERCRED, &self->peer, &size) < 0)
        return status_from_errno("unix_link: SO_PEERCRED", errno);
    self->source.events = EPOLLIN;
    enum via_status status = loop_add(self->loop, &self->source);
    if (status == VIA_OK)
        loop_defer(self->loop, &self->task);
    return status;
}

/* Tries to connect. VIA_BUSY: the listener's queue is full. */
static enum via_status try_connect(struct unix_link *self)
{
    if (connect(self->source.fd, (const struct sockaddr *)&self->address, sizeof self->address) ==
        0)
        return join(self);
    if (errno == EAGAIN || errno == EINTR)
        return VIA_BUSY;
    enum via_status status = status_from_errno("unix_link: connect", errno);
    log_info("link.refused", "peer=unix:%s cause=%s", self->address.sun_path,
             via_status_name(status));
    return status == VIA_DENIED || status == VIA_NO_MEMORY ? status : VIA_NOT_CONNECTED;
}

static void connect_again(struct unix_link *self)
{
    enum via_status status = try_connect(self);
    if (status == VIA_BUSY && loop_now() < self->connect_until_ms) {
        arm(self, RETRY_MS);
        return;
    }
    self->connecting = false;
    if (status == VIA_BUSY)
        end(self, VIA_NOT_CONNECTED, "the listener accepts nobody: its queue is full");
    else if (status != VIA_OK)
        end(self, status, "nobody listens there");
}

static void unix_link_fired(struct loop_timer *timer)
{
    struct unix_link *self = of_timer(timer);
    if (self->connecting)
        connect_again(self);
    else if (self->closing)
        end(self, self->why, self->detail);
    else
        write_more(self);
}

static void unix_link_run(struct loop_task *task)
{
    struct unix_link *self = of_task(task);
    if (self->over) {
        self->link.events->closed(self->link.user, self->why, self->detail);
        return;
    }
    if (self->opened)
        return;
    self->opened = true;
    bool gone = false;
    self->gonep = &gone;
    self->link.events->opened(self->link.user);
    if (gone)
        return;
    self->gonep = NULL;
    unix_link_flush(&self->link);
}

static struct unix_link *make(struct loop *loop, struct outbox *outbox,
                              const struct link_events *events, void *user)
{
    struct unix_link *self = calloc(1, sizeof *self);
    if (self == NULL)
        return NULL;
    self->link = (struct link){.ops = &ops, .events = events, .user = user, .outbox = outbox};
    self->loop = loop;
    self->source = (struct loop_source){.fd = -1, .ready = unix_link_ready};
    self->task.run = unix_link_run;
    self->timer.fired = unix_link_fired;
    return self;
}

enum via_status unix_link_create(struct link **linkp, struct loop *loop, int fd,
                                 struct outbox *outbox, const struct link_events *events,
                                 void *user)
{
    struct unix_link *self = make(loop, outbox, events, user);
    if (self == NULL)
        return VIA_NO_MEMORY;
    self->source.fd = fd;
    enum via_status status = join(self);
    if (status != VIA_OK) {
        self->source.fd = -1; /* the caller's again */
        unix_link_destroy(&self->link);
        return status;
    }
    *linkp = &self->link;
    return VIA_OK;
}

enum via_status unix_link_connect(struct link **linkp, struct loop *loop, const char *path,
                                  struct outbox *outbox, const struct link_events *events,
                                  void *user)
{
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof(struct sockaddr_un){0}.sun_path) {
        log_warn("link.refused", "peer=unix:%s cause=\"a path of 1 to %zu octets is needed\"", path,
                 sizeof(struct sockaddr_un){0}.sun_path - 1);
        return VIA_INVALID;
    }
    struct unix_link *self = make(loop, outbox, events, user);
    if (self == NULL)
        return VIA_NO_MEMORY;
    self->address.sun_family = AF_UNIX;
    memcpy(self->address.sun_path, path, size);
    self->source.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    enum via_status status =
        self->source.fd < 0 ? status_from_errno("unix_link: socket", errno) : try_connect(self);
    if (status == VIA_BUSY) {
        self->connecting = true;
        self->connect_until_ms = loop_now() + CONNECT_MAX_MS;
        status = loop_arm(loop, &self->timer, loop_now() + RETRY_MS);
    }
    if (status != VIA_OK) {
        unix_link_destroy(&self->link);
        return status;
    }
    *linkp = &self->link;
    return VIA_OK;
}

bool unix_link_is_open(const struct link *link)
{
    if (link == NULL || link->ops != &ops)
        return false;
    const struct unix_link *self = (const struct unix_link *)link;
    return !self->over && !self->closing && !self->connecting;
}

const struct ucred *unix_link_peer(const struct link *link)
{
    assert(link->ops == &ops);
    return &((const struct unix_link *)link)->peer;
}

static const struct link_ops ops = {
    .name = "unix",
    .flush = unix_link_flush,
    .close = unix_link_close,
    .hold = unix_link_hold,
    .destroy = unix_link_destroy,
};
