/*
 * One queue for all that a thread serves keeps the order in which events came. It is short: a
 * handle's share is bounded, and so is the walk that looks for its oldest one.
 */
#include "bridge/hdf/event_thread.h"

#include <sched.h>
#include <stdlib.h>

#include "bridge/hdf/own_thread.h"
#include "bridge/hdf/sbuf.h"
#include "bridge/lane.h"
#include "bridge/log.h"

#define NAME "hdf-events"
#define DROPS_TOLD 1000u /* one line of the log for so many that were dropped */

struct hdf_event {
    struct hdf_event *next;
    struct hdf_handle *handle; /* one count */
    struct via_parcel *data;   /* one count */
    uint32_t id;
    bool is_alone;
};

static _Thread_local const struct event_thread *own; /* which of them this thread is; or NULL */
static atomic_ullong n_dropped;                      /* of all handles */

static void event_free(struct hdf_event *event)
{
    (void)via_parcel_unref(event->data);
    hdf_handle_unref(event->handle);
    free(event);
}

struct event_thread *event_thread_ref(struct event_thread *thread)
{
    (void)atomic_fetch_add(&thread->refs, 1);
    return thread;
}

/* With the lock held, or by the last who has it. */
static struct hdf_event *take_out(struct event_thread *thread, struct hdf_event **link)
{
    struct hdf_event *event = *link;
    *link = event->next;
    if (*link == NULL)
        thread->last = link;
    event->handle->n_waiting[event->is_alone]--;
    return event;
}

void event_thread_unref(struct event_thread *thread)
{
    if (atomic_fetch_sub(&thread->refs, 1) != 1)
        return;
    while (thread->first != NULL)
        event_free(take_out(thread, &thread->first));
    (void)lane_destroy(thread->lane);
    (void)pthread_mutex_destroy(&thread->lock);
    free(thread);
}

/* ---- what waits ---- */

/* The oldest of @handle of that kind; with the lock held. */
static struct hdf_event *take_oldest(struct event_thread *thread, const struct hdf_handle *handle,
                                     bool is_alone)
{
    struct hdf_event **link = &thread->first;
    while ((*link)->handle != handle || (*link)->is_alone != is_alone)
        link = &(*link)->next;
    return take_out(thread, link);
}

void event_thread_count_dropped(struct hdf_handle *handle, uint64_t n)
{
    (void)atomic_fetch_add(&handle->n_dropped, n);
    unsigned long long before = atomic_fetch_add(&n_dropped, n);
    if (before == 0 || before / DROPS_TOLD != (before + n) / DROPS_TOLD)
        log_warn("hdf.events.dropped", "why=\"listeners are slower than their service\" n=%llu",
                 before + n);
}

void event_thread_push(struct event_thread *thread, struct hdf_handle *handle, uint32_t id,
                       bool is_alone, struct via_parcel *data)
{
    struct hdf_event *event = malloc(sizeof *event), *dropped = NULL;
    if (event == NULL) {
        event_thread_count_dropped(handle, 1);
        return;
    }
    *event = (struct hdf_event){.handle = hdf_handle_ref(handle),
                                .data = via_parcel_ref(data),
                                .id = id,
                                .is_alone = is_alone};
    (void)pthread_mutex_lock(&thread->lock);
    if (handle->n_waiting[is_alone] >= (is_alone ? EVENT_THREAD_ALONE_MAX : EVENT_THREAD_ALL_MAX))
        dropped = take_oldest(thread, handle, is_alone);
    bool wakes = thread->first == NULL;
    if (dropped != NULL)
        event_thread_count_dropped(handle, 1); /* before anybody is told of a later one */
    *thread->last = event;
    thread->last = &event->next;
    handle->n_waiting[is_alone]++;
    (void)pthread_mutex_unlock(&thread->lock);
    if (wakes && own != thread)
        lane_wake(thread->lane);
    if (dropped != NULL)
        event_free(dropped);
}

void event_thread_forget(struct event_thread *thread, struct hdf_handle *handle)
{
    struct hdf_event *gone = NULL;
    (void)pthread_mutex_lock(&thread->lock);
    for (struct hdf_event **link = &thread->first; *link != NULL;) {
        if ((*link)->handle != handle) {
            link = &(*link)->next;
            continue;
        }
        struct hdf_event *event = take_out(thread, link);
        event->next = gone;
        gone = event;
    }
    (void)pthread_mutex_unlock(&thread->lock);
    while (gone != NULL) {
        struct hdf_event *event = gone;
        gone = event->next;
        event_free(event);
    }
}

/* ---- the thread ---- */

/* The next one; NULL: it is to stop. */
static struct hdf_event *wait_for_event(struct event_thread *thread)
{
    struct hdf_event *event = NULL;
    (void)pthread_mutex_lock(&thread->lock);
    while (!thread->stops && thread->first == NULL) {
        (void)pthread_mutex_unlock(&thread->lock);
        lane_wait(thread->lane); /* where it may put events in the queue itself */
        (void)pthread_mutex_lock(&thread->lock);
    }
    if (!thread->stops)
        event = take_out(thread, &thread->first);
    (void)pthread_mutex_unlock(&thread->lock);
    return event;
}

static void *run(void *user)
{
    struct event_thread *thread = user;
    struct hdf_event *event;
    own_thread_begin(NAME);
    own = thread;
    while ((event = wait_for_event(thread)) != NULL) {
        struct HdfSBuf *data = sbuf_wrap(event->data);
        if (data != NULL)
            listening_run(thread, event->handle, event->id, data);
        else
            event_thread_count_dropped(event->handle, 1); /* no memory */
        HdfSbufRecycle(data);
        event_free(event);
    }
    event_thread_unref(thread);
    return NULL;
}

static void set_policy(struct event_thread *thread, int policy)
{
    const struct sched_param param = {.sched_priority = sched_get_priority_min(policy)};
    if (policy != SCHED_OTHER && pthread_setschedparam(thread->id, policy, &param) != 0)
        log_info("hdf.events.policy", "asked=%d taken=SCHED_OTHER why=\"not allowed\"", policy);
}

struct event_thread *event_thread_start(int policy)
{
    struct via_node *node = hdf_node();
    struct event_thread *thread = node != NULL ? calloc(1, sizeof *thread) : NULL;
    if (thread == NULL)
        return NULL;
    if (lane_create(node, &thread->lane) != VIA_OK) {
        free(thread);
        return NULL;
    }
    atomic_init(&thread->refs, 2);
    thread->last = &thread->first;
    (void)pthread_mutex_init(&thread->lock, NULL);
    if (pthread_create(&thread->id, NULL, run, thread) != 0) {
        atomic_init(&thread->refs, 1);
        event_thread_unref(thread);
        return NULL;
    }
    set_policy(thread, policy);
    return thread;
}

void event_thread_stop(struct event_thread *thread)
{
    (void)pthread_mutex_lock(&thread->lock);
    thread->stops = true;
    (void)pthread_mutex_unlock(&thread->lock);
    lane_wake(thread->lane);
}

void event_thread_join(struct event_thread *thread)
{
    /* Of two callbacks that end each other's threads neither may wait for the other. */
    if (own_thread_is_here())
        (void)pthread_detach(thread->id);
    else
        (void)pthread_join(thread->id, NULL);
}
