/*
 * The broker's thread waits for a queue, and descriptors for poll(): so a thread of theirs waits,
 * wakes the other one by its bell, and goes on waiting when that has done what there was.
 */
#include "gateway/event_broker/watch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bridge/os_status.h"

#define AGAIN_MS 100 /* until a bell that could not be rung is rung again */

void watch_init(struct watch *watch)
{
    memset(watch, 0, sizeof *watch);
    watch->handled = watch->stopped = -1;
    atomic_init(&watch->due, 0);
}

enum via_status watch_open(struct watch *watch, struct via_proxy *bell)
{
    watch->bell = bell;
    watch->handled = eventfd(0, EFD_CLOEXEC);
    watch->stopped = eventfd(0, EFD_CLOEXEC);
    if (watch->handled < 0 || watch->stopped < 0)
        return status_from_errno("watch: eventfd", errno);
    watch->fds[0] = (struct pollfd){.fd = watch->stopped, .events = POLLIN};
    watch->n = 1;
    return VIA_OK;
}

unsigned watch_add(struct watch *watch, int fd, short events)
{
    assert(watch->n <= WATCH_MAX && !watch->has_thread);
    watch->fds[watch->n] = (struct pollfd){.fd = fd, .events = events};
    return 1u << (watch->n++ - 1);
}

static bool is_stopped(const struct watch *watch, int other, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = watch->stopped, .events = POLLIN},
                           {.fd = other, .events = POLLIN}};
    (void)poll(fds, 2, timeout_ms);
    return fds[0].revents != 0;
}

/* The bits of those that have something; 0: it is stopped. */
static unsigned wait_for_some(struct watch *watch)
{
    unsigned due = 0;
    while (due == 0) {
        if (poll(watch->fds, watch->n, -1) < 0)
            continue;
        if (watch->fds[0].revents != 0)
            return 0;
        for (nfds_t i = 1; i < watch->n; i++)
            due |= watch->fds[i].revents != 0 ? 1u << (i - 1) : 0;
    }
    return due;
}

static void *wait(void *user)
{
    struct watch *watch = user;
    eventfd_t count;
    unsigned due;
    while ((due = wait_for_some(watch)) != 0) {
        atomic_store(&watch->due, due);
        while (via_proxy_send(watch->bell, 0, NULL) != VIA_OK)
            if (is_stopped(watch, -1, AGAIN_MS))
                return NULL;
        if (is_stopped(watch, watch->handled, -1))
            return NULL;
        (void)eventfd_read(watch->handled, &count);
    }
    return NULL;
}

enum via_status watch_start(struct watch *watch)
{
    if (pthread_create(&watch->thread, NULL, wait, watch) != 0)
        return VIA_NO_MEMORY;
    watch->has_thread = true;
    return VIA_OK;
}

void watch_close(struct watch *watch)
{
    if (watch->has_thread) {
        (void)eventfd_write(watch->stopped, 1);
        (void)pthread_join(watch->thread, NULL);
    }
    if (watch->handled >= 0)
        (void)close(watch->handled);
    if (watch->stopped >= 0)
        (void)close(watch->stopped);
    watch_init(watch);
}

unsigned watch_take(struct watch *watch)
{
    return atomic_exchange(&watch->due, 0);
}

void watch_go_on(struct watch *watch)
{
    (void)eventfd_write(watch->handled, 1);
}
