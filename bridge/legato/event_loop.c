/*
 * One turn: what is ready enters the FIFO, then all that waits there now is run. The eventfd says
 * that the FIFO is not empty; it is written only where somebody may sleep on it: a loop that runs
 * looks into its FIFO before it sleeps, one that is served by another loop always may.
 *
 * The thread may be cancelled wherever it waits. No lock is held there: the eventfd is read and
 * written by plain system calls, which are no points of cancellation.
 */
#include "bridge/legato/event_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/fd_monitor.h"

#define READY_MAX 32 /* descriptors that one turn takes in */

struct event {
    struct event *next; /* owned */
    legato_deferred_fn func;
    void *param1;
    void *param2;
    legato_deferred_fn drop;
};

void event_loop_init(struct event_loop *loop)
{
    *loop = (struct event_loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event wake = {.events = EPOLLIN};
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &wake) < 0)
        legato_fatal("no event loop: %s", strerrorname_np(errno));
    (void)pthread_mutex_init(&loop->mutex, NULL);
}

void event_loop_deinit(struct event_loop *loop)
{
    (void)close(loop->epoll_fd);
    (void)close(loop->wake_fd);
    (void)pthread_mutex_destroy(&loop->mutex);
}

static void drop_event(struct event *event)
{
    if (event->drop != NULL)
        event->drop(event->param1, event->param2);
    free(event);
}

static void drop_all(struct event *event)
{
    while (event != NULL) {
        struct event *next = event->next;
        drop_event(event);
        event = next;
    }
}

void event_loop_close(struct event_loop *loop)
{
    (void)pthread_mutex_lock(&loop->mutex);
    struct event *event = loop->head;
    loop->head = NULL;
    loop->n_events = 0;
    loop->is_closed = true;
    (void)pthread_mutex_unlock(&loop->mutex);
    drop_all(event);
}

static void signal_locked(struct event_loop *loop)
{
    const uint64_t one = 1;
    loop->is_signalled = true;
    (void)syscall(SYS_write, loop->wake_fd, &one, sizeof one);
}

static void calm_locked(struct event_loop *loop)
{
    uint64_t count = 0;
    loop->is_signalled = false;
    (void)syscall(SYS_read, loop->wake_fd, &count, sizeof count);
}

/* Whether somebody may sleep and not see what is in the FIFO; not its own thread, which looks into
 * it before it does, also when it is within its wait. */
static bool may_sleep_locked(const struct event_loop *loop)
{
    if (!loop->is_running)
        return true;
    return loop->is_waiting && !pthread_equal(loop->runner, pthread_self());
}

static void append_locked(struct event_loop *loop, struct event *event)
{
    if (loop->head == NULL)
        loop->head = event;
    else
        loop->tail->next = event;
    loop->tail = event;
    loop->n_events++;
    if (!loop->is_signalled && may_sleep_locked(loop))
        signal_locked(loop);
}

static bool is_same(const struct event *event, legato_deferred_fn func, const void *param1,
                    const void *param2)
{
    return event->func == func && event->param1 == param1 && event->param2 == param2;
}

static struct event *make_event(legato_deferred_fn func, void *param1, void *param2,
                                legato_deferred_fn drop)
{
    struct event *event = legato_allocate(sizeof *event);
    *event = (struct event){.func = func, .param1 = param1, .param2 = param2, .drop = drop};
    return event;
}

bool event_loop_queue(struct event_loop *loop, legato_deferred_fn func, void *param1, void *param2,
                      legato_deferred_fn drop)
{
    struct event *event = make_event(func, param1, param2, drop);
    (void)pthread_mutex_lock(&loop->mutex);
    bool is_open = !loop->is_closed;
    if (is_open)
        append_locked(loop, event);
    (void)pthread_mutex_unlock(&loop->mutex);
    if (!is_open)
        free(event);
    return is_open;
}

static bool waits_locked(const struct event_loop *loop, legato_deferred_fn func, const void *param1,
                         const void *param2)
{
    for (const struct event *event = loop->head; event != NULL; event = event->next)
        if (is_same(event, func, param1, param2))
            return true;
    return false;
}

bool event_loop_queue_unique(struct event_loop *loop, legato_deferred_fn func, void *param1,
                             void *param2)
{
    struct event *event = make_event(func, param1, param2, NULL);
    (void)pthread_mutex_lock(&loop->mutex);
    bool is_taken = !loop->is_closed && !waits_locked(loop, func, param1, param2);
    if (is_taken)
        append_locked(loop, event);
    (void)pthread_mutex_unlock(&loop->mutex);
    if (!is_taken)
        free(event);
    return is_taken;
}

