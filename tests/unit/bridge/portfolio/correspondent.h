/*
 * For tests: a task of another thread that does what it is told, one thing after the other.
 */
#pragma once

#include <pthread.h>

#include "include/portfolio/kernel.h"
#include "include/portfolio/msgport.h"
#include "tests/include/bell.h"

struct correspondent {
    pthread_t thread;
    struct bell begun, told, done;
    void (*order)(struct correspondent *correspondent);
    unsigned n_orders;
    Item task, port, message; /* its own, as orders want them */
    Item item, waiter;        /* for an order, and of it */
    Err err;
};

static inline void *correspondent_live(void *user)
{
    struct correspondent *correspondent = user;
    correspondent->task = CURRENTTASK->t.n_Item;
    correspondent->port = CreateMsgPort("correspondent", 0, 0);
    correspondent->message = CreateMsg(NULL, 0, correspondent->port);
    bell_ring(&correspondent->begun);
    for (unsigned n = 1;; n++) {
        (void)bell_wait(&correspondent->told, n);
        if (correspondent->order == NULL)
            return NULL;
        correspondent->order(correspondent);
        bell_ring(&correspondent->done);
    }
}

static inline void correspondent_begin(struct correspondent *correspondent)
{
    static const struct bell silent = BELL_INIT;
    *correspondent = (struct correspondent){.begun = silent, .told = silent, .done = silent};
    (void)pthread_create(&correspondent->thread, NULL, correspondent_live, correspondent);
    (void)bell_wait(&correspondent->begun, 1);
}

/* It begins; wait for it with correspondent_done(). */
static inline void correspondent_tell(struct correspondent *correspondent,
                                      void (*order)(struct correspondent *correspondent))
{
    correspondent->order = order;
    correspondent->n_orders++;
    bell_ring(&correspondent->told);
}

static inline bool correspondent_done(struct correspondent *correspondent)
{
    return bell_wait(&correspondent->done, correspondent->n_orders);
}

/* @order is done. */
static inline void correspondent_do(struct correspondent *correspondent,
                                    void (*order)(struct correspondent *correspondent))
{
    correspondent_tell(correspondent, order);
    (void)correspondent_done(correspondent);
}

static inline void correspondent_end(struct correspondent *correspondent)
{
    correspondent_tell(correspondent, NULL);
    (void)pthread_join(correspondent->thread, NULL);
}
