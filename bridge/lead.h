/*
 * Who reads: the threads that wait, and which of them leads. The leader turns the loop; the others
 * sleep on conditions of their own. docs/ARCHITECTURE.md, "Who reads".
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "bridge/job.h"

struct via_node;

#define LEAD_FOR_EVER UINT64_MAX /* no end to the waiting */

/* Who displaces whom: one that waits for a reply takes the lead from those that merely idle; one
 * that what comes is for, from those to whom it is handed over. */
enum rank { RANK_BACKGROUND, RANK_IDLER, RANK_SENTRY, RANK_CALLER };

struct sentry;
struct interruption;

/* A thread that waits, on its own stack. */
struct waiter {
    struct waiter *prev, *next;
    pthread_cond_t cond;
    pthread_t thread;
    enum rank rank;
    bool done;       /* what it waits for has come */
    bool asleep;     /* on its condition, not yet woken */
    bool takes_jobs; /* a worker */
    uint64_t chain;  /* of the call it waits for; 0 for none */
    uint32_t depth;
    struct sentry *sentry; /* borrowed: whose it is, that sleeps in a place of its own; or NULL */
    struct interruption *interruption; /* borrowed: signals may end this wait; or NULL */
    struct jobs nested;                /* calls of its own chain, to be run on this thread */
};

struct waiters {
    struct waiter *first, *last;
};

struct lead {
    struct waiter *leader; /* who turns the loop; NULL: vacant */
    struct waiters callers;
    struct waiters idlers;
    unsigned n_sentries; /* among them */
    uint64_t turns;
    bool displaced; /* the leader has been asked to make room */
    bool broken;    /* the loop cannot turn any more */
};

void waiter_init(struct waiter *waiter, enum rank rank);
void waiter_deinit(struct waiter *waiter);

/* All of these with the node's lock held. */

/* What @waiter waits for has come. */
void lead_done(struct via_node *node, struct waiter *waiter);
/* @waiter has something to look at. */
void lead_poke(struct via_node *node, struct waiter *waiter);

/*
 * Waits until @waiter is done, at most until @until_ms of loop_now(): VIA_OK, VIA_TIMEOUT, or
 * VIA_CANCELLED where its thread's waiting is called off (bridge/sentry.h) or interrupted. Turns
 * the loop if nobody better does, and runs calls of @waiter's chain that come in meanwhile.
 */
enum via_status lead_wait(struct via_node *node, struct waiter *waiter, uint64_t until_ms);
/* Waits once for something to do: returns when woken, after a turn, or at @until_ms. */
void lead_idle(struct via_node *node, struct waiter *waiter, uint64_t until_ms);

/* The lead was let go, and @heir, who idles, is next: it takes it, unless somebody of higher rank
 * waits. NULL: as lead_vacated(). */
void lead_leave_to(struct via_node *node, struct waiter *heir);

/* Whether the loop can be turned and nobody does. */
bool lead_is_vacant(const struct via_node *node);
/* Turns the loop once, as @waiter; the lead is vacant before and after. */
void lead_turn(struct via_node *node, struct waiter *waiter, int wait_ms);
/* The lead was let go: passes it to one that waits for a reply; else it stays vacant, looked after
 * by the background. @wanted: an idler takes it if there is one. */
void lead_vacated(struct via_node *node, bool wanted);
/* The deepest waiter in @chain that waits for something less deep than @depth, or NULL. */
struct waiter *lead_find_chain(struct via_node *node, uint64_t chain, uint32_t depth);
/* Wakes all who wait, to look at what has changed. */
void lead_wake_all(struct via_node *node);
