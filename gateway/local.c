/*
 * The socket file outlives a gateway that was killed, so one that is there says nothing: whoever
 * holds the lock on PATH.lock has it. The kernel lets the lock go with its process, so taking over
 * is safe however the last one ended, and two that start at once cannot both do it.
 */
#include "gateway/local.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/os_status.h"
#include "bridge/unix_link.h"
#include "gateway/binary.h"
#include "gateway/gateway.h"

#define BACKLOG 1024
#define ACCEPTS_MAX 64u /* in one turn */
#define RETRY_MS 100u   /* until more connections are taken, when there are no descriptors */
#define DIRECTORY_MODE 0755

/* ---- connections ---- */

static void refuse(struct gateway *gateway, const struct principal *who, enum via_status status)
{
    char why[160];
    if (status == VIA_BUSY)
        (void)snprintf(why, sizeof why, "max_connections = %llu are open",
                       (unsigned long long)gateway->config.limits.max_connections);
    else
        (void)snprintf(why, sizeof why, "%s", via_status_name(status));
    audit_refusal(&gateway->audit, who, "connection", why);
}

static void take(struct gateway *gateway, int fd)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    struct principal who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) {
        log_warn("local.no_credentials", "errno=%d", errno);
        (void)close(fd);
        return;
    }
    principal_set_local(&who, &credentials);
    struct binary *binary = NULL;
    struct link *link = NULL;
    enum via_status status = binary_create(&binary, gateway, &who);
    if (status == VIA_OK)
        status = unix_link_create(&link, gateway->loop, fd, peer_outbox(binary->peer),
                                  &binary_link_events, binary);
    if (status == VIA_OK) {
        binary_attach(binary, link);
        return;
    }
    refuse(gateway, &who, status);
    (void)binary_destroy(binary);
    (void)close(fd);
}

static struct local *of_retry(struct loop_timer *timer)
{
    return (struct local *)((char *)timer - offsetof(struct local, retry));
}

static void retry(struct loop_timer *timer)
{
    struct local *local = of_retry(timer);
    if (loop_change(local->gateway->loop, &local->source, EPOLLIN) != VIA_OK)
        log_error("local.stopped", "why=\"epoll refused a change\"");
}

static void ready(struct loop_source *source, uint32_t events)
{
    struct local *local = (struct local *)source; /* its first member */
    (void)events;
    for (unsigned i = 0; i < ACCEPTS_MAX; i++) {
        int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            take(local->gateway, fd);
            continue;
        }
        if (errno == EAGAIN)
            return;
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        /* No descriptors or memory: the connection waits in the kernel until there are some. */
        log_warn("local.accept", "errno=%d", errno);
        if (loop_arm(local->gateway->loop, &local->retry, loop_now() + RETRY_MS) != VIA_OK ||
            loop_change(local->gateway->loop, source, 0) != VIA_OK)
            log_error("local.not_paused", "why=no_memory");
        return;
    }
}

/* ---- the file ---- */

static enum via_status explain(char *words, size_t words_size, const char *what, const char *path,
                               int number)
{
    (void)snprintf(words, words_size, "%s %s: %s", what, path, strerror(number));
    return number == EACCES || number == EPERM ? VIA_DENIED : VIA_IO;
}

/* The folder of the socket: made, if only itself is missing. */
static enum via_status make_folder(const char *path, char *words, size_t words_size)
{
    char folder[sizeof((struct sockaddr_un *)0)->sun_path];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return VIA_OK;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    if (mkdir(folder, DIRECTORY_MODE) == 0 || errno == EEXIST)
        return VIA_OK;
    return explain(words, words_size, "cannot make the folder", folder, errno);
}

static enum via_status take_lock(struct local *local, const char *path, char *words,
                                 size_t words_size)
{
    char lock[sizeof((struct sockaddr_un *)0)->sun_path + 8];
    (void)snprintf(lock, sizeof lock, "%s.lock", path);
    local->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (local->lock < 0)
        return explain(words, words_size, "cannot open", lock, errno);
    if (flock(local->lock, LOCK_EX | LOCK_NB) == 0)
        return VIA_OK;
    int number = errno;
    (void)close(local->lock);
    local->lock = -1;
    if (number != EWOULDBLOCK)
        return explain(words, words_size, "cannot lock", lock, number);
    (void)snprintf(words, words_size,
                   "another gateway serves %s; stop it, or give --socket another path", path);
    return VIA_EXISTS;
}

