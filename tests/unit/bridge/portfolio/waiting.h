/*
 * For tests: until a task waits, or is aborted while it does, and until a thread has ended.
 */
#pragma once

#include <sched.h>

#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/semaphore.h"

/* For signals. */
static inline void until_it_waits(Item number)
{
    for (bool is_waiting = false; !is_waiting; (void)sched_yield()) {
        items_lock();
        const struct task *task = (struct task *)items_find_kind(number, &task_kind);
        is_waiting = task == NULL || task->is_waiting;
        items_unlock();
    }
}

/* For signals, likewise. */
static inline void abort_once_it_waits(Item number)
{
    until_it_waits(number);
    items_lock();
    task_raise((struct task *)items_find_kind(number, &task_kind), SIGF_ABORT);
    items_unlock();
}

/* So many for a semaphore. */
static inline void until_they_wait(Item number, int n)
{
    for (int n_waiting = -1; n_waiting != n; (void)sched_yield()) {
        items_lock();
        const Semaphore *semaphore =
            (const Semaphore *)(void *)items_find_kind(number, &semaphore_kind)->node;
        const Node *node;
        n_waiting = 0;
        ScanList(&semaphore->sem_TaskWaitingList, node, const Node) n_waiting++;
        items_unlock();
    }
}

/* One that the calling task started. */
static inline void until_one_ended(void)
{
    (void)WaitSignal(SIGF_DEADTASK);
}
