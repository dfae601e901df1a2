/*
 * Signals are bits: those of the system are always there, the highest would be a sign.
 */
#include "bridge/portfolio/signal.h"

#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/operror.h"

Err signal_check(uint32 signals)
{
    if ((signals & SYSTEM_SIGNALS) != 0)
        return BADPRIV;
    return (signals & SIGNAL_SIGN) != 0 ? ILLEGALSIGNAL : 0;
}

int32 AllocSignal(uint32 sigMask)
{
    struct task *task = task_current();
    if (task == NULL)
        return 0;
    if (signal_check(sigMask) < 0)
        return ILLEGALSIGNAL;
    items_lock();
    uint32 signals = task_allocate(task, sigMask);
    items_unlock();
    return (int32)signals;
}

Err FreeSignal(uint32 sigMask)
{
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    items_lock();
    bool is_legal = signal_check(sigMask) == 0 && (sigMask & ~task->allocated) == 0;
    if (is_legal)
        task_free(task, sigMask);
    items_unlock();
    return is_legal ? 0 : ILLEGALSIGNAL;
}

static Err send(struct task *task, uint32 signals)
{
    if (task == NULL)
        return BADITEM;
    Err err = signal_check(signals);
    if (err == 0 && (signals & ~task->allocated) != 0)
        err = ILLEGALSIGNAL;
    if (err == 0)
        task_raise(task, signals);
    return err;
}

Err SendSignal(Item task, uint32 sigMask)
{
    struct task *self = task_current();
    if (self == NULL)
        return NOMEM;
    items_lock();
    Err err = send(task == 0 ? self : (struct task *)items_find_kind(task, &task_kind), sigMask);
    items_unlock();
    return err;
}

int32 WaitSignal(uint32 sigMask)
{
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    inbox_take_in(&task->inbox); /* it may find others, and not wait at all */
    items_lock();
    int32 result = ILLEGALSIGNAL;
    if ((sigMask & ~task->allocated) == 0)
        result = (int32)task_wait(task, sigMask | SIGF_ABORT);
    items_unlock();
    return result;
}
