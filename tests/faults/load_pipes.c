/*
 * Descriptors that cross, in both directions, with both halves of a conversation ended on their
 * own. What the client reads it knows beforehand, octet by octet; what the service has read it
 * tells the client by number and checksum. So one octet lost, doubled, or of another pipe is seen.
 *
 * The client never waits to write while there is something to read: the service may do so too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/faults/load.h"
#include "tests/include/bell.h"

#define PIECE 8192u
#define SILENT_MS 60000 /* only what hangs takes so long */

/* FNV-1a: a place counts as much as an octet. */
#define SUM_BEGIN UINT64_C(0xcbf29ce484222325)

static uint64_t sum_on(uint64_t sum, const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ octets[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static void fill(uint8_t *octets, size_t size, uint32_t salt, size_t at)
{
    for (size_t i = 0; i < size; i++)
        octets[i] = load_octet(salt + at + i);
}

/* ---- the service ---- */

struct heard {
    uint32_t n;
    uint64_t sum;
};

static enum via_status write_all(int fd, const uint8_t *octets, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, octets, size);
        if (n < 0 && errno != EINTR)
            return VIA_IO;
        if (n > 0) {
            octets += n;
            size -= (size_t)n;
        }
    }
    return VIA_OK;
}

static enum via_status tell(int fd, uint32_t n, uint32_t salt)
{
    uint8_t octets[PIECE];
    enum via_status status = VIA_OK;
    for (uint32_t at = 0; status == VIA_OK && at < n; at += PIECE) {
        uint32_t size = n - at < PIECE ? n - at : PIECE;
        fill(octets, size, salt, at);
        status = write_all(fd, octets, size);
    }
    return status;
}

/* To the end; what is heard goes back at once, if that is asked. */
static enum via_status hear(int fd, bool echoes, struct heard *heard)
{
    uint8_t octets[PIECE];
    for (;;) {
        ssize_t n = read(fd, octets, sizeof octets);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 ? VIA_OK : VIA_IO;
        heard->n += (uint32_t)n;
        heard->sum = sum_on(heard->sum, octets, (size_t)n);
        if (echoes && write_all(fd, octets, (size_t)n) != VIA_OK)
            return VIA_IO;
    }
}

static enum via_status converse(int fd, enum load_pipe manner, uint32_t n, uint32_t salt,
                                struct heard *heard)
{
    enum via_status status;
    switch (manner) {
    case LOAD_PIPE_TELL:
        return tell(fd, n, salt);
    case LOAD_PIPE_HEAR:
        return hear(fd, false, heard);
    case LOAD_PIPE_ECHO:
        status = hear(fd, true, heard);
        return status == VIA_OK ? tell(fd, LOAD_PIPE_REST, salt) : status;
    case LOAD_PIPE_TELL_FIRST:
        status = tell(fd, n, salt);
        if (status == VIA_OK && shutdown(fd, SHUT_WR) < 0)
            status = VIA_IO;
        return status == VIA_OK ? hear(fd, false, heard) : status;
    }
    return VIA_INVALID;
}

enum via_status load_pipe_answer(struct via_parcel *request, struct via_parcel **replyp)
{
    struct heard heard = {.sum = SUM_BEGIN};
    uint32_t manner = 0, n = 0, salt = 0;
    int fd = -1;
    enum via_status status = via_parcel_read_u32(request, &manner);
    if (status == VIA_OK)
        status = via_parcel_read_u32(request, &n);
    if (status == VIA_OK)
        status = via_parcel_read_u32(request, &salt);
    if (status == VIA_OK)
        status = via_parcel_read_fd(request, &fd);
    if (status == VIA_OK)
        status = converse(fd, (enum load_pipe)manner, n, salt, &heard);
    if (fd >= 0)
        (void)close(fd);
    if (status == VIA_OK)
        status = via_parcel_create(replyp);
    if (status == VIA_OK)
        status = via_parcel_write_u32(*replyp, heard.n);
    if (status == VIA_OK)
        status = via_parcel_write_u64(*replyp, heard.sum);
    return status;
}

/* ---- the client ---- */

struct conversation {
    struct load_pipe_finding *finding;
    struct bell bell;
    atomic_uint status;
    struct heard told; /* of the service */
    enum load_pipe manner;
    uint32_t n, salt;
    uint32_t to_write, written;
    size_t n_read;
    uint64_t sum; /* of what was written */
};

static void on_answered(void *user, enum via_status status, int32_t result,
                        struct via_parcel *reply)
{
    struct conversation *conversation = user;
    (void)result;
    if (status == VIA_OK)
        status = via_parcel_read_u32(reply, &conversation->told.n);
    if (status == VIA_OK)
        status = via_parcel_read_u64(reply, &conversation->told.sum);
    atomic_store(&conversation->status, (unsigned)status);
    bell_ring(&conversation->bell);
}

static void find_wrong(struct conversation *conversation, const char *what, uint64_t wanted,
                       uint64_t got)
{
    if (conversation->finding->what == NULL)
        *conversation->finding = (struct load_pipe_finding){what, wanted, got, false};
}

/* What the service tells; behind an echo it begins again. */
static uint8_t expected(const struct conversation *conversation, size_t at)
{
    bool is_rest = conversation->manner == LOAD_PIPE_ECHO && at >= conversation->n;
    return load_octet(conversation->salt + (is_rest ? at - conversation->n : at));
}

static bool is_socket(enum load_pipe manner)
{
    return manner == LOAD_PIPE_ECHO || manner == LOAD_PIPE_TELL_FIRST;
}

