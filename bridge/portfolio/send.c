/*
 * Sending on and sending back. What comes with a standard message is copied before the lock is
 * taken.
 */
#include <stdlib.h>

#include "bridge/portfolio/guest.h"
#include "bridge/portfolio/journey.h"
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

static bool is_ours(Item port)
{
    items_lock();
    bool is = port_find(port) != NULL;
    items_unlock();
    return is;
}

static Err send_words(Item port, Item message, struct words *words)
{
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    if (!is_ours(port))
        return journey_begin(port, message, task, words);
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

/* 0, or why nobody may reply to it so. */
static Err check(const struct message *message, const struct words *words)
{
    if (message == NULL)
        return BADITEM;
    return message->holder != NULL ? words_check(words, message) : BADPRIV;
}

static Err send_back(struct message *message, int32 result, struct words *words)
{
    Err err = check(message, words);
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

/* It leaves the table, if it is another process's. 0, or why not. */
static Err take_others(Item number, const struct words *words, struct item **gonep)
{
    items_lock();
    struct message *message = message_find(number);
    bool is_others = message != NULL && message->call != NULL;
    Err err = is_others ? check(message, words) : 0;
    if (is_others && err == 0)
        items_leave(&message->item, gonep);
    items_unlock();
    return err;
}

static Err reply_words(Item message, int32 result, struct words *words)
{
    struct item *gone = NULL;
    if (task_current() == NULL)
        return NOMEM;
    Err err = take_others(message, words, &gone);
    if (gone != NULL)
        err = guest_answer((struct message *)gone, result, words);
    items_release(gone);
    if (err < 0 || gone != NULL)
        return err;
    err = words_copy(words, message);
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
