/*
 * A thread that CreateThread() starts has its task before it runs, entered by the task that starts
 * it. From then on the task is the thread's own, which may have ended already.
 */
#include <pthread.h>
#include <sched.h>

#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/name.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/operror.h"

#define SYSTEM_NAME_SIZE 16u /* of a thread, with the NUL: Linux's */

static void set_system_name(const char *name)
{
    char cut[SYSTEM_NAME_SIZE] = {0};
    memcpy(cut, name, strnlen(name, sizeof cut - 1));
    (void)pthread_setname_np(pthread_self(), cut);
}

static void *live(void *object)
{
    struct task *task = object;
    task_begin(task);
    set_system_name(task->item.name);
    task->code();
    return NULL;
}

static int start_pthread(struct task *task, size_t stack_size)
{
    pthread_attr_t attributes;
    pthread_t thread;
    size_t normal = 0;
    int error = pthread_attr_init(&attributes);
    if (error != 0)
        return error;
    (void)pthread_attr_getstacksize(&attributes, &normal);
    if (stack_size > normal)
        (void)pthread_attr_setstacksize(&attributes, stack_size);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    error = pthread_create(&thread, &attributes, live, task);
    (void)pthread_attr_destroy(&attributes);
    return error;
}

static Err enter(struct task *task, struct task *parent, uint8 priority)
{
    items_lock();
    task->item.node->n_Priority = priority != 0 ? priority : parent->item.node->n_Priority;
    task->parent = task_number(parent);
    task_public(task)->t_ThreadTask = task_public(parent);
    Err err = items_enter(&task->item, parent);
    items_unlock();
    return err;
}

static void withdraw(struct task *task)
{
    struct item *gone = NULL;
    items_lock();
    if (!atomic_load(&task->is_deleted))
        items_leave(&task->item, &gone);
    items_unlock();
}

static Item start(struct task *task, struct task *parent, uint8 priority)
{
    size_t stack_size = (size_t)task_public(task)->t_StackSize;
    Err err = enter(task, parent, priority);
    if (err == 0) {
        Item number = task_number(task);
        if (start_pthread(task, stack_size) == 0)
            return number;
        withdraw(task);
        err = NOMEM;
    }
    item_destroy(&task->item);
    return err;
}

static Err check(const char *name, uint8 priority, void (*code)(void), int32 stack_size)
{
    if (name == NULL || !name_is_legal(name))
        return BADNAME;
    if (priority != 0 && (priority < TASK_MIN_PRIORITY || priority > TASK_MAX_PRIORITY))
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadPriority);
    if (code == NULL)
        return BADPTR;
    return stack_size < 0 ? MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadStackSize) : 0;
}

Item CreateThread(const char *name, uint8 pri, void (*code)(void), int32 stacksize)
{
    struct task *parent = task_current();
    Err err = check(name, pri, code, stacksize);
    if (err < 0)
        return err;
    struct task *task = parent != NULL ? task_create(name) : NULL;
    if (task == NULL)
        return NOMEM;
    task->code = code;
    task_public(task)->t_StackSize = stacksize;
    return start(task, parent, pri);
}

Err DeleteThread(Item x)
{
    (void)task_current();
    items_lock();
    bool is_thread = items_find_kind(x, &task_kind) != NULL;
    items_unlock();
    return is_thread ? DeleteItem(x) : BADITEM;
}

void Yield(void)
{
    (void)task_current();
    (void)sched_yield();
}
