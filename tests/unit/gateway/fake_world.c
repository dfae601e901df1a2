/*
 * A gateway without links: its sessions write down what they are given.
 */
#include "tests/unit/gateway/fake_world.h"

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static struct fake_session *of_session(struct session *session)
{
    return (struct fake_session *)session;
}

static struct fake_note *note(struct session *session, char kind)
{
    struct fake_session *fake = of_session(session);
    assert_true(fake->n_notes < FAKE_NOTES);
    struct fake_note *new = &fake->notes[fake->n_notes++];
    memset(new, 0, sizeof *new);
    new->kind = kind;
    return new;
}

static struct fake_note *note_message(struct session *session, char kind,
                                      const struct message *message)
{
    struct fake_note *new = note(session, kind);
    size_t size = message->frame->body_size;
    new->code = message->frame->code;
    new->number = frame_number(message->frame);
    new->lost = message->frame->flags &FRAME_GAP ? message->frame->lost : 0;
    new->from = message->from;
    new->first = message->first;
    new->n_refs = message->frame->n_refs;
    new->body_size = size;
    memcpy(new->body, message->frame->body == NULL ? (const uint8_t *)"" : message->frame->body,
           size < sizeof new->body ? size : sizeof new->body - 1);
    return new;
}

static enum via_status call(struct session *owner, uint32_t handle, const struct message *message,
                            uint64_t context, uint32_t *idp)
{
    if (of_session(owner)->refuses != VIA_OK)
        return of_session(owner)->refuses;
    struct fake_note *new = note_message(owner, 'C', message);
    new->handle = handle;
    new->context = context;
    *idp = new->id = ++of_session(owner)->next_id;
    return VIA_OK;
}

static enum via_status oneway(struct session *owner, uint32_t handle, const struct message *message,
                              uint32_t *numberp)
{
    if (of_session(owner)->refuses != VIA_OK)
        return of_session(owner)->refuses;
    struct fake_note *new = note_message(owner, 'O', message);
    new->handle = handle;
    *numberp = new->id = ++of_session(owner)->next_id;
    return VIA_OK;
}

static void cancel(struct session *owner, uint32_t id)
{
    note(owner, 'X')->id = id;
}

static void reply(struct session *caller, uint32_t id, const struct message *message)
{
    note_message(caller, 'R', message)->id = id;
}

static void refused(struct session *sender, uint32_t number, uint32_t object,
                    enum via_status status)
{
    struct fake_note *new = note(sender, 'N');
    new->id = number;
    new->handle = object;
    new->code = status;
}

static enum via_status event(struct session *subscriber, struct gateway_object *sink,
                             const struct message *message)
{
    if (of_session(subscriber)->refuses != VIA_OK)
        return of_session(subscriber)->refuses;
    note_message(subscriber, 'E', message)->object = sink;
    return VIA_OK;
}

static enum via_status events(struct session *subscriber, struct gateway_object *sink,
                              const struct event_run *run)
{
    struct fake_session *fake = of_session(subscriber);
    if (fake->refuses != VIA_OK || fake->takes_runs != VIA_OK)
        return fake->refuses != VIA_OK ? fake->refuses : fake->takes_runs;
    fake->n_runs++;
    size_t at = 0;
    for (uint32_t i = 0; i < run->n; i++) {
        struct frame frame;
        size_t used;
        assert_int_equal(
            frame_decode(run->octets + at, run->size - at, FRAME_WIRE_MAX, &frame, &used), VIA_OK);
        assert_true(used > 0);
        const struct message message = {.frame = &frame};
        note_message(subscriber, 'E', &message)->object = sink;
        at += used;
    }
    assert_int_equal(at, run->size);
    return VIA_OK;
}

static void death(struct session *holder, struct gateway_object *object, enum via_cause cause)
{
    struct fake_note *new = note(holder, 'D');
    new->object = object;
    new->code = cause;
}

static void found(struct session *session, uint32_t id, enum via_status status,
                  const struct directory_entry *entry)
{
    struct fake_note *new = note(session, 'F');
    new->id = id;
    new->code = status;
    new->object = entry != NULL ? entry->object : NULL;
}

static void join(struct session *owner, const struct gateway_object *ours, uint32_t theirs)
{
    struct fake_note *new = note(owner, 'J');
    new->object = (struct gateway_object *)(uintptr_t)ours;
    new->handle = theirs;
}

static void give_back(struct session *owner, uint32_t handle)
{
    note(owner, 'G')->handle = handle;
}

