/*
 * A standard message owns a copy of what was sent with it, so a sender's memory is its own again at
 * once; a buffered one has one buffer for good, of which programs may keep the address.
 */
#include "bridge/portfolio/message.h"

#include <stdlib.h>

#include "bridge/portfolio/guest.h"
#include "bridge/portfolio/journey.h"
#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/name.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/kernelnodes.h"
#include "include/portfolio/operror.h"

#define BUFFER_MAX (1u << 24) /* octets */

Message *message_public(const struct message *message)
{
    return (Message *)(void *)message->item.node;
}

struct message *message_find(Item number)
{
    return (struct message *)items_find_kind(number, &message_kind);
}

/* ---- life ---- */

static Err take_buffer(struct message *message, uint32 size)
{
    Message *public = message_public(message);
    if (size > INT32_MAX)
        return BADTAGVAL;
    if (size == 0)
        return 0;
    if (message->data != NULL)
        return BADTAGVAL;
    message->data = size <= BUFFER_MAX ? calloc(1, size) : NULL;
    if (message->data == NULL)
        return NOMEM;
    public->msg.n_Flags |= MESSAGE_PASS_BY_VALUE;
    public->msg_DataPtr = message->data;
    public->msg_DataPtrSize = size;
    return 0;
}

static Err take_tag(struct item *item, const TagArg *argument)
{
    struct message *message = (struct message *)item;
    switch (argument->ta_Tag) {
    case CREATEMSG_TAG_REPLYPORT:
        message_public(message)->msg_ReplyPort = (Item)tags_number(argument);
        return 0;
    case CREATEMSG_TAG_MSG_IS_SMALL:
        item->node->n_Flags |= MESSAGE_SMALL;
        return 0;
    case CREATEMSG_TAG_DATA_SIZE:
        return take_buffer(message, tags_number(argument));
    default:
        return BADTAG;
    }
}

static Err begun(struct item *item, struct task *owner)
{
    struct message *message = (struct message *)item;
    const Message *public = message_public(message);
    const uint8 both = MESSAGE_SMALL | MESSAGE_PASS_BY_VALUE;
    if ((public->msg.n_Flags & both) == both)
        return BADTAGVAL;
    if (public->msg_ReplyPort == 0)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_ReplyPortNeeded);
    const struct port *port = port_find(public->msg_ReplyPort);
    if (port == NULL)
        return port_refusal(public->msg_ReplyPort);
    if (port->task != owner)
        return NOTOWNER;
    message_hold(message, owner);
    return 0;
}

/* Whoever waits for it does so no more. */
static bool ended(struct item *item)
{
    struct message *message = (struct message *)item;
    port_remove(message);
    message_let_go(message);
    if (message->journey != NULL)
        journey_forget(message->journey);
    for (struct item *task = items_first(&task_kind); task != NULL; task = task->next)
        if (((struct task *)task)->awaited == item->node->n_Item)
            task_raise((struct task *)task, SIGF_ABORT);
    return true;
}

static void released(struct item *item)
{
    struct message *message = (struct message *)item;
    if (message->call != NULL)
        guest_end(message);
    journey_end(message->journey);
    free(message->data);
}

const struct item_kind message_kind = {
    .type = MESSAGENODE,
    .is_created = true,
    .private_size = sizeof(struct message),
    .public_size = sizeof(Message),
    .take_tag = take_tag,
    .begun = begun,
    .ended = ended,
    .released = released,
};

/* ---- whose it is ---- */

void message_let_go(struct message *message)
{
    if (message->holder == NULL)
        return;
    *message->held_link = message->next_held;
    if (message->next_held != NULL)
        message->next_held->held_link = message->held_link;
    message->holder = NULL;
}

void message_hold(struct message *message, struct task *task)
{
    Message *public = message_public(message);
    port_remove(message);
    message_let_go(message);
    public->msg.n_Flags &= (uint8) ~(MESSAGE_SENT | MESSAGE_REPLIED);
    public->msg_MsgPort = task_number(task);
    message->holder = task;
    message->next_held = task->held;
    message->held_link = &task->held;
    if (task->held != NULL)
        task->held->held_link = &message->next_held;
    task->held = message;
}

