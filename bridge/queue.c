/*
 * A queue is in order of arrival, whatever kinds of calls and outcomes and whoever's they are. Who
 * waits for one idles as a worker does, and reads the link.
 *
 * For each that arrives the one that has waited longest is summoned, whoever reads: that is the
 * order in which Phoenix-RTOS serves its receivers. One that comes and finds something takes it at
 * once, and whoever is summoned and finds nothing waits on, in its old place. So nobody is woken
 * for what a thread that is busy with the queue takes next.
 *
 * Who leaves with something lets the lead go, and as with workers it depends on how long takers
 * stay away lately whether another one is woken to read meanwhile.
 *
 * What one other process has sent and nobody has taken may be limited, so that its memory is not
 * for it to take; all of its calls count, in whatever queues of the node they wait.
 *
 * `arrived` is told once the lock has been let go by the thread that put the first one there.
 */
#include "bridge/queue.h"

#include <stdlib.h>

#include "bridge/call.h"
#include "bridge/dispatch.h"
#include "bridge/interruption.h"
#include "bridge/node.h"
#include "bridge/pace.h"
#include "bridge/pending.h"
#include "bridge/stub.h"

/* A thread that waits, on its own stack. */
struct taker {
    struct waiter waiter;
    struct taker *next, **linkp;
    bool is_summoned;
};

struct via_queue {
    atomic_uint refs;
    struct via_node *node; /* a count */
    struct jobs waiting;   /* of via_call and via_pending */
    void (*arrived)(void *user);
    void *user; /* borrowed */
    struct afterwards telling;
    bool is_telling;                    /* holds a count meanwhile */
    struct taker *takers, **last_taker; /* the first has waited longest */
    size_t n_summoned;
    bool is_roused;         /* whoever waits, or is the next to, waits no more */
    struct pace pace;       /* of those that work on what they took while others wait */
    size_t caller_size_max; /* octets of one other process that may wait; 0: no limit */
    bool closed;
};

struct via_queue *queue_ref(struct via_queue *queue)
{
    if (queue != NULL)
        (void)atomic_fetch_add(&queue->refs, 1);
    return queue;
}

struct via_queue *queue_unref(struct via_queue *queue)
{
    if (queue == NULL || atomic_fetch_sub(&queue->refs, 1) != 1)
        return NULL;
    struct via_node *node = queue->node;
    free(queue);
    (void)node_unref(node);
    return NULL;
}

bool queue_is_of(const struct via_queue *queue, const struct via_node *node)
{
    return queue->node == node;
}

bool queue_is_empty(const struct via_queue *queue)
{
    return queue->waiting.first == NULL;
}

static void tell_arrived(struct afterwards *what)
{
    struct via_queue *queue =
        (struct via_queue *)((char *)what - offsetof(struct via_queue, telling));
    node_lock(queue->node);
    queue->is_telling = false;
    bool any = queue->waiting.first != NULL;
    node_unlock(queue->node);
    if (any)
        queue->arrived(queue->user);
    (void)queue_unref(queue);
}

static void summon(struct via_queue *queue)
{
    struct taker *taker = queue->takers;
    for (; taker != NULL && queue->n_summoned < queue->waiting.n; taker = taker->next) {
        if (taker->is_summoned)
            continue;
        taker->is_summoned = true;
        queue->n_summoned++;
        lead_poke(queue->node, &taker->waiter);
    }
}

static void put(struct via_queue *queue, struct job *job)
{
    bool was_empty = queue->waiting.first == NULL;
    jobs_push(&queue->waiting, job);
    summon(queue);
    if (was_empty && queue->arrived != NULL && !queue->is_telling) {
        queue->is_telling = true;
        (void)queue_ref(queue);
        seat_do_afterwards(seat_here(), &queue->telling);
    }
}

static void refuse(struct via_call *call, enum via_status status)
{
    dispatch_begun(call);
    (void)call_answer(call, status, 0, NULL);
    (void)call_unref_locked(call);
}

/* Of the memory that it holds. */
static size_t size_of(const struct via_call *call)
{
    return sizeof *call + via_parcel_size(call->request);
}

/* One always has room. */
static bool has_room(const struct via_queue *queue, const struct via_call *call)
{
    const struct caller *caller = call->caller;
    if (queue->caller_size_max == 0 || caller == call->node->self || caller->queued_size == 0)
        return true;
    return caller->queued_size < queue->caller_size_max &&
           size_of(call) <= queue->caller_size_max - caller->queued_size;
}

void queue_put(struct via_queue *queue, struct via_call *call)
{
    if (queue->closed) {
        refuse(call, VIA_DEAD);
        return;
    }
    if (!has_room(queue, call)) {
        refuse(call, VIA_BUSY);
        return;
    }
    call->caller->queued_size += size_of(call);
    call->stub->n_begun++;
    put(queue, &call->job);
}

bool queue_put_outcome(struct via_queue *queue, struct job *outcome)
{
    if (queue->closed)
        return false;
    put(queue, outcome);
    return true;
}

/* Whether it still wants to be handled; else its count is gone. */
static bool begin(struct via_call *call)
{
    call->caller->queued_size -= size_of(call);
    dispatch_begun(call);
    call->stub->n_begun--;
    stub_settle(call->stub);
    if (call_is_void(call)) {
        (void)call_unref_locked(call);
        return false;
    }
    atomic_store(&call->begun, true);
    return true;
}