static bool unanswered(struct session *owner, uint32_t *cursorp, struct unanswered_request *request)
{
    const struct fake_session *fake = of_session(owner);
    if (*cursorp == fake->n_unanswered)
        return false;
    *request = fake->unanswered[(*cursorp)++];
    return true;
}

static void close_session(struct session *session, enum frame_bye code, const char *text)
{
    (void)text;
    note(session, 'c')->code = code;
}

static const struct session_ops ops = {.name = "fake",
                                       .call = call,
                                       .oneway = oneway,
                                       .cancel = cancel,
                                       .reply = reply,
                                       .refused = refused,
                                       .event = event,
                                       .events = events,
                                       .death = death,
                                       .found = found,
                                       .join = join,
                                       .give_back = give_back,
                                       .unanswered = unanswered,
                                       .close = close_session};

void fake_world_init(struct gateway *gateway)
{
    memset(gateway, 0, sizeof *gateway);
    assert_int_equal(loop_create(&gateway->loop), VIA_OK);
    assert_int_equal(sessions_init(&gateway->sessions, 100), VIA_OK);
    assert_int_equal(directory_init(&gateway->directory, 20000), VIA_OK);
    bindings_init(&gateway->bindings, 100, true);
    objects_init(&gateway->objects);
    numbers_init(&gateway->numbers, 1000, 64);
    waiters_init(&gateway->waiters, 100);
    bounds_init(&gateway->bounds);
    buffer_init(&gateway->phoenix_octets, SIZE_MAX);
    name_watches_init(&gateway->name_watches, 100);
    assert_int_equal(events_init(&gateway->events, 100, 4, 3, 1000), VIA_OK);
    gateway->epoch = 1;
    assert_int_equal(audit_open(&gateway->audit, "/dev/null"), VIA_OK);
}

void fake_world_deinit(struct gateway *gateway)
{
    assert_int_equal(gateway->directory.n, 0);
    assert_int_equal(gateway->objects.n, 0);
    assert_int_equal(gateway->waiters.n, 0);
    assert_null(gateway->bounds.first);
    assert_int_equal(gateway->name_watches.n, 0);
    waiters_deinit(&gateway->waiters);
    events_deinit(&gateway->events);
    directory_deinit(&gateway->directory);
    bindings_deinit(&gateway->bindings);
    objects_deinit(&gateway->objects);
    numbers_deinit(&gateway->numbers);
    assert_int_equal(gateway->asks.n, 0);
    asks_deinit(&gateway->asks);
    buffer_deinit(&gateway->phoenix_octets);
    sessions_deinit(&gateway->sessions);
    gateway->loop = loop_destroy(gateway->loop);
    audit_close(&gateway->audit);
}

struct fake_session *fake_session_create(struct gateway *gateway)
{
    static int32_t next_pid = 1000;
    struct fake_session *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->session.ops = &ops;
    fake->session.gateway = gateway;
    const struct ucred credentials = {.pid = next_pid++, .uid = 1000, .gid = 1000};
    principal_set_local(&fake->session.principal, &credentials);
    assert_int_equal(sessions_add(&gateway->sessions, &fake->session, 0), VIA_OK);
    return fake;
}

void fake_session_end(struct fake_session *fake, enum via_cause cause,
                      struct gateway_object **objects, size_t n)
{
    for (size_t i = 0; i < n; i++)
        objects_died(objects[i], cause);
    gateway_session_ended(&fake->session, cause);
    free(fake);
}

struct gateway_object *fake_object(struct fake_session *owner, uint32_t handle)
{
    struct gateway_object *object = NULL;
    assert_int_equal(
        objects_create(&owner->session.gateway->objects, &owner->session, handle, &object), VIA_OK);
    return object;
}

void fake_publish(struct gateway_object *object, uint32_t event_id, const char *body)
{
    const struct frame frame = {.kind = FRAME_EVENT,
                                .code = event_id,
                                .body = (const uint8_t *)body,
                                .body_size = (uint32_t)strlen(body)};
    const struct message message = {.frame = &frame};
    events_publish(object, &message);
}

void fake_emit(struct gateway_object *object, uint32_t event_id, const char *body)
{
    fake_publish(object, event_id, body);
    events_settle(&object->gateway->events);
}

const char *fake_kinds(struct fake_session *fake)
{
    static char kinds[FAKE_NOTES + 1];
    for (unsigned i = 0; i < fake->n_notes; i++)
        kinds[i] = fake->notes[i].kind;
    kinds[fake->n_notes] = '\0';
    fake->n_notes = 0;
    return kinds;
}
