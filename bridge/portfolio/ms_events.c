/*
 * A table is an Item of the task that set it up, so that it goes with that and its handle is no
 * other's soon. Only that task deletes it, but any handler may, so it is found anew after each.
 *
 * What came is kept for each event until its handler has been told: the signals, or, of a port,
 * that there may be messages. So nothing is lost where an event is disabled, or a handler ends the
 * dispatching, while others still wait for their turn.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "bridge/portfolio/items.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/kernel.h"
#include "include/portfolio/msgutils.h"
#include "include/portfolio/operror.h"

#define TABLE_NODE 31 /* none of the kernel's */

struct event {
    MSEventData *public; /* borrowed, until CleanupMSEvents() */
    Item port;           /* 0: it is for signals */
    uint32 signals;
    uint32 came;      /* of these; of a port its signal, while there may be messages */
    bool is_made;     /* the port, or the signal: it goes with the table */
    bool is_disabled; /* its handler is not to be told now */
};

struct table {
    struct item item;     /* first */
    struct event *events; /* owned */
    int32 n_events;
};

static void released(struct item *item)
{
    free(((struct table *)item)->events);
}

static const struct item_kind table_kind = {
    .type = TABLE_NODE,
    .private_size = sizeof(struct table),
    .public_size = sizeof(ItemNode),
    .released = released,
};

/* NULL: the calling task has none of that number. */
static struct table *find(MSEventHandle handle)
{
    const struct task *task = task_current();
    items_lock();
    struct item *item = items_find_kind(handle, &table_kind);
    items_unlock();
    return item != NULL && item->owner == task ? (struct table *)item : NULL;
}

/* ---- setting up ---- */

static Err take_port(struct event *event, Item number)
{
    const MsgPort *port = CheckItem(number, KERNELNODE, MSGPORTNODE);
    if (port == NULL)
        return BADITEM;
    if (port->mp.n_Owner != CURRENTTASK->t.n_Item)
        return NOTOWNER;
    event->port = number;
    event->signals = port->mp_Signal;
    event->came = port->mp_Signal; /* there may be messages, and no signal any more */
    event->public->port = number;
    event->public->signal = (int32)port->mp_Signal;
    return 0;
}

static Err set_up_port(struct event *event)
{
    if (event->public->port != 0)
        return take_port(event, event->public->port);
    const char *name = event->public->name;
    const Item port = CreateMsgPort(name[0] != '\0' ? name : NULL, 0, 0);
    event->is_made = port > 0;
    return port > 0 ? take_port(event, port) : port;
}

static Err set_up_signals(struct event *event)
{
    if (event->public->signal == 0) {
        const int32 signal = AllocSignal(0);
        if (signal <= 0)
            return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoSigs);
        event->public->signal = signal;
        event->is_made = true;
    }
    event->signals = (uint32)event->public->signal;
    return 0;
}

/* What was made for it is no more, and asked for again if the table is set up anew. */
static void clean_up_event(const struct event *event)
{
    event->public->backLink = 0;
    if (!event->is_made)
        return;
    if (event->port != 0)
        (void)DeleteMsgPort(event->port);
    else
        (void)FreeSignal(event->signals);
    event->public->port = 0;
    event->public->signal = 0;
}

static void clean_up_events(const struct table *table)
{
    for (int32 i = 0; i < table->n_events; i++)
        clean_up_event(&table->events[i]);
}

static Err set_up_event(struct event *event, MSEventData *public)
{
    event->public = public;
    if (public->handler == NULL)
        return BADPTR;
    return public->name != NULL ? set_up_port(event) : set_up_signals(event);
}

/* Those of @table are set up, if it fails. */
static Err set_up_events(struct table *table, MSEventData eventData[], int32 n)
{
    table->events = calloc(n > 0 ? (size_t)n : 1, sizeof *table->events);
    if (table->events == NULL)
        return NOMEM;
    for (int32 i = 0; i < n; i++) {
        table->n_events = i + 1;
        const Err err = set_up_event(&table->events[i], &eventData[i]);
        if (err < 0)
            return err;
    }
    return 0;
}

