/*
 * A call that is waited for lives on its thread's stack, from sending to the reply; a call that is
 * not lives in a via_pending, one count for the user and one for being under way.
 *
 * A call to an object of this process runs its handler on the calling thread, unless the stub has
 * a queue, or oneways of this process that have not begun: then it goes the way of all calls.
 */
#include "bridge/pending.h"

#include <stdlib.h>

#include "bridge/call.h"
#include "bridge/dispatch.h"
#include "bridge/interruption.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/queue.h"
#include "bridge/stub.h"
#include "codecs/control.h"

struct via_pending {
    struct outgoing outgoing; /* first */
    atomic_uint refs;
    struct via_node *node;   /* a count */
    struct via_proxy *proxy; /* a count */
    struct job job;
    struct loop_timer timer;
    via_reply_fn fn;
    void *user;              /* borrowed */
    struct via_queue *queue; /* a count: where its outcome goes; NULL: fn is told */
};

/* ---- waiting ---- */

static void wake_sync(struct outgoing *outgoing)
{
    struct sync_call *call = (struct sync_call *)outgoing;
    lead_done(outgoing->node, &call->waiter);
}

static uint64_t until_of(const struct target *target)
{
    return target->time_ms == FRAME_NO_DEADLINE ? LEAD_FOR_EVER : loop_now() + target->time_ms;
}

static void run_here(struct via_call *call)
{
    call->caller->n_unstarted++;
    call->stub->n_begun++;
    call_run(call);
    dispatch_ended(call);
    (void)call_unref_locked(call);
}

/* Both ends go by one reading of the clock: nobody gives up while the callee has time left. */
static enum via_status send_local(struct sync_call *sync, struct via_stub *stub,
                                  const struct target *target, struct via_parcel *request,
                                  uint64_t until_ms)
{
    struct via_call *call;
    if (stub->proxy.node->closed)
        return VIA_DEAD;
    enum via_status status = outgoing_make_local(&sync->outgoing, stub, target, request, &call);
    if (status != VIA_OK)
        return status;
    call->deadline_ms = until_ms;
    bool queued = stub->queue != NULL && !call->control;
    if (!queued && (stub->n_local == 0 || seat_here()->current != NULL))
        run_here(call);
    else
        dispatch_call(call);
    return VIA_OK;
}

static enum via_status wait_for(struct sync_call *sync, uint64_t until_ms)
{
    struct via_node *node = sync->outgoing.node;
    if (sync->waiter.done)
        return VIA_OK;
    sync->waiter.chain = sync->outgoing.chain;
    sync->waiter.depth = sync->outgoing.depth;
    struct interruption *interruption = interruption_begin();
    sync->waiter.interruption = interruption;
    enum via_status status = lead_wait(node, &sync->waiter, until_ms);
    sync->waiter.interruption = NULL;
    bool interrupted = interruption != NULL && interruption->came;
    interruption_end(interruption);
    if (status == VIA_CANCELLED && interrupted) {
        /* Whether it has begun is known at its end alone: the answer tells. */
        outgoing_cancel(&sync->outgoing);
        status = sync->waiter.done ? VIA_OK : lead_wait(node, &sync->waiter, until_ms);
    }
    if (status != VIA_OK)
        outgoing_abandon(&sync->outgoing);
    return status;
}

