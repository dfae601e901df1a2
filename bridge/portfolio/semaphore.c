/*
 * A semaphore that is unlocked for the last time is handed to the one that waits longest, so nobody
 * overtakes it. Who waits does so on a condition of its task's, and does not read the link
 * meanwhile: semaphores are held briefly.
 */
#include "include/portfolio/semaphore.h"

#include <stdbool.h>

#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/name.h"
#include "bridge/portfolio/semaphore.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/operror.h"

#define NOBODY (-1)

/* A task that waits, in its thread's own storage. */
struct turn {
    NamelessNode node; /* first: of sem_TaskWaitingList */
    struct task *task;
    bool is_over; /* it was handed the semaphore, or that is gone */
    bool is_gone;
};

static Semaphore *public_of(const struct item *item)
{
    return (Semaphore *)(void *)item->node;
}

/* ---- life ---- */

static Err begun(struct item *item, struct task *owner)
{
    (void)owner;
    public_of(item)->sem_Owner = NOBODY;
    InitList(&public_of(item)->sem_TaskWaitingList, NULL);
    return 0;
}

/* The one that waits longest does not any more. NULL: nobody waits. */
static struct turn *end_turn(Semaphore *semaphore, bool is_gone)
{
    struct turn *turn = (struct turn *)(void *)RemHead(&semaphore->sem_TaskWaitingList);
    if (turn == NULL)
        return NULL;
    turn->is_gone = is_gone;
    turn->is_over = true;
    (void)pthread_cond_signal(&turn->task->granted);
    return turn;
}

static bool ended(struct item *item)
{
    while (end_turn(public_of(item), true) != NULL) {
    }
    return true;
}

static Err may_be_given(const struct item *item)
{
    bool is_locked = public_of(item)->sem_bit != 0;
    return is_locked ? MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_CantSetOwner) : 0;
}

const struct item_kind semaphore_kind = {
    .type = SEMAPHORENODE,
    .is_created = true,
    .has_names = true,
    .private_size = sizeof(struct item),
    .public_size = sizeof(Semaphore),
    .begun = begun,
    .ended = ended,
    .may_be_given = may_be_given,
};

static Item create(const char *name, uint8 priority, uint32 unique)
{
    TagArg tags[] = {{TAG_ITEM_PRI, (void *)(uintptr_t)priority},
                     {unique, NULL},
                     {name != NULL ? TAG_ITEM_NAME : TAG_NOP, name_for_reading(name)},
                     {TAG_END, NULL}};
    return CreateItem(MKNODEID(KERNELNODE, SEMAPHORENODE), tags);
}

Item CreateSemaphore(const char *name, uint8 pri)
{
    return create(name, pri, TAG_NOP);
}

Item CreateUniqueSemaphore(const char *name, uint8 pri)
{
    return create(name, pri, TAG_ITEM_UNIQUE_NAME);
}

/* ---- locking ---- */

static void grant(Semaphore *semaphore, const struct task *task)
{
    semaphore->sem_bit = task != NULL;
    semaphore->sem_Owner = task != NULL ? task_number(task) : NOBODY;
    semaphore->sem_NestCnt = task != NULL;
}

/* The lock held, and let go meanwhile. */
static int32 wait_for(Semaphore *semaphore, struct task *task)
{
    struct turn turn = {.node = {.n_SubsysType = KERNELNODE, .n_Type = SEMA4WAIT}, .task = task};
    AddTail(&semaphore->sem_TaskWaitingList, (Node *)(void *)&turn.node);
    while (!turn.is_over && !atomic_load(&task->is_deleted))
        items_wait(&task->granted);
    if (!turn.is_over)
        RemNode((Node *)(void *)&turn.node); /* its thread ends at its next look */
    return turn.is_over && !turn.is_gone ? 1 : BADITEM;
}

static int32 lock_it(const struct item *item, struct task *task, uint32 flags)
{
    if (item == NULL)
        return BADITEM;
    if ((flags & ~(uint32)SEM_WAIT) != 0)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadLockArg);
    Semaphore *semaphore = public_of(item);
    if (semaphore->sem_bit == 0) {
        grant(semaphore, task);
        return 1;
    }
    if (semaphore->sem_Owner == task_number(task)) {
        semaphore->sem_NestCnt++;
        return 1;
    }
    return (flags & SEM_WAIT) != 0 ? wait_for(semaphore, task) : 0;
}

int32 LockSemaphore(Item s, uint32 flags)
{
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    items_lock();
    int32 result = lock_it(items_find_kind(s, &semaphore_kind), task, flags);
    items_unlock();
    (void)task_current(); /* it may have been deleted while it waited */
    return result;
}

static void hand_on(Semaphore *semaphore)
{
    const struct turn *turn = end_turn(semaphore, false);
    grant(semaphore, turn != NULL ? turn->task : NULL);
}

static bool has_locked(const struct task *task, const Semaphore *semaphore)
{
    return semaphore->sem_bit != 0 && semaphore->sem_Owner == task_number(task);
}

static Err unlock_it(const struct item *item, const struct task *task)
{
    if (item == NULL)
        return BADITEM;
    Semaphore *semaphore = public_of(item);
    if (!has_locked(task, semaphore))
        return NOTOWNER;
    if (--semaphore->sem_NestCnt == 0)
        hand_on(semaphore);
    return 0;
}

Err UnlockSemaphore(Item s)
{
    const struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    items_lock();
    Err err = unlock_it(items_find_kind(s, &semaphore_kind), task);
    items_unlock();
    return err;
}

void semaphore_let_go(const struct task *task)
{
    for (const struct item *item = items_first(&semaphore_kind); item != NULL; item = item->next)
        if (has_locked(task, public_of(item)))
            hand_on(public_of(item));
}
