/*
 * Sentries: threads of a family that wait in an epoll descriptor of their own, and read the link
 * meanwhile. So what comes over the link wakes the thread that it is for, as its timers and
 * descriptors do, and nobody on its way there.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <viaduct/status.h>

#include "bridge/lead.h"
#include "bridge/loop.h"

struct via_node;
struct via_queue;

struct sentry {
    struct via_node *node; /* a count */
    struct waiter waiter;  /* its thread's */
    /* Its epoll descriptor, lent by the family; in the loop while node->sentry is this one. */
    struct loop_source post;
    int bell;      /* owned; an eventfd in that descriptor, edge triggered */
    bool is_ready; /* there may be something in that descriptor */
    atomic_bool is_called_off;
    unsigned n_gathers;      /* sentry_gather(), how deep */
    bool was_in_job;         /* the thread's seat, before it */
    struct via_node *served; /* likewise */
};

/* ---- for the families' libraries, to which these are exported ---- */

/* What @epoll_fd tells with a data.ptr of NULL may be the sentry's own. */
VIA_MUST_USE enum via_status sentry_create(struct via_node *node, int epoll_fd,
                                           struct sentry **sentryp) __asm__("via_sentry_create")
    __attribute__((visibility("default")));
/* Its own thread, or one that nobody waits in any more. */
struct sentry *sentry_destroy(struct sentry *sentry) __asm__("via_sentry_destroy")
    __attribute__((visibility("default")));
/*
 * Waits once, until something is in its epoll descriptor or has come over the link. Return: whether
 * the descriptor has to be looked into. Its own thread, which cannot be cancelled meanwhile.
 */
bool sentry_wait(struct sentry *sentry) __asm__("via_sentry_wait")
    __attribute__((visibility("default")));
/*
 * What this thread calls and answers from now on may be written at sentry_write(), as long as there
 * is more in @queue, which it works off and outlives that. They nest.
 */
void sentry_gather(struct sentry *sentry,
                   const struct via_queue *queue) __asm__("via_sentry_gather")
    __attribute__((visibility("default")));
void sentry_write(struct sentry *sentry) __asm__("via_sentry_write")
    __attribute__((visibility("default")));

/*
 * What this thread waits for from now on, outside sentry_wait(), may be called off; NULL: no more.
 * Its own thread.
 */
void sentry_heed(const struct sentry *sentry) __asm__("via_sentry_heed")
    __attribute__((visibility("default")));
/* Its thread waits for nobody any more where it heeds this: such a call gives VIA_CANCELLED. */
void sentry_call_off(struct sentry *sentry) __asm__("via_sentry_call_off")
    __attribute__((visibility("default")));

/* ---- for bridge/lead.c, with the node's lock held ---- */

/* It is about to lead. False: it cannot. */
bool sentry_stand(struct sentry *sentry);
/* Sleeps in its epoll descriptor, the lock let go. */
void sentry_sleep(struct sentry *sentry);
/* Ends that. */
void sentry_ring(struct sentry *sentry);
