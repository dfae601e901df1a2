/*
 * A semaphore that is unlocked for the last time is handed to the one that waits longest, so nobody
 * overtakes it. Who waits does so on a condition of its task's, and does not read the link
 * meanwhile: semaphores are held briefly.
 */
#include "include/portfolio/semaphore.h"

#include <inttypes.h>
#include <stdbool.h>
#include <time.h>

#include "bridge/log.h"
#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/name.h"
#include "bridge/portfolio/semaphore.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/operror.h"

#define NOBODY (-1)
#define HELD_MAX_MS 1000u /* longer is told in the log, of one that others wait for */

struct semaphore {
    struct item item;      /* first */
    void (*between)(void); /* NULL: it is a program's */
    uint64_t locked_ms;    /* when, unless it is a program's */
};

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
    .private_size = sizeof(struct semaphore),
    .public_size = sizeof(Semaphore),
    .begun = begun,
    .ended = ended,
    .may_be_given = may_be_given,
};

struct item *semaphore_make(void (*between)(void))
{
    struct item *item = item_create(&semaphore_kind, sizeof(Semaphore));
    if (item == NULL)
        return NULL;
    (void)begun(item, NULL);
    ((struct semaphore *)item)->between = between;
    if (items_enter(item, NULL) == 0)
        return item;
    item_destroy(item);
    return NULL;
}

bool semaphore_is_locked(const struct item *item)
{
    return public_of(item)->sem_bit != 0;
}

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

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* What is the library's own to do between who had it and who is next. */
static void pass_by(struct semaphore *own, const struct task *next)
{
    bool was_locked = public_of(&own->item)->sem_bit != 0;
    uint64_t ms = now_ms();
    own->between();
    if (was_locked && ms - own->locked_ms > HELD_MAX_MS)
        log_warn("portfolio.table", "locked_ms=%" PRIu64, ms - own->locked_ms);
    if (next != NULL)
        own->locked_ms = ms;
}

static void grant(struct item *item, const struct task *task)
{
    Semaphore *semaphore = public_of(item);
    if (((struct semaphore *)item)->between != NULL)
        pass_by((struct semaphore *)item, task);
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

static int32 lock_it(struct item *item, struct task *task, uint32 flags)
{
    if (item == NULL)
        return BADITEM;
    if ((flags & ~(uint32)SEM_WAIT) != 0)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadLockArg);
    Semaphore *semaphore = public_of(item);
    if (semaphore->sem_bit == 0) {
        grant(item, task);
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
    inbox_take_in(&task->inbox); /* it may be what the semaphore guards */
    items_lock();
    int32 result = lock_it(items_find_kind(s, &semaphore_kind), task, flags);
    items_unlock();
    (void)task_current(); /* it may have been deleted while it waited */
    return result;
}

static void hand_on(struct item *item)
{
    const struct turn *turn = end_turn(public_of(item), false);
    grant(item, turn != NULL ? turn->task : NULL);
}

static bool has_locked(const struct task *task, const Semaphore *semaphore)
{
    return semaphore->sem_bit != 0 && semaphore->sem_Owner == task_number(task);
}

static Err unlock_it(struct item *item, const struct task *task)
{
    if (item == NULL)
        return BADITEM;
    Semaphore *semaphore = public_of(item);
    if (!has_locked(task, semaphore))
        return NOTOWNER;
    if (--semaphore->sem_NestCnt == 0)
        hand_on(item);
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
    for (struct item *item = items_first(&semaphore_kind); item != NULL; item = item->next)
        if (has_locked(task, public_of(item)))
            hand_on(item);
}
