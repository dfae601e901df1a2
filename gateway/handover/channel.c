/*
 * A message is one datagram of a SEQPACKET socket. Descriptors that are under way count against the
 * limit of open files, so a sender that meets it waits until some have been received.
 */
#include "gateway/handover/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/log.h"
#include "bridge/loop.h"
#include "bridge/os_status.h"

#define FDS_AT_ONCE 200u
#define FDS_MOST (1u << 22)
#define STATE_MOST (UINT64_C(1) << 36)
#define RETRY_MS 1
#define BACKLOG 4
#define WORDS_SIZE 256u

static const uint64_t ask_magic = UINT64_C(0x6b73612074636475);
static const uint64_t offer_magic = UINT64_C(0x7265666620746364);

struct ask {
    uint64_t magic;
    uint32_t version, zero;
};

struct offer {
    uint64_t magic;
    uint32_t status, n_fds; /* the file among them */
    uint64_t size;
    char words[WORDS_SIZE];
};

enum via_status channel_open(int fd, uint32_t wait_ms)
{
    struct timeval wait = {.tv_sec = wait_ms / 1000,
                           .tv_usec = (suseconds_t)(wait_ms % 1000) * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0)
        return status_from_errno("channel: setsockopt", errno);
    return VIA_OK;
}

static bool make_address(struct sockaddr_un *address, const char *path)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path)
        return false;
    memcpy(address->sun_path, path, strlen(path));
    return true;
}

enum via_status channel_listen(const char *path, int *fdp)
{
    struct sockaddr_un address;
    if (!make_address(&address, path))
        return VIA_INVALID;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return status_from_errno("channel: socket", errno);
    (void)unlink(path); /* whoever holds the gateway's lock has it */
    mode_t before = umask(0177);
    int bound = bind(fd, (const struct sockaddr *)&address, sizeof address);
    int number = errno;
    (void)umask(before);
    if (bound == 0 && listen(fd, BACKLOG) == 0) {
        *fdp = fd;
        return VIA_OK;
    }
    if (bound == 0)
        number = errno;
    (void)close(fd);
    return status_from_errno("channel: bind", number);
}

enum via_status channel_connect(const char *path, int *fdp)
{
    struct sockaddr_un address;
    if (!make_address(&address, path))
        return VIA_INVALID;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return status_from_errno("channel: socket", errno);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        *fdp = fd;
        return VIA_OK;
    }
    int number = errno;
    (void)close(fd);
    return number == ENOENT || number == ECONNREFUSED
               ? VIA_NOT_CONNECTED
               : status_from_errno("channel: connect", number);
}

/* ---- messages ---- */

static enum via_status send_message(int fd, const void *octets, size_t size, const int *fds,
                                    size_t n_fds)
{
    union {
        void *octets;
        const void *borrowed;
    } base = {.borrowed = octets};
    struct iovec part = {.iov_base = base.octets, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_AT_ONCE * sizeof(int))];
    if (n_fds > 0) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(rights), fds, n_fds * sizeof(int));
    }
    uint64_t until_ms = loop_now() + 10000;
    for (;;) {
        if (sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)size)
            return VIA_OK;
        bool again = errno == EINTR || errno == ETOOMANYREFS || errno == ENOBUFS;
        if (!again || loop_now() >= until_ms)
            return status_from_errno("channel: sendmsg", errno);
        (void)poll(NULL, 0, RETRY_MS);
    }
}

/* Takes the descriptors that came into @fds, which has room for FDS_AT_ONCE. */
static size_t take_fds(struct msghdr *message, int *fds)
{
    size_t n = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t more = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds + n, CMSG_DATA(part), more * sizeof(int));
        n += more;
    }
    return n;
}

/* One message of exactly @size octets. @fds may be NULL: then none may come. */
static enum via_status receive(int fd, void *octets, size_t size, int *fds, size_t *n_fdsp)
{
    struct iovec part = {.iov_base = octets, .iov_len = size};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(FDS_AT_ONCE * sizeof(int))];
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fds != NULL) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
    }
    ssize_t n;
    do {
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return VIA_DEAD;
    if (n < 0)
        return errno == EAGAIN ? VIA_TIMEOUT : status_from_errno("channel: recvmsg", errno);
    if (fds != NULL)
        *n_fdsp = take_fds(&message, fds);
    bool whole = n == (ssize_t)size && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    if (whole)
        return VIA_OK;
    for (size_t i = 0; fds != NULL && i < *n_fdsp; i++)
        (void)close(fds[i]);
    return VIA_INVALID;
}

enum via_status channel_say(int fd, enum channel_word word)
{
    uint32_t octets = (uint32_t)word;
    return send_message(fd, &octets, sizeof octets, NULL, 0);
}

enum via_status channel_hear(int fd, enum channel_word word)
{
    uint32_t octets = 0;
    enum via_status status = receive(fd, &octets, sizeof octets, NULL, NULL);
    return status == VIA_OK && octets != (uint32_t)word ? VIA_INVALID : status;
}

