/*
 * A worker takes jobs from one list, in order. When there are none it idles, and then it turns the
 * loop itself if nobody else does: so in a service a request wakes one thread, which reads it, runs
 * it, and writes the reply.
 *
 * Before it runs a job it lets the lead go. Whether somebody else is woken for what is left
 * depends on how long jobs run lately: short ones are run one after the other by this thread
 * alone, for a wake-up costs more than they do, and the background thread's next look finds out if
 * that was wrong. Where there is no such thread, others are always called.
 */
#include "bridge/workers.h"

#include <stdio.h>
#include <stdlib.h>

#include "bridge/log.h"
#include "bridge/node.h"
#include "bridge/queue.h"

static void run_job(struct via_node *node, struct job *job)
{
    struct workers *workers = &node->workers;
    struct seat *seat = seat_here();
    bool within = seat->in_job; /* joined from a handler */
    bool pooled = seat->worker != NULL && !within;
    if (pooled)
        workers->n_running++;
    seat->in_job = true;
    uint64_t began = pace_now_us();
    job->run(job);
    pace_account(&workers->pace, pace_now_us() - began);
    workers->n_run++;
    seat->in_job = within;
    if (pooled)
        workers->n_running--;
    if (workers->ready.first == NULL || pace_is_long(&workers->pace))
        connection_flush(node);
}

/* The next job, if this thread may run one now. */
static struct job *take_job(struct via_node *node)
{
    struct workers *workers = &node->workers;
    if (node->exiting || (seat_here()->worker != NULL && workers->n_running >= workers->limit))
        return NULL;
    struct job *job = jobs_pop(&workers->ready);
    if (job == NULL)
        return NULL;
    bool alone = !pace_is_long(&workers->pace) && node->background.started;
    workers->unannounced = false;
    if (!alone)
        workers_announce(node);
    lead_vacated(node, !alone);
    return job;
}

/* Runs a job, or waits for one; false when this thread is to end. What a turn of its own has posted
 * it takes itself, before anybody is called for it. */
static bool serve_once(struct via_node *node, struct waiter *self)
{
    struct workers *workers = &node->workers;
    struct seat *seat = seat_here();
    struct job *job = take_job(node);
    if (job != NULL) {
        run_job(node, job);
        return !seat->leaves;
    }
    if (workers->stop || (seat->worker == NULL && node->closed))
        return false;
    if (seat->worker != NULL && workers->n_threads > workers->limit + 1 &&
        workers->ready.first == NULL)
        return false; /* took the place of one that waited in a call, and has come back */
    if (seat->first != NULL) {
        node_settle(node); /* lets the lock go, so look again */
        return true;
    }
    connection_flush(node);
    lead_idle(node, self, LEAD_FOR_EVER);
    workers->n_coming = 0;
    return true;
}

static void *run(void *user)
{
    struct worker *worker = user;
    struct via_node *node = worker->node;
    struct seat *seat = seat_here();
    seat->worker = worker;
    seat->serves = node;
    char name[16];
    (void)snprintf(name, sizeof name, "viaduct-%u", worker->index % 100000u);
    (void)pthread_setname_np(pthread_self(), name);
    if (node->worker_started != NULL)
        node->worker_started(worker->index);

    struct waiter self;
    waiter_init(&self, RANK_IDLER);
    self.takes_jobs = true;
    node_lock(node);
    node->workers.n_coming = 0;
    while (serve_once(node, &self))
        ;
    node_settle(node); /* for whoever joins this thread holds the lock */
    worker->ended = true;
    node->workers.n_threads--;
    workers_announce(node);
    lead_vacated(node, true);
    node_unlock(node);
    waiter_deinit(&self);
    return NULL;
}

/* ---- coming and going ---- */

void workers_reap(struct via_node *node)
{
    struct worker **at = &node->workers.all;
    while (*at != NULL) {
        struct worker *worker = *at;
        if (!worker->ended) {
            at = &worker->next;
            continue;
        }
        *at = worker->next;
        (void)pthread_join(worker->thread, NULL); /* it is on its last line */
        free(worker);
    }
}

static void start(struct via_node *node)
{
    struct workers *workers = &node->workers;
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return; /* those that run come back, and the background looks in */
    worker->node = node;
    worker->index = workers->n_started;
    if (!node_start_thread(&worker->thread, run, worker)) {
        free(worker);
        return;
    }
    worker->next = workers->all;
    workers->all = worker;
    workers->n_started++;
    workers->n_threads++;
    workers->n_coming++;
}

