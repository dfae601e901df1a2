/*
 * Two locks. One change is made at a time, and the gateway may be asked meanwhile; lists, and where
 * a thread is in one, are looked at under the inner lock, which is never held for long. Neither is
 * held while a callback runs, so callbacks may call anything here. A thread's place in a list moves
 * on when the listener there is taken out; a thread that is stopped has none.
 *
 * What a caller has to wait for, a callback that still runs or a thread that ends, it waits for
 * last, with no lock held.
 */
#include "bridge/hdf/listening.h"

#include <sched.h>
#include <stdlib.h>

#include "bridge/hdf/device_client.h"
#include "bridge/hdf/event_thread.h"
#include "bridge/hdf/own_thread.h"
#include "bridge/hdf/sbuf.h"
#include "bridge/lane.h"
#include "bridge/log.h"
#include "include/hdf/viaduct_hdf.h"

static pthread_mutex_t changes = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lists = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ran = PTHREAD_COND_INITIALIZER;   /* a callback has returned */
static struct DListHead all = {&all, &all};             /* struct listeners.among */
static struct DListHead at_work = {&at_work, &at_work}; /* struct event_thread.at_work */

/* What is waited for when a change has been made. */
struct aftermath {
    struct event_thread *ended;                 /* a count, to be joined; or NULL */
    const struct HdfDevEventlistener *listener; /* until no thread runs it; or NULL */
    const struct hdf_handle *handle;            /* until nobody is told its event; or NULL */
};

/* With the inner lock held. A thread may be at it that serves nobody any more. */
static bool is_over(const struct aftermath *after)
{
    const struct event_thread *thread;
    DLIST_FOR_EACH_ENTRY(thread, &at_work, struct event_thread, at_work)
    {
        if ((after->listener != NULL && thread->running == after->listener) ||
            (after->handle != NULL && thread->serving == after->handle))
            return false;
    }
    return true;
}

/* With no lock held. In a callback nothing is waited for: it might be itself. */
static void settle(struct aftermath *after)
{
    if (!own_thread_is_here()) {
        (void)pthread_mutex_lock(&lists);
        while (!is_over(after))
            (void)pthread_cond_wait(&ran, &lists);
        (void)pthread_mutex_unlock(&lists);
    }
    if (after->ended == NULL)
        return;
    event_thread_join(after->ended);
    event_thread_unref(after->ended);
}

/* ---- threads run callbacks ---- */

/* With the inner lock held, which is let go around each callback. */
static void run_list(struct event_thread *thread, const struct listeners *listeners,
                     struct hdf_handle *handle, uint32_t id, struct HdfSBuf *data)
{
    const struct DListHead *head = &listeners->list;
    thread->next = head->next;
    while (thread->next != NULL && thread->next != head) {
        struct HdfDevEventlistener *listener =
            CONTAINER_OF(thread->next, struct HdfDevEventlistener, listNode);
        OnDevEventReceive on_receive = listener->onReceive;
        OnEventReceived call_back = listener->callBack;
        void *priv = listener->priv;
        thread->next = thread->next->next;
        thread->running = listener;
        (void)pthread_mutex_unlock(&lists);
        data->position = 0;
        if (on_receive != NULL)
            (void)on_receive(listener, &handle->service, id, data);
        else if (call_back != NULL)
            (void)call_back(priv, id, data);
        (void)pthread_mutex_lock(&lists);
        thread->running = NULL;
        (void)pthread_cond_broadcast(&ran);
    }
}

void listening_run(struct event_thread *thread, struct hdf_handle *handle, uint32_t id,
                   struct HdfSBuf *data)
{
    (void)pthread_mutex_lock(&lists);
    DListInsertTail(&thread->at_work, &at_work);
    thread->serving = handle->thread == thread ? handle : NULL;
    if (thread->serving != NULL && handle->group != NULL)
        run_list(thread, &handle->group->listeners, handle, id, data);
    if (thread->serving != NULL && handle->thread == thread)
        run_list(thread, &handle->listeners, handle, id, data);
    thread->next = NULL;
    thread->serving = NULL;
    DListRemove(&thread->at_work);
    (void)pthread_cond_broadcast(&ran);
    (void)pthread_mutex_unlock(&lists);
}

/* ---- lists of listeners ---- */

static struct event_thread *thread_of(const struct listeners *listeners)
{
    return listeners->handle != NULL ? listeners->handle->thread : listeners->group->thread;
}

static void listeners_init(struct listeners *listeners, struct hdf_handle *handle,
                           struct hdf_group *group)
{
    DListHeadInit(&listeners->list);
    listeners->handle = handle;
    listeners->group = group;
    (void)pthread_mutex_lock(&lists);
    DListInsertTail(&listeners->among, &all);
    (void)pthread_mutex_unlock(&lists);
}

