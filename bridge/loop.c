/*
 * One epoll descriptor. Sources stand in a table by descriptor; what epoll carries for each is the
 * descriptor and the generation of its place there, never a pointer, so that a source which another
 * thread removed between epoll_wait and the lock, or which an earlier event of the same batch
 * removed, is simply not found any more.
 *
 * Timers stand in a binary heap, tasks in a list. The eventfd is edge triggered and never read:
 * each write is an edge of its own.
 */
#include "bridge/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "bridge/os_status.h"

#define BATCH_MAX 64        /* events taken from the kernel at once */
#define TASKS_MAX 4096u     /* tasks run in a row, should they defer each other for ever */
#define WAKE_KEY UINT64_MAX /* the eventfd's, which is no source */

struct slot {
    struct loop_source *source; /* borrowed; NULL: free */
    uint32_t generation;
};

/* Whether loop_wake() has to write. */
enum sleep { AWAKE, ASLEEP, WOKEN };

struct loop {
    struct slot *slots; /* owned, by descriptor */
    size_t n_slots;
    struct loop_timer **heap; /* owned, from 1 */
    size_t n_timers, heap_size;
    struct loop_task *first, **last; /* borrowed tasks */
    uint8_t *buffer;                 /* owned */
    uint64_t until_ms;               /* how long a turn that waits does so at most */
    uint64_t turn_ms;                /* the time, read in this turn; 0: not yet */
    bool waits;                      /* a turn waits, its lock let go */
    atomic_int sleep;                /* enum sleep */
    int epoll_fd, wake_fd;           /* owned */
};

uint64_t loop_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

uint64_t loop_turn_ms(struct loop *loop)
{
    if (loop->turn_ms == 0)
        loop->turn_ms = loop_now();
    return loop->turn_ms;
}

enum via_status loop_create(struct loop **loopp)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL)
        return VIA_NO_MEMORY;
    loop->last = &loop->first;
    loop->wake_fd = -1;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd >= 0)
        loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event wake = {.events = EPOLLIN | EPOLLET, .data.u64 = WAKE_KEY};
    if (loop->wake_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &wake) < 0) {
        enum via_status status = status_from_errno("loop: create", errno);
        loop_destroy(loop);
        return status;
    }
    loop->buffer = malloc(LOOP_BUFFER_SIZE);
    if (loop->buffer == NULL) {
        loop_destroy(loop);
        return VIA_NO_MEMORY;
    }
    *loopp = loop;
    return VIA_OK;
}

struct loop *loop_destroy(struct loop *loop)
{
    if (loop == NULL)
        return NULL;
    if (loop->epoll_fd >= 0)
        (void)close(loop->epoll_fd);
    if (loop->wake_fd >= 0)
        (void)close(loop->wake_fd);
    free(loop->slots);
    free(loop->heap);
    free(loop->buffer);
    free(loop);
    return NULL;
}

void loop_abandon(struct loop *loop)
{
    /* epoll_ctl() would act on the parent's epoll, which this one is. */
    for (size_t fd = 0; fd < loop->n_slots; fd++)
        if (loop->slots[fd].source != NULL && !loop->slots[fd].source->is_lent)
            (void)close((int)fd);
    (void)close(loop->epoll_fd);
    (void)close(loop->wake_fd);
    for (size_t at = 1; at <= loop->n_timers; at++)
        loop->heap[at]->place = 0;
    while (loop->first != NULL)
        loop_undefer(loop, loop->first);
}

uint8_t *loop_buffer(struct loop *loop)
{
    return loop->buffer;
}

/* ---- sources ---- */

static struct epoll_event event_of(const struct loop *loop, const struct loop_source *source)
{
    uint64_t generation = loop->slots[source->fd].generation;
    return (struct epoll_event){.events = source->events,
                                .data.u64 = generation << 32 | (uint32_t)source->fd};
}

static bool is_added(const struct loop *loop, const struct loop_source *source)
{
    return source->fd >= 0 && (size_t)source->fd < loop->n_slots &&
           loop->slots[source->fd].source == source;
}

