/*
 * Waiting for a call of ours: on the calling thread, or not at all.
 */
#pragma once

#include "bridge/lead.h"
#include "bridge/outgoing.h"

struct via_proxy;

/* A call that its thread waits for, on its stack. */
struct sync_call {
    struct outgoing outgoing;
    struct waiter waiter;
};

/*
 * Calls @target at @proxy (NULL: the directory, on a connection that is ready) and waits.
 * @replyp: NULL if it is not wanted. Lock held, and let go meanwhile. Statuses as
 * via_proxy_call().
 */
VIA_MUST_USE enum via_status pending_call(struct via_node *node, struct via_proxy *proxy,
                                          const struct target *target, struct via_parcel *request,
                                          int32_t *resultp, struct via_parcel **replyp);

/* A job of a call whose outcome was queued: gives that, and the call is done with. False: it is
 * another's. Lock held. */
bool pending_take(struct job *job, struct via_arrival *arrival);

/*
 * A call that nobody waits for. @done: lock held, never from here; may be NULL. @reply is borrowed.
 * @errandp, which may be NULL, is good until @done, or until errand_abandon(): then it does not
 * come. Lock held.
 */
struct errand;
VIA_MUST_USE enum via_status errand_start(struct errand **errandp, struct via_node *node,
                                          const struct target *target, struct via_parcel *request,
                                          void (*done)(void *user, enum via_status status,
                                                       struct via_parcel *reply),
                                          void *user);
void errand_abandon(struct errand *errand);

/* A call to the directory that nobody waits for. @done: lock held; may be NULL. @reply is borrowed.
 * Lock held. */
VIA_MUST_USE enum via_status
pending_errand(struct via_node *node, uint32_t verb, struct via_parcel *request,
               void (*done)(void *user, enum via_status status, struct via_parcel *reply),
               void *user);