enum via_status pending_call(struct via_node *node, struct via_proxy *proxy,
                             const struct target *target, struct via_parcel *request,
                             int32_t *resultp, struct via_parcel **replyp)
{
    struct sync_call sync = {
        .outgoing = {.node = node, .finished = wake_sync, .wants_reply = replyp != NULL}};
    uint64_t until_ms = until_of(target);
    enum via_status status = proxy != NULL ? proxy_check(proxy) : VIA_OK;
    if (status != VIA_OK)
        return status;
    waiter_init(&sync.waiter, RANK_CALLER);
    if (proxy != NULL && proxy->local != NULL)
        status = send_local(&sync, proxy->local, target, request, until_ms);
    else
        status = outgoing_send(&sync.outgoing, target, request, true);
    if (status == VIA_OK)
        status = wait_for(&sync, until_ms);
    waiter_deinit(&sync.waiter);
    if (status != VIA_OK)
        return status;
    if (sync.outgoing.status == VIA_DEAD && proxy != NULL)
        proxy_is_dying(proxy, sync.outgoing.cause);
    if (sync.outgoing.status != VIA_OK)
        return sync.outgoing.status;
    if (resultp != NULL)
        *resultp = sync.outgoing.result;
    if (replyp != NULL)
        *replyp = sync.outgoing.reply;
    return VIA_OK;
}

static struct target target_of(const struct via_proxy *proxy, uint32_t code, uint32_t timeout_ms)
{
    return (struct target){.number = proxy->handle.number,
                           .code = code,
                           .time_ms = timeout_ms == 0 || timeout_ms == FRAME_NO_DEADLINE
                                          ? FRAME_NO_DEADLINE
                                          : timeout_ms};
}

enum via_status via_proxy_call(struct via_proxy *proxy, uint32_t code, struct via_parcel *request,
                               uint32_t timeout_ms, int32_t *resultp, struct via_parcel **replyp)
{
    if (proxy == NULL)
        return VIA_INVALID;
    struct via_node *node = proxy->node;
    struct target target = target_of(proxy, code, timeout_ms);
    node_lock(node);
    enum via_status status = pending_call(node, proxy, &target, request, resultp, replyp);
    node_unlock(node);
    return status;
}

/* ---- oneways ---- */

static enum via_status send_local_oneway(struct via_stub *stub, const struct target *target,
                                         struct via_parcel *request)
{
    struct via_call *call;
    if (stub->proxy.node->closed)
        return VIA_DEAD;
    enum via_status status = outgoing_make_local(NULL, stub, target, request, &call);
    if (status == VIA_OK)
        dispatch_call(call);
    return status;
}

enum via_status via_proxy_send(struct via_proxy *proxy, uint32_t code, struct via_parcel *request)
{
    if (proxy == NULL)
        return VIA_INVALID;
    struct via_node *node = proxy->node;
    struct target target = target_of(proxy, code, 0);
    node_lock(node);
    enum via_status status = proxy_check(proxy);
    if (status == VIA_OK && proxy->local != NULL)
        status = send_local_oneway(proxy->local, &target, request);
    else if (status == VIA_OK)
        status = outgoing_send_oneway(node, &target, request);
    node_unlock(node);
    return status;
}

/* ---- not waiting ---- */

static struct via_pending *of_job(struct job *job)
{
    return (struct via_pending *)((char *)job - offsetof(struct via_pending, job));
}

static void drop(struct via_pending *pending)
{
    struct via_node *node = pending->node;
    if (atomic_fetch_sub(&pending->refs, 1) != 1)
        return;
    (void)via_proxy_unref(pending->proxy);
    (void)queue_unref(pending->queue);
    free(pending);
    (void)node_unref(node);
}

static void run_reply(struct job *job)
{
    struct via_pending *pending = of_job(job);
    struct via_node *node = pending->node;
    struct outgoing *outgoing = &pending->outgoing;
    node_unlock(node);
    pending->fn(pending->user, outgoing->status, outgoing->result,
                outgoing->status == VIA_OK ? outgoing->reply : NULL);
    (void)via_parcel_unref(outgoing->reply);
    node_lock(node);
    proxy_callback_ran(pending->proxy);
    drop(pending);
}

bool pending_take(struct job *job, struct via_arrival *arrival)
{
    if (job->run != run_reply)
        return false;
    struct via_pending *pending = of_job(job);
    const struct outgoing *outgoing = &pending->outgoing;
    *arrival = (struct via_arrival){.user = pending->user,
                                    .status = outgoing->status,
                                    .result = outgoing->result,
                                    .reply = outgoing->reply};
    proxy_callback_ran(pending->proxy);
    drop(pending);
    return true;
}

