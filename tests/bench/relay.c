/*
 * One thread. What it reads waits for its time in order, for the delay is the same for all that
 * goes one way. It reads on whatever waits: little goes through it.
 */
#include "tests/bench/relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/figures.h"

#define PAIRS_MAX 16u
#define READ_SIZE 65536u

enum end { CLIENT, GATEWAY, N_ENDS };

struct piece {
    struct piece *next;
    uint64_t due_ns;
    size_t size, done;
    uint8_t octets[];
};

/* A connection; fds are -1 where there is none. */
struct pair {
    int fds[N_ENDS];              /* owned */
    uint64_t first_ns;            /* nothing goes to the gateway before */
    struct piece *heads[N_ENDS];  /* owned: what goes to that end */
    struct piece **tails[N_ENDS]; /* where the next of them is hung */
};

struct relay {
    pthread_t thread;
    pthread_mutex_t lock; /* of the pairs, and of over */
    struct pair pairs[PAIRS_MAX];
    uint64_t delay_ns;
    int listener, wake; /* owned */
    uint16_t port, target;
    bool over;
};

/* ---- pairs ---- */

static void forget(struct pair *pair)
{
    for (int end = CLIENT; end < N_ENDS; end++) {
        pair->fds[end] = -1;
        pair->heads[end] = NULL;
        pair->tails[end] = &pair->heads[end];
    }
}

static void drop_head(struct pair *pair, enum end end)
{
    struct piece *piece = pair->heads[end];
    pair->heads[end] = piece->next;
    if (piece->next == NULL)
        pair->tails[end] = &pair->heads[end];
    free(piece);
}

static void close_pair_locked(struct pair *pair)
{
    const struct linger at_once = {.l_onoff = 1};
    for (int end = CLIENT; end < N_ENDS; end++) {
        if (pair->fds[end] >= 0) {
            (void)setsockopt(pair->fds[end], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            (void)close(pair->fds[end]);
        }
        while (pair->heads[end] != NULL)
            drop_head(pair, (enum end)end);
    }
    forget(pair);
}

static int connect_to(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)&address, sizeof address)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void accept_one_locked(struct relay *relay)
{
    static const int on = 1;
    int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        struct pair *pair = &relay->pairs[i];
        if (pair->fds[CLIENT] >= 0)
            continue;
        pair->fds[CLIENT] = client;
        pair->fds[GATEWAY] = connect_to(relay->target);
        pair->first_ns = figures_now_ns() + 3 * relay->delay_ns;
        for (int end = CLIENT; end < N_ENDS; end++)
            (void)setsockopt(pair->fds[end], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (pair->fds[GATEWAY] < 0)
            close_pair_locked(pair);
        return;
    }
    (void)close(client);
}

/* ---- octets ---- */

