/*
 * What is asked is canonical, and so is what the answers are turned into, whatever ABI they have.
 *
 * A port in an answer is a number, and a number is no right: the object is the one that came with
 * it as a reference, if it has that number, else what the session would find by it.
 */
#include "gateway/phoenix_ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codecs/phoenix_convert.h"
#include "gateway/gateway.h"
#include "gateway/numbers.h"

#define OUT_RAW_AT 16u /* in an answer */

/* ---- places ---- */

void phoenix_place_set(struct phoenix_place *place, const struct phoenix_oid *oid,
                       struct gateway_object *object)
{
    struct gateway_object *former = place->object;
    place->oid = *oid;
    place->object = object != NULL ? objects_ref(object) : NULL;
    objects_unref(former);
}

void phoenix_place_clear(struct phoenix_place *place)
{
    objects_unref(place->object);
    place->object = NULL;
}

enum via_status phoenix_ask_find(const struct session *session, uint32_t port,
                                 struct gateway_object **objectp)
{
    if (port < NUMBERS_FIRST || port > NUMBERS_LAST)
        return VIA_NOT_FOUND;
    return numbers_find(session, port, objectp);
}

/* What came as a reference for the octets at @offset of the answer; NULL: nothing. */
static struct gateway_object *carried(const struct message *message, size_t offset)
{
    for (size_t i = 0; i < message->frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(message->frame->refs, i, &ref);
        if (ref.offset == offset)
            return message->objects[i];
    }
    return NULL;
}

void phoenix_ask_place(const struct phoenix_ask *ask, const struct phoenix_answer *answer,
                       size_t index, struct phoenix_place *placep)
{
    const struct phoenix_struct *out = &phoenix_type_of(ask->question.type)->out;
    struct phoenix_oid oid;
    phoenix_get_oid(PHOENIX_ABI_LP64, answer->raw + phoenix_member_at(out, index, PHOENIX_ABI_LP64),
                    &oid);
    struct gateway_object *object =
        carried(answer->message, OUT_RAW_AT + phoenix_member_at(out, index, answer->reply.abi));
    if (object != NULL && object->number != oid.port)
        object = NULL;
    if (object == NULL && phoenix_ask_find(ask->ask.session, oid.port, &object) != VIA_OK)
        object = NULL;
    phoenix_place_set(placep, &oid, object);
}

/* The object to send to, or why there is none, which is audited as a find of that number is. */
static enum via_status find_target(struct session *session, const struct phoenix_place *place,
                                   struct gateway_object **objectp)
{
    struct gateway *gateway = session->gateway;
    uint32_t port = place->oid.port;
    *objectp = place->object;
    if (place->object != NULL)
        return VIA_OK;
    enum via_status status = phoenix_ask_find(session, port, objectp);
    const struct gateway_object *holder = numbers_holder(&gateway->numbers, port);
    if (status == VIA_DENIED ||
        (status != VIA_OK && holder != NULL && holder->death == VIA_ALIVE)) {
        char words[96];
        (void)snprintf(words, sizeof words, "number %u: it may not call what has it",
                       (unsigned)port);
        audit_refusal(&gateway->audit, &session->principal, "walk", words);
    }
    return status;
}

/* ---- messages ---- */

static uint32_t time_left(const struct phoenix_ask *ask)
{
    uint64_t now = loop_now();
    if (ask->until_ms == 0)
        return FRAME_NO_DEADLINE;
    return ask->until_ms <= now ? 0 : (uint32_t)(ask->until_ms - now);
}

enum via_status phoenix_ask_send(struct phoenix_ask *ask, const struct phoenix_place *place,
                                 struct phoenix_request *request)
{
    static const uint8_t no_raw[PHOENIX_RAW_SIZE];
    struct session *session = ask->ask.session;
    struct buffer *octets = &session->gateway->phoenix_octets;
    struct frame frame = {.kind = FRAME_CALL,
                          .layout = VIA_LAYOUT_PHOENIX,
                          .code = (uint32_t)request->type,
                          .time = time_left(ask)};
    struct gateway_object *object = NULL;
    size_t size;
    enum via_status status = find_target(session, place, &object);
    if (status != VIA_OK)
        return status;
    if (frame.time == 0)
        return VIA_TIMEOUT;
    request->oid = place->oid;
    request->pid = session->principal.pid;
    request->priority = ask->priority;
    request->abi = PHOENIX_ABI_LP64;
    if (request->in_raw == NULL)
        request->in_raw = no_raw;
    status = phoenix_request_size(request, &size);
    if (status != VIA_OK)
        return status;
    buffer_cut(octets, 0);
    uint8_t *body = buffer_room(octets, size);
    if (body == NULL)
        return octets->status;
    phoenix_request_encode(request, body);
    phoenix_request_question(request, &ask->question);
    frame.body = body;
    frame.body_size = (uint32_t)size;
    return asks_send(&ask->ask, object, &frame);
}

/* ---- answers ---- */

/* What the octets of the answer say. */
static void read_answer(const struct phoenix_ask *ask, const struct frame *frame,
                        struct phoenix_answer *answer)
{
    struct buffer *octets = &ask->ask.session->gateway->phoenix_octets;
    uint8_t *data = NULL;
    answer->err = -EIO; /* it is no answer to a message */
    if (phoenix_reply_decode(frame->body, frame->body_size, &ask->question, &answer->reply) !=
        VIA_OK)
        return;
    if (ask->question.out_size > 0) {
        buffer_cut(octets, 0);
        data = buffer_room(octets, ask->question.out_size);
        if (data == NULL) {
            answer->status = VIA_NO_MEMORY;
            return;
        }
    }
    answer->err = -EINVAL; /* it does not fit */
    if (phoenix_reply_take(&answer->reply, &ask->question, answer->raw, data) != VIA_OK)
        return;
    answer->data = data;
    answer->err = answer->reply.err;
    answer->is_whole = true;
}

static void ask_answered(struct ask *base, const struct message *reply)
{
    struct phoenix_ask *ask = (struct phoenix_ask *)base;
    const struct frame *frame = reply->frame;
    struct phoenix_answer answer = {.status = (enum via_status)frame->code, .message = reply};
    if (answer.status == VIA_DEAD)
        answer.cause = (enum via_cause)frame->time;
    if (answer.status == VIA_OK)
        read_answer(ask, frame, &answer);
    ask->answered(ask, &answer);
}

static void ask_ended(struct ask *base)
{
    struct phoenix_ask *ask = (struct phoenix_ask *)base;
    ask->ended(ask);
}

static void ask_moves(struct ask *base)
{
    struct phoenix_ask *ask = (struct phoenix_ask *)base;
    if (ask->moves != NULL)
        ask->moves(ask);
}

static const struct ask_ops ops = {
    .answered = ask_answered, .ended = ask_ended, .moves = ask_moves};

void phoenix_ask_init(struct phoenix_ask *ask, struct session *session)
{
    *ask =
        (struct phoenix_ask){.ask.ops = &ops, .ask.session = session, .priority = PHOENIX_PRIORITY};
}