/* Whether it is in this list; a listener's links alone may be from an earlier one. */
static bool has(const struct listeners *listeners, const struct HdfDevEventlistener *listener)
{
    const struct DListHead *link = listeners->list.next;
    while (link != &listeners->list && link != &listener->listNode)
        link = link->next;
    return link != &listeners->list;
}

static struct listeners *find(const struct HdfDevEventlistener *listener)
{
    for (struct DListHead *link = all.next; link != &all; link = link->next) {
        struct listeners *listeners = CONTAINER_OF(link, struct listeners, among);
        if (has(listeners, listener))
            return listeners;
    }
    return NULL;
}

static void take_out(struct listeners *listeners, struct HdfDevEventlistener *listener)
{
    struct event_thread *thread = thread_of(listeners);
    if (thread != NULL && thread->next == &listener->listNode)
        thread->next = listener->listNode.next;
    DListRemove(&listener->listNode);
}

static void take_all_out(struct listeners *listeners)
{
    (void)pthread_mutex_lock(&lists);
    while (!DListIsEmpty(&listeners->list))
        take_out(listeners,
                 CONTAINER_OF(listeners->list.next, struct HdfDevEventlistener, listNode));
    DListRemove(&listeners->among);
    (void)pthread_mutex_unlock(&lists);
}

static int count(const struct listeners *listeners)
{
    return DListGetCount(&listeners->list);
}

/* ---- hearing: all with the outer lock held ---- */

static void on_event(void *user, const struct via_event *event)
{
    if (event->lost > 0) /* on the way, by a link that does not take them so fast */
        event_thread_count_dropped(user, event->lost);
    listening_deliver(user, event->id, event->number == 0, event->data);
}

uint64_t via_hdf_dropped_events(const struct HdfIoService *service)
{
    const struct hdf_handle *handle = (const struct hdf_handle *)service;
    return handle != NULL ? atomic_load(&handle->n_dropped) : 0;
}

void listening_deliver(struct hdf_handle *handle, uint32_t id, bool is_alone,
                       struct via_parcel *data)
{
    if (via_parcel_size(data) > EVENT_THREAD_SIZE_MAX) {
        log_warn("hdf.events.too_large", "event=%u octets=%zu most=%u", id, via_parcel_size(data),
                 EVENT_THREAD_SIZE_MAX);
        event_thread_count_dropped(handle, 1);
        return;
    }
    event_thread_push(handle->thread, handle, id, is_alone, data);
}

/* @thread: whose callbacks it will be; takes a count. */
static int begin_hearing(struct hdf_handle *handle, struct event_thread *thread)
{
    (void)pthread_mutex_lock(&lists);
    handle->thread = event_thread_ref(thread);
    (void)pthread_mutex_unlock(&lists);
    enum via_status status = VIA_OK;
    if (handle->local != NULL)
        device_client_listen(handle->local, handle);
    else
        status =
            lane_subscribe(thread->lane, handle->opened, on_event, handle, &handle->subscription);
    if (status == VIA_OK)
        return HDF_SUCCESS;
    log_warn("hdf.events.not_heard", "status=%s", via_status_name(status));
    (void)pthread_mutex_lock(&lists);
    handle->thread = NULL;
    (void)pthread_mutex_unlock(&lists);
    event_thread_unref(thread);
    return HDF_FAILURE;
}

/* What waits for it is for nobody. */
static void end_hearing(struct hdf_handle *handle)
{
    struct event_thread *thread = handle->thread;
    if (thread == NULL)
        return;
    if (handle->local != NULL)
        device_client_listen(handle->local, NULL);
    handle->subscription = via_subscription_close(handle->subscription);
    (void)pthread_mutex_lock(&lists);
    handle->thread = NULL;
    if (thread->serving == handle)
        thread->next = NULL; /* the event that it is at goes no further */
    (void)pthread_mutex_unlock(&lists);
    event_thread_forget(thread, handle);
    event_thread_unref(thread);
}

/* It serves nobody any more. */
static void end_thread(struct event_thread *thread, struct aftermath *after)
{
    event_thread_stop(thread);
    after->ended = thread;
}

/* Its own thread, if it has one, has nobody left to serve. */
static void end_own_thread(struct hdf_handle *handle, struct aftermath *after)
{
    if (handle->thread == NULL || handle->group != NULL)
        return;
    struct event_thread *thread = event_thread_ref(handle->thread);
    end_hearing(handle);
    end_thread(thread, after);
}

static void leave_group(struct hdf_group *group, struct hdf_handle *handle, struct aftermath *after)
{
    after->handle = handle;
    end_hearing(handle);
    (void)pthread_mutex_lock(&lists);
    DListRemove(&handle->member);
    handle->group = NULL;
    (void)pthread_mutex_unlock(&lists);
    if (!DListIsEmpty(&group->handles))
        return;
    struct event_thread *thread = group->thread;
    (void)pthread_mutex_lock(&lists);
    group->thread = NULL;
    (void)pthread_mutex_unlock(&lists);
    if (thread != NULL)
        end_thread(thread, after);
}

