/*
 * The thread that a task is of is the only one to free it. Another may delete its Item: the task is
 * found no more then, and its thread is roused to end.
 *
 * What programs see of signals is a copy that the task's own thread makes: others raise them in
 * here.
 *
 * In a child of fork() there are no Items, and its one thread is a new task.
 */
#include "bridge/portfolio/task.h"

#include <errno.h>
#include <viaduct/node.h>

#include "bridge/portfolio/device.h"
#include "bridge/portfolio/foreign.h"
#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/message.h"
#include "bridge/portfolio/semaphore.h"
#include "bridge/portfolio/senders.h"
#include "bridge/portfolio/table.h"
#include "include/portfolio/kernel.h"

#define PRIORITY_DEFAULT 100

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* for the end of threads */

static _Thread_local struct task *mine; /* NULL: none yet */
static _Thread_local Task nobody;       /* where there is no memory */
static _Thread_local struct portfolio_kernel base;

/* ---- fork ---- */

static void after_fork_in_child(void)
{
    items_forget();
    device_forget();
    foreign_forget();
    senders_forget();
    table_forget();
    mine = NULL;
    (void)pthread_setspecific(key, NULL);
}

/* ---- its end ---- */

static bool ended(struct item *item)
{
    struct task *task = (struct task *)item;
    task_public(task)->t_ThreadTask = NULL;
    atomic_store(&task->is_deleted, true);
    (void)pthread_cond_signal(&task->granted);
    if (task->is_waiting) {
        task->is_waiting = false;
        inbox_rouse(&task->inbox);
    }
    return false;
}

static void released(struct item *item)
{
    struct task *task = (struct task *)item;
    inbox_deinit(&task->inbox);
    (void)pthread_cond_destroy(&task->granted);
}

static void end_thread(void *object)
{
    struct task *task = object;
    struct item *gone = NULL;
    mine = NULL;
    items_lock();
    if (!atomic_load(&task->is_deleted))
        items_leave(&task->item, &gone);
    while (task->owned != NULL)
        items_leave(task->owned, &gone);
    message_return_held(task);
    semaphore_let_go(task);
    struct item *parent = items_find_kind(task->parent, &task_kind);
    if (parent != NULL)
        task_raise((struct task *)parent, SIGF_DEADTASK);
    items_unlock();
    items_release(gone);
    item_destroy(&task->item);
}

/* The node is there before, so that its lock is taken after ours. */
static void prepare(void)
{
    (void)via_node_default();
    (void)pthread_key_create(&key, end_thread);
    (void)pthread_atfork(items_lock, items_unlock, after_fork_in_child);
}

/* ---- its begin ---- */

static void show(struct task *task)
{
    Task *public = task_public(task);
    public->t_SigBits = task->signals;
    public->t_WaitBits = task->waits_for;
    public->t_AllocatedSigs = task->allocated;
}

/* Others' are as they last looked at themselves. */
static void shown(struct item *item)
{
    if (mine != NULL && item == &mine->item)
        show(mine);
}

const struct item_kind task_kind = {
    .type = TASKNODE,
    .has_names = true,
    .private_size = sizeof(struct task),
    .public_size = sizeof(Task),
    .ended = ended,
    .released = released,
    .shown = shown,
};

struct task *task_create(const char *name)
{
    (void)pthread_once(&once, prepare);
    struct task *task = (struct task *)item_create(&task_kind, sizeof(Task));
    if (task == NULL)
        return NULL;
    (void)pthread_cond_init(&task->granted, NULL);
    atomic_init(&task->is_deleted, false);
    task->allocated = SYSTEM_SIGNALS;
    task->item.node->n_Priority = PRIORITY_DEFAULT;
    if (inbox_init(&task->inbox) == VIA_OK && item_set_name(&task->item, name) == 0)
        return task;
    item_destroy(&task->item);
    return NULL;
}

void task_begin(struct task *task)
{
    mine = task;
    (void)pthread_setspecific(key, task);
}

static struct task *adopt(void)
{
    struct task *task = task_create(program_invocation_short_name);
    if (task == NULL)
        return NULL;
    items_lock();
    Err err = items_enter(&task->item, NULL);
    items_unlock();
    if (err < 0) {
        item_destroy(&task->item);
        return NULL;
    }
    task_begin(task);
    return task;
}

struct task *task_current(void)
{
    if (mine == NULL)
        return adopt();
    if (atomic_load_explicit(&mine->is_deleted, memory_order_relaxed))
        pthread_exit(NULL);
    return mine;
}

void task_take_in(void)
{
    if (mine != NULL)
        inbox_take_in(&mine->inbox);
}

bool task_is_calling(const struct task *task)
{
    return task == mine;
}

Task *task_public(const struct task *task)
{
    return (Task *)(void *)task->item.node;
}

Item task_number(const struct task *task)
{
    return task->item.node->n_Item;
}

const struct portfolio_kernel *portfolio_kernel_base(void)
{
    struct task *task = task_current();
    base.kb_CurrentTask = &nobody;
    if (task != NULL) {
        inbox_take_in(&task->inbox);
        items_lock();
        show(task);
        items_unlock();
        base.kb_CurrentTask = task_public(task);
    }
    return &base;
}

/* ---- signals ---- */

uint32 task_allocate(struct task *task, uint32 signals)
{
    if (signals == 0) {
        uint32 is_free = ~task->allocated & ~SIGNAL_SIGN;
        signals = is_free & (~is_free + 1u); /* the lowest */
    } else if ((signals & task->allocated) != 0) {
        return 0;
    }
    task->allocated |= signals;
    task->signals &= ~signals;
    return signals;
}

void task_free(struct task *task, uint32 signals)
{
    task->allocated &= ~signals;
    task->signals &= ~signals;
}

void task_raise(struct task *task, uint32 signals)
{
    task->signals |= signals;
    if (!task->is_waiting || (task->signals & task->waits_for) == 0)
        return;
    task->is_waiting = false;
    if (task != mine) /* else it is within its wait, and looks when it has taken in what came */
        inbox_rouse(&task->inbox);
}

uint32 task_wait(struct task *task, uint32 wanted)
{
    uint32 came;
    while ((came = task->signals & wanted) == 0) {
        task->waits_for = wanted;
        task->is_waiting = !atomic_load(&task->is_deleted);
        bool is_over = !task->is_waiting;
        items_unlock();
        if (is_over)
            (void)task_current(); /* ends here */
        inbox_wait(&task->inbox);
        items_lock();
        task->is_waiting = false;
    }
    task->signals &= ~came;
    task->waits_for = 0;
    return came;
}
