/*
 * A sentry's thread idles. Where it may lead, its epoll descriptor is one of the loop's sources,
 * and one epoll_wait() waits for everything; else it sleeps in that descriptor, as it would without
 * a link, and whoever wants it to lead rings a bell in there.
 *
 * The source stays in the loop when the thread has left, for it will most likely come back; whoever
 * leads instead and finds it ready takes it out. One at a time is there.
 */
#include "bridge/sentry.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bridge/node.h"
#include "bridge/os_status.h"

static void leave_post(struct via_node *node)
{
    struct sentry *sentry = node->sentry;
    node->sentry = NULL;
    if (node->loop != NULL)
        loop_remove(node->loop, &sentry->post);
}

static void on_ready(struct loop_source *source, uint32_t events)
{
    struct sentry *sentry = (struct sentry *)((char *)source - offsetof(struct sentry, post));
    struct via_node *node = sentry->node;
    (void)events;
    sentry->is_ready = true;
    if (node->lead.leader != &sentry->waiter)
        leave_post(node);
}

static enum via_status make_bell(struct sentry *sentry)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    sentry->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (sentry->bell >= 0 && epoll_ctl(sentry->post.fd, EPOLL_CTL_ADD, sentry->bell, &event) == 0)
        return VIA_OK;
    enum via_status status = status_from_errno("sentry: bell", errno);
    if (sentry->bell >= 0)
        (void)close(sentry->bell);
    return status;
}

enum via_status sentry_create(struct via_node *node, int epoll_fd, struct sentry **sentryp)
{
    struct sentry *sentry = calloc(1, sizeof *sentry);
    if (sentry == NULL)
        return VIA_NO_MEMORY;
    sentry->post =
        (struct loop_source){.fd = epoll_fd, .events = EPOLLIN, .is_lent = true, .ready = on_ready};
    enum via_status status = make_bell(sentry);
    if (status != VIA_OK) {
        free(sentry);
        return status;
    }
    sentry->node = node_ref(node);
    waiter_init(&sentry->waiter, RANK_SENTRY);
    sentry->waiter.sentry = sentry;
    *sentryp = sentry;
    return VIA_OK;
}

struct sentry *sentry_destroy(struct sentry *sentry)
{
    if (sentry == NULL)
        return NULL;
    struct via_node *node = sentry->node;
    if (sentry->n_gathers > 0) { /* the thread ends within */
        sentry->n_gathers = 1;
        sentry_write(sentry);
    }
    node_lock(node);
    if (node->sentry == sentry)
        leave_post(node);
    node_unlock(node);
    (void)epoll_ctl(sentry->post.fd, EPOLL_CTL_DEL, sentry->bell, NULL);
    (void)close(sentry->bell);
    waiter_deinit(&sentry->waiter);
    free(sentry);
    (void)node_unref(node);
    return NULL;
}

/* ---- waiting ---- */

bool sentry_stand(struct sentry *sentry)
{
    struct via_node *node = sentry->node;
    if (node->sentry != sentry) {
        if (node->sentry != NULL)
            leave_post(node);
        if (loop_add(node->loop, &sentry->post) != VIA_OK)
            return false;
        node->sentry = sentry;
    }
    sentry->is_ready = false;
    return true;
}

void sentry_sleep(struct sentry *sentry)
{
    struct via_node *node = sentry->node;
    struct pollfd own = {.fd = sentry->post.fd, .events = POLLIN};
    (void)pthread_mutex_unlock(&node->lock);
    (void)poll(&own, 1, -1);
    (void)pthread_mutex_lock(&node->lock);
}

void sentry_ring(struct sentry *sentry)
{
    uint64_t one = 1;
    (void)!write(sentry->bell, &one, sizeof one);
}

bool sentry_wait(struct sentry *sentry)
{
    struct via_node *node = sentry->node;
    node_lock(node);
    sentry->waiter.thread = pthread_self();
    sentry->is_ready = true;
    connection_flush(node);
    if (seat_here()->first == NULL) { /* else there may be something for this thread in there */
        node_settle(node);
        lead_idle(node, &sentry->waiter, LEAD_FOR_EVER);
        lead_vacated(node, false);
    }
    bool is_ready = sentry->is_ready;
    node_unlock(node);
    return is_ready;
}

/* ---- calling off ---- */

void sentry_heed(const struct sentry *sentry)
{
    seat_here()->called_off = sentry != NULL ? &sentry->is_called_off : NULL;
}

void sentry_call_off(struct sentry *sentry)
{
    struct via_node *node = sentry->node;
    node_lock(node);
    atomic_store(&sentry->is_called_off, true);
    lead_wake_all(node); /* it happens seldom, and whoever is not meant sleeps on */
    node_unlock(node);
}

/* ---- writing ---- */

void sentry_gather(struct sentry *sentry, const struct via_queue *queue)
{
    struct seat *seat = seat_here();
    if (sentry->n_gathers++ > 0)
        return;
    sentry->was_in_job = seat->in_job;
    sentry->served = seat->serves;
    seat->in_job = true;
    seat->serves = sentry->node;
    seat->gathers = queue;
}

void sentry_write(struct sentry *sentry)
{
    struct seat *seat = seat_here();
    if (--sentry->n_gathers > 0)
        return;
    seat->in_job = sentry->was_in_job;
    seat->serves = sentry->served;
    seat->gathers = NULL;
    node_lock(sentry->node);
    connection_flush(sentry->node);
    node_unlock(sentry->node);
}
