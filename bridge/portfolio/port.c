/*
 * Programs may read mp_Msgs of their ports as they please. So it changes while they call the
 * library, and not when another thread sends: that puts a message into a list of ours, from which
 * the owner's thread takes it over.
 */
#include "bridge/portfolio/port.h"

#include <viaduct/object.h>

#include "bridge/portfolio/entrance.h"
#include "bridge/portfolio/foreign.h"
#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/message.h"
#include "bridge/portfolio/name.h"
#include "bridge/portfolio/signal.h"
#include "bridge/portfolio/table.h"
#include "bridge/portfolio/task.h"
#include "bridge/portfolio/wide.h"
#include "include/portfolio/kernelnodes.h"
#include "include/portfolio/operror.h"

MsgPort *port_public(const struct port *port)
{
    return (MsgPort *)(void *)port->item.node;
}

struct port *port_find(Item number)
{
    return (struct port *)items_find_kind(number, &port_kind);
}

Err port_refusal(Item number)
{
    return items_find_kind(number, &foreign_kind) != NULL ? NOTOWNER : BADITEM;
}

/* ---- its messages ---- */

static Node *node_of(struct message *message)
{
    return (Node *)(void *)message->item.node;
}

static struct message *message_of(const Node *node)
{
    return message_find(((const ItemNode *)(const void *)node)->n_Item);
}

void port_put(struct port *port, struct message *message, uint8 flags)
{
    message_let_go(message);
    message->port = port;
    message->item.node->n_Flags |= flags;
    message_public(message)->msg_MsgPort = port->item.node->n_Item;
    AddTail(&port->arrived, node_of(message));
    task_raise(port->task, port_public(port)->mp_Signal);
}

void port_remove(struct message *message)
{
    if (message->port == NULL)
        return;
    RemNode(node_of(message));
    message->port = NULL;
}

static void settle(struct port *port)
{
    Node *node;
    while ((node = RemHead(&port->arrived)) != NULL)
        InsertNodeFromTail(&port_public(port)->mp_Msgs, node);
}

/* Its sender has pulled it back, or is gone. */
static bool is_pulled_back(const struct message *message)
{
    return message->call != NULL && via_call_is_cancelled(message->call);
}

struct message *port_first(struct port *port)
{
    settle(port);
    const List *messages = &port_public(port)->mp_Msgs;
    while (!IsEmptyList(messages)) {
        struct message *message = message_of(FirstNode(messages));
        if (!is_pulled_back(message))
            return message;
        items_let_go(&message->item);
    }
    return NULL;
}

static bool has_messages(const struct port *port)
{
    return !IsEmptyList(&port->arrived) || !IsEmptyList(&port_public(port)->mp_Msgs);
}

bool port_any(const struct task *task, uint32 signals)
{
    for (const struct item *item = items_first(&port_kind); item != NULL; item = item->next) {
        const struct port *port = (const struct port *)item;
        if (port->task == task && (port_public(port)->mp_Signal & signals) != 0 &&
            has_messages(port))
            return true;
    }
    return false;
}

/* ---- life ---- */

static Err take_tag(struct item *item, const TagArg *argument)
{
    MsgPort *public = port_public((struct port *)item);
    switch (argument->ta_Tag) {
    case CREATEPORT_TAG_SIGNAL:
        public
        ->mp_Signal = tags_number(argument);
        return 0;
    case CREATEPORT_TAG_USERDATA:
        public
        ->mp_UserData = argument->ta_Arg;
        return 0;
    default:
        return BADTAG;
    }
}

static Err choose_signal(MsgPort *public, struct task *owner)
{
    if (public->mp_Signal != 0)
        return signal_check(public->mp_Signal);
    public->mp_Signal = task_allocate(owner, 0);
    if (public->mp_Signal == 0)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoSigs);
    public->mp.n_Flags |= MSGPORT_SIGNAL_ALLOCATED;
    return 0;
}

static Err prepare(struct item *item, struct task *owner)
{
    return entrance_open(&owner->inbox, &((struct port *)item)->entrance, &item->node->n_Item);
}

static Err entered(struct item *item)
{
    const ItemNode *node = item->node;
    entrance_set_port(((struct port *)item)->entrance, node->n_Item);
    if (node->n_Name == NULL || !wide_is(node->n_Item))
        return 0;
    bool is_unique = (node->n_ItemFlags & ITEMNODE_UNIQUE_NAME) != 0;
    return entrance_publish(((struct port *)item)->entrance, node->n_Name, is_unique);
}

static Err begun(struct item *item, struct task *owner)
{
    struct port *port = (struct port *)item;
    port->task = owner;
    InitList(&port->arrived, NULL);
    InitList(&port_public(port)->mp_Msgs, NULL);
    return choose_signal(port_public(port), owner);
}

/* A reply is its owner's again; a request goes back, unless it was sent here by oneself. Another
 * process's is a request, whatever its reply port. */
static void end_message(struct port *port, struct message *message)
{
    const Message *public = message_public(message);
    bool is_reply = (public->msg.n_Flags & MESSAGE_REPLIED) != 0;
    bool is_to_itself = public->msg_ReplyPort == port->item.node->n_Item;
    if (message->call == NULL && (is_reply || is_to_itself))
        message_hold(message, message->item.owner);
    else
        message_return(message, BADITEM);
}

static bool ended(struct item *item)
{
    struct port *port = (struct port *)item;
    const MsgPort *public = port_public(port);
    struct message *message;
    while ((message = port_first(port)) != NULL)
        end_message(port, message);
    if (port->has_table)
        table_close(port);
    if ((public->mp.n_Flags & MSGPORT_SIGNAL_ALLOCATED) != 0)
        task_free(port->task, public->mp_Signal);
    return true;
}

static void released(struct item *item)
{
    entrance_close(((struct port *)item)->entrance);
}

/* Others' are as their owners last looked at them. */
static void shown(struct item *item)
{
    struct port *port = (struct port *)item;
    if (task_is_calling(port->task))
        settle(port);
}

const struct item_kind port_kind = {
    .type = MSGPORTNODE,
    .is_created = true,
    .has_names = true,
    .private_size = sizeof(struct port),
    .public_size = sizeof(MsgPort),
    .take_tag = take_tag,
    .prepare = prepare,
    .begun = begun,
    .entered = entered,
    .ended = ended,
    .released = released,
    .shown = shown,
    .find_elsewhere = foreign_find_named,
};

static Item create(const char *name, uint8 priority, uint32 signal, uint32 unique)
{
    TagArg tags[] = {{TAG_ITEM_PRI, (void *)(uintptr_t)priority},
                     {CREATEPORT_TAG_SIGNAL, (void *)(uintptr_t)signal},
                     {unique, NULL},
                     {name != NULL ? TAG_ITEM_NAME : TAG_NOP, name_for_reading(name)},
                     {TAG_END, NULL}};
    return CreateItem(MKNODEID(KERNELNODE, MSGPORTNODE), tags);
}

Item CreateMsgPort(const char *name, uint8 pri, uint32 signal)
{
    return create(name, pri, signal, TAG_NOP);
}

Item CreateUniqueMsgPort(const char *name, uint8 pri, uint32 signal)
{
    return create(name, pri, signal, TAG_ITEM_UNIQUE_NAME);
}
