/*
 * Workers: the threads that run handlers and callbacks. Started when there is something to do, up
 * to a limit that does not count those which wait in a call of their own.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "bridge/job.h"
#include "bridge/lead.h"
#include "bridge/pace.h"

struct via_node;

#define WORKERS_DEFAULT 4u
#define WORKERS_MAX 1024u
#define WORKERS_FLUSH_MAX 16384u /* octets of replies that may wait for the next one */

struct worker {
    struct worker *next;
    struct via_node *node; /* borrowed: it is joined before its node goes */
    pthread_t thread;
    unsigned index;
    bool ended; /* to be joined */
};

struct workers {
    struct worker *all; /* owned */
    struct jobs ready;  /* to be run, in order */
    unsigned limit;     /* how many may run at once */
    unsigned n_threads; /* that have not ended */
    unsigned n_running; /* run a job and do not wait in it */
    unsigned n_coming;  /* woken or started, and not yet here */
    unsigned n_started; /* ever */
    unsigned n_joined;  /* via_node_join() */
    struct pace pace;   /* of jobs */
    uint64_t n_run, n_run_at_look;
    bool unannounced; /* jobs were posted that nobody was told of */
    bool stop;
};

/* All with the node's lock held. */

/* To be run by a worker. */
void workers_post(struct via_node *node, struct job *job);
/* Sees to it that somebody comes for what was posted. */
void workers_announce(struct via_node *node);
/* A look of the background's: jobs that wait behind one that has turned out long get a worker. */
void workers_rescue(struct via_node *node);
/* The same where there is no worker at all, since no thread could be started: this one runs a job.
 * Lets the lock go meanwhile. */
void workers_stand_in(struct via_node *node);
/* Jobs are ready for which there is a place. */
bool workers_wait_for_help(const struct via_node *node);
/* This thread begins or ends to wait within a job: its place is free meanwhile. */
void workers_block(struct via_node *node);
void workers_unblock(struct via_node *node);
/* Whether this thread gathers by its own word, or runs a job, after which it writes what has
 * gathered; and if that takes long, the background's next look does. */
bool workers_write_later(struct via_node *node);
/* Joins those that have ended. */
void workers_reap(struct via_node *node);
/* Ends them, once what is ready has been run. Lets the lock go meanwhile. */
void workers_stop(struct via_node *node);
