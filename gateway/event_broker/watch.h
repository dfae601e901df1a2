/*
 * Descriptors that wake the broker's thread when there is something to do with them.
 */
#pragma once

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <viaduct/viaduct.h>

#define WATCH_MAX 2u /* descriptors */

struct watch {
    struct via_proxy *bell; /* borrowed: a oneway to it wakes the broker's thread */
    struct pollfd fds[WATCH_MAX + 1];
    nfds_t n;
    pthread_t thread;
    bool has_thread;
    int handled, stopped; /* owned eventfds: it has been done; the end */
    atomic_uint due;      /* a bit for each */
};

/* What it begins with: nothing. */
void watch_init(struct watch *watch);
VIA_MUST_USE enum via_status watch_open(struct watch *watch, struct via_proxy *bell);
/* @fd is borrowed until watch_close(), and waited for by poll()'s @events. Its bit, from 1. Before
 * watch_start(). */
unsigned watch_add(struct watch *watch, int fd, short events);
VIA_MUST_USE enum via_status watch_start(struct watch *watch);
void watch_close(struct watch *watch);

/* Whenever the broker's thread has been woken: the bits of those with something to do, 0 if none;
 * else watch_go_on() when it is done. */
unsigned watch_take(struct watch *watch);
void watch_go_on(struct watch *watch);
