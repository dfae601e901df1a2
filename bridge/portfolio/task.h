/*
 * Tasks: each thread that calls the library is one.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "bridge/portfolio/inbox.h"
#include "bridge/portfolio/items.h"
#include "include/portfolio/task.h"

#define SYSTEM_SIGNALS 0xffu
#define SIGNAL_SIGN 0x80000000u /* an error's; never a signal */

struct message;

struct task {
    struct item item;   /* first */
    struct item *owned; /* the newest first */
    struct message *held;
    Item awaited; /* a message that it waits for; 0: none */
    Item parent;  /* who is told of its end; 0: nobody */
    struct inbox inbox;
    uint32 signals;         /* that came */
    uint32 allocated;       /* that may come */
    uint32 waits_for;       /* while it is_waiting */
    bool is_waiting;        /* in its inbox, or about to; nobody has roused it */
    pthread_cond_t granted; /* a semaphore, or it is to end */
    atomic_bool is_deleted; /* it ends at its next look */
    void (*code)(void);     /* what CreateThread() was given; NULL: it did not start the thread */
};

/* The calling thread's. NULL: there is no memory. A thread that is to end does so in here: no lock
 * held, and nothing owned but by Items. */
struct task *task_current(void);
/* What has come for the calling thread's task is where it is looked for; there may be none. No lock
 * held. */
void task_take_in(void);
/* With the arguments all tasks begin with; it is in no table. NULL: there is no memory. */
struct task *task_create(const char *name);
/* The calling thread is @task's from now on. */
void task_begin(struct task *task);
/* Whether it is the calling thread's. */
bool task_is_calling(const struct task *task);
/* What programs see. */
Task *task_public(const struct task *task);
Item task_number(const struct task *task);

/* The lowest signal that is free, or 0; or certain ones, if all are free. The lock held. */
uint32 task_allocate(struct task *task, uint32 signals);
void task_free(struct task *task, uint32 signals);
/* It gets signals, whatever is allocated. The lock held. */
void task_raise(struct task *task, uint32 signals);
/* The calling thread's own waits for any of @wanted, which is cleared: those that came. The lock
 * held, and let go meanwhile. */
uint32 task_wait(struct task *task, uint32 wanted);
