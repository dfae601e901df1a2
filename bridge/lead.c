/*
 * Waking a sleeping thread is what costs most, so a call should wake one thread here, and that
 * thread should be the one which waits for the reply: it turns the loop itself. Two threads cannot
 * turn one loop, so one leads and the others sleep, each on its own condition, until their reply
 * has come or the lead is passed to them.
 *
 * A leader that leaves passes the lead only to a thread that waits for a reply, for nothing else
 * would make it progress. Otherwise it stays vacant and nobody is woken: the next call takes it,
 * and the background thread looks in meanwhile (bridge/background.c).
 *
 * One that idles (a worker, the background) is displaced by a caller with one loop_wake(); when it
 * has returned from the loop it finds the caller and wakes it.
 */
#include "bridge/lead.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "bridge/interruption.h"
#include "bridge/lane.h"
#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/sentry.h"

/* ---- waiters ---- */

void waiter_init(struct waiter *waiter, enum rank rank)
{
    memset(waiter, 0, sizeof *waiter);
    waiter->rank = rank;
    waiter->thread = pthread_self();
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&waiter->cond, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

void waiter_deinit(struct waiter *waiter)
{
    (void)pthread_cond_destroy(&waiter->cond);
}

/* The last that came is woken first: its stack is the warmest. */
static void link_waiter(struct waiters *waiters, struct waiter *waiter)
{
    waiter->prev = NULL;
    waiter->next = waiters->first;
    if (waiters->first == NULL)
        waiters->last = waiter;
    else
        waiters->first->prev = waiter;
    waiters->first = waiter;
}

static void unlink_waiter(struct waiters *waiters, struct waiter *waiter)
{
    if (waiter->prev == NULL)
        waiters->first = waiter->next;
    else
        waiter->prev->next = waiter->next;
    if (waiter->next == NULL)
        waiters->last = waiter->prev;
    else
        waiter->next->prev = waiter->prev;
}

static void wake(struct via_node *node, struct waiter *waiter)
{
    if (waiter->asleep) {
        waiter->asleep = false;
        if (waiter->sentry != NULL)
            sentry_ring(waiter->sentry);
        else if (waiter->interruption != NULL)
            interruption_ring(waiter->interruption);
        else
            (void)pthread_cond_signal(&waiter->cond);
    } else if (node->lead.leader == waiter && !pthread_equal(waiter->thread, pthread_self())) {
        loop_wake(node->loop); /* it has let the lock go in there */
    }
}

void lead_poke(struct via_node *node, struct waiter *waiter)
{
    wake(node, waiter);
}

void lead_done(struct via_node *node, struct waiter *waiter)
{
    waiter->done = true;
    wake(node, waiter);
}

void lead_wake_all(struct via_node *node)
{
    struct waiter *waiter;
    for (waiter = node->lead.callers.first; waiter != NULL; waiter = waiter->next)
        wake(node, waiter);
    for (waiter = node->lead.idlers.first; waiter != NULL; waiter = waiter->next)
        wake(node, waiter);
}

static void sleep_until(struct via_node *node, struct waiter *waiter, uint64_t until_ms)
{
    lanes_announce(node);
    waiter->asleep = true;
    if (waiter->sentry != NULL) {
        sentry_sleep(waiter->sentry);
    } else if (waiter->interruption != NULL) {
        interruption_sleep(waiter->interruption, &node->lock, until_ms);
        if (!waiter->asleep)
            interruption_hush(waiter->interruption);
    } else if (until_ms == LEAD_FOR_EVER) {
        (void)pthread_cond_wait(&waiter->cond, &node->lock);
    } else {
        struct timespec until = {.tv_sec = (time_t)(until_ms / 1000u),
                                 .tv_nsec = (long)(until_ms % 1000u) * 1000000L};
        (void)pthread_cond_timedwait(&waiter->cond, &node->lock, &until);
    }
    waiter->asleep = false;
}

struct waiter *lead_find_chain(struct via_node *node, uint64_t chain, uint32_t depth)
{
    struct waiter *found = NULL;
    for (struct waiter *waiter = node->lead.callers.first; waiter != NULL; waiter = waiter->next)
        if (waiter->chain == chain && waiter->depth < depth && !waiter->done &&
            (found == NULL || waiter->depth > found->depth))
            found = waiter;
    return found;
}

/* ---- the lead ---- */

static bool can_turn(const struct via_node *node)
{
    return node->loop != NULL && !node->lead.broken;
}

bool lead_is_vacant(const struct via_node *node)
{
    return can_turn(node) && node->lead.leader == NULL;
}

void lead_turn(struct via_node *node, struct waiter *waiter, int wait_ms)
{
    struct lead *lead = &node->lead;
    lanes_announce(node); /* nobody waits while others are to be woken by him */
    lead->leader = waiter;
    lead->displaced = false;
    struct interruption *interruption = waiter->interruption;
    enum via_status status = interruption == NULL
                                 ? loop_turn(node->loop, wait_ms, &node->lock)
                                 : loop_turn_heeding(node->loop, wait_ms, &node->lock,
                                                     &interruption->program, &interruption->came);
    lead->leader = NULL;
    lead->turns++;
    if (status != VIA_OK) {
        /* Its descriptors were closed by the program: there is nothing to wait on any more. */
        log_error("lead.broken", "status=%s", via_status_name(status));
        lead->broken = true;
        connection_lost(node, VIA_IO, "the program closed descriptors that are not its own");
        lead_wake_all(node);
    }
}

/* As long as loop_turn() may wait: -1 for ever. */
static int patience(uint64_t until_ms)
{
    if (until_ms == LEAD_FOR_EVER)
        return -1;
    uint64_t now = loop_now();
    uint64_t left = until_ms > now ? until_ms - now : 0;
    return left < INT32_MAX ? (int)left : INT32_MAX;
}

static bool is_coming(const struct waiters *waiters)
{
    for (const struct waiter *waiter = waiters->first; waiter != NULL; waiter = waiter->next)
        if (!waiter->asleep)
            return true;
    return false;
}

/* The last that came of the highest rank; NULL: there is none. */
static struct waiter *best_of(const struct waiters *waiters)
{
    struct waiter *best = waiters->first;
    for (struct waiter *waiter = best; waiter != NULL; waiter = waiter->next)
        if (waiter->rank > best->rank)
            best = waiter;
    return best;
}

void lead_vacated(struct via_node *node, bool wanted)
{
    struct lead *lead = &node->lead;
    if (!lead_is_vacant(node))
        return;
    const struct waiters *heirs = &lead->callers;
    if (heirs->first == NULL && wanted)
        heirs = &lead->idlers;
    struct waiter *heir = best_of(heirs);
    if (heir == NULL) {
        background_look(node);
        return;
    }
    if (!is_coming(heirs))
        wake(node, heir);
}

void lead_leave_to(struct via_node *node, struct waiter *heir)
{
    const struct lead *lead = &node->lead;
    if (heir == NULL || lead->callers.first != NULL || lead->n_sentries > 0) {
        lead_vacated(node, heir != NULL);
        return;
    }
    if (lead_is_vacant(node) && !is_coming(&lead->idlers))
        wake(node, heir);
}

/* Asks a leader of lower rank to make room, once. */
static void displace(struct via_node *node, enum rank rank)
{
    struct lead *lead = &node->lead;
    if (lead->leader == NULL || lead->leader->rank >= rank || lead->displaced)
        return;
    lead->displaced = true;
    loop_wake(node->loop);
}

static void run_nested(struct via_node *node, struct waiter *waiter)
{
    unlink_waiter(&node->lead.callers, waiter);
    lead_vacated(node, false);
    struct job *job = jobs_pop(&waiter->nested);
    interruption_suspend(waiter->interruption);
    job->run(job);
    interruption_resume(waiter->interruption);
    connection_flush(node);
    link_waiter(&node->lead.callers, waiter);
}

static bool is_called_off(void)
{
    const atomic_bool *called_off = seat_here()->called_off;
    return called_off != NULL && atomic_load(called_off);
}

enum via_status lead_wait(struct via_node *node, struct waiter *waiter, uint64_t until_ms)
{
    struct lead *lead = &node->lead;
    enum via_status status = VIA_OK;
    link_waiter(&lead->callers, waiter);
    workers_block(node);
    connection_flush(node);
    for (;;) {
        node_settle(node); /* lets the lock go: here, and not between a look and the sleep */
        if (waiter->done && waiter->nested.first == NULL)
            break;
        if (waiter->nested.first != NULL) {
            workers_unblock(node);
            run_nested(node, waiter);
            workers_block(node);
            continue;
        }
        if (is_called_off() || (waiter->interruption != NULL && waiter->interruption->came)) {
            status = VIA_CANCELLED;
            break;
        }
        if (until_ms != LEAD_FOR_EVER && loop_now() >= until_ms) {
            status = VIA_TIMEOUT;
            break;
        }
        if (lead_is_vacant(node)) {
            lead_turn(node, waiter, patience(until_ms));
            continue;
        }
        displace(node, RANK_CALLER);
        sleep_until(node, waiter, until_ms);
    }
    workers_unblock(node);
    unlink_waiter(&lead->callers, waiter);
    lead_vacated(node, false);
    return status;
}

/* Whether one that waits, other than @waiter, is to have the lead before it, who idles. */
static bool is_outranked(const struct lead *lead, const struct waiter *waiter)
{
    return lead->callers.first != NULL || (waiter->rank < RANK_SENTRY && lead->n_sentries > 0);
}

void lead_idle(struct via_node *node, struct waiter *waiter, uint64_t until_ms)
{
    struct lead *lead = &node->lead;
    link_waiter(&lead->idlers, waiter);
    lead->n_sentries += waiter->sentry != NULL;
    bool leads = lead_is_vacant(node) && !is_outranked(lead, waiter) &&
                 (waiter->sentry == NULL || sentry_stand(waiter->sentry));
    bool gives_way = false;
    if (leads) {
        lead_turn(node, waiter, patience(until_ms));
        gives_way = is_outranked(lead, waiter);
    } else {
        if (lead->callers.first == NULL)
            displace(node, waiter->rank);
        sleep_until(node, waiter, until_ms);
    }
    unlink_waiter(&lead->idlers, waiter);
    lead->n_sentries -= waiter->sentry != NULL;
    if (gives_way)
        lead_vacated(node, true);
}