/* An idle worker that sleeps, or one that leads. */
static struct waiter *idle_worker(struct via_node *node)
{
    struct waiter *leading = NULL;
    for (struct waiter *waiter = node->lead.idlers.first; waiter != NULL; waiter = waiter->next) {
        if (!waiter->takes_jobs)
            continue;
        if (waiter->asleep)
            return waiter;
        if (waiter == node->lead.leader)
            leading = waiter;
    }
    return leading;
}

void workers_announce(struct via_node *node)
{
    struct workers *workers = &node->workers;
    workers->unannounced = false;
    if (workers->ready.first == NULL || workers->n_coming > 0)
        return;
    bool full = workers->n_running >= workers->limit;
    if (full && workers->n_joined == 0)
        return; /* the first that is done takes it */
    struct waiter *waiter = idle_worker(node);
    if (waiter != NULL) {
        workers->n_coming++;
        lead_poke(node, waiter);
    } else if (!full && !workers->stop) {
        workers_reap(node);
        start(node);
    }
}

void workers_post(struct via_node *node, struct job *job)
{
    jobs_push(&node->workers.ready, job);
    node->workers.unannounced = true;
}

bool workers_wait_for_help(const struct via_node *node)
{
    const struct workers *workers = &node->workers;
    return workers->ready.first != NULL && !workers->stop &&
           (workers->n_running < workers->limit || workers->n_joined > 0);
}

void workers_rescue(struct via_node *node)
{
    struct workers *workers = &node->workers;
    if (workers->ready.first != NULL && workers->n_run == workers->n_run_at_look) {
        workers->n_coming = 0;
        workers_announce(node);
    }
    workers->n_run_at_look = workers->n_run;
}

void workers_stand_in(struct via_node *node)
{
    struct workers *workers = &node->workers;
    if (workers->n_threads > 0 || workers->n_joined > 0 || workers->stop)
        return;
    struct seat *seat = seat_here();
    struct via_node *served = seat->serves;
    seat->serves = node;
    struct job *job = take_job(node);
    if (job != NULL)
        run_job(node, job);
    seat->serves = served;
}

static bool has_place(const struct via_node *node)
{
    const struct seat *seat = seat_here();
    return seat->in_job && seat->worker != NULL && seat->serves == node;
}

void workers_block(struct via_node *node)
{
    if (!has_place(node))
        return;
    node->workers.n_running--;
    workers_announce(node);
}

void workers_unblock(struct via_node *node)
{
    if (has_place(node))
        node->workers.n_running++;
}

bool workers_write_later(struct via_node *node)
{
    const struct seat *seat = seat_here();
    if (seat->gathers_for == node)
        return true;
    if (seat->gathers != NULL && queue_is_empty(seat->gathers))
        return false;
    return seat->in_job && seat->serves == node && node->background.waiter != NULL &&
           node->background.mode == BACKGROUND_LOOKING;
}

void workers_stop(struct via_node *node)
{
    struct workers *workers = &node->workers;
    workers->stop = true;
    lead_wake_all(node);
    while (workers->all != NULL) {
        struct worker *worker = workers->all;
        workers->all = worker->next;
        node_unlock(node);
        (void)pthread_join(worker->thread, NULL);
        node_lock(node);
        free(worker);
    }
    /* What none of them was there for is done here, so that each callback runs that was promised.
     */
    struct job *job;
    while ((job = jobs_pop(&workers->ready)) != NULL) {
        job->run(job);
        node_settle(node);
    }
}

/* ---- joining ---- */

void via_node_join(struct via_node *node)
{
    struct seat *seat = seat_here();
    struct via_node *served = seat->serves;
    struct waiter self;
    waiter_init(&self, RANK_IDLER);
    self.takes_jobs = true;
    seat->serves = node;
    node_lock(node);
    node->workers.n_joined++;
    while (serve_once(node, &self))
        ;
    node->workers.n_joined--;
    workers_announce(node);
    lead_vacated(node, true);
    node_unlock(node);
    waiter_deinit(&self);
    seat->serves = served;
    seat->leaves = false;
}

void via_node_leave(struct via_node *node)
{
    (void)node;
    seat_here()->leaves = true;
}

enum via_status via_node_set_workers(struct via_node *node, unsigned n_workers)
{
    if (n_workers == 0 || n_workers > WORKERS_MAX)
        return VIA_INVALID;
    node_lock(node);
    node->workers.limit = n_workers;
    workers_announce(node);
    node_unlock(node);
    return VIA_OK;
}