/* What has come from the other end. False: it is over. */
static bool take(struct relay *relay, struct pair *pair, enum end to)
{
    static uint8_t octets[READ_SIZE];
    ssize_t n =
        recv(pair->fds[to == CLIENT ? GATEWAY : CLIENT], octets, sizeof octets, MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    struct piece *piece = malloc(sizeof *piece + (size_t)n);
    if (piece == NULL)
        return false;
    *piece = (struct piece){.due_ns = figures_now_ns() + relay->delay_ns, .size = (size_t)n};
    if (to == GATEWAY && piece->due_ns < pair->first_ns)
        piece->due_ns = pair->first_ns;
    memcpy(piece->octets, octets, piece->size);
    *pair->tails[to] = piece;
    pair->tails[to] = &piece->next;
    return true;
}

/* What is due by now. False: it is over. */
static bool give(struct pair *pair, enum end to, uint64_t now_ns)
{
    struct piece *piece;
    while ((piece = pair->heads[to]) != NULL && piece->due_ns <= now_ns) {
        ssize_t n = send(pair->fds[to], piece->octets + piece->done, piece->size - piece->done,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        piece->done += (size_t)n;
        if (piece->done == piece->size)
            drop_head(pair, to);
    }
    return true;
}

/* ---- the thread ---- */

/* When the first piece is due, in ns from now; -1: none waits. */
static int64_t time_left_locked(const struct relay *relay, uint64_t now_ns)
{
    int64_t left = -1;
    for (size_t i = 0; i < PAIRS_MAX; i++)
        for (int end = CLIENT; end < N_ENDS; end++) {
            const struct piece *piece = relay->pairs[i].heads[end];
            if (piece == NULL)
                continue;
            int64_t its = piece->due_ns > now_ns ? (int64_t)(piece->due_ns - now_ns) : 0;
            if (left < 0 || its < left)
                left = its;
        }
    return left;
}

static void serve_locked(struct relay *relay, uint64_t now_ns)
{
    for (size_t i = 0; i < PAIRS_MAX; i++) {
        struct pair *pair = &relay->pairs[i];
        for (int end = CLIENT; end < N_ENDS && pair->fds[CLIENT] >= 0; end++)
            if (!take(relay, pair, (enum end)end) || !give(pair, (enum end)end, now_ns))
                close_pair_locked(pair);
    }
}

static void *run(void *user)
{
    struct relay *relay = user;
    struct pollfd polled[2 + PAIRS_MAX * N_ENDS];
    (void)pthread_mutex_lock(&relay->lock);
    while (!relay->over) {
        int64_t left = time_left_locked(relay, figures_now_ns());
        const struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        polled[0] = (struct pollfd){.fd = relay->wake, .events = POLLIN};
        polled[1] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
        for (size_t i = 0; i < (size_t)PAIRS_MAX * N_ENDS; i++)
            polled[2 + i] =
                (struct pollfd){.fd = relay->pairs[i / N_ENDS].fds[i % N_ENDS], .events = POLLIN};
        (void)pthread_mutex_unlock(&relay->lock);
        (void)ppoll(polled, sizeof polled / sizeof *polled, left < 0 ? NULL : &wait, NULL);
        (void)pthread_mutex_lock(&relay->lock);
        if ((polled[0].revents & POLLIN) != 0) {
            uint64_t n;
            (void)!read(relay->wake, &n, sizeof n);
        }
        if ((polled[1].revents & POLLIN) != 0)
            accept_one_locked(relay);
        serve_locked(relay, figures_now_ns());
    }
    (void)pthread_mutex_unlock(&relay->lock);
    return NULL;
}

static void wake(struct relay *relay)
{
    const uint64_t one = 1;
    (void)!write(relay->wake, &one, sizeof one);
}

/* ---- beginning and end ---- */

static int listen_somewhere(uint16_t *portp)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)(const void *)&address, sizeof address) != 0 ||
        listen(fd, PAIRS_MAX) != 0 ||
        getsockname(fd, (struct sockaddr *)(void *)&address, &size) != 0) {
        (void)close(fd);
        return -1;
    }
    *portp = ntohs(address.sin_port);
    return fd;
}

struct relay *relay_create(uint16_t target, unsigned delay_ms)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL)
        return NULL;
    relay->target = target;
    relay->delay_ns = (uint64_t)delay_ms * 1000000;
    for (size_t i = 0; i < PAIRS_MAX; i++)
        forget(&relay->pairs[i]);
    relay->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    relay->listener = listen_somewhere(&relay->port);
    if (relay->wake < 0 || relay->listener < 0 || pthread_mutex_init(&relay->lock, NULL) != 0 ||
        pthread_create(&relay->thread, NULL, run, relay) != 0) {
        (void)close(relay->wake);
        (void)close(relay->listener);
        free(relay);
        return NULL;
    }
    return relay;
}

struct relay *relay_destroy(struct relay *relay)
{
    if (relay == NULL)
        return NULL;
    (void)pthread_mutex_lock(&relay->lock);
    relay->over = true;
    (void)pthread_mutex_unlock(&relay->lock);
    wake(relay);
    (void)pthread_join(relay->thread, NULL);
    relay_cut(relay);
    (void)pthread_mutex_destroy(&relay->lock);
    (void)close(relay->wake);
    (void)close(relay->listener);
    free(relay);
    return NULL;
}

uint16_t relay_port(const struct relay *relay)
{
    return relay->port;
}

void relay_cut(struct relay *relay)
{
    (void)pthread_mutex_lock(&relay->lock);
    for (size_t i = 0; i < PAIRS_MAX; i++)
        close_pair_locked(&relay->pairs[i]);
    (void)pthread_mutex_unlock(&relay->lock);
    wake(relay);
}
