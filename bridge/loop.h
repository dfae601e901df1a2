/*
 * The loop: one epoll descriptor with sources, timers and deferred tasks. It belongs to whoever
 * holds its owner's lock; the lock is let go around epoll_wait alone, so that others may send
 * meanwhile. libwebsockets runs inside it as a custom event library (bridge/wss_context.h).
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

struct loop;

/* Something with a descriptor, the only one of its loop with this descriptor. The owner embeds it;
 * it stands still while added. */
struct loop_source {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT */
    bool is_lent;    /* loop_abandon() leaves the descriptor open */
    void (*ready)(struct loop_source *source, uint32_t events);
};

/* Something with a time, in milliseconds of loop_now(). Embedded by its owner; zeroed at first. */
struct loop_timer {
    uint64_t at_ms;
    void (*fired)(struct loop_timer *timer);
    size_t place; /* in the heap, 1 upward; 0 when not armed */
};

/* Something to do once before the loop sleeps again (writing what has gathered). Zeroed at first.
 */
struct loop_task {
    struct loop_task *next;
    void (*run)(struct loop_task *task);
    bool queued;
};

VIA_MUST_USE enum via_status loop_create(struct loop **loopp);
struct loop *loop_destroy(struct loop *loop);
/* In the child of a fork: closes the descriptors of its sources and its own, of which the parent
 * has copies, and touches nothing that is shared with it. Timers and tasks are let go. */
void loop_abandon(struct loop *loop);

VIA_MUST_USE enum via_status loop_add(struct loop *loop, struct loop_source *source);
VIA_MUST_USE enum via_status loop_change(struct loop *loop, struct loop_source *source,
                                         uint32_t events);
void loop_remove(struct loop *loop,
                 struct loop_source *source); /* may be called from any ready function */

/* Arms, or arms anew. VIA_NO_MEMORY cannot happen to a timer that is armed already. */
VIA_MUST_USE enum via_status loop_arm(struct loop *loop, struct loop_timer *timer, uint64_t at_ms);
void loop_disarm(struct loop *loop, struct loop_timer *timer);
void loop_defer(struct loop *loop, struct loop_task *task); /* nothing if queued already */
void loop_undefer(struct loop *loop, struct loop_task *task);

uint64_t loop_now(void); /* CLOCK_MONOTONIC, milliseconds */
/* The same as of some moment in the turn at hand: the clock is read once a turn, for all who ask.
 */
uint64_t loop_turn_ms(struct loop *loop);

/* LOOP_BUFFER_SIZE octets to read into, for whoever runs inside a turn; nobody's afterwards. */
#define LOOP_BUFFER_SIZE 65536u
uint8_t *loop_buffer(struct loop *loop);

/*
 * One turn: runs deferred tasks, and unless there were any waits at most @wait_ms (-1: until
 * something happens) with @lock let go (NULL: there is none); then runs what is ready, deferred
 * tasks, timers that are due, and tasks again. One thread at a time.
 */
VIA_MUST_USE enum via_status loop_turn(struct loop *loop, int wait_ms, pthread_mutex_t *lock);

/* The same on a thread that blocks all signals: it waits with @mask instead, for one of which there
 * is a handler. *interruptedp is set when one came, and else left alone. */
VIA_MUST_USE enum via_status loop_turn_heeding(struct loop *loop, int wait_ms,
                                               pthread_mutex_t *lock, const sigset_t *mask,
                                               bool *interruptedp);

/* Makes a turn that waits, or else the next one, return soon. Any thread, with or without the lock;
 * one eventfd write at most for each turn. Arming and deferring do it where it is needed. */
void loop_wake(struct loop *loop);