static void post_reply(struct outgoing *outgoing)
{
    struct via_pending *pending = (struct via_pending *)outgoing;
    if (pending->timer.place != 0)
        loop_disarm(pending->node->loop, &pending->timer);
    if (outgoing->status == VIA_DEAD)
        proxy_is_dying(pending->proxy, outgoing->cause);
    proxy_callback_posted(pending->proxy);
    if (pending->queue == NULL) {
        workers_post(pending->node, &pending->job);
    } else if (!queue_put_outcome(pending->queue, &pending->job)) {
        struct via_arrival dropped;
        if (pending_take(&pending->job, &dropped))
            (void)via_parcel_unref(dropped.reply);
    }
}

static void on_timeout(struct loop_timer *timer)
{
    struct via_pending *pending =
        (struct via_pending *)((char *)timer - offsetof(struct via_pending, timer));
    if (!pending->outgoing.under_way)
        return;
    outgoing_abandon(&pending->outgoing);
    outgoing_finish(&pending->outgoing, VIA_TIMEOUT, 0, NULL);
}

static enum via_status start(struct via_pending *pending, const struct target *target,
                             struct via_parcel *request)
{
    struct via_node *node = pending->node;
    struct via_proxy *proxy = pending->proxy;
    enum via_status status = proxy_check(proxy);
    if (status == VIA_OK && node->closed)
        status = VIA_DEAD;
    if (status == VIA_OK && target->time_ms != FRAME_NO_DEADLINE) {
        status = background_need(node); /* somebody has to watch the clock */
        if (status == VIA_OK)
            status = loop_arm(node->loop, &pending->timer, loop_now() + target->time_ms);
    }
    if (status != VIA_OK)
        return status;
    struct via_call *call = NULL;
    if (proxy->local != NULL)
        status = outgoing_make_local(&pending->outgoing, proxy->local, target, request, &call);
    else
        status = outgoing_send(&pending->outgoing, target, request, false);
    if (status == VIA_OK && call != NULL) {
        if (target->time_ms != FRAME_NO_DEADLINE)
            call->deadline_ms = pending->timer.at_ms;
        dispatch_call(call);
    }
    if (status != VIA_OK && pending->timer.place != 0)
        loop_disarm(node->loop, &pending->timer);
    return status;
}

/* @fn or @queue is NULL. */
static enum via_status call_async(struct via_proxy *proxy, const struct target *target,
                                  struct via_parcel *request, via_reply_fn fn,
                                  struct via_queue *queue, void *user,
                                  struct via_pending **pendingp)
{
    struct via_pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL)
        return VIA_NO_MEMORY;
    struct via_node *node = proxy->node;
    pending->outgoing =
        (struct outgoing){.node = node, .finished = post_reply, .wants_reply = true};
    atomic_init(&pending->refs, pendingp != NULL ? 2 : 1);
    pending->node = node_ref(node);
    pending->proxy = via_proxy_ref(proxy);
    pending->job.run = run_reply;
    pending->timer.fired = on_timeout;
    pending->fn = fn;
    pending->user = user;
    pending->queue = queue_ref(queue);
    node_lock(node);
    enum via_status status = start(pending, target, request);
    if (status == VIA_OK && pendingp != NULL)
        *pendingp = pending;
    node_unlock(node);
    if (status != VIA_OK) {
        atomic_store(&pending->refs, 1);
        drop(pending);
    }
    return status;
}

enum via_status via_proxy_call_async(struct via_proxy *proxy, uint32_t code,
                                     struct via_parcel *request, uint32_t timeout_ms,
                                     via_reply_fn fn, void *user, struct via_pending **pendingp)
{
    if (proxy == NULL || fn == NULL)
        return VIA_INVALID;
    const struct target target = target_of(proxy, code, timeout_ms);
    return call_async(proxy, &target, request, fn, NULL, user, pendingp);
}

