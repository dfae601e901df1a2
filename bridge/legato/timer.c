/*
 * The timers of a thread that run are a list, the next to run out first; one timerfd tells of that
 * one. When it tells, those that have run out by then are handled, each once: one that is late for
 * several times is handled again in the loop's next turn, so that it keeps nobody else waiting.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bridge/legato/fatal.h"
#include "bridge/legato/reference.h"
#include "bridge/legato/thread_state.h"
#include "include/legato/le_fdMonitor.h"
#include "include/legato/le_timer.h"

#define NAME_SIZE 32u
#define MS_PER_SEC 1000
#define USEC_PER_MS 1000
#define NSEC_PER_USEC 1000

struct timer {
    struct timer *next;           /* of its thread's that run */
    struct legato_thread *thread; /* a count, while it runs; NULL: it does not */
    void *reference;
    le_timer_ExpiryHandler_t handler;
    void *context; /* the program's */
    le_clk_Time_t interval;
    le_clk_Time_t began; /* when this interval did */
    uint32_t repeat;     /* 0: for ever */
    uint32_t n_expired;
    uint32_t round; /* of its thread's handling, the last in which it was handled */
    char name[NAME_SIZE];
};

static _Thread_local struct {
    struct timer *first; /* owned by the program */
    int fd;              /* owned, while @monitor is there */
    le_fdMonitor_Ref_t monitor;
    uint32_t round;
} mine;

static struct timer *timer_of(le_timer_Ref_t reference, const char *function)
{
    struct timer *timer = reference_find(REFERENCE_TIMER, reference);
    if (timer == NULL)
        legato_fatal("%s: %p is no timer", function, (void *)reference);
    return timer;
}

static bool runs(const struct timer *timer)
{
    return timer->thread != NULL;
}

/* One that runs is its thread's. */
static struct timer *my_timer(le_timer_Ref_t reference, const char *function)
{
    struct timer *timer = timer_of(reference, function);
    struct legato_thread *here = legato_thread_here();
    if (runs(timer) && timer->thread != here)
        legato_fatal("%s: timer '%s' runs in thread '%s', this is '%s'", function, timer->name,
                     legato_thread_name(timer->thread), legato_thread_name(here));
    return timer;
}

static le_clk_Time_t due(const struct timer *timer)
{
    return le_clk_Add(timer->began, timer->interval);
}

