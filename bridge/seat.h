/*
 * A seat: what the library knows of the calling thread. Whose lock it holds, what it has to do once
 * it holds none, which call it handles, and whether it is a worker.
 */
#pragma once

#include <stdbool.h>

struct via_node;
struct via_call;
struct worker;
struct sentry;

/* Something to do on this thread once it holds no lock: to tell a user, to drop a last count.
 * Embedded by its owner; queued once at a time. */
struct afterwards {
    struct afterwards *next;
    void (*run)(struct afterwards *what);
};

struct seat {
    struct via_node *held;            /* borrowed: whose lock this thread holds */
    int cancel_state;                 /* what it is to be without that lock, pthread's */
    struct sentry *yields;            /* borrowed: whose sentry_interrupt() ends its waits */
    struct afterwards *first, **last; /* what is to be done without it */
    struct via_call *current;         /* borrowed: the call that it handles */
    struct worker *worker;            /* borrowed: itself, if it is one of a node's own */
    struct via_node *serves;          /* borrowed: whose jobs it runs, on a worker or joined */
    bool in_job;                      /* runs one right now */
    bool leaves;                      /* via_node_leave() was called on it */
};

struct seat *seat_here(void);
/* A thread that is in the middle of something cannot be cancelled, not even while it lets its lock
 * go for the user's code. Returns the cancel_state to be put back. */
int seat_hold_out(struct seat *seat);

/* Runs @what before this thread goes on without a lock. */
void seat_do_afterwards(struct seat *seat, struct afterwards *what);
/* Does so, in order; no lock is held. */
void seat_run_afterwards(struct seat *seat);
