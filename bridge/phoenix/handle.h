/*
 * Handles: what mutexes and conditions are known by. A handle leads to a place of a table, which
 * stays where it is for the life of the process; a place is used again under other handles.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <sys/threads.h>

#define HANDLES_MAX 1048575u /* at one time */

enum handle_kind { HANDLE_MUTEX, HANDLE_CONDITION };

/* One that waits for a condition, in its own storage. */
struct waiter {
    struct waiter *next, *prev;
    pthread_cond_t wake;
    bool is_woken;
};

struct place {
    pthread_mutex_t guard; /* of what follows */
    handle_t handle;       /* 0: it has none yet */
    enum handle_kind kind;
    unsigned int n_waiting; /* threads that come back to this place */

    bool is_locked;         /* a mutex: somebody has it */
    pthread_cond_t changed; /* a mutex: it is free, or gone */

    struct waiter *waiters; /* a condition: a list, those that wait longest first */
    bool is_pending;        /* a condition: signalled while nobody waited */

    unsigned int n_uses; /* of the table: how often it had a handle */
    struct place *next;  /* of the table: free, too */
    unsigned int index;  /* of the table */
};

/* 0, or -ENOMEM. */
int handle_create(enum handle_kind kind, handle_t *handlep);
/* 0; -EBUSY: some waited, and were told; -EINVAL. */
int handle_destroy(handle_t handle);

/* The place of a handle, its guard held; NULL: there is no such handle of that kind. */
struct place *handle_enter(handle_t handle, enum handle_kind kind);
void handle_leave(struct place *place);

/* A wait begins, and ends, both with the guard held; between them the place is nobody else's, and
 * the guard may be left and taken again. When the wait ends without the handle being there any
 * more, false, and the guard is released: the place may be another's. */
void handle_wait_begins(struct place *place);
void handle_wait_goes_on(struct place *place);
bool handle_wait_ends(struct place *place, handle_t handle);
