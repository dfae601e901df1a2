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

/* Whether it waited long enough. The guard of @condition is held. */
static bool sleep_until(struct place *condition, struct waiter *waiter,
                        const struct timespec *moment)
{
    if (moment != NULL)
        return pthread_cond_timedwait(&waiter->wake, &condition->guard, moment) == ETIMEDOUT;
    (void)pthread_cond_wait(&waiter->wake, &condition->guard);
    return false;
}

/* Takes a signal or waits for one; the guard of @condition is held, and is not afterwards. */
static int wait_for_signal(struct place *condition, handle_t handle, const struct timespec *moment)
{
    if (condition->is_pending) {
        condition->is_pending = false;
        handle_leave(condition);
        return 0;
    }

    struct waiter waiter = {.is_woken = false};
    moment_condition_init(&waiter.wake);
    LIST_ADD(&condition->waiters, &waiter);
    handle_wait_begins(condition);
    bool is_over = false;
    while (!waiter.is_woken && condition->handle == handle && !is_over)
        is_over = sleep_until(condition, &waiter, moment);
    if (!waiter.is_woken)
        LIST_REMOVE(&condition->waiters, &waiter);
    const bool is_there = handle_wait_ends(condition, handle);
    if (is_there)
        handle_leave(condition);
    (void)pthread_cond_destroy(&waiter.wake);
    if (waiter.is_woken)
        return 0;
    return is_there ? -ETIME : -EINVAL;
}

int condWait(handle_t h, handle_t m, time_t timeout)
{
    if (handle_shares_place(h, m))
        return -EINVAL; /* one at least is not there */
    const struct timespec moment = moment_in(timeout);
    struct place *condition = handle_enter(h, HANDLE_CONDITION);
    if (condition == NULL)
        return -EINVAL;
    /* whoever signals with the mutex locked finds this thread in the list: the guard is held */
    int result = mutexUnlock(m);
    if (result < 0) {
        handle_leave(condition);
        return result;
    }
    result = wait_for_signal(condition, h, timeout == 0 ? NULL : &moment);
    const int locked = mutexLock(m);
    return locked < 0 ? locked : result;
}

static void wake(struct place *condition)
{
    struct waiter *waiter = condition->waiters;
    LIST_REMOVE(&condition->waiters, waiter);
    waiter->is_woken = true;
    (void)pthread_cond_signal(&waiter->wake);
}

int condSignal(handle_t h)
{
    struct place *condition = handle_enter(h, HANDLE_CONDITION);
    if (condition == NULL)
        return -EINVAL;
    if (condition->waiters != NULL)
        wake(condition);
    else
        condition->is_pending = true;
    handle_leave(condition);
    return 0;
}

int condBroadcast(handle_t h)
{
    struct place *condition = handle_enter(h, HANDLE_CONDITION);
    if (condition == NULL)
        return -EINVAL;
    if (condition->waiters == NULL)
        condition->is_pending = true;
    while (condition->waiters != NULL)
        wake(condition);
    handle_leave(condition);
    return 0;
}
