/*
 * Sentries: threads of a family that wait in an epoll descriptor of their own, and read the link
 * meanwhile. So what comes over the link wakes the thread that it is for, as its timers and
 * descriptors do, and nobody on its way there.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/status.h>

#include "bridge/lead.h"
#include "bridge/loop.h"

struct via_node;

struct sentry {
    struct via_node *node; /* a count */
    struct waiter waiter;  /* its thread's */
    /* Its epoll descriptor, lent by the family; in the loop while node->sentry is this one. */
    struct loop_source post;
    int bell;      /* owned; an eventfd in that descriptor, edge triggered */
    bool is_ready; /* there may be something in that descriptor */
    bool is_interrupted;
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
/* What this thread waits for from now on, but in sentry_wait(), ends with VIA_CANCELLED once its
 * sentry is interrupted; unless the thread cannot be cancelled now. */
void sentry_yield(struct sentry *sentry) __asm__("via_sentry_yield")
    __attribute__((visibility("default")));
/* No more. */
void sentry_endure(struct sentry *sentry) __asm__("via_sentry_endure")
    __attribute__((visibility("default")));
/* For good: its thread is to end. Any thread. */
void sentry_interrupt(struct sentry *sentry) __asm__("via_sentry_interrupt")
    __attribute__((visibility("default")));
/* What this thread sends from now on may be written at sentry_write(). They nest. */
void sentry_gather(struct sentry *sentry) __asm__("via_sentry_gather")
    __attribute__((visibility("default")));
void sentry_write(struct sentry *sentry) __asm__("via_sentry_write")
    __attribute__((visibility("default")));

/* ---- for bridge/lead.c, with the node's lock held ---- */

/* Whether the calling thread is to wait no more. */
bool sentry_is_interrupted(void);
/* It is about to lead. False: it cannot. */
bool sentry_stand(struct sentry *sentry);
/* Sleeps in its epoll descriptor, the lock let go. */
void sentry_sleep(struct sentry *sentry);
/* Ends that. */
void sentry_ring(struct sentry *sentry);