static void arm(void)
{
    struct itimerspec spec = {0};
    if (mine.first != NULL) {
        le_clk_Time_t next = due(mine.first);
        spec.it_value.tv_sec = next.sec;
        /* all zeros would disarm it */
        spec.it_value.tv_nsec = next.sec == 0 && next.usec == 0 ? 1 : next.usec * NSEC_PER_USEC;
    }
    if (timerfd_settime(mine.fd, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
        legato_fatal("no timer: %s", strerrorname_np(errno));
}

static void insert(struct timer *timer)
{
    le_clk_Time_t when = due(timer);
    struct timer **link = &mine.first;
    while (*link != NULL && !le_clk_GreaterThan(due(*link), when))
        link = &(*link)->next;
    timer->next = *link;
    *link = timer;
}

static void take_out(struct timer *timer)
{
    struct timer **link = &mine.first;
    while (*link != timer)
        link = &(*link)->next;
    *link = timer->next;
}

static void stop(struct timer *timer)
{
    take_out(timer);
    timer->thread = legato_thread_unref(timer->thread);
}

static struct timer *next_expired(le_clk_Time_t now, uint32_t round)
{
    for (struct timer *timer = mine.first; timer != NULL; timer = timer->next) {
        if (le_clk_GreaterThan(due(timer), now))
            return NULL;
        if (timer->round != round)
            return timer;
    }
    return NULL;
}

static void expire(struct timer *timer, uint32_t round)
{
    timer->round = round;
    timer->n_expired++;
    if (timer->repeat != 0 && timer->n_expired >= timer->repeat) {
        stop(timer);
    } else {
        take_out(timer);
        timer->began = due(timer);
        insert(timer);
    }
    if (timer->handler != NULL)
        timer->handler((le_timer_Ref_t)timer->reference);
}

static void handle_expired(int fd, short events)
{
    (void)events;
    uint64_t count = 0;
    if (read(fd, &count, sizeof count) < 0)
        return; /* it was set anew since it was ready */
    uint32_t round = ++mine.round;
    le_clk_Time_t now = le_clk_GetRelativeTime();
    for (struct timer *timer = next_expired(now, round); timer != NULL;
         timer = next_expired(now, round))
        expire(timer, round);
    arm();
}

static void forget_mine(void *context)
{
    (void)context;
    while (mine.first != NULL)
        stop(mine.first);
    (void)close(mine.fd); /* its monitor was deleted before, or is by the thread's end */
    mine.monitor = NULL;
}

static void begin_mine(struct legato_thread *thread)
{
    if (mine.monitor != NULL)
        return;
    mine.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (mine.fd < 0)
        legato_fatal("no timer: %s", strerrorname_np(errno));
    legato_thread_at_end(thread, forget_mine, NULL);
    mine.monitor = le_fdMonitor_Create("timers", mine.fd, handle_expired, POLLIN);
}

static void start(struct timer *timer)
{
    struct legato_thread *thread = legato_thread_here();
    begin_mine(thread);
    timer->thread = legato_thread_ref(thread);
    timer->began = le_clk_GetRelativeTime();
    timer->n_expired = 0;
    timer->round = mine.round; /* not in the round that goes on, if one does */
    insert(timer);
    arm();
}

/* ---- what the program sees ---- */

le_timer_Ref_t le_timer_Create(const char *nameStr)
{
    struct timer *timer = legato_allocate(sizeof *timer);
    timer->repeat = 1;
    memcpy(timer->name, nameStr, strnlen(nameStr, NAME_SIZE - 1));
    timer->reference = reference_create(REFERENCE_TIMER, timer);
    return timer->reference;
}

void le_timer_Delete(le_timer_Ref_t timerRef)
{
    struct timer *timer = my_timer(timerRef, __func__);
    if (runs(timer)) {
        stop(timer);
        arm();
    }
    (void)reference_delete(REFERENCE_TIMER, timer->reference);
    free(timer);
}

le_result_t le_timer_SetHandler(le_timer_Ref_t timerRef, le_timer_ExpiryHandler_t handlerFunc)
{
    struct timer *timer = my_timer(timerRef, __func__);
    if (runs(timer))
        return LE_BUSY;
    timer->handler = handlerFunc;
    return LE_OK;
}

le_result_t le_timer_SetInterval(le_timer_Ref_t timerRef, le_clk_Time_t interval)
{
    struct timer *timer = my_timer(timerRef, __func__);
    if (!runs(timer)) {
        timer->interval = interval;
        return LE_OK;
    }
    take_out(timer);
    timer->interval = interval;
    insert(timer);
    arm();
    return LE_OK;
}

le_result_t le_timer_SetMsInterval(le_timer_Ref_t timerRef, uint32_t interval)
{
    return le_timer_SetInterval(
        timerRef, (le_clk_Time_t){.sec = interval / MS_PER_SEC,
                                  .usec = (long)(interval % MS_PER_SEC) * USEC_PER_MS});
}

le_result_t le_timer_SetRepeat(le_timer_Ref_t timerRef, uint32_t repeatCount)
{
    struct timer *timer = my_timer(timerRef, __func__);
    if (runs(timer))
        return LE_BUSY;
    timer->repeat = repeatCount;
    return LE_OK;
}

le_result_t le_timer_SetContextPtr(le_timer_Ref_t timerRef, void *contextPtr)
{
    my_timer(timerRef, __func__)->context = contextPtr;
    return LE_OK;
}

le_result_t le_timer_SetWakeup(le_timer_Ref_t timerRef, bool wakeupEnabled)
{
    (void)wakeupEnabled; /* it is about systems that sleep */
    return runs(my_timer(timerRef, __func__)) ? LE_BUSY : LE_OK;
}

void *le_timer_GetContextPtr(le_timer_Ref_t timerRef)
{
    return timer_of(timerRef, __func__)->context;
}

static uint32_t in_ms(le_clk_Time_t time)
{
    unsigned long long ms =
        (unsigned long long)time.sec * MS_PER_SEC + (unsigned long long)time.usec / USEC_PER_MS;
    return ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

le_clk_Time_t le_timer_GetInterval(le_timer_Ref_t timerRef)
{
    return timer_of(timerRef, __func__)->interval;
}

uint32_t le_timer_GetMsInterval(le_timer_Ref_t timerRef)
{
    return in_ms(le_timer_GetInterval(timerRef));
}

uint32_t le_timer_GetExpiryCount(le_timer_Ref_t timerRef)
{
    return timer_of(timerRef, __func__)->n_expired;
}

le_clk_Time_t le_timer_GetTimeRemaining(le_timer_Ref_t timerRef)
{
    const struct timer *timer = timer_of(timerRef, __func__);
    le_clk_Time_t now = le_clk_GetRelativeTime();
    if (!runs(timer) || !le_clk_GreaterThan(due(timer), now))
        return (le_clk_Time_t){0};
    return le_clk_Sub(due(timer), now);
}

uint32_t le_timer_GetMsTimeRemaining(le_timer_Ref_t timerRef)
{
    return in_ms(le_timer_GetTimeRemaining(timerRef));
}

bool le_timer_IsRunning(le_timer_Ref_t timerRef)
{
    return runs(timer_of(timerRef, __func__));
}

le_result_t le_timer_Start(le_timer_Ref_t timerRef)
{
    struct timer *timer = my_timer(timerRef, __func__);
    if (runs(timer))
        return LE_BUSY;
    start(timer);
    return LE_OK;
}

le_result_t le_timer_Stop(le_timer_Ref_t timerRef)
{
    struct timer *timer = my_timer(timerRef, __func__);
    if (!runs(timer))
        return LE_FAULT;
    stop(timer);
    arm();
    return LE_OK;
}

void le_timer_Restart(le_timer_Ref_t timerRef)
{
    struct timer *timer = my_timer(timerRef, __func__);
    if (runs(timer))
        stop(timer);
    start(timer);
}
