/*
 * What a subscription is made of, for the two files that work on it: subscription.c, and
 * resubscription.c for what comes after a lost session.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "bridge/job.h"
#include "bridge/known_names.h"
#include "bridge/lead.h"
#include "bridge/pending.h"
#include "bridge/subscription.h"
#include "codecs/event_filter.h"

struct via_subscription {
    struct via_subscription *next; /* in the node's list */
    atomic_uint refs;
    struct via_node *node;    /* a count */
    struct via_stub *sink;    /* a count */
    struct via_proxy *target; /* a count; NULL: names */
    struct lane *lane;        /* borrowed; NULL: workers take what comes */
    via_event_fn fn;
    void (*notice)(void *user, enum via_notice notice, const struct via_entry *entry);
    struct via_subscribe_options options;
    struct event_filter filter;          /* that of the options, */
    bool filtered;                       /* if there is one */
    void *user;                          /* borrowed */
    char *family, *pattern, *class_name; /* owned; of names */
    struct known_names known;            /* told as there */

    uint32_t id; /* at the gateway, in @session */
    uint64_t session, epoch;
    uint64_t number;       /* of the last event that came, or from which on they come */
    bool any;              /* one has come since it was subscribed to */
    bool open;             /* the reply has come */
    bool closed;           /* by the user */
    bool lost;             /* its object went with a link, and is looked for */
    bool unsettled;        /* names that were known are not yet confirmed */
    struct errand *errand; /* to find, open, subscribe or watch again; it holds a count of this */
    bool over;             /* the object is dead */
    bool told;             /* `ended` has run */
    enum via_cause cause;

    struct arrival *first, **last; /* owned */
    size_t n_arrivals;
    uint64_t n_dropped; /* since the last one that came through */
    struct job job;
    struct via_proxy *posted; /* a count: whose callback the job is */
    bool running;
    pthread_t runner;
    struct waiter *closer; /* waits until it does not run */
};

/* All with the lock held. subscription.c: */

enum via_status subscription_put_watch(const struct via_subscription *subscription,
                                       struct via_parcel *request);
enum via_status subscription_put_subscribe(const struct via_subscription *subscription,
                                           const struct via_subscribe_options *options,
                                           struct via_parcel *request);
/* What the gateway answered; *recoveredp, which may be NULL: whether it has all since then. */
enum via_status subscription_read_reply(struct via_subscription *subscription,
                                        struct via_parcel *reply, bool *recoveredp);
/* Its object is dead for good. */
void subscription_end(struct via_subscription *subscription, enum via_cause cause);
/* Between the events that have come and those to come. */
void subscription_mark(struct via_subscription *subscription, bool recovered);
/* Known names that have not been told again are gone. */
void subscription_settle(struct via_subscription *subscription);
void subscription_drop(struct via_subscription *subscription);

/* resubscription.c: */

/* Whether it goes on when its object went with a link. */
bool resubscription_is_wanted(const struct via_subscription *subscription);
/* It did. */
void resubscription_begin(struct via_subscription *subscription);
/* It is closed, or over. */
void resubscription_end(struct via_subscription *subscription);