bool event_loop_unqueue(struct event_loop *loop, legato_deferred_fn func, void *param1,
                        void *param2)
{
    struct event *dropped = NULL;
    (void)pthread_mutex_lock(&loop->mutex);
    struct event **link = &loop->head;
    while (*link != NULL) {
        struct event *event = *link;
        if (!is_same(event, func, param1, param2)) {
            loop->tail = event;
            link = &event->next;
            continue;
        }
        *link = event->next;
        event->next = dropped;
        dropped = event;
        loop->n_events--;
    }
    if (loop->head == NULL && loop->is_signalled)
        calm_locked(loop);
    (void)pthread_mutex_unlock(&loop->mutex);
    bool was_there = dropped != NULL;
    drop_all(dropped);
    return was_there;
}

/* Waits until something is ready or waits in the FIFO, or only looks. */
static void take_in(struct event_loop *loop, bool may_wait)
{
    (void)pthread_mutex_lock(&loop->mutex);
    loop->is_waiting = may_wait && loop->head == NULL;
    int timeout_ms = loop->is_waiting ? -1 : 0;
    (void)pthread_mutex_unlock(&loop->mutex);

    struct epoll_event ready[READY_MAX];
    int n_ready = 0;
    bool has_to_look = true;
    if (timeout_ms != 0 && loop->wait != NULL) {
        has_to_look = loop->wait(loop->wait_context);
        timeout_ms = 0;
    }
    if (has_to_look)
        n_ready = epoll_wait(loop->epoll_fd, ready, READY_MAX, timeout_ms);
    if (n_ready < 0 && errno != EINTR)
        legato_fatal("an event loop cannot wait: %s", strerrorname_np(errno));

    for (int i = 0; i < n_ready; i++)
        if (ready[i].data.ptr != NULL) /* what merely wakes has none */
            (void)event_loop_queue(loop, fd_monitor_ready, ready[i].data.ptr,
                                   (void *)(uintptr_t)ready[i].events, NULL);

    (void)pthread_mutex_lock(&loop->mutex);
    loop->is_waiting = false;
    loop->n_live = loop->n_events;
    if (loop->head == NULL && loop->is_signalled)
        calm_locked(loop); /* it was roused, or what it was signalled for is taken out */
    (void)pthread_mutex_unlock(&loop->mutex);
}

static void run_one(struct event_loop *loop)
{
    (void)pthread_mutex_lock(&loop->mutex);
    loop->n_live--;
    struct event *event = loop->head;
    if (event != NULL) {
        loop->head = event->next;
        loop->n_events--;
    }
    if (loop->head == NULL && loop->is_signalled)
        calm_locked(loop);
    (void)pthread_mutex_unlock(&loop->mutex);
    if (event == NULL) /* it was taken out meanwhile */
        return;
    struct event now = *event;
    free(event);
    now.func(now.param1, now.param2);
}

void event_loop_set_wait(struct event_loop *loop, event_loop_wait_fn wait, void *context)
{
    loop->wait = wait;
    loop->wait_context = context;
}

void event_loop_rouse(struct event_loop *loop)
{
    (void)pthread_mutex_lock(&loop->mutex);
    if (!loop->is_signalled)
        signal_locked(loop);
    (void)pthread_mutex_unlock(&loop->mutex);
}

void event_loop_run(struct event_loop *loop)
{
    (void)pthread_mutex_lock(&loop->mutex);
    loop->is_running = true;
    loop->runner = pthread_self();
    (void)pthread_mutex_unlock(&loop->mutex);
    for (;;) {
        take_in(loop, true);
        while (loop->n_live > 0)
            run_one(loop);
    }
}

bool event_loop_service(struct event_loop *loop)
{
    if (loop->n_live == 0)
        take_in(loop, false);
    if (loop->n_live == 0)
        return false;
    run_one(loop);
    return true;
}

int event_loop_watch(struct event_loop *loop, int fd, uint32_t events, void *reference, bool is_new)
{
    struct epoll_event event = {.events = events, .data.ptr = reference};
    return epoll_ctl(loop->epoll_fd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) < 0 ? errno
                                                                                             : 0;
}

void event_loop_unwatch(struct event_loop *loop, int fd)
{
    /* one that was closed before its monitor is unwatched already */
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}
