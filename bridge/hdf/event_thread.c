/*
 * One queue for all that a thread serves keeps the order in which events came. It is short: a
 * handle's share is bounded, and so is the walk that looks for its oldest one.
 */
#include "bridge/hdf/event_thread.h"

#include <sched.h>
#include <stdlib.h>

#include "bridge/hdf/own_thread.h"
#include "bridge/hdf/sbuf.h"
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

static atomic_uint n_dropped;

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
    (void)pthread_cond_destroy(&thread->stirred);
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

static void tell_drop(void)
{
    unsigned n = atomic_fetch_add(&n_dropped, 1);
    if (n % DROPS_TOLD == 0)
        log_warn("hdf.events.dropped", "why=\"listeners are slower than their service\" n=%u",
                 n + 1);
}

void event_thread_push(struct event_thread *thread, struct hdf_handle *handle, uint32_t id,
                       bool is_alone, struct via_parcel *data)
{
    struct hdf_event *event = malloc(sizeof *event), *dropped = NULL;
    if (event == NULL) {
        log_warn("hdf.events.dropped", "why=\"no memory\"");
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
    *thread->last = event;
    thread->last = &event->next;
    handle->n_waiting[is_alone]++;
    (void)pthread_mutex_unlock(&thread->lock);
    if (wakes)
        (void)pthread_cond_signal(&thread->stirred);
    if (dropped != NULL) {
        event_free(dropped);
        tell_drop();
    }
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
    while (!thread->stops && thread->first == NULL)
        (void)pthread_cond_wait(&thread->stirred, &thread->lock);
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
    while ((event = wait_for_event(thread)) != NULL) {
        struct HdfSBuf *data = sbuf_wrap(event->data);
        if (data != NULL)
            listening_run(thread, event->handle, event->id, data);
        else
            log_warn("hdf.events.dropped", "why=\"no memory\"");
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
    struct event_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL)
        return NULL;
    atomic_init(&thread->refs, 2);
    thread->last = &thread->first;
    (void)pthread_mutex_init(&thread->lock, NULL);
    (void)pthread_cond_init(&thread->stirred, NULL);
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
    (void)pthread_cond_signal(&thread->stirred);
}

void event_thread_join(struct event_thread *thread)
{
    /* Of two callbacks that end each other's threads neither may wait for the other. */
    if (own_thread_is_here())
        (void)pthread_detach(thread->id);
    else
        (void)pthread_join(thread->id, NULL);
}