static enum via_status make_slot(struct loop *loop, size_t fd)
{
    if (fd < loop->n_slots)
        return VIA_OK;
    size_t n = loop->n_slots == 0 ? 64 : loop->n_slots;
    while (n <= fd)
        n *= 2;
    struct slot *slots = realloc(loop->slots, n * sizeof *slots);
    if (slots == NULL)
        return VIA_NO_MEMORY;
    for (size_t i = loop->n_slots; i < n; i++)
        slots[i] = (struct slot){0};
    loop->slots = slots;
    loop->n_slots = n;
    return VIA_OK;
}

enum via_status loop_add(struct loop *loop, struct loop_source *source)
{
    assert(source->fd >= 0);
    enum via_status status = make_slot(loop, (size_t)source->fd);
    if (status != VIA_OK)
        return status;
    struct slot *slot = &loop->slots[source->fd];
    assert(slot->source == NULL);
    struct epoll_event event = event_of(loop, source);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0)
        return status_from_errno("loop: add", errno);
    slot->source = source;
    return VIA_OK;
}

enum via_status loop_change(struct loop *loop, struct loop_source *source, uint32_t events)
{
    assert(is_added(loop, source));
    if (source->events == events)
        return VIA_OK;
    uint32_t before = source->events;
    source->events = events;
    struct epoll_event event = event_of(loop, source);
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event) == 0)
        return VIA_OK;
    source->events = before;
    return status_from_errno("loop: change", errno);
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
    if (!is_added(loop, source))
        return;
    struct slot *slot = &loop->slots[source->fd];
    slot->source = NULL;
    slot->generation++;
    /* Fails for a descriptor that is closed already, which left epoll by that. */
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
}

static void run_ready(struct loop *loop, const struct epoll_event *batch, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t key = batch[i].data.u64;
        if (key == WAKE_KEY)
            continue;
        struct slot *slot = &loop->slots[(uint32_t)key];
        if (slot->source == NULL || slot->generation != (uint32_t)(key >> 32))
            continue;
        /* What was wanted when the kernel was asked may not be wanted any more. */
        uint32_t events = batch[i].events & (slot->source->events | EPOLLERR | EPOLLHUP);
        if (events != 0)
            slot->source->ready(slot->source, events);
    }
}

/* ---- timers ---- */

static void place(struct loop *loop, struct loop_timer *timer, size_t at)
{
    loop->heap[at] = timer;
    timer->place = at;
}

/* Moves @timer from the hole at @at to where it belongs, up or down. */
static void settle(struct loop *loop, struct loop_timer *timer, size_t at)
{
    for (; at > 1 && loop->heap[at / 2]->at_ms > timer->at_ms; at /= 2)
        place(loop, loop->heap[at / 2], at);
    for (;;) {
        size_t child = at * 2;
        if (child > loop->n_timers)
            break;
        if (child < loop->n_timers && loop->heap[child + 1]->at_ms < loop->heap[child]->at_ms)
            child++;
        if (loop->heap[child]->at_ms >= timer->at_ms)
            break;
        place(loop, loop->heap[child], at);
        at = child;
    }
    place(loop, timer, at);
}

enum via_status loop_arm(struct loop *loop, struct loop_timer *timer, uint64_t at_ms)
{
    if (timer->place == 0) {
        if (loop->n_timers + 1 >= loop->heap_size) {
            size_t size = loop->heap_size == 0 ? 32 : loop->heap_size * 2;
            struct loop_timer **heap = realloc(loop->heap, size * sizeof(struct loop_timer *));
            if (heap == NULL)
                return VIA_NO_MEMORY;
            loop->heap = heap;
            loop->heap_size = size;
        }
        timer->place = ++loop->n_timers;
    }
    timer->at_ms = at_ms;
    settle(loop, timer, timer->place);
    if (loop->waits && at_ms < loop->until_ms)
        loop_wake(loop);
    return VIA_OK;
}

void loop_disarm(struct loop *loop, struct loop_timer *timer)
{
    size_t at = timer->place;
    if (at == 0)
        return;
    timer->place = 0;
    struct loop_timer *last = loop->heap[loop->n_timers--];
    if (last != timer)
        settle(loop, last, at);
}