/* ---- handles ---- */

void listening_init(struct hdf_handle *handle)
{
    listeners_init(&handle->listeners, handle, NULL);
}

void listening_end(struct hdf_handle *handle)
{
    struct aftermath after = {.handle = handle};
    (void)pthread_mutex_lock(&changes);
    if (handle->group != NULL)
        leave_group(handle->group, handle, &after);
    else
        end_own_thread(handle, &after);
    take_all_out(&handle->listeners);
    (void)pthread_mutex_unlock(&changes);
    settle(&after);
}

static bool is_policy(int policy)
{
    return policy == SCHED_OTHER || policy == SCHED_FIFO || policy == SCHED_RR;
}

static int check(const void *owner, const struct HdfDevEventlistener *listener, int policy)
{
    if (owner == NULL || listener == NULL || !is_policy(policy))
        return HDF_ERR_INVALID_PARAM;
    return listener->callBack == NULL && listener->onReceive == NULL ? HDF_ERR_INVALID_OBJECT
                                                                     : HDF_SUCCESS;
}

/* With the outer lock held. */
static int add(struct listeners *listeners, struct HdfDevEventlistener *listener)
{
    (void)pthread_mutex_lock(&lists);
    bool is_there = find(listener) != NULL; /* it has links for one list */
    if (!is_there)
        DListInsertTail(&listener->listNode, &listeners->list);
    (void)pthread_mutex_unlock(&lists);
    return is_there ? HDF_ERR_INVALID_PARAM : HDF_SUCCESS;
}

/* Sees to it that a thread serves it. */
static int serve(struct hdf_handle *handle, int policy, struct aftermath *after)
{
    if (handle->thread != NULL)
        return HDF_SUCCESS;
    struct event_thread *thread = event_thread_start(policy);
    if (thread == NULL)
        return HDF_FAILURE;
    int status = begin_hearing(handle, thread);
    if (status == HDF_SUCCESS)
        event_thread_unref(thread);
    else
        end_thread(thread, after);
    return status;
}

int32_t HdfDeviceRegisterEventListenerWithSchedPolicy(struct HdfIoService *target,
                                                      struct HdfDevEventlistener *listener,
                                                      int32_t policy)
{
    struct hdf_handle *handle = (struct hdf_handle *)target;
    struct aftermath after = {.ended = NULL};
    int status = check(target, listener, policy);
    if (status != HDF_SUCCESS)
        return status;
    (void)pthread_mutex_lock(&changes);
    status = add(&handle->listeners, listener);
    if (status == HDF_SUCCESS) {
        status = serve(handle, policy, &after);
        if (status != HDF_SUCCESS) {
            (void)pthread_mutex_lock(&lists);
            take_out(&handle->listeners, listener);
            (void)pthread_mutex_unlock(&lists);
        }
    }
    (void)pthread_mutex_unlock(&changes);
    settle(&after);
    return status;
}

int HdfDeviceRegisterEventListener(struct HdfIoService *target,
                                   struct HdfDevEventlistener *listener)
{
    return HdfDeviceRegisterEventListenerWithSchedPolicy(target, listener, SCHED_OTHER);
}

/* From whichever list it is in. */
static int unregister(const void *owner, struct HdfDevEventlistener *listener)
{
    struct aftermath after = {.listener = listener};
    if (owner == NULL || listener == NULL)
        return HDF_ERR_INVALID_PARAM;
    (void)pthread_mutex_lock(&changes);
    (void)pthread_mutex_lock(&lists);
    bool is_linked = listener->listNode.next != NULL && listener->listNode.prev != NULL;
    struct listeners *listeners = is_linked ? find(listener) : NULL;
    if (listeners != NULL)
        take_out(listeners, listener);
    bool was_last = listeners != NULL && DListIsEmpty(&listeners->list);
    (void)pthread_mutex_unlock(&lists);
    if (was_last && listeners->handle != NULL)
        end_own_thread(listeners->handle, &after);
    (void)pthread_mutex_unlock(&changes);
    settle(&after);
    return listeners != NULL ? HDF_SUCCESS : HDF_ERR_INVALID_OBJECT;
}

int HdfDeviceUnregisterEventListener(struct HdfIoService *target,
                                     struct HdfDevEventlistener *listener)
{
    return unregister(target, listener);
}

int HdfIoserviceGetListenerCount(const struct HdfIoService *service)
{
    const struct hdf_handle *handle = (const struct hdf_handle *)service;
    if (handle == NULL)
        return 0;
    (void)pthread_mutex_lock(&lists);
    int n = count(&handle->listeners);
    (void)pthread_mutex_unlock(&lists);
    return n;
}

