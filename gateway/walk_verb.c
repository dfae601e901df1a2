/*
 * The verb walk of object 0. The call waits until the walk is over; then it is answered with what
 * was found, its objects as references, which are the caller's right to call them.
 *
 * Whatever keeps the gateway from it is told as VIA_BUSY: the caller can ask the servers itself.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/directory_verbs.h"
#include "gateway/phoenix_walk.h"
#include "gateway/verb_call.h"

struct walk_call {
    struct phoenix_walk walk; /* its first member */
    uint32_t id;              /* of the call that is to be answered */
};

static struct walk_call *of_walk(struct phoenix_walk *walk)
{
    return (struct walk_call *)walk;
}

static struct walk_call *of_ask(struct phoenix_ask *ask)
{
    return of_walk((struct phoenix_walk *)ask);
}

static void destroy(struct walk_call *call)
{
    phoenix_walk_deinit(&call->walk);
    free(call);
}

/* ---- answers ---- */

static enum via_status put_outcome(struct via_parcel *reply, const struct phoenix_outcome *outcome)
{
    enum via_status status = via_parcel_write_u32(reply, outcome->status);
    if (status == VIA_OK)
        status = via_parcel_write_u32(reply, outcome->cause);
    return status == VIA_OK ? via_parcel_write_i32(reply, outcome->err) : status;
}

static enum via_status put_place(struct via_parcel *reply, const struct phoenix_place *place)
{
    struct gateway_object *object = place->object;
    enum via_status status = via_parcel_write_u32(reply, place->oid.port);
    if (status == VIA_OK)
        status = via_parcel_write_u64(reply, place->oid.id);
    if (status == VIA_OK)
        status = verb_call_put_object(reply,
                                      object != NULL && object->death == VIA_ALIVE ? object : NULL);
    return status;
}

static enum via_status put_end(struct via_parcel *reply, const struct phoenix_walk *walk)
{
    enum via_status status = put_outcome(reply, &walk->outcome);
    if (status == VIA_OK)
        status = put_place(reply, &walk->fil);
    if (status == VIA_OK)
        status = put_place(reply, &walk->dev);
    if (status != VIA_OK || !walk->asks_mode)
        return status;
    status = put_outcome(reply, &walk->mode_outcome);
    return status == VIA_OK ? via_parcel_write_i64(reply, walk->mode) : status;
}

static void walk_done(struct phoenix_walk *walk)
{
    struct walk_call *call = of_walk(walk);
    struct session *session = walk->ask.ask.session;
    struct via_parcel *reply = NULL;
    enum via_status status = via_parcel_create(&reply);
    if (status == VIA_OK)
        status = put_end(reply, walk);
    if (status == VIA_OK)
        directory_verbs_answer(session, call->id, 0, reply);
    else
        binary_answer((struct binary *)session, call->id, status, 0);
    via_parcel_unref(reply);
    destroy(call);
}

static void ended(struct phoenix_ask *ask)
{
    destroy(of_ask(ask));
}

/* The process that comes next has the call, but not the walk. */
static void moves(struct phoenix_ask *ask)
{
    struct walk_call *call = of_ask(ask);
    binary_answer((struct binary *)ask->ask.session, call->id, VIA_BUSY, 0);
    destroy(call);
}

/* ---- beginning ---- */

static enum via_status read_request(struct verb_call *call, const char **familyp,
                                    const char **pathp, struct phoenix_walk *walk)
{
    const char **texts[] = {familyp, pathp};
    uint32_t flags = 0, priority = 0;
    enum via_status status = verb_call_texts(call, texts, 2);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &flags);
    if (status == VIA_OK)
        status = via_parcel_read_u32(call->request, &priority);
    if (status == VIA_OK && (flags & ~(uint32_t)WALK_MODE) != 0)
        status = VIA_INVALID;
    if (status == VIA_OK && strcmp(*familyp, PHOENIX_FAMILY) != 0)
        status = VIA_UNSUPPORTED;
    walk->asks_mode = (flags & WALK_MODE) != 0;
    walk->ask.priority = priority < PHOENIX_PRIORITY_MAX ? priority : PHOENIX_PRIORITY_MAX;
    return status;
}

/* Begins, and is over or will be answered. */
static enum via_status begin(struct verb_call *call, struct walk_call *walking)
{
    struct phoenix_walk *walk = &walking->walk;
    const char *family = "", *path = "";
    enum via_status status = read_request(call, &family, &path, walk);
    if (status == VIA_OK)
        status = phoenix_walk_begin(walk, path);
    if (status == VIA_DENIED)
        verb_call_audit(call, "find", family, path, "its mode does not let this user call it");
    if (status != VIA_OK || !walk->is_over)
        return status;
    return put_end(call->reply, walk);
}

enum via_status walk_verb_start(struct verb_call *call)
{
    struct walk_call *walking = calloc(1, sizeof *walking);
    if (walking == NULL)
        return VIA_NO_MEMORY;
    struct phoenix_walk *walk = &walking->walk;
    phoenix_walk_init(walk, call->session);
    walking->id = call->id;
    walk->done = walk_done;
    walk->ask.ended = ended;
    walk->ask.moves = moves;
    if (call->deadline_ms != FRAME_NO_DEADLINE)
        walk->ask.until_ms = loop_now() + call->deadline_ms;
    enum via_status status = begin(call, walking);
    if (status == VIA_OK && !walk->is_over) {
        peer_set_context(call->binary->peer, call->id, session_context(0, WALK_VERB_WAIT));
        call->later = true;
        return VIA_OK;
    }
    destroy(walking);
    return status;
}

void walk_verb_cancel(struct session *session, uint32_t id)
{
    /* Nothing else is asked on behalf of a binary session. */
    for (struct ask *ask = session->asks; ask != NULL; ask = ask->next) {
        struct walk_call *call = of_ask((struct phoenix_ask *)ask);
        if (call->id != id)
            continue;
        phoenix_walk_cancel(&call->walk);
        return;
    }
}