static void run_timers(struct loop *loop)
{
    if (loop->n_timers == 0)
        return;
    uint64_t now = loop_turn_ms(loop);
    /* One that arms itself anew for a time gone by waits for the next turn. */
    for (size_t left = loop->n_timers; left > 0 && loop->n_timers > 0; left--) {
        struct loop_timer *timer = loop->heap[1];
        if (timer->at_ms > now)
            return;
        loop_disarm(loop, timer);
        timer->fired(timer);
    }
}

/* ---- tasks ---- */

void loop_defer(struct loop *loop, struct loop_task *task)
{
    if (task->queued)
        return;
    task->queued = true;
    task->next = NULL;
    *loop->last = task;
    loop->last = &task->next;
    if (loop->waits)
        loop_wake(loop);
}

void loop_undefer(struct loop *loop, struct loop_task *task)
{
    if (!task->queued)
        return;
    struct loop_task **at = &loop->first;
    while (*at != task)
        at = &(*at)->next;
    *at = task->next;
    if (loop->last == &task->next)
        loop->last = at;
    task->queued = false;
}

/* Whether there were any. */
static bool run_tasks(struct loop *loop)
{
    size_t n = 0;
    for (; n < TASKS_MAX && loop->first != NULL; n++) {
        struct loop_task *task = loop->first;
        loop_undefer(loop, task);
        task->run(task);
    }
    return n > 0;
}

/* ---- turning ---- */

void loop_wake(struct loop *loop)
{
    if (atomic_exchange(&loop->sleep, WOKEN) != ASLEEP)
        return;
    uint64_t one = 1;
    (void)!write(loop->wake_fd, &one, sizeof one);
}

/* How long to wait, when the caller allows @wait_ms (-1: for ever). */
static int patience(struct loop *loop, int wait_ms)
{
    loop->until_ms = UINT64_MAX;
    if (loop->first != NULL || wait_ms == 0)
        return 0;
    if (loop->n_timers == 0 && wait_ms < 0)
        return -1;
    uint64_t now = loop_now();
    if (wait_ms > 0)
        loop->until_ms = now + (uint64_t)wait_ms;
    if (loop->n_timers > 0 && loop->heap[1]->at_ms < loop->until_ms)
        loop->until_ms = loop->heap[1]->at_ms;
    if (loop->until_ms <= now)
        return 0;
    uint64_t left = loop->until_ms - now;
    return left < INT32_MAX ? (int)left : INT32_MAX;
}

static int wait_for_events(struct loop *loop, struct epoll_event *batch, int wait_ms,
                           pthread_mutex_t *lock, const sigset_t *mask)
{
    int awake = AWAKE;
    if (wait_ms != 0 && !atomic_compare_exchange_strong(&loop->sleep, &awake, ASLEEP))
        wait_ms = 0; /* woken beforehand */
    loop->waits = true;
    if (lock != NULL)
        (void)pthread_mutex_unlock(lock);
    int n = epoll_pwait(loop->epoll_fd, batch, BATCH_MAX, wait_ms, mask);
    int number = errno;
    if (lock != NULL)
        (void)pthread_mutex_lock(lock);
    loop->waits = false;
    loop->turn_ms = 0;
    atomic_store(&loop->sleep, AWAKE);
    errno = number;
    return n;
}

enum via_status loop_turn(struct loop *loop, int wait_ms, pthread_mutex_t *lock)
{
    bool interrupted;
    return loop_turn_heeding(loop, wait_ms, lock, NULL, &interrupted);
}

enum via_status loop_turn_heeding(struct loop *loop, int wait_ms, pthread_mutex_t *lock,
                                  const sigset_t *mask, bool *interruptedp)
{
    if (run_tasks(loop))
        wait_ms = 0; /* the caller may have what it wants */
    struct epoll_event batch[BATCH_MAX];
    int n = wait_for_events(loop, batch, patience(loop, wait_ms), lock, mask);
    if (n < 0 && errno != EINTR)
        return status_from_errno("loop: epoll_wait", errno);
    if (n < 0)
        *interruptedp = true;
    run_ready(loop, batch, n);
    /* Whoever was held up for long acts on what has come before it judges what has not. */
    (void)run_tasks(loop);
    run_timers(loop);
    (void)run_tasks(loop);
    return VIA_OK;
}
