/*
 * select(), by the same rounds as poll(). Where all descriptors are the host's, the host does it.
 */
#include <errno.h>
#include <limits.h>
#include <phoenix/files.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/select.h>
#include <time.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/host_flags.h"

#define NS_PER_S 1000000000L

/* By that system's numbers; what ends a wait though nobody asked for it is in each. */
#define TO_READ (0x1u | 0x2u | PHOENIX_POLLHUP | PHOENIX_POLLERR)
#define TO_WRITE (0x10u | 0x20u | PHOENIX_POLLHUP | PHOENIX_POLLERR)
#define TO_EXCEPT (PHOENIX_POLLPRI | 0x4u)

struct sets {
    fd_set *sets[3]; /* borrowed; may be NULL */
};

static const unsigned int meant[3] = {TO_READ, TO_WRITE, TO_EXCEPT};
static const unsigned int asked[3] = {0x1u, 0x10u, PHOENIX_POLLPRI};

static unsigned int events_of(const struct sets *sets, int fd)
{
    unsigned int events = 0;
    for (int i = 0; i < 3; i++)
        if (sets->sets[i] != NULL && FD_ISSET(fd, sets->sets[i]))
            events |= asked[i];
    return events;
}

/* How many; whether one of them is a server's. */
static nfds_t list(int n_fds, const struct sets *sets, struct pollfd *fds, bool *has_serversp)
{
    nfds_t n = 0;
    for (int fd = 0; fd < n_fds; fd++) {
        const unsigned int events = events_of(sets, fd);
        if (events == 0)
            continue;
        struct file *file = file_get(fd);
        *has_serversp = *has_serversp || file != NULL;
        (void)file_unref(file);
        fds[n++] = (struct pollfd){.fd = fd, .events = (short)events};
    }
    return n;
}

/* How many bits are set, or -EBADF, and then nothing has changed. */
static int tell(const struct pollfd *fds, nfds_t n, const struct sets *sets)
{
    int n_set = 0;
    for (nfds_t i = 0; i < n; i++)
        if (((unsigned short)fds[i].revents & PHOENIX_POLLNVAL) != 0)
            return -EBADF;
    for (int set = 0; set < 3; set++) {
        if (sets->sets[set] == NULL)
            continue;
        FD_ZERO(sets->sets[set]);
        for (nfds_t i = 0; i < n; i++)
            if (((unsigned short)fds[i].events & asked[set]) != 0 &&
                ((unsigned short)fds[i].revents & meant[set]) != 0) {
                FD_SET(fds[i].fd, sets->sets[set]);
                n_set++;
            }
    }
    return n_set;
}

/* A descriptor that is in no set of one kind may be in another's, so each is asked about apart. */
int phoenix_pselect(int n_fds, fd_set *readable, fd_set *writable, fd_set *excepted,
                    const struct timespec *timeout, const sigset_t *mask)
{
    const struct sets sets = {{readable, writable, excepted}};
    struct pollfd fds[FD_SETSIZE];
    bool has_servers = false;
    if (n_fds < 0)
        return set_errno(-EINVAL);
    const nfds_t n = list(n_fds < FD_SETSIZE ? n_fds : FD_SETSIZE, &sets, fds, &has_servers);
    if (!has_servers)
        return pselect(n_fds, readable, writable, excepted, timeout, mask);
    int result = phoenix_ppoll(fds, n, timeout, mask);
    return result < 0 ? result : set_errno(tell(fds, n, &sets));
}

static long long now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* As Linux's, it leaves what is left of the time in @timeout. */
int phoenix_select(int n_fds, fd_set *readable, fd_set *writable, fd_set *excepted,
                   struct timeval *timeout)
{
    if (timeout == NULL)
        return phoenix_pselect(n_fds, readable, writable, excepted, NULL, NULL);
    if (timeout->tv_sec < 0 || timeout->tv_usec < 0)
        return set_errno(-EINVAL);
    const struct timespec whole = {.tv_sec = timeout->tv_sec + timeout->tv_usec / 1000000,
                                   .tv_nsec = timeout->tv_usec % 1000000 * 1000};
    const long long begun = now_ns();
    int result = phoenix_pselect(n_fds, readable, writable, excepted, &whole, NULL);
    const int error = errno;
    const long long passed = now_ns() - begun;
    long long left = 0;
    if (!__builtin_mul_overflow((long long)whole.tv_sec, NS_PER_S, &left))
        left = left + whole.tv_nsec > passed ? left + whole.tv_nsec - passed : 0;
    timeout->tv_sec = (time_t)(left / NS_PER_S);
    timeout->tv_usec = (suseconds_t)(left % NS_PER_S / 1000);
    errno = error;
    return result;
}
