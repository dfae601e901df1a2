/*
 * Two results make one: that of the delivery, and what the server says.
 */
#include "bridge/phoenix/question.h"

#include <errno.h>
#include <limits.h>
#include <phoenix/file.h>
#include <string.h>

int question_ask(msg_t *msg)
{
    int result;
    do {
        result = msgSend(msg->oid.port, msg);
    } while (result == -EINTR);
    return result < 0 ? result : question_answer(msg);
}

/* There is no such number with the other sign. */
int question_answer(const msg_t *msg)
{
    return msg->o.err == INT_MIN ? -EIO : msg->o.err;
}

int question_look_up(const char *path, oid_t *fil, oid_t *dev)
{
    int result;
    do {
        result = lookup(path, fil, dev);
    } while (result == -EINTR);
    return result;
}

msg_t question_of_name(int type, const oid_t *dir, const char *name)
{
    msg_t msg = {.type = type, .oid = *dir};
    msg.i.data = name;
    msg.i.size = strlen(name) + 1;
    return msg;
}

static int judge_mode(int result, unsigned int *modep)
{
    if (result == 0)
        return 0;
    *modep = 0;
    return result == -EINVAL || result == -ENOSYS ? 0 : result;
}

int question_mode(const oid_t *fil, unsigned int *modep)
{
    long long mode = 0;
    int result = question_attribute(fil, atMode, &mode);
    *modep = (unsigned int)mode;
    return judge_mode(result, modep);
}

int question_walk(const char *path, bool asks_mode, struct walk_end *end)
{
    int result;
    memset(end, 0, sizeof *end);
    do {
        result = walk_at_gateway(path, asks_mode, end);
    } while (result == -EINTR);
    bool is_undecided = result == WALK_UNDECIDED;
    if (is_undecided)
        result = question_look_up(path, &end->fil, &end->dev);
    if (result < 0 || !asks_mode)
        return result;
    if (is_undecided || end->mode_result == -EINTR)
        end->mode_result = question_mode(&end->fil, &end->mode);
    else
        end->mode_result = judge_mode(end->mode_result, &end->mode);
    return 0;
}

/* By its members: what stands between them is whatever a copy left there. */
bool question_is_same(const oid_t *oid, const oid_t *other)
{
    return oid->port == other->port && oid->id == other->id;
}

int question_attribute(const oid_t *oid, int type, long long *valuep)
{
    msg_t msg = {.type = mtGetAttr, .oid = *oid};
    msg.i.attr.type = type;
    int result = question_ask(&msg);
    if (result < 0)
        return result;
    *valuep = msg.o.attr.val;
    return 0;
}

int question_find_in(const oid_t *dir, const char *name, oid_t *fil, oid_t *dev)
{
    msg_t msg = question_of_name(mtLookup, dir, name);
    int result = question_ask(&msg);
    if (result < 0)
        return result;
    if ((size_t)result != strlen(name))
        return -ENOTDIR;
    if (fil != NULL)
        memcpy(fil, &msg.o.lookup.fil, sizeof *fil);
    if (dev != NULL)
        memcpy(dev, &msg.o.lookup.dev, sizeof *dev);
    return 0;
}
