/*
 * A condition has a list of those that wait, each with a condition of its own to be woken by, so
 * that the one that waits longest is woken, and nobody else takes its place. A signal that finds
 * nobody is kept for the next one, which does not wait then: programs of that system signal without
 * having the mutex.
 */
#include <errno.h>
#include <sys/list.h>

#include "bridge/phoenix/handle.h"
#include "bridge/phoenix/moment.h"

int condCreate(handle_t *h)
{
    return h == NULL ? -EFAULT : handle_create(HANDLE_CONDITION, h);
}

static void wake_first(struct place *condition)
{
    struct waiter *waiter = condition->waiters;
    LIST_REMOVE(&condition->waiters, waiter);
    waiter->is_woken = true;
    (void)pthread_cond_signal(&waiter->wake);
}

static void signal_one(struct place *condition)
{
    if (condition->waiters != NULL)
        wake_first(condition);
    else
        condition->is_pending = true;
}

static void enlist(struct place *condition, struct waiter *waiter)
{
    if (condition->is_pending) {
        condition->is_pending = false;
        waiter->is_woken = true;
    } else {
        LIST_ADD(&condition->waiters, waiter);
    }
    handle_wait_begins(condition);
}

/* Until it is woken, its time is over, or the handle is gone. */
static void sleep_on(struct place *condition, handle_t handle, struct waiter *waiter,
                     const struct timespec *moment)
{
    bool is_over = false;
    while (!waiter->is_woken && condition->handle == handle && !is_over) {
        if (moment == NULL)
            (void)pthread_cond_wait(&waiter->wake, &condition->guard);
        else
            is_over = pthread_cond_timedwait(&waiter->wake, &condition->guard, moment) == ETIMEDOUT;
    }
}

/* The guard is held, and is not afterwards. */
static int leave_list(struct place *condition, handle_t handle, struct waiter *waiter)
{
    if (!waiter->is_woken)
        LIST_REMOVE(&condition->waiters, waiter);
    const bool is_there = handle_wait_ends(condition, handle);
    if (is_there)
        handle_leave(condition);
    if (waiter->is_woken)
        return 0;
    return is_there ? -ETIME : -EINVAL;
}

int condWait(handle_t h, handle_t m, time_t timeout)
{
    const struct timespec moment = moment_in(timeout);
    struct place *condition = handle_enter(h, HANDLE_CONDITION);
    if (condition == NULL)
        return -EINVAL;
    struct waiter waiter = {.is_woken = false};
    moment_condition_init(&waiter.wake);
    enlist(condition, &waiter);
    handle_leave(condition);

    /* whoever has the mutex from here on, and signals, finds this thread in the list */
    const int unlocked = mutexUnlock(m);
    handle_wait_goes_on(condition);
    if (unlocked == 0)
        sleep_on(condition, h, &waiter, timeout == 0 ? NULL : &moment);
    else if (waiter.is_woken)
        signal_one(condition); /* that was for one that waits */
    const int result = leave_list(condition, h, &waiter);
    (void)pthread_cond_destroy(&waiter.wake);
    if (unlocked < 0)
        return unlocked;
    const int locked = mutexLock(m);
    return locked < 0 ? locked : result;
}

int condSignal(handle_t h)
{
    struct place *condition = handle_enter(h, HANDLE_CONDITION);
    if (condition == NULL)
        return -EINVAL;
    signal_one(condition);
    handle_leave(condition);
    return 0;
}

int condBroadcast(handle_t h)
{
    struct place *condition = handle_enter(h, HANDLE_CONDITION);
    if (condition == NULL)
        return -EINVAL;
    signal_one(condition);
    while (condition->waiters != NULL)
        wake_first(condition);
    handle_leave(condition);
    return 0;
}
