/*
 * What a node is made of. One mutex guards all of it, and all that belongs to it: stubs, proxies,
 * calls, subscriptions. It is never held while the user's code runs.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <viaduct/node.h>

#include "bridge/background.h"
#include "bridge/caller.h"
#include "bridge/claims.h"
#include "bridge/connection.h"
#include "bridge/finding.h"
#include "bridge/known_numbers.h"
#include "bridge/lane.h"
#include "bridge/lead.h"
#include "bridge/link_changes.h"
#include "bridge/names.h"
#include "bridge/pump.h"
#include "bridge/seat.h"
#include "bridge/sentry.h"
#include "bridge/workers.h"

#define NODE_CONNECT_MS 5000u /* how long a call waits for a connection */
#define NODE_GOODBYE_MS 200u  /* how long what is queued may take to be written at the end */
#define NODE_SPARE_CALLS 64u  /* calls kept for the next ones */

struct via_node {
    pthread_mutex_t lock;
    atomic_uint refs; /* the user's, and one of each stub, proxy, queue, subscription, pending */
    struct via_node *next; /* in the list of all */

    char *gateway, *ca, *cert, *key, *token, *pin, *name; /* owned; NULL where not given */
    uint32_t connect_ms;
    uint32_t frame_max; /* largest payload taken, octets */
    void (*worker_started)(unsigned index);

    struct loop *loop;  /* owned; NULL until first needed */
    struct pumps pumps; /* on it */
    struct connection connection;
    struct lead lead;
    struct background background;
    struct workers workers;
    struct names names;
    struct findings findings;
    struct claims claims;
    struct known_numbers known_numbers;
    struct link_changes link_changes;
    struct lane *lanes; /* borrowed: those that something was posted to, and were not woken yet */
    struct sentry *sentry; /* borrowed: the one that stands in the loop */

    struct caller *self, *nobody;           /* owned counts */
    struct via_subscription *subscriptions; /* borrowed: each goes when it is closed */
    struct via_stub *staying;               /* owned: what the end of the process did not destroy */
    struct via_call *spare_calls;           /* owned */
    size_t n_spare_calls;
    size_t n_proxies; /* that stand for objects elsewhere */
    uint64_t chain_base, n_chains, n_watches;
    bool closed;  /* no new work */
    bool exiting; /* the process ends: no callback begins any more */
};

struct via_node *node_ref(struct via_node *node);
struct via_node *node_unref(struct via_node *node);

void node_lock(struct via_node *node);
/* Then does what was put off until no lock is held. */
void node_unlock(struct via_node *node);
/* Before this thread waits: announces jobs, and does what was put off, letting the lock go for it
 * if there is something. */
void node_settle(struct via_node *node);
/* Whether this thread holds any node's lock. */
bool node_is_locked(void);

/* A thread of ours: no signal comes to it. False if there can be none. */
bool node_start_thread(pthread_t *threadp, void *(*run)(void *user), void *user);
/* A new chain's number, never 0. Lock held. */
uint64_t node_new_chain(struct via_node *node);
