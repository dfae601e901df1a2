/*
 * What other threads have to tell the broker's: they leave it here and wake it.
 */
#pragma once

#include <pthread.h>
#include <viaduct/viaduct.h>

/* Is part of what it is about, so that telling it needs no memory. */
struct notice {
    struct notice *next;
    bool is_port; /* a port died; else a provider went */
};

struct notices {
    pthread_mutex_t lock;
    struct notice *first, **last;
    struct via_proxy *bell; /* a oneway to it wakes; borrowed */
};

void notices_init(struct notices *notices, struct via_proxy *bell);
void notices_deinit(struct notices *notices);
/* Any thread; each notice once. */
void notices_post(struct notices *notices, struct notice *notice);
/* Any thread: the broker's looks after what there is. */
void notices_wake(struct notices *notices);
/* The oldest; NULL: there is none. */
struct notice *notices_take(struct notices *notices);
