/*
 * Calls, at the callee: what came, who sent it, and its answer.
 */
#pragma once

#include <stdatomic.h>
#include <viaduct/object.h>

#include "bridge/caller.h"
#include "bridge/job.h"
#include "bridge/loop.h"
#include "bridge/peer.h"

struct outgoing;

struct via_call {
    struct job job; /* first: handles it */
    atomic_uint refs;
    struct via_node *node; /* borrowed: the stub holds it */
    struct via_stub *stub; /* a count */
    uint32_t code;
    bool oneway, control;
    atomic_bool begun, answered, cancelled;
    enum via_status told; /* what the caller was told in the handler's place; VIA_OK: nothing */

    struct via_parcel *request; /* owned */
    struct caller *caller;      /* a count */
    struct caller *first;       /* a count: of its chain */
    uint64_t chain;             /* 0: none */
    uint32_t depth;
    uint64_t deadline_ms; /* LEAD_FOR_EVER: none */
    struct loop_timer timer;

    uint32_t id; /* in @session, if it came over the link */
    uint64_t session;
    struct outgoing *local; /* borrowed: who waits for it in this process, or NULL */

    struct via_call *next; /* in its stub's, its queue's or the spares' list */
    struct via_call *followers, *last_follower;
};

/* An empty call to @stub (counted), by @caller (counted), one count; NULL when out of memory. Lock
 * held. */
struct via_call *call_create(struct via_stub *stub, struct caller *caller);
/* Frees those kept for later. */
void call_free_spares(struct via_node *node);

/* The rest with the lock held. */
/* Callers that later calls name. */
void call_introduced(struct via_node *node, const struct meta *meta);
void call_received(struct via_node *node, void *object, const struct frame *frame,
                   const struct meta *meta, const int *fds);
/* The caller does not want it any more; @context as left with the peer. */
void call_cancelled(uint64_t context);
/* A caller in this process went away without waiting for the answer. */
void call_forsaken(struct via_call *call);
enum via_status call_answer(struct via_call *call, enum via_status status, int32_t result,
                            struct via_parcel *reply);
/* Whether there is nothing to run: it has been answered, is too late, or its node is closed. */
bool call_is_void(struct via_call *call);
/* Runs it on this thread, letting the lock go. */
void call_run(struct via_call *call);
struct via_call *call_unref_locked(struct via_call *call);
