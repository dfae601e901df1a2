/*
 * A thread's FIFO of deferred functions, and the descriptors it watches, which enter the FIFO as
 * functions when they are ready. Queueing is for any thread, all else for the loop's own.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/legato/thread.h"

/* Waits until something is in the loop's epoll descriptor, or has been queued by this thread
 * meanwhile. False: that descriptor need not be looked into. No point of cancellation. */
typedef bool (*event_loop_wait_fn)(void *context);

struct event_loop {
    pthread_mutex_t mutex;
    struct event *head; /* owned */
    struct event *tail; /* borrowed, meaningless while head is NULL */
    size_t n_events;
    bool is_closed;
    bool is_signalled;       /* the eventfd counts 1 */
    bool is_waiting;         /* inside of event_loop_run(), and asleep or about to be */
    bool is_running;         /* event_loop_run() was called */
    pthread_t runner;        /* by whom */
    size_t n_live;           /* what is left of this turn */
    event_loop_wait_fn wait; /* its own thread's; NULL: it waits in epoll_fd itself */
    void *wait_context;      /* borrowed */
    int epoll_fd;            /* owned */
    int wake_fd;             /* owned */
};

/* Fatal where the system gives no descriptors. */
void event_loop_init(struct event_loop *loop);
/* Drops what waits; nothing is queued any more. */
void event_loop_close(struct event_loop *loop);
void event_loop_deinit(struct event_loop *loop);

/* @drop is called instead of @func when that never will be; may be NULL. Return: false when closed;
 * then neither is called. */
bool event_loop_queue(struct event_loop *loop, legato_deferred_fn func, void *param1, void *param2,
                      legato_deferred_fn drop);
/* Queues it unless the same waits. */
bool event_loop_queue_unique(struct event_loop *loop, legato_deferred_fn func, void *param1,
                             void *param2);
/* Drops each that is the same. Return: whether there was one. */
bool event_loop_unqueue(struct event_loop *loop, legato_deferred_fn func, void *param1,
                        void *param2);

/* How a loop that runs waits from now on; NULL: as at first. The loop's own thread. */
void event_loop_set_wait(struct event_loop *loop, event_loop_wait_fn wait, void *context);
/* Makes it look about, for who is to be cancelled. Any thread. */
void event_loop_rouse(struct event_loop *loop);

_Noreturn void event_loop_run(struct event_loop *loop);
/* At most one event. Return: whether there was one. */
bool event_loop_service(struct event_loop *loop);

/* fd_monitor_ready() is queued with @reference and the bits when @fd has some of @events. @is_new:
 * it is not watched yet. Return: 0 or an errno. */
int event_loop_watch(struct event_loop *loop, int fd, uint32_t events, void *reference,
                     bool is_new);
void event_loop_unwatch(struct event_loop *loop, int fd);
