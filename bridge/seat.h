/*
 * A seat: what the library knows of the calling thread. Whose lock it holds, what it has to do once
 * it holds none, which call it handles, and whether it is a worker.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct via_node;
struct via_call;
struct via_queue;
struct worker;

/* Something to do on this thread once it holds no lock: to tell a user, to drop a last count.
 * Embedded by its owner; queued once at a time. */
struct afterwards {
    struct afterwards *next;
    void (*run)(struct afterwards *what);
};

struct seat {
    struct via_node *held;              /* borrowed: whose lock this thread holds */
    struct afterwards *first, **last;   /* what is to be done without it */
    struct via_call *current;           /* borrowed: the call that it handles */
    struct worker *worker;              /* borrowed: itself, if it is one of a node's own */
    struct via_node *serves;            /* borrowed: whose jobs it runs, on a worker or joined */
    const struct via_queue *gathers;    /* borrowed: what a sentry's thread works off; or NULL */
    const struct via_node *gathers_for; /* borrowed: whose link it writes later by its own word */
    unsigned n_gathers;                 /* via_node_gather(), how deep */
    const struct via_queue *took_from;  /* the queue whose arrival it works on, to tell how long */
    uint64_t took_us;                   /* when it took that */
    const atomic_bool *called_off; /* borrowed; while it is true nothing is waited for; or NULL */
    int cancel_state;              /* the program's, while a lock is held */
    bool heeds_signals;            /* its waits may end by them: bridge/interruption.h */
    bool in_job;                   /* runs one right now */
    bool leaves;                   /* via_node_leave() was called on it */
};

struct seat *seat_here(void);

/* Runs @what before this thread goes on without a lock. */
void seat_do_afterwards(struct seat *seat, struct afterwards *what);
/* Does so, in order; no lock is held. */
void seat_run_afterwards(struct seat *seat);
