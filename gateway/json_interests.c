/*
 * What a JSON session subscribes to and watches. A subscription's sink is an object of the
 * session's own that nobody else ever sees; its handle is the interest's number, which is the
 * number the client knows the subscription by.
 *
 * A death is told once for each name or reference under which the client speaks of the object.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/json_write.h"
#include "gateway/events.h"
#include "gateway/gateway.h"
#include "gateway/json_session.h"

struct json_interest {
    uint32_t id;                       /* of a subscription: what the client knows it by */
    struct gateway_object *object;     /* held by the session */
    struct subscription *subscription; /* NULL: a watch of its death alone */
    struct jsonrpc_source source;      /* its text is in the interest's own memory */
    const struct json_batch *after;    /* its events wait for this batch's answers; compared only */
    bool told;                         /* of the death */
    struct json_interest *next;
};

bool json_source_is(const struct jsonrpc_source *a, const struct jsonrpc_source *b)
{
    if (a->service.text == NULL || b->service.text == NULL)
        return a->service.text == b->service.text && a->ref == b->ref;
    return a->service.size == b->service.size &&
           memcmp(a->service.text, b->service.text, a->service.size) == 0;
}

static enum via_status add(struct json_session *session, struct gateway_object *object,
                           const struct jsonrpc_source *source, struct json_interest **interestp)
{
    size_t size = source->service.text == NULL ? 0 : source->service.size;
    struct json_interest *interest = calloc(1, sizeof *interest + size);
    if (interest == NULL)
        return VIA_NO_MEMORY;
    enum via_status status = objects_reserve_hold(object);
    if (status != VIA_OK) {
        free(interest);
        return status;
    }
    objects_hold(object, &session->session);
    interest->object = object;
    interest->source = *source;
    if (source->service.text != NULL) {
        if (size > 0)
            memcpy(interest + 1, source->service.text, size);
        interest->source.service.text = (const char *)(interest + 1);
    }
    interest->id = session->next_object++;
    interest->next = session->interests;
    session->interests = interest;
    *interestp = interest;
    return VIA_OK;
}

static void drop(struct json_session *session, struct json_interest *interest)
{
    struct json_interest **link = &session->interests;
    while (*link != interest)
        link = &(*link)->next;
    *link = interest->next;
    if (interest->subscription != NULL)
        events_unsubscribe(interest->subscription);
    objects_let_go(interest->object, &session->session);
    free(interest);
}

/* ---- subscriptions ---- */

static void put_answer(struct buffer *out, const struct json_span *id, uint32_t subscription,
                       const struct events_start *start)
{
    jsonrpc_result_begin(out, id);
    json_write_text(out, "{\"status\":0,\"subscription\":");
    json_write_u64(out, subscription);
    json_write_text(out, ",\"since\":\"");
    jsonrpc_write_since(out, start->epoch, start->number);
    json_write_text(out, "\",\"recovered\":");
    json_write_bool(out, start->recovered);
    json_write_text(out, "}");
    jsonrpc_result_end(out);
}

static enum events_from from_of(const struct jsonrpc_from *from)
{
    switch (from->start) {
    case JSONRPC_LATEST:
        return EVENTS_LATEST;
    case JSONRPC_SINCE:
        return EVENTS_SINCE;
    case JSONRPC_NOW:
        break;
    }
    return EVENTS_NOW;
}

enum via_status json_interests_subscribe(struct json_session *session,
                                         struct gateway_object *object,
                                         const struct jsonrpc_source *source,
                                         const struct jsonrpc_from *from,
                                         const struct event_filter *filter,
                                         const struct json_span *id, struct json_batch *batch)
{
    const struct events_wish wish = {
        .from = from_of(from), .epoch = from->epoch, .number = from->number, .filter = filter};
    struct json_interest *interest;
    struct gateway_object *sink = NULL;
    struct events_start start;
    enum via_status status = add(session, object, source, &interest);
    if (status != VIA_OK)
        return status;
    status =
        objects_create(&session->session.gateway->objects, &session->session, interest->id, &sink);
    if (status == VIA_OK)
        status = events_subscribe(&session->session, object, sink, &wish, &start,
                                  &interest->subscription);
    objects_unref(sink);
    if (status != VIA_OK) {
        drop(session, interest);
        return status;
    }
    interest->source.subscription = interest->id;
    if (id->text != NULL) {
        put_answer(json_session_begin(session), id, interest->id, &start);
        json_session_answer(session, batch);
    }
    if (batch != NULL && batch->array)
        interest->after = batch;
    else
        events_begin(interest->subscription);
    return VIA_OK;
}