/* The first one that somebody still wants. False: none. */
static bool take(struct via_queue *queue, struct via_arrival *arrival)
{
    struct job *job;
    *arrival = (struct via_arrival){.call = NULL};
    while ((job = jobs_pop(&queue->waiting)) != NULL) {
        if (pending_take(job, arrival))
            return true;
        struct via_call *call = (struct via_call *)job;
        if (begin(call)) {
            arrival->call = call;
            return true;
        }
    }
    return false;
}

enum via_status via_queue_create(struct via_node *node, void (*arrived)(void *user), void *user,
                                 struct via_queue **queuep)
{
    if (node == NULL || queuep == NULL)
        return VIA_INVALID;
    struct via_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return VIA_NO_MEMORY;
    atomic_init(&queue->refs, 1);
    queue->node = node_ref(node);
    queue->arrived = arrived;
    queue->user = user;
    queue->telling.run = tell_arrived;
    queue->last_taker = &queue->takers;
    *queuep = queue;
    return VIA_OK;
}

void via_queue_limit(struct via_queue *queue, size_t caller_size_max)
{
    node_lock(queue->node);
    queue->caller_size_max = caller_size_max;
    node_unlock(queue->node);
}

/* It goes to work on what it took. */
static void goes(const struct via_queue *queue)
{
    struct seat *seat = seat_here();
    if (queue->takers == NULL)
        return; /* nobody else would read */
    seat->took_from = queue;
    seat->took_us = pace_now_us();
}

static void comes_back(struct via_queue *queue)
{
    struct seat *seat = seat_here();
    if (seat->took_from == queue)
        pace_account(&queue->pace, pace_now_us() - seat->took_us);
    seat->took_from = NULL;
}

/* VIA_TIMEOUT: there is none now. */
static enum via_status look(struct via_queue *queue, struct via_arrival *arrival)
{
    if (queue->closed)
        return VIA_CANCELLED;
    return take(queue, arrival) ? VIA_OK : VIA_TIMEOUT;
}

static void unsummon(struct via_queue *queue, struct taker *taker)
{
    queue->n_summoned -= taker->is_summoned;
    taker->is_summoned = false;
}

static void enlist(struct via_queue *queue, struct taker *taker)
{
    taker->linkp = queue->last_taker;
    *queue->last_taker = taker;
    queue->last_taker = &taker->next;
}

/* What it was summoned for, and did not take, is somebody else's. */
static void leave(struct via_queue *queue, struct taker *taker)
{
    unsummon(queue, taker);
    *taker->linkp = taker->next;
    if (taker->next != NULL)
        taker->next->linkp = taker->linkp;
    else
        queue->last_taker = taker->linkp;
    summon(queue);
}

/* Whether this wait is to end for that. */
static bool heed_rousing(struct via_queue *queue)
{
    bool is_roused = queue->is_roused;
    queue->is_roused = false;
    return is_roused;
}

static enum via_status wait_for_one(struct via_queue *queue, uint64_t until_ms,
                                    struct via_arrival *arrival)
{
    struct via_node *node = queue->node;
    enum via_status status;
    struct interruption *interruption = interruption_begin();
    struct taker taker = {.next = NULL};
    waiter_init(&taker.waiter, RANK_IDLER);
    taker.waiter.interruption = interruption;
    enlist(queue, &taker);
    for (;;) {
        node_settle(node);
        status = look(queue, arrival);
        if (status != VIA_TIMEOUT || heed_rousing(queue) ||
            (interruption != NULL && interruption->came) ||
            (until_ms != LEAD_FOR_EVER && loop_now() >= until_ms))
            break;
        unsummon(queue, &taker);
        connection_flush(node);
        lead_idle(node, &taker.waiter, until_ms);
    }
    leave(queue, &taker);
    bool is_soon_back = status == VIA_OK && !pace_is_long(&queue->pace) && node->background.started;
    lead_leave_to(node, queue->takers != NULL && !is_soon_back ? &queue->takers->waiter : NULL);
    waiter_deinit(&taker.waiter);
    interruption_end(interruption);
    return status;
}

enum via_status via_queue_take(struct via_queue *queue, int timeout_ms, struct via_arrival *arrival)
{
    struct via_node *node = queue->node;
    uint64_t until_ms = LEAD_FOR_EVER;
    if (timeout_ms > 0)
        until_ms = loop_now() + (uint64_t)timeout_ms;
    node_lock(node);
    comes_back(queue);
    enum via_status status = look(queue, arrival);
    if (status == VIA_TIMEOUT && timeout_ms != 0)
        status = wait_for_one(queue, until_ms, arrival);
    if (status == VIA_OK)
        goes(queue);
    node_unlock(node);
    return status;
}

void queue_rouse(struct via_queue *queue)
{
    node_lock(queue->node);
    queue->is_roused = true;
    if (queue->takers != NULL)
        lead_poke(queue->node, &queue->takers->waiter);
    node_unlock(queue->node);
}

void via_queue_close(struct via_queue *queue)
{
    struct via_node *node = queue->node;
    node_lock(node);
    queue->closed = true;
    for (struct taker *taker = queue->takers; taker != NULL; taker = taker->next)
        lead_poke(node, &taker->waiter);
    struct via_arrival arrival;
    while (take(queue, &arrival)) {
        (void)via_parcel_unref(arrival.reply);
        if (arrival.call == NULL)
            continue;
        (void)call_answer(arrival.call, VIA_DEAD, 0, NULL);
        (void)call_unref_locked(arrival.call);
    }
    node_unlock(node);
}

struct via_queue *via_queue_destroy(struct via_queue *queue)
{
    if (queue == NULL)
        return NULL;
    via_queue_close(queue);
    return queue_unref(queue);
}