void message_return_with(struct message *message, int32 result, struct words *words)
{
    Message *public = message_public(message);
    struct port *port = port_find(public->msg_ReplyPort);
    port_remove(message);
    words_put(words, message);
    public->msg_Result = (uint32)result;
    if (port == NULL)
        message_hold(message, message->item.owner);
    else
        port_put(port, message, MESSAGE_SENT | MESSAGE_REPLIED);
}

void message_return(struct message *message, int32 result)
{
    struct words nothing = {.size = 0};
    if (message->call != NULL)
        items_let_go(&message->item);
    else
        message_return_with(message, result, &nothing);
}

void message_return_held(struct task *task)
{
    while (task->held != NULL)
        message_return(task->held, BADITEM);
}

/* ---- what comes with it ---- */

enum portfolio_kind message_kind_of(const struct message *message)
{
    if ((message->item.node->n_Flags & MESSAGE_SMALL) != 0)
        return PORTFOLIO_SMALL;
    return (message->item.node->n_Flags & MESSAGE_PASS_BY_VALUE) != 0 ? PORTFOLIO_BUFFERED
                                                                      : PORTFOLIO_STANDARD;
}

static bool is_standard(const struct message *message)
{
    return message_kind_of(message) == PORTFOLIO_STANDARD;
}

struct words words_of_numbers(uint32 first, uint32 second)
{
    return (struct words){
        .data = (const void *)(uintptr_t)first, .size = (int32)second, .are_numbers = true};
}

Err words_copy(struct words *words, Item message)
{
    items_lock();
    const struct message *found = message_find(message);
    bool wants_copy = found != NULL && is_standard(found);
    items_unlock();
    if (!wants_copy || words->are_numbers || words->size <= 0 || words->data == NULL)
        return 0;
    words->copy = malloc((size_t)words->size);
    if (words->copy == NULL)
        return NOMEM;
    memcpy(words->copy, words->data, (size_t)words->size);
    return 0;
}

Err words_check(const struct words *words, const struct message *message)
{
    const Message *public = message_public(message);
    if ((public->msg.n_Flags & MESSAGE_SMALL) != 0 || words->size == 0)
        return 0;
    if (words->size < 0 && !words->are_numbers)
        return BADSIZE;
    if (words->are_numbers || words->data == NULL)
        return BADPTR;
    bool has_buffer = (public->msg.n_Flags & MESSAGE_PASS_BY_VALUE) != 0;
    return has_buffer && (uint32)words->size > public->msg_DataPtrSize ? BADSIZE : 0;
}

void words_put(struct words *words, struct message *message)
{
    Message *public = message_public(message);
    public->msg_DataSize = words->size;
    if ((public->msg.n_Flags & MESSAGE_PASS_BY_VALUE) != 0) {
        if (words->size > 0) /* it may be in there already */
            memmove(public->msg_DataPtr, words->data, (size_t)words->size);
        if (words->are_all)
            memset((char *)public->msg_DataPtr + words->size, 0,
                   public->msg_DataPtrSize - (size_t)words->size);
        return;
    }
    if (is_standard(message)) {
        free(message->data);
        message->data = words->copy;
        words->copy = NULL;
    }
    public->msg_DataPtr = message->data != NULL ? message->data : (void *)(uintptr_t)words->data;
}

/* ---- as programs make them ---- */

static Item create(const char *name, uint8 priority, Item reply_port, uint32 tag, uint32 value)
{
    TagArg tags[] = {{TAG_ITEM_PRI, (void *)(uintptr_t)priority},
                     {CREATEMSG_TAG_REPLYPORT, (void *)(uintptr_t)(uint32)reply_port},
                     {tag, (void *)(uintptr_t)value},
                     {name != NULL ? TAG_ITEM_NAME : TAG_NOP, name_for_reading(name)},
                     {TAG_END, NULL}};
    return CreateItem(MKNODEID(KERNELNODE, MESSAGENODE), tags);
}

Item CreateMsg(const char *name, uint8 pri, Item mp)
{
    return create(name, pri, mp, TAG_NOP, 0);
}

Item CreateSmallMsg(const char *name, uint8 pri, Item mp)
{
    return create(name, pri, mp, CREATEMSG_TAG_MSG_IS_SMALL, 0);
}

Item CreateBufferedMsg(const char *name, uint8 pri, Item mp, uint32 buffsize)
{
    return create(name, pri, mp, CREATEMSG_TAG_DATA_SIZE, buffsize);
}