static MSEventHandle enter(struct table *table, struct task *task)
{
    items_lock();
    const Err err = items_enter(&table->item, task);
    items_unlock();
    if (err < 0)
        return err;
    for (int32 i = 0; i < table->n_events; i++)
        table->events[i].public->backLink = table->item.node->n_Item;
    return table->item.node->n_Item;
}

MSEventHandle SetupMSEvents(MSEventData eventData[], int32 numEvents, int32 reserved)
{
    (void)reserved;
    struct task *task = task_current();
    if (numEvents < 0)
        return BADSIZE;
    if (eventData == NULL && numEvents > 0)
        return BADPTR;
    struct table *table =
        task != NULL ? (struct table *)item_create(&table_kind, sizeof(ItemNode)) : NULL;
    if (table == NULL)
        return NOMEM;
    MSEventHandle handle = set_up_events(table, eventData, numEvents);
    if (handle == 0)
        handle = enter(table, task);
    if (handle > 0)
        return handle;
    clean_up_events(table);
    item_destroy(&table->item);
    return handle;
}

void CleanupMSEvents(MSEventHandle mseHandle)
{
    const struct table *table = find(mseHandle);
    if (table == NULL)
        return;
    clean_up_events(table);
    (void)DeleteItem(mseHandle);
}

/* ---- telling handlers ---- */

static struct event *first_due(const struct table *table)
{
    for (int32 i = 0; i < table->n_events; i++)
        if (table->events[i].came != 0 && !table->events[i].is_disabled)
            return &table->events[i];
    return NULL;
}

/* Of a small message the words as they stand in it. */
static MsgValueTypes *values_of(Message *message)
{
    if ((message->msg.n_Flags & MESSAGE_SMALL) != 0)
        return (MsgValueTypes *)(void *)&message->msg_DataPtr;
    return message->msg_DataPtr;
}

static int32 tell_of_message(struct event *event, void *context)
{
    const Item item = GetMsg(event->port);
    if (item < 0)
        return item;
    if (item == 0) {
        event->came = 0;
        return 0;
    }
    MSEventData *public = event->public;
    public->msgItem = item;
    public->msgPtr = LookupItem(item);
    if (public->msgPtr == NULL)
        return 0; /* whose it was has deleted it */
    public->msgValues = values_of(public->msgPtr);
    return public->handler(public, context);
}

static int32 tell_of_signals(struct event *event, void *context)
{
    MSEventData *public = event->public;
    public->msgItem = (Item)event->came;
    public->msgPtr = NULL;
    public->msgValues = NULL;
    event->came = 0;
    return public->handler(public, context);
}

/* 0: something came; or an error. */
static int32 wait_for_any(struct table *table)
{
    uint32 wanted = 0;
    for (int32 i = 0; i < table->n_events; i++)
        wanted |= table->events[i].is_disabled ? 0 : table->events[i].signals;
    const int32 came = WaitSignal(wanted);
    if (came < 0)
        return came;
    for (int32 i = 0; i < table->n_events; i++)
        table->events[i].came |= (uint32)came & table->events[i].signals;
    return ((uint32)came & ~wanted & SIGF_ABORT) != 0 ? ABORTED : 0;
}

int32 DispatchMSEvents(MSEventHandle mseHandle, void *userContext, int32 reserved)
{
    (void)reserved;
    for (;;) {
        struct table *table = find(mseHandle);
        if (table == NULL)
            return BADITEM;
        struct event *event = first_due(table);
        int32 result;
        if (event == NULL)
            result = wait_for_any(table);
        else if (event->port != 0)
            result = tell_of_message(event, userContext);
        else
            result = tell_of_signals(event, userContext);
        if (result != 0)
            return result;
    }
}

/* ---- enabled and disabled ---- */

static void set_disabled(const MSEventData *public, bool is_disabled)
{
    const struct table *table = find(public->backLink);
    for (int32 i = 0; table != NULL && i < table->n_events; i++)
        if (table->events[i].public == public)
            table->events[i].is_disabled = is_disabled;
}

void DisableMSEvent(MSEventData *theEvent, int32 reserved)
{
    (void)reserved;
    set_disabled(theEvent, true);
}

void EnableMSEvent(MSEventData *theEvent, int32 reserved)
{
    (void)reserved;
    set_disabled(theEvent, false);
}