void json_interests_begin(struct json_session *session, const struct json_batch *batch)
{
    struct json_interest *interest = session->interests;
    for (; interest != NULL; interest = interest->next) {
        if (interest->after != batch)
            continue;
        interest->after = NULL;
        events_begin(interest->subscription);
    }
}

enum via_status json_interests_unsubscribe(struct json_session *session, uint32_t id,
                                           const struct jsonrpc_source *source)
{
    enum via_status status = VIA_NOT_FOUND;
    struct json_interest *next;
    for (struct json_interest *interest = session->interests; interest != NULL; interest = next) {
        next = interest->next;
        bool meant =
            source == NULL ? interest->id == id : json_source_is(&interest->source, source);
        if (interest->subscription == NULL || !meant)
            continue;
        drop(session, interest);
        status = VIA_OK;
    }
    return status;
}

enum via_status json_interests_event(struct json_session *session, struct gateway_object *sink,
                                     const struct message *message)
{
    const struct json_interest *interest = session->interests;
    while (interest != NULL && interest->id != sink->handle)
        interest = interest->next;
    if (interest == NULL || session->ended)
        return VIA_NOT_FOUND;
    struct json_shown shown = {session, message->objects};
    const struct json_numbers numbers = json_session_numbers(&shown);
    const struct payload payload = json_session_payload(message->frame);
    const struct jsonrpc_event event = {.source = interest->source,
                                        .epoch = events_epoch(interest->object),
                                        .number = frame_number(message->frame),
                                        .lost = message->frame->lost,
                                        .event = message->frame->code,
                                        .payload = &payload,
                                        .data =
                                            json_texts_get(&session->session.gateway->json_texts,
                                                           interest->object, message->frame)};
    return session->outlet->event(session, &event, &numbers);
}

/* ---- watches ---- */

static struct json_interest *find_watch(const struct json_session *session,
                                        const struct jsonrpc_source *source)
{
    struct json_interest *interest = session->interests;
    while (interest != NULL &&
           (interest->subscription != NULL || !json_source_is(&interest->source, source)))
        interest = interest->next;
    return interest;
}

enum via_status json_interests_watch(struct json_session *session, struct gateway_object *object,
                                     const struct jsonrpc_source *source)
{
    struct json_interest *interest = find_watch(session, source);
    if (object->death != VIA_ALIVE)
        return VIA_DEAD;
    if (interest != NULL && interest->object == object)
        return VIA_OK;
    if (interest != NULL)
        drop(session, interest); /* the name stood for one that is gone */
    return add(session, object, source, &interest);
}

enum via_status json_interests_unwatch(struct json_session *session,
                                       const struct jsonrpc_source *source)
{
    struct json_interest *interest = find_watch(session, source);
    if (interest == NULL)
        return VIA_NOT_FOUND;
    drop(session, interest);
    return VIA_OK;
}

/* ---- deaths ---- */

bool json_interests_tell(const struct json_session *session, const struct gateway_object *object,
                         const struct jsonrpc_source *source)
{
    const struct json_interest *interest = session->interests;
    while (interest != NULL &&
           (interest->object != object || !json_source_is(&interest->source, source)))
        interest = interest->next;
    return interest != NULL;
}

void json_interests_death(struct json_session *session, struct gateway_object *object,
                          enum via_cause cause)
{
    if (session->ended)
        return;
    struct json_interest *interest = session->interests;
    for (; interest != NULL; interest = interest->next) {
        if (interest->object != object || interest->told)
            continue;
        struct jsonrpc_source source = interest->source;
        source.subscription = 0;
        session->outlet->death(session, &source, cause);
        for (struct json_interest *same = interest; same != NULL; same = same->next)
            if (same->object == object && json_source_is(&same->source, &source))
                same->told = true;
    }
}

void json_interests_end(struct json_session *session)
{
    while (session->interests != NULL)
        drop(session, session->interests);
}
