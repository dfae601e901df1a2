/*
 * Servers wake nobody: they are asked, every 100 ms, as that system does. Between the rounds the
 * host's descriptors are waited for.
 */
#include <errno.h>
#include <limits.h>
#include <phoenix/files.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/host_flags.h"
#include "bridge/phoenix/question.h"

#define ROUND_MS 100
#define ALWAYS_TOLD (PHOENIX_POLLERR | PHOENIX_POLLHUP | PHOENIX_POLLNVAL)

static long long now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned int ask(const struct file *file, unsigned int events)
{
    msg_t msg = {.type = mtGetAttr, .oid = file->oid};
    msg.i.attr.type = atPollStatus;
    msg.i.attr.val = events;
    if (question_ask(&msg) < 0)
        return PHOENIX_POLLHUP;
    return (unsigned int)msg.o.attr.val & (events | ALWAYS_TOLD);
}

/* The servers'; how many have something to tell. The others are left to the host, if @host. */
static int ask_servers(struct pollfd *fds, struct pollfd *host, unsigned long n, bool *has_serversp)
{
    int n_ready = 0;
    for (unsigned long i = 0; i < n; i++) {
        struct file *file = file_get(fds[i].fd);
        host[i] = (struct pollfd){.fd = fds[i].fd,
                                  .events = host_events_of((unsigned short)fds[i].events)};
        fds[i].revents = 0;
        if (file == NULL)
            continue;
        *has_serversp = true;
        host[i].fd = -1;
        fds[i].revents = (short)ask(file, (unsigned short)fds[i].events);
        if (fds[i].revents != 0)
            n_ready++;
        (void)file_unref(file);
    }
    return n_ready;
}

static void take_host(struct pollfd *fds, const struct pollfd *host, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        if (host[i].fd >= 0)
            fds[i].revents = (short)host_events_to_phoenix(host[i].revents);
}

/* @wait_ms: -1 for ever. @mask: the signals that are held back meanwhile, or NULL */
static int wait_for_host(struct pollfd *host, unsigned long n, int wait_ms, const sigset_t *mask)
{
    const struct timespec wait = {.tv_sec = wait_ms / 1000,
                                  .tv_nsec = (long)(wait_ms % 1000) * 1000000};
    return ppoll(host, n, wait_ms < 0 ? NULL : &wait, mask);
}

static int poll_rounds(struct pollfd *fds, struct pollfd *host, unsigned long n, int timeout_ms,
                       const sigset_t *mask)
{
    const long long end = now_ms() + (timeout_ms > 0 ? timeout_ms : 0);
    for (;;) {
        bool has_servers = false;
        int n_ready = ask_servers(fds, host, n, &has_servers);
        const long long left = timeout_ms < 0 ? ROUND_MS : end - now_ms();
        int wait = timeout_ms;
        if (n_ready > 0 || left <= 0)
            wait = 0;
        else if (has_servers)
            wait = left < ROUND_MS ? (int)left : ROUND_MS;
        int result = wait_for_host(host, n, wait, mask);
        if (result < 0)
            return result;
        take_host(fds, host, n);
        if (n_ready + result > 0 || wait == 0 || !has_servers)
            return n_ready + result;
    }
}

static int poll_masked(struct pollfd *fds, unsigned long n_fds, int timeout_ms,
                       const sigset_t *mask)
{
    if (n_fds == 0)
        return wait_for_host(NULL, 0, timeout_ms, mask);
    if (n_fds > INT_MAX)
        return set_errno(-EINVAL);
    struct pollfd *host = calloc(n_fds, sizeof *host);
    if (host == NULL)
        return set_errno(-ENOMEM);
    int result = poll_rounds(fds, host, n_fds, timeout_ms, mask);
    free(host);
    return result;
}

int phoenix_poll(struct pollfd *fds, unsigned long n_fds, int timeout_ms)
{
    return poll_masked(fds, n_fds, timeout_ms, NULL);
}

/* Up to the next millisecond; longer than these count is for ever. */
static int to_ms(const struct timespec *timeout)
{
    if (timeout == NULL || timeout->tv_sec >= INT_MAX / 1000)
        return -1;
    return (int)timeout->tv_sec * 1000 + (int)((timeout->tv_nsec + 999999) / 1000000);
}

int phoenix_ppoll(struct pollfd *fds, unsigned long n_fds, const struct timespec *timeout,
                  const sigset_t *mask)
{
    if (timeout != NULL &&
        (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000))
        return set_errno(-EINVAL);
    return poll_masked(fds, n_fds, to_ms(timeout), mask);
}