/* Whether somebody without our lock, some other program, answers at @path. */
static bool is_answered(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool answered = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
                    errno == EAGAIN; /* its queue is full */
    (void)close(fd);
    return answered;
}

static enum via_status bind_at(struct local *local, const struct sockaddr_un *address,
                               uint32_t mode, char *words, size_t words_size)
{
    const char *path = address->sun_path;
    struct stat there;
    if (lstat(path, &there) == 0) {
        if (!S_ISSOCK(there.st_mode)) {
            (void)snprintf(words, words_size, "%s is there and is no socket", path);
            return VIA_EXISTS;
        }
        if (is_answered(address)) {
            (void)snprintf(words, words_size,
                           "another program answers at %s; stop it, or give --socket another path",
                           path);
            return VIA_EXISTS;
        }
        if (unlink(path) < 0)
            return explain(words, words_size, "cannot take over", path, errno);
    }
    /* The mode is right before anyone can connect. */
    mode_t before = umask(0777);
    int bound = bind(local->source.fd, (const struct sockaddr *)address, sizeof *address);
    int number = errno;
    (void)umask(before);
    if (bound < 0)
        return explain(words, words_size, "cannot bind", path, number);
    local->bound = true;
    if (chmod(path, mode) < 0 || listen(local->source.fd, BACKLOG) < 0)
        return explain(words, words_size, "cannot listen at", path, errno);
    return VIA_OK;
}

enum via_status local_open(struct local *local, struct gateway *gateway, char *words,
                           size_t words_size)
{
    *local = (struct local){.gateway = gateway, .source = {.fd = -1, .ready = ready}, .lock = -1};
    local->retry.fired = retry;
    local->source.events = EPOLLIN;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = gateway->config.socket;
    if (strlen(path) >= sizeof address.sun_path) {
        (void)snprintf(words, words_size, "the socket's path is longer than %zu octets: %s",
                       sizeof address.sun_path - 1, path);
        return VIA_INVALID;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    enum via_status status = make_folder(path, words, words_size);
    if (status == VIA_OK)
        status = take_lock(local, path, words, words_size);
    if (status != VIA_OK)
        return status;

    local->source.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (local->source.fd < 0)
        status = explain(words, words_size, "no socket for", path, errno);
    else
        status = bind_at(local, &address, gateway->config.socket_mode, words, words_size);
    if (status == VIA_OK) {
        status = loop_add(gateway->loop, &local->source);
        if (status == VIA_OK)
            return VIA_OK;
        (void)snprintf(words, words_size, "no memory");
    }
    if (local->source.fd >= 0)
        (void)close(local->source.fd);
    local->source.fd = -1;
    local_close(local);
    return status;
}

enum via_status local_take(struct local *local, struct gateway *gateway, int fd, int lock)
{
    *local = (struct local){.gateway = gateway, .source = {.fd = -1, .ready = ready}, .lock = -1};
    local->retry.fired = retry;
    local->source.events = EPOLLIN;
    local->source.fd = fd;
    enum via_status status = loop_add(gateway->loop, &local->source);
    if (status != VIA_OK) {
        local->source.fd = -1;
        return status;
    }
    local->lock = lock;
    return VIA_OK;
}

void local_own(struct local *local)
{
    local->bound = true;
}

void local_abandon(struct local *local)
{
    local->bound = false;
    local_close(local);
}

void local_close(struct local *local)
{
    if (local->source.fd >= 0) {
        loop_disarm(local->gateway->loop, &local->retry);
        loop_remove(local->gateway->loop, &local->source);
        (void)close(local->source.fd);
        local->source.fd = -1;
    }
    if (local->bound)
        (void)unlink(local->gateway->config.socket);
    local->bound = false;
    if (local->lock >= 0)
        (void)close(local->lock);
    local->lock = -1;
}
