/*
 * The background thread: leads while nobody else does. One a node, started with its first
 * connection.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

struct via_node;

#define BACKGROUND_LOOK_MS 1u       /* between two looks under traffic */
#define BACKGROUND_QUIET_LOOKS 100u /* without traffic until it stops looking */

enum background_mode { BACKGROUND_LEADING, BACKGROUND_LOOKING, BACKGROUND_RESTING };

struct background {
    pthread_t thread;
    bool started, stop;
    enum background_mode mode;
    struct waiter *waiter; /* on its own stack */
};

/* Lock held. Makes the loop and starts the thread if that has not been done. */
VIA_MUST_USE enum via_status background_need(struct via_node *node);
/* The lead is vacant: looks after it from now on. */
void background_look(struct via_node *node);
/* Ends it; the lock is held, and let go while waiting. */
void background_stop(struct via_node *node);
/* Jobs wait behind one that may turn out long: it leaves its sleep, even as the leader, and looks
 * in. */
void background_watch(struct via_node *node);
