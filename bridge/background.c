/*
 * While the link is idle and no worker leads, it leads, asleep in epoll without limit. Displaced by
 * a caller, it looks in every millisecond: when the lead has been vacant for a whole look it hands
 * it to an idle worker, or takes it itself. Where somebody else has been leading for a while
 * without any traffic it rests until it is called. So under steady traffic it is neither in the
 * way nor woken, and what comes in between two calls waits a millisecond or two at most.
 *
 * It also looks after what others left for later: replies not flushed yet, jobs behind one that
 * turned out to be long. Where no worker can be started it runs the jobs itself, a few at a time.
 */
#include "bridge/background.h"

#include <signal.h>
#include <time.h>

#include "bridge/node.h"

/* Sleeps on its condition, in whole looks; true when it was woken. */
static bool doze(struct via_node *node, struct waiter *self, bool for_ever)
{
    node_settle(node);
    if (node->background.stop || (for_ever && node->background.mode != BACKGROUND_RESTING))
        return true;
    self->asleep = true;
    if (for_ever) {
        (void)pthread_cond_wait(&self->cond, &node->lock);
    } else {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += BACKGROUND_LOOK_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        (void)pthread_cond_timedwait(&self->cond, &node->lock, &until);
    }
    bool woken = !self->asleep;
    self->asleep = false;
    return woken;
}

static void lead(struct via_node *node, struct waiter *self)
{
    struct background *background = &node->background;
    if (!lead_is_vacant(node) || node->lead.callers.first != NULL || workers_wait_for_help(node)) {
        background->mode = BACKGROUND_LOOKING;
        return;
    }
    lead_turn(node, self, -1);
    bool displaced = node->lead.displaced;
    node_settle(node);
    if (!displaced)
        return;
    background->mode = BACKGROUND_LOOKING;
    lead_vacated(node, true);
}

static void look(struct via_node *node, struct waiter *self, unsigned *quietp)
{
    struct background *background = &node->background;
    uint64_t turns = node->lead.turns;
    (void)doze(node, self, false);
    connection_flush(node);
    workers_rescue(node);
    workers_stand_in(node);
    if (turns != node->lead.turns) {
        *quietp = 0;
        return;
    }
    (*quietp)++;
    if (workers_wait_for_help(node))
        return;
    if (node->lead.leader != NULL || !lead_is_vacant(node)) {
        if (*quietp >= BACKGROUND_QUIET_LOOKS)
            background->mode = BACKGROUND_RESTING;
        return;
    }
    if (node->lead.callers.first != NULL || node->lead.idlers.first != NULL)
        lead_vacated(node, true);
    else
        background->mode = BACKGROUND_LEADING;
}

static void *run(void *user)
{
    struct via_node *node = user;
    struct background *background = &node->background;
    struct waiter self;
    unsigned quiet = 0;
    (void)pthread_setname_np(pthread_self(), "viaduct-link");
    waiter_init(&self, RANK_BACKGROUND);
    node_lock(node);
    background->waiter = &self;
    while (!background->stop) {
        switch (background->mode) {
        case BACKGROUND_LEADING:
            lead(node, &self);
            quiet = 0;
            break;
        case BACKGROUND_LOOKING:
            look(node, &self, &quiet);
            break;
        case BACKGROUND_RESTING:
            if (doze(node, &self, true)) {
                background->mode = BACKGROUND_LOOKING;
                quiet = 0;
            }
            break;
        }
    }
    background->waiter = NULL;
    lead_vacated(node, true);
    node_unlock(node);
    waiter_deinit(&self);
    return NULL;
}

enum via_status background_need(struct via_node *node)
{
    struct background *background = &node->background;
    if (node->loop == NULL) {
        enum via_status status = loop_create(&node->loop);
        if (status != VIA_OK)
            return status;
    }
    if (background->started)
        return VIA_OK;
    background->mode = BACKGROUND_LOOKING; /* whoever connects leads first */
    background->stop = false;
    if (!node_start_thread(&background->thread, run, node))
        return VIA_NO_MEMORY;
    background->started = true;
    return VIA_OK;
}

void background_watch(struct via_node *node)
{
    struct background *background = &node->background;
    struct lead *lead = &node->lead;
    if (background->mode != BACKGROUND_LEADING) {
        background_look(node);
        return;
    }
    if (lead->leader != background->waiter || lead->leader == NULL || lead->displaced)
        return;
    lead->displaced = true;
    loop_wake(node->loop);
}

void background_look(struct via_node *node)
{
    struct background *background = &node->background;
    if (background->mode != BACKGROUND_RESTING || background->waiter == NULL)
        return;
    background->mode = BACKGROUND_LOOKING;
    lead_poke(node, background->waiter);
}

void background_stop(struct via_node *node)
{
    struct background *background = &node->background;
    if (!background->started)
        return;
    background->stop = true;
    if (background->waiter != NULL)
        lead_poke(node, background->waiter);
    node_unlock(node);
    (void)pthread_join(background->thread, NULL);
    node_lock(node);
    background->started = false;
}