/* False at the end. */
static bool read_some(struct conversation *conversation, int fd)
{
    uint8_t octets[PIECE];
    ssize_t n = read(fd, octets, sizeof octets);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    for (ssize_t i = 0; i < n; i++) {
        uint8_t right = expected(conversation, conversation->n_read + (size_t)i);
        if (octets[i] != right)
            find_wrong(conversation, "an octet of a pipe", right, octets[i]);
    }
    if (n > 0)
        conversation->n_read += (size_t)n;
    return n > 0;
}

/* False when all is written, or nobody is there to read it. */
static bool write_some(struct conversation *conversation, int fd)
{
    uint8_t octets[PIECE];
    uint32_t left = conversation->to_write - conversation->written;
    uint32_t size = left < PIECE ? left : PIECE;
    fill(octets, size, conversation->salt, conversation->written);
    ssize_t n = write(fd, octets, size);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN;
    conversation->sum = sum_on(conversation->sum, octets, (size_t)n);
    conversation->written += (uint32_t)n;
    return conversation->written < conversation->to_write;
}

/* Until both directions have ended; what is written ends alone, as soon as it may. */
static void talk(struct conversation *conversation, int fd)
{
    enum load_pipe manner = conversation->manner;
    bool reads = manner != LOAD_PIPE_HEAR;
    bool writes = conversation->to_write > 0;
    while (reads || writes) {
        bool may_write = writes && !(manner == LOAD_PIPE_TELL_FIRST && reads);
        struct pollfd waited = {.fd = fd};
        waited.events = (short)((reads ? POLLIN : 0) | (may_write ? POLLOUT : 0));
        if (poll(&waited, 1, SILENT_MS) == 0) {
            find_wrong(conversation, "a pipe is silent, octets", conversation->n,
                       conversation->n_read + conversation->written);
            return;
        }
        if (reads && (waited.revents & ~POLLOUT) != 0)
            reads = read_some(conversation, fd);
        if (may_write && (waited.revents & ~POLLIN) != 0) {
            writes = write_some(conversation, fd);
            if (!writes && is_socket(manner))
                (void)shutdown(fd, SHUT_WR);
        }
    }
}

static void check(struct conversation *conversation)
{
    enum load_pipe manner = conversation->manner;
    size_t wanted = manner == LOAD_PIPE_ECHO ? conversation->n + LOAD_PIPE_REST : conversation->n;
    if (manner != LOAD_PIPE_HEAR && conversation->n_read != wanted) {
        bool is_first = conversation->finding->what == NULL;
        find_wrong(conversation, "octets read of a pipe", wanted, conversation->n_read);
        conversation->finding->is_short = is_first && conversation->n_read < wanted;
    }
    if (conversation->told.n != conversation->to_write)
        find_wrong(conversation, "octets written to a pipe", conversation->to_write,
                   conversation->told.n);
    else if (conversation->told.sum != conversation->sum)
        find_wrong(conversation, "the checksum of a pipe", conversation->sum,
                   conversation->told.sum);
}

static bool make_ends(enum load_pipe manner, int *ownp, int *theirsp)
{
    int ends[2];
    int made = is_socket(manner) ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)
                                 : pipe2(ends, O_CLOEXEC);
    if (made < 0)
        return false;
    *ownp = ends[manner == LOAD_PIPE_HEAR];
    *theirsp = ends[manner != LOAD_PIPE_HEAR];
    return fcntl(*ownp, F_SETFL, O_NONBLOCK) == 0;
}

/* Asks the service; takes @fd always. */
static enum via_status ask(struct via_proxy *proxy, int fd, struct conversation *conversation)
{
    struct via_parcel *asked = NULL;
    enum via_status status = via_parcel_create(&asked);
    if (status == VIA_OK)
        status = via_parcel_write_u32(asked, (uint32_t)conversation->manner);
    if (status == VIA_OK)
        status = via_parcel_write_u32(asked, conversation->n);
    if (status == VIA_OK)
        status = via_parcel_write_u32(asked, conversation->salt);
    if (status == VIA_OK)
        status = via_parcel_write_fd(asked, fd); /* a duplicate */
    (void)close(fd);
    if (status == VIA_OK)
        status = via_proxy_call_async(proxy, LOAD_PIPE, asked, 0, on_answered, conversation, NULL);
    via_parcel_unref(asked);
    return status;
}

enum via_status load_pipe(struct via_proxy *proxy, unsigned turn, struct load_pipe_finding *finding)
{
    static const uint32_t sizes[] = {1, 4096, 100000, 400000};
    enum load_pipe manner = (enum load_pipe)(turn % 4);
    uint32_t n = sizes[turn / 4 % 4];
    struct conversation conversation = {.finding = finding,
                                        .bell = BELL_INIT,
                                        .manner = manner,
                                        .n = n,
                                        .salt = turn * 7919,
                                        .to_write = manner == LOAD_PIPE_TELL ? 0 : n,
                                        .sum = SUM_BEGIN};
    int own;
    int theirs;
    *finding = (struct load_pipe_finding){.what = NULL};
    if (!make_ends(manner, &own, &theirs))
        return VIA_IO;
    enum via_status status = ask(proxy, theirs, &conversation);
    if (status == VIA_OK)
        talk(&conversation, own);
    (void)close(own);
    if (status != VIA_OK)
        return status;
    for (unsigned tries = 0; !bell_wait(&conversation.bell, 1); tries++)
        if (tries == 2 * SILENT_MS / 1000 / BELL_LIMIT_S)
            abort(); /* the answer would come into a frame that is gone */
    status = (enum via_status)atomic_load(&conversation.status);
    if (status == VIA_OK)
        check(&conversation);
    return status;
}
