/*
 * Taking messages. One that has a message is not told again: who waits for a certain message takes
 * the signals of others on its way, and leaves one behind where others are left, be it on another
 * port that has the same signal.
 */
#include "bridge/portfolio/message.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/operror.h"

#define ON_NO_PORT (-1)

static Item take(struct message *message, struct task *task)
{
    message_hold(message, task);
    return message->item.node->n_Item;
}

/* 0, or why @task takes nothing from it. */
static Err check(const struct port *port, Item number, const struct task *task)
{
    if (port == NULL)
        return port_refusal(number);
    return port->task == task ? 0 : NOTOWNER;
}

/* ---- without waiting ---- */

static Item get(Item number, struct task *task)
{
    struct port *port = port_find(number);
    Err err = check(port, number, task);
    if (err < 0)
        return err;
    struct message *message = port_first(port);
    return message != NULL ? take(message, task) : 0;
}

Item GetMsg(Item mp)
{
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    inbox_take_in(&task->inbox);
    items_lock();
    Item result = get(mp, task);
    items_unlock();
    items_release(NULL); /* those that were pulled back */
    return result;
}

static Item get_this(struct message *message, struct task *task)
{
    if (message == NULL)
        return BADITEM;
    bool may = message->item.owner == task || message->holder == task ||
               (message->port != NULL && message->port->task == task);
    if (!may)
        return BADPRIV;
    return message->port != NULL ? take(message, task) : ON_NO_PORT;
}

Item GetThisMsg(Item msg)
{
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    inbox_take_in(&task->inbox);
    items_lock();
    Item result = get_this(message_find(msg), task);
    items_unlock();
    return result;
}

/* ---- waiting ---- */

/* @number: that message; 0: any. NULL: it is not there. */
static struct message *find(struct port *port, Item number)
{
    if (number == 0)
        return port_first(port);
    struct message *message = message_find(number);
    return message != NULL && message->port == port ? message : NULL;
}

/* The lock held, and let go meanwhile. *@camep: the signals that were taken meanwhile. */
static Item wait_for(struct port *port, Item number, struct task *task, uint32 *camep)
{
    for (;;) {
        struct message *message = find(port, number);
        if (message != NULL)
            return take(message, task);
        if (number != 0 && message_find(number) == NULL)
            return BADITEM;
        task->awaited = number;
        uint32 came = task_wait(task, port_public(port)->mp_Signal | SIGF_ABORT);
        task->awaited = 0;
        *camep |= came;
        if ((came & SIGF_ABORT) != 0)
            return number != 0 && message_find(number) == NULL ? BADITEM : ABORTED;
    }
}

/* However it ended, there may be others, and their signals are gone. */
static Item wait_and_remind(struct port *port, Item number, struct task *task)
{
    uint32 signal = port_public(port)->mp_Signal, came = 0;
    Item result = wait_for(port, number, task, &came);
    bool is_left = port_first(port) != NULL || ((came & signal) != 0 && port_any(task, signal));
    if (is_left)
        task_raise(task, signal);
    return result;
}

Item WaitPort(Item mp, Item msg)
{
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    inbox_take_in(&task->inbox);
    items_lock();
    struct port *port = port_find(mp);
    Item result = check(port, mp, task);
    if (result == 0)
        result = wait_and_remind(port, msg, task);
    items_unlock();
    items_release(NULL); /* likewise */
    return result;
}
