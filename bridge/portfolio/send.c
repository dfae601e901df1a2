/*
 * Sending on and sending back. What comes with a standard message is copied before the lock is
 * taken.
 */
#include <stdlib.h>

#include "bridge/portfolio/message.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/operror.h"

/* ---- on ---- */

static Err send_to(struct port *port, struct message *message, const struct task *task,
                   struct words *words)
{
    if (port == NULL || message == NULL)
        return BADITEM;
    if (message->holder != task)
        return NOTOWNER;
    Err err = words_check(words, message);
    if (err < 0)
        return err;
    words_put(words, message);
    message_public(message)->msg_Result = 0;
    port_put(port, message, MESSAGE_SENT);
    return 0;
}

static Err send_words(Item port, Item message, struct words *words)
{
    const struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    Err err = words_copy(words, message);
    if (err < 0)
        return err;
    items_lock();
    err = send_to(port_find(port), message_find(message), task, words);
    items_unlock();
    free(words->copy);
    return err;
}

Err SendMsg(Item mp, Item msg, const void *dataptr, int32 datasize)
{
    struct words words = {.data = dataptr, .size = datasize};
    return send_words(mp, msg, &words);
}

Err SendSmallMsg(Item mp, Item msg, uint32 val1, uint32 val2)
{
    struct words words = words_of_numbers(val1, val2);
    return send_words(mp, msg, &words);
}

/* ---- back ---- */

static Err send_back(struct message *message, int32 result, struct words *words)
{
    if (message == NULL)
        return BADITEM;
    if (message->holder == NULL)
        return BADPRIV;
    Err err = words_check(words, message);
    if (err < 0)
        return err;
    Message *public = message_public(message);
    struct port *port = port_find(public->msg_ReplyPort);
    if (port == NULL)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_NoReplyPort);
    words_put(words, message);
    public->msg_Result = (uint32)result;
    port_put(port, message, MESSAGE_SENT | MESSAGE_REPLIED);
    return 0;
}

static Err reply_words(Item message, int32 result, struct words *words)
{
    if (task_current() == NULL)
        return NOMEM;
    Err err = words_copy(words, message);
    if (err < 0)
        return err;
    items_lock();
    err = send_back(message_find(message), result, words);
    items_unlock();
    free(words->copy);
    return err;
}

Err ReplyMsg(Item msg, int32 result, const void *dataptr, int32 datasize)
{
    struct words words = {.data = dataptr, .size = datasize};
    return reply_words(msg, result, &words);
}

Err ReplySmallMsg(Item msg, int32 result, uint32 val1, uint32 val2)
{
    struct words words = words_of_numbers(val1, val2);
    return reply_words(msg, result, &words);
}
