/*
 * Stubs: objects of this process, and the order in which calls to one of them begin.
 */
#pragma once

#include <viaduct/object.h>

#include "bridge/job.h"
#include "bridge/proxy.h"

struct via_call;
struct via_queue;
struct via_subscription;

struct via_stub {
    struct via_proxy proxy; /* first: its count is the stub's */
    struct via_stub_ops ops;
    void *user;                    /* borrowed until ops.destroyed */
    struct via_queue *queue;       /* a count; NULL: handlers run */
    struct via_subscription *sink; /* borrowed: whose sink this is, or NULL */
    struct claim *claim;           /* of its number; claims.c's; NULL: it has none */
    bool withdrawn;

    /* Order. Lock held. */
    struct via_call *first, *last; /* oneways that wait until the one before them is done */
    bool oneway_begun;             /* one is ready or runs */
    size_t n_begun;                /* calls that are ready or run */
    size_t n_local;                /* oneways of this process that have not begun to run */

    unsigned n_unexported;   /* times that it has to be told of, each with a count */
    struct job unreferenced; /* tells so, when all its calls have been run */

    struct via_stub *next_staying; /* at the node, when the process ends */
};

/* What drop of the last count leaves: tells the user, and frees. No lock held. */
void stub_free(struct via_stub *stub);
/* The same at the end of the process: it is left as it is, with what its user has. Lock held. */
void stub_stay(struct via_stub *stub);
/* The session has given its last count back. @silent: it had never been sent. Lock held. */
void stub_unexported(struct via_stub *stub, bool silent);
/* Calls of it have come to an end: what waited for that goes on. Lock held. */
void stub_settle(struct via_stub *stub);
