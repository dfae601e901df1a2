/*
 * The floor: a ping-pong over a Unix stream socket between two processes, nothing in between.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/driver.h"
#include "tests/bench/roles.h"

static void echo(int fd)
{
    static uint8_t octets[1u << 18];
    for (;;) {
        ssize_t n = recv(fd, octets, sizeof octets, 0);
        if (n <= 0)
            _exit(0);
        for (ssize_t done = 0; done < n;) {
            ssize_t sent = send(fd, octets + done, (size_t)(n - done), MSG_NOSIGNAL);
            if (sent < 0)
                _exit(1);
            done += sent;
        }
    }
}

/* Waits for the echo of one message at a time: no poll, two system calls a side, as a floor should
 * be. */
static int run_alone(int fd, const struct order *order, uint64_t *ns, uint8_t *octets)
{
    for (unsigned i = 0; i < order->n; i++) {
        uint64_t start = figures_now_ns();
        for (size_t done = 0; done < order->size;) {
            ssize_t sent = send(fd, octets + done, order->size - done, MSG_NOSIGNAL);
            if (sent < 0)
                return 1;
            done += (size_t)sent;
        }
        for (size_t done = 0; done < order->size;) {
            ssize_t got = recv(fd, octets + done, order->size - done, 0);
            if (got <= 0)
                return 1;
            done += (size_t)got;
        }
        ns[i] = figures_now_ns() - start;
    }
    return 0;
}

static int run_many(int fd, const struct order *order, uint64_t *ns, uint8_t *octets)
{
    size_t sent_octets = 0;
    size_t got_octets = 0;
    size_t all = order->size * order->n;
    size_t window = order->size * order->outstanding;
    unsigned started = 0;
    unsigned ended = 0;
    while (ended < order->n) {
        size_t allowed = got_octets + window < all ? got_octets + window : all;
        struct pollfd pollfd = {.fd = fd, .events = POLLIN};
        if (sent_octets < allowed)
            pollfd.events |= POLLOUT;
        if (poll(&pollfd, 1, -1) < 0)
            return 1;
        if ((pollfd.revents & POLLOUT) != 0) {
            size_t most = allowed - sent_octets < order->size ? allowed - sent_octets : order->size;
            ssize_t sent = send(fd, octets, most, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno != EAGAIN)
                return 1;
            sent_octets += sent < 0 ? 0 : (size_t)sent;
            while (started < order->n && started * order->size < sent_octets)
                ns[started++] = figures_now_ns();
        }
        if ((pollfd.revents & POLLIN) != 0) {
            ssize_t got = recv(fd, octets, 1u << 17, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                return 1;
            got_octets += got < 0 ? 0 : (size_t)got;
            while (ended < order->n && (size_t)(ended + 1) * order->size <= got_octets) {
                ns[ended] = figures_now_ns() - ns[ended];
                ended++;
            }
        }
    }
    return 0;
}

static int run(void *user, const struct order *order, uint64_t *ns)
{
    static uint8_t octets[1u << 18];
    int fd = *(int *)user;
    if (order->size > sizeof octets)
        return 1;
    if (order->outstanding == 1)
        return run_alone(fd, order, ns, octets);
    return run_many(fd, order, ns, octets);
}

int role_unix(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return 1;
    pid_t child = fork();
    if (child < 0)
        return 1;
    if (child == 0) {
        close(fds[0]);
        close(STDIN_FILENO);
        echo(fds[1]);
    }
    close(fds[1]);
    return driver_serve(run, &fds[0]);
}
