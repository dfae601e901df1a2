/*
 * Lanes: threads of a family that take the events of some subscriptions, and read the link while
 * they wait for them. So an event wakes the thread that it is for, and no worker on its way there.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/object.h>

#include "bridge/job.h"
#include "bridge/lead.h"

struct via_node;

#define LANE_BATCH 128u /* events that it takes before it looks after what it has taken */

struct lane {
    struct via_node *node; /* a count */
    struct jobs ready;     /* none while it does not wait */
    struct waiter waiter;  /* its thread's */
    struct lane *next;     /* of those that are to be woken */
    bool waits;            /* its thread is in lane_wait(), where it takes jobs */
    bool unannounced;      /* stands in that list */
    bool woken;
};

/* ---- for the families' libraries, to which these are exported ---- */

VIA_MUST_USE enum via_status lane_create(struct via_node *node,
                                         struct lane **lanep) __asm__("via_lane_create")
    __attribute__((visibility("default")));
/* Nobody waits in it any more, and its subscriptions are closed. */
struct lane *lane_destroy(struct lane *lane) __asm__("via_lane_destroy")
    __attribute__((visibility("default")));
/* As via_proxy_subscribe(). While the lane's thread waits, @fn is called on that one; else on a
 * worker. */
VIA_MUST_USE enum via_status
lane_subscribe(struct lane *lane, struct via_proxy *proxy, via_event_fn fn, void *user,
               struct via_subscription **subscriptionp) __asm__("via_lane_subscribe")
    __attribute__((visibility("default")));
/* Waits once, for events or for lane_wake(), and takes those. The lane's own thread. */
void lane_wait(struct lane *lane) __asm__("via_lane_wait") __attribute__((visibility("default")));
/* It waits no longer; if it does not wait, it will not the next time. */
void lane_wake(struct lane *lane) __asm__("via_lane_wake") __attribute__((visibility("default")));

/* ---- with the node's lock held ---- */

/* To be run by the lane's thread, or by a worker while that is busy. */
void lane_post(struct lane *lane, struct job *job);
/* Wakes those that something was posted to, all at once: what a read of the link brings comes to
 * each of them with one wake-up. */
void lanes_announce(struct via_node *node);
