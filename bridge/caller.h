/*
 * Callers: who calls, by the gateway's word. One for each number that a gateway has introduced,
 * kept until it dies; and one for this process itself.
 */
#pragma once

#include <stdatomic.h>
#include <viaduct/object.h>

#include "bridge/job.h"
#include "bridge/peer.h"
#include "codecs/meta.h"
#include "codecs/object.h"

struct caller_watch {
    struct caller_watch *next;
    void (*gone)(void *user, enum via_cause cause);
    void *user; /* borrowed */
};

struct caller {
    struct object object; /* first, with caller_object_ops: how it is told from a proxy */
    atomic_uint refs;
    struct via_node *node;      /* borrowed: it outlives its session */
    struct via_caller facts;    /* its identity stands below */
    struct their_handle handle; /* of a session; 0 for this process and for nobody */
    uint64_t session;
    atomic_int cause;   /* enum via_cause */
    size_t n_oneways;   /* of it that wait for their stub's turn */
    size_t queued_size; /* octets of it that wait in queues */
    size_t n_unstarted; /* calls of it that came and have not begun; its end is told after */
    struct caller_watch *watches, **last_watch; /* owned */
    struct job gone;                            /* tells them */
    char identity[META_IDENTITY_MAX + 1];
};

extern const struct object_ops caller_object_ops;

/* The token of a local user: stable on this host, never 0. */
uint64_t caller_token(uint32_t uid);

/* This process; @node is borrowed. NULL when out of memory. */
struct caller *caller_create_self(struct via_node *node);
/* As introduced; @node is borrowed. NULL when out of memory. */
struct caller *caller_create(struct via_node *node, const struct meta_introduction *introduction);
/* One that no gateway named: nobody, from nowhere. NULL when out of memory. */
struct caller *caller_create_nobody(struct via_node *node);

struct caller *caller_ref(struct caller *caller);
struct caller *caller_unref(struct caller *caller); /* any thread, with or without a lock */

/* A call of it has begun, or never will. Lock held. */
void caller_started(struct caller *caller);
/* It is dead: its watches are told once all its calls have begun. Lock held. */
void caller_died(struct caller *caller, enum via_cause cause);
/* VIA_DEAD, VIA_NO_MEMORY. Lock held. */
VIA_MUST_USE enum via_status
caller_watch(struct caller *caller, void (*gone)(void *user, enum via_cause cause), void *user);