enum via_status channel_ask(int fd, uint32_t version)
{
    const struct ask ask = {.magic = ask_magic, .version = version};
    return send_message(fd, &ask, sizeof ask, NULL, 0);
}

enum via_status channel_asked(int fd, uint32_t *versionp)
{
    struct ask ask;
    ssize_t n = recv(fd, &ask, sizeof ask, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return VIA_BUSY;
    if (n != (ssize_t)sizeof ask || ask.magic != ask_magic)
        return n == 0 ? VIA_DEAD : VIA_INVALID;
    *versionp = ask.version;
    return VIA_OK;
}

/* ---- the state ---- */

static int make_file(const uint8_t *octets, size_t size)
{
    int file = memfd_create("viaduct-state", MFD_CLOEXEC);
    size_t done = 0;
    while (file >= 0 && done < size) {
        ssize_t n = write(file, octets + done, size - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (errno != EINTR) {
            (void)close(file);
            return -1;
        }
    }
    return file;
}

enum via_status channel_decline(int fd, enum via_status status, const char *words)
{
    struct offer offer = {.magic = offer_magic, .status = status};
    (void)snprintf(offer.words, sizeof offer.words, "%s", words);
    return send_message(fd, &offer, sizeof offer, NULL, 0);
}

enum via_status channel_offer(int fd, const uint8_t *octets, size_t size, const int *fds,
                              size_t n_fds)
{
    int file = make_file(octets, size);
    if (file < 0)
        return status_from_errno("channel: memfd", errno);
    const struct offer offer = {.magic = offer_magic, .size = size, .n_fds = (uint32_t)(n_fds + 1)};
    const uint32_t word = 0;
    enum via_status status = send_message(fd, &offer, sizeof offer, NULL, 0);
    if (status == VIA_OK)
        status = send_message(fd, &word, sizeof word, &file, 1);
    for (size_t at = 0; at < n_fds && status == VIA_OK; at += FDS_AT_ONCE) {
        size_t n = n_fds - at < FDS_AT_ONCE ? n_fds - at : FDS_AT_ONCE;
        status = send_message(fd, &word, sizeof word, fds + at, n);
    }
    (void)close(file);
    return status;
}

static enum via_status read_file(int file, uint8_t *octets, size_t size)
{
    struct stat there;
    if (fstat(file, &there) < 0 || there.st_size < 0 || (uint64_t)there.st_size != size)
        return VIA_INVALID;
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(file, octets + done, size - done, (off_t)done);
        if (n == 0)
            return VIA_INVALID;
        if (n < 0 && errno != EINTR)
            return status_from_errno("channel: pread", errno);
        done += n > 0 ? (size_t)n : 0;
    }
    return VIA_OK;
}

static enum via_status take_all_fds(int fd, int *fds, size_t n_fds, size_t *gotp)
{
    enum via_status status = VIA_OK;
    while (*gotp < n_fds && status == VIA_OK) {
        int batch[FDS_AT_ONCE];
        size_t n = 0;
        uint32_t word = 0;
        status = receive(fd, &word, sizeof word, batch, &n);
        for (size_t i = 0; i < n && status == VIA_OK; i++) {
            if (*gotp < n_fds)
                fds[(*gotp)++] = batch[i];
            else
                (void)close(batch[i]);
        }
        if (status == VIA_OK && n == 0)
            status = VIA_INVALID;
    }
    return status;
}

enum via_status channel_take(int fd, uint8_t **octetsp, size_t *sizep, int **fdsp, size_t *n_fdsp,
                             char *words, size_t words_size)
{
    struct offer offer;
    enum via_status status = receive(fd, &offer, sizeof offer, NULL, NULL);
    if (status != VIA_OK)
        return status;
    offer.words[sizeof offer.words - 1] = '\0';
    if (offer.magic != offer_magic || offer.n_fds > FDS_MOST || offer.size > STATE_MOST)
        return VIA_INVALID;
    if (offer.status != VIA_OK) {
        (void)snprintf(words, words_size, "%s", offer.words);
        return VIA_UNSUPPORTED;
    }
    if (offer.n_fds == 0)
        return VIA_INVALID;
    size_t got = 0;
    int *fds = malloc(offer.n_fds * sizeof *fds);
    uint8_t *octets = malloc((size_t)offer.size + 1);
    status =
        fds == NULL || octets == NULL ? VIA_NO_MEMORY : take_all_fds(fd, fds, offer.n_fds, &got);
    if (status == VIA_OK)
        status = read_file(fds[0], octets, (size_t)offer.size);
    if (got > 0) {
        (void)close(fds[0]);
        memmove(fds, fds + 1, --got * sizeof *fds);
    }
    if (status == VIA_OK) {
        *octetsp = octets;
        *sizep = (size_t)offer.size;
        *fdsp = fds;
        *n_fdsp = got;
        return VIA_OK;
    }
    while (got > 0)
        (void)close(fds[--got]);
    free(fds);
    free(octets);
    return status;
}
