/*
 * A lane's thread idles as a worker does, and so it may lead: then it finds its events itself. Who
 * else reads them leaves them in its list, and wakes it when he is done with reading. While it is
 * busy with what it took, workers take what comes: what waits for a slow program is bounded by who
 * takes it, not here.
 */
#include "bridge/lane.h"

#include <stdlib.h>

#include "bridge/node.h"

enum via_status lane_create(struct via_node *node, struct lane **lanep)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL)
        return VIA_NO_MEMORY;
    lane->node = node_ref(node);
    waiter_init(&lane->waiter, RANK_IDLER);
    *lanep = lane;
    return VIA_OK;
}

struct lane *lane_destroy(struct lane *lane)
{
    struct via_node *node = lane->node;
    node_lock(node);
    lanes_announce(node); /* it stands in that list no more */
    node_unlock(node);
    waiter_deinit(&lane->waiter);
    free(lane);
    (void)node_unref(node);
    return NULL;
}

void lane_post(struct lane *lane, struct job *job)
{
    struct via_node *node = lane->node;
    if (!lane->waits) {
        workers_post(node, job);
        return;
    }
    jobs_push(&lane->ready, job);
    if (lane->unannounced)
        return;
    lane->unannounced = true;
    lane->next = node->lanes;
    node->lanes = lane;
}

void lanes_announce(struct via_node *node)
{
    while (node->lanes != NULL) {
        struct lane *lane = node->lanes;
        node->lanes = lane->next;
        lane->unannounced = false;
        lead_poke(node, &lane->waiter);
    }
}

/* What is too much, or comes while the process ends, is the workers'. */
static void run_ready(struct lane *lane)
{
    struct via_node *node = lane->node;
    struct job *job;
    for (unsigned n = 0; (job = jobs_pop(&lane->ready)) != NULL; n++) {
        lane->waits = n < LANE_BATCH && !node->exiting;
        if (lane->waits)
            job->run(job);
        else
            workers_post(node, job);
    }
}

void lane_wait(struct lane *lane)
{
    struct via_node *node = lane->node;
    node_lock(node);
    lane->waiter.thread = pthread_self();
    lane->waits = true;
    if (!lane->woken) {
        connection_flush(node);
        lead_idle(node, &lane->waiter, LEAD_FOR_EVER);
    }
    lane->woken = false;
    if (lane->ready.first != NULL)
        node_settle(node); /* the others first: this one is awake */
    run_ready(lane);
    lane->waits = false;
    lead_vacated(node, false);
    node_unlock(node);
}

void lane_wake(struct lane *lane)
{
    struct via_node *node = lane->node;
    node_lock(node);
    lane->woken = true;
    lead_poke(node, &lane->waiter);
    node_unlock(node);
}