/* ---- groups ---- */

struct HdfIoServiceGroup *HdfIoServiceGroupObtain(void)
{
    struct hdf_group *group = calloc(1, sizeof *group);
    if (group == NULL)
        return NULL;
    group->policy = SCHED_OTHER;
    DListHeadInit(&group->handles);
    listeners_init(&group->listeners, NULL, group);
    return &group->group;
}

void HdfIoServiceGroupRecycle(struct HdfIoServiceGroup *given)
{
    struct hdf_group *group = (struct hdf_group *)given;
    struct aftermath after = {.ended = NULL};
    if (group == NULL)
        return;
    (void)pthread_mutex_lock(&changes);
    while (!DListIsEmpty(&group->handles))
        leave_group(group, CONTAINER_OF(group->handles.next, struct hdf_handle, member), &after);
    take_all_out(&group->listeners);
    (void)pthread_mutex_unlock(&changes);
    settle(&after);
    free(group);
}

static int join(struct hdf_group *group, struct hdf_handle *handle, struct aftermath *after)
{
    bool begins = group->thread == NULL;
    if (handle->group != NULL || handle->thread != NULL)
        return HDF_ERR_DEVICE_BUSY;
    struct event_thread *thread = begins ? event_thread_start(group->policy) : group->thread;
    if (thread == NULL)
        return HDF_FAILURE;
    (void)pthread_mutex_lock(&lists);
    group->thread = thread;
    handle->group = group;
    DListInsertTail(&handle->member, &group->handles);
    (void)pthread_mutex_unlock(&lists);
    int status = begin_hearing(handle, thread);
    if (status != HDF_SUCCESS)
        leave_group(group, handle, after);
    return status;
}

int32_t HdfIoServiceGroupAddService(struct HdfIoServiceGroup *group, struct HdfIoService *service)
{
    struct aftermath after = {.ended = NULL};
    if (group == NULL || service == NULL)
        return HDF_ERR_INVALID_PARAM;
    (void)pthread_mutex_lock(&changes);
    int status = join((struct hdf_group *)group, (struct hdf_handle *)service, &after);
    (void)pthread_mutex_unlock(&changes);
    settle(&after);
    return status;
}

void HdfIoServiceGroupRemoveService(struct HdfIoServiceGroup *group, struct HdfIoService *service)
{
    struct hdf_handle *handle = (struct hdf_handle *)service;
    struct aftermath after = {.ended = NULL};
    if (group == NULL || service == NULL)
        return;
    (void)pthread_mutex_lock(&changes);
    if (handle->group == (struct hdf_group *)group)
        leave_group(handle->group, handle, &after);
    (void)pthread_mutex_unlock(&changes);
    settle(&after);
}

int32_t HdfIoServiceGroupRegisterListenerWithSchedPolicy(struct HdfIoServiceGroup *given,
                                                         struct HdfDevEventlistener *listener,
                                                         int32_t policy)
{
    struct hdf_group *group = (struct hdf_group *)given;
    int status = check(given, listener, policy);
    if (status != HDF_SUCCESS)
        return status;
    (void)pthread_mutex_lock(&changes);
    status = add(&group->listeners, listener);
    if (status == HDF_SUCCESS && group->thread == NULL)
        group->policy = policy;
    (void)pthread_mutex_unlock(&changes);
    return status;
}

int32_t HdfIoServiceGroupRegisterListener(struct HdfIoServiceGroup *group,
                                          struct HdfDevEventlistener *listener)
{
    return HdfIoServiceGroupRegisterListenerWithSchedPolicy(group, listener, SCHED_OTHER);
}

int32_t HdfIoServiceGroupUnregisterListener(struct HdfIoServiceGroup *group,
                                            struct HdfDevEventlistener *listener)
{
    return unregister(group, listener);
}

int HdfIoserviceGroupGetListenerCount(const struct HdfIoServiceGroup *given)
{
    const struct hdf_group *group = (const struct hdf_group *)given;
    if (group == NULL)
        return 0;
    (void)pthread_mutex_lock(&lists);
    int n = group->thread == NULL ? 0 : count(&group->listeners);
    struct DListHead *link = group->handles.next;
    for (; link != &group->handles; link = link->next)
        n += count(&CONTAINER_OF(link, struct hdf_handle, member)->listeners);
    (void)pthread_mutex_unlock(&lists);
    return n;
}

int HdfIoserviceGroupGetServiceCount(const struct HdfIoServiceGroup *given)
{
    const struct hdf_group *group = (const struct hdf_group *)given;
    if (group == NULL)
        return 0;
    (void)pthread_mutex_lock(&lists);
    int n = DListGetCount(&group->handles);
    (void)pthread_mutex_unlock(&lists);
    return n;
}