enum via_status via_proxy_call_queued(struct via_proxy *proxy, uint32_t code,
                                      struct via_parcel *request, uint32_t timeout_ms,
                                      struct via_queue *queue, void *user,
                                      struct via_pending **pendingp)
{
    if (proxy == NULL || queue == NULL || !queue_is_of(queue, proxy->node))
        return VIA_INVALID;
    const struct target target = target_of(proxy, code, timeout_ms);
    return call_async(proxy, &target, request, NULL, queue, user, pendingp);
}

/* ---- receipts ---- */

static struct target receipt_of(const struct via_proxy *proxy, uint32_t timeout_ms)
{
    struct target target = target_of(proxy, OBJECT_REACHED, timeout_ms);
    target.layout = VIA_LAYOUT_CONTROL;
    return target;
}

enum via_status via_proxy_reached(struct via_proxy *proxy, uint32_t timeout_ms)
{
    if (proxy == NULL)
        return VIA_INVALID;
    struct via_node *node = proxy->node;
    const struct target target = receipt_of(proxy, timeout_ms);
    node_lock(node);
    enum via_status status = pending_call(node, proxy, &target, NULL, NULL, NULL);
    node_unlock(node);
    return status;
}

enum via_status via_proxy_reached_queued(struct via_proxy *proxy, struct via_queue *queue,
                                         void *user)
{
    if (proxy == NULL || queue == NULL || !queue_is_of(queue, proxy->node))
        return VIA_INVALID;
    const struct target target = receipt_of(proxy, 0);
    return call_async(proxy, &target, NULL, NULL, queue, user, NULL);
}

/* ---- those that are given up ---- */

void via_pending_cancel(struct via_pending *pending)
{
    if (pending == NULL)
        return;
    node_lock(pending->node);
    outgoing_cancel(&pending->outgoing);
    node_unlock(pending->node);
}

struct via_pending *via_pending_unref(struct via_pending *pending)
{
    if (pending != NULL)
        drop(pending);
    return NULL;
}

/* ---- errands ---- */

struct errand {
    struct outgoing outgoing; /* first */
    void (*done)(void *user, enum via_status status, struct via_parcel *reply);
    void *user; /* borrowed */
};

static void end_errand(struct outgoing *outgoing)
{
    struct errand *errand = (struct errand *)outgoing;
    if (errand->done != NULL)
        errand->done(errand->user, outgoing->status, outgoing->reply);
    (void)via_parcel_unref(outgoing->reply);
    free(errand);
}

enum via_status
errand_start(struct errand **errandp, struct via_node *node, const struct target *target,
             struct via_parcel *request,
             void (*done)(void *user, enum via_status status, struct via_parcel *reply), void *user)
{
    struct errand *errand = calloc(1, sizeof *errand);
    if (errand == NULL)
        return VIA_NO_MEMORY;
    errand->outgoing =
        (struct outgoing){.node = node, .finished = end_errand, .wants_reply = done != NULL};
    errand->done = done;
    errand->user = user;
    enum via_status status = outgoing_send(&errand->outgoing, target, request, false);
    if (status != VIA_OK)
        free(errand);
    else if (errandp != NULL)
        *errandp = errand;
    return status;
}

void errand_abandon(struct errand *errand)
{
    outgoing_abandon(&errand->outgoing);
    free(errand);
}

enum via_status pending_errand(struct via_node *node, uint32_t verb, struct via_parcel *request,
                               void (*done)(void *user, enum via_status status,
                                            struct via_parcel *reply),
                               void *user)
{
    const struct target target = {
        .layout = VIA_LAYOUT_CONTROL, .code = verb, .time_ms = FRAME_NO_DEADLINE};
    return errand_start(NULL, node, &target, request, done, user);
}
