/*
 * Servers wake nobody: they are asked, every 100 ms, as that system does. Between the rounds the
 * host's descriptors are waited for.
 */
#include <errno.h>
#include <phoenix/files.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/host_flags.h"
#include "bridge/phoenix/question.h"

#define ROUND_MS 100
#define ALWAYS_TOLD (0x80u | PHOENIX_POLLHUP | PHOENIX_POLLNVAL)

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

static int poll_rounds(struct pollfd *fds, struct pollfd *host, unsigned long n, int timeout_ms)
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
        int result = poll(host, n, wait);
        if (result < 0)
            return result;
        take_host(fds, host, n);
        if (n_ready + result > 0 || wait == 0 || !has_servers)
            return n_ready + result;
    }
}

int phoenix_poll(struct pollfd *fds, unsigned long n_fds, int timeout_ms)
{
    if (n_fds == 0)
        return poll(NULL, 0, timeout_ms);
    struct pollfd *host = calloc(n_fds, sizeof *host);
    if (host == NULL)
        return set_errno(-ENOMEM);
    int result = poll_rounds(fds, host, n_fds, timeout_ms);
    free(host);
    return result;
}
