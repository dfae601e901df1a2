/*
 * A thread that runs listeners' callbacks: for one handle, or for a group's. What comes waits in
 * its queue; each handle may have so many events there, then its oldest of that kind goes.
 */
#pragma once

#include <pthread.h>

#include "bridge/hdf/handle.h"

/* Events of a handle that wait at most: to all clients of its service, and to it alone. */
#define EVENT_THREAD_ALL_MAX 100u
#define EVENT_THREAD_ALONE_MAX 9u
#define EVENT_THREAD_SIZE_MAX 20480u /* octets of one that is received */

struct hdf_event;
struct lane;

struct event_thread {
    atomic_uint refs; /* its own while it runs, and of those it serves */
    pthread_t id;
    pthread_mutex_t lock;
    struct lane *lane;               /* owned: where it waits */
    struct hdf_event *first, **last; /* owned */
    bool stops;
    /* listening.c's, under its lock: where it is in a list. */
    const struct hdf_handle *serving; /* whose event its listeners are told; or NULL */
    const struct HdfDevEventlistener *running;
    struct DListHead *next;
    struct DListHead at_work; /* of those that tell an event */
};

/* Starts one with a scheduling policy, or SCHED_OTHER where it may not have that. NULL: it could
 * not be started. */
struct event_thread *event_thread_start(int policy);
struct event_thread *event_thread_ref(struct event_thread *thread);
void event_thread_unref(struct event_thread *thread);

/* Puts an event in its queue; takes counts of @handle and @data. */
void event_thread_push(struct event_thread *thread, struct hdf_handle *handle, uint32_t id,
                       bool is_alone, struct via_parcel *data);
/* So many events of @handle that its listeners will not be told. */
void event_thread_count_dropped(struct hdf_handle *handle, uint64_t n);
/* What waits for @handle goes. */
void event_thread_forget(struct event_thread *thread, struct hdf_handle *handle);

/* It runs no further callback. */
void event_thread_stop(struct event_thread *thread);
/* Waits until it has ended; in a callback it only lets it go. Once,
 * after event_thread_stop(), with no lock held. */
void event_thread_join(struct event_thread *thread);

/* listening.c: runs all that listen to @handle. */
void listening_run(struct event_thread *thread, struct hdf_handle *handle, uint32_t id,
                   struct HdfSBuf *data);
