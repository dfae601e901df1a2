/*
 * Interruptions: signals that end a thread's wait for an answer, or for what arrives in a queue, as
 * they end a system call that is not restarted.
 *
 * A call that is interrupted is cancelled, and its answer waited for: VIA_CANCELLED says that its
 * callee never saw it. via_queue_take() gives VIA_TIMEOUT.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* One wait of a thread, which blocks all signals meanwhile but where it sleeps. In the thread's own
 * storage. */
struct interruption {
    sigset_t program; /* what the program lets it block */
    bool came;        /* a signal with a handler */
    int bell;         /* owned, for the life of the thread; an eventfd, 0 for none yet */
};

/* For the families' libraries, to which it is exported: whether signals end this thread's waits
 * from now on. */
void interruption_heed(bool heeds) __asm__("via_interruption_heed")
    __attribute__((visibility("default")));

/* A wait begins. NULL: no signal ends it, because none is to, or for want of a descriptor. */
struct interruption *interruption_begin(void);
/* It is over; signals that came for nothing are handled here. NULL allowed. */
void interruption_end(struct interruption *interruption);
/* Between these the program's code runs, with its own mask. NULL allowed. */
void interruption_suspend(struct interruption *interruption);
void interruption_resume(struct interruption *interruption);

/* Sleeps until it is rung for, interrupted, or @until_ms, with @lock let go. */
void interruption_sleep(struct interruption *interruption, pthread_mutex_t *lock,
                        uint64_t until_ms);
/* Ends that; to be hushed once it has ended. */
void interruption_ring(const struct interruption *interruption);
void interruption_hush(const struct interruption *interruption);

/* In the child of a fork: the bell is the parent's. */
void interruption_forget(void);
