/*
 * Each object's log is made at its first event or subscription. It has a ring of the last events
 * and a table of the newest of each event id; both count the same kept copies, which go back to the
 * log's own pool, so that an object that emits steadily takes no memory from the system.
 *
 * A kept event holds a count of each object it refers to (but for its own object, which would never
 * be let go then). Descriptors cannot be kept: they go with the live event only.
 */
#include "gateway/events.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <viaduct/parcel.h>

#include "bridge/log.h"
#include "gateway/gateway.h"
#include "gateway/handover/snapshot.h"

#define PLACE_BITS 20u
#define PLACES_AT_FIRST 64u
#define POOL_MAX 4u

struct kept_event {
    uint32_t counts;    /* ring, latest */
    struct frame frame; /* points into octets */
    uint64_t number, at_ms;
    size_t size, capacity;
    struct kept_event *next_free;
    struct gateway_object **objects; /* owned, with counts; NULL without references */
    uint8_t *octets;                 /* owned: references, body, tape */
};

struct event_log {
    uint64_t epoch, newest;
    struct kept_event **ring; /* by number % kept_max */
    uint64_t oldest;          /* in the ring; newest + 1 when it is empty */
    size_t kept_size;
    struct kept_event **latest; /* newest of each id, in no order */
    unsigned n_latest;
    struct subscription *subscriptions;
    struct kept_event *free;
    unsigned n_free;
    uint64_t spread_to;  /* the newest that its subscriptions have been given */
    size_t pending_size; /* octets of those behind it, encoded */
    bool is_unsettled;
    struct gateway_object *next_unsettled;
};

static void evict(struct loop_task *task);
static void settle(struct loop_task *task);
static void spread(struct gateway_object *object);

enum via_status events_init(struct events *events, unsigned max, unsigned kept_max,
                            unsigned ids_max, size_t kept_size_max)
{
    *events = (struct events){.evict.run = evict,
                              .settle.run = settle,
                              .max = max,
                              .kept_max = kept_max,
                              .ids_max = ids_max,
                              .kept_size_max = kept_size_max};
    return VIA_OK;
}

/* It is no longer among those whose subscriptions are to be given something. */
static void unlist(struct events *events, struct gateway_object *object)
{
    struct gateway_object **link = &events->unsettled;
    while (*link != object)
        link = &(*link)->log->next_unsettled;
    *link = object->log->next_unsettled;
    object->log->is_unsettled = false;
    objects_unref(object);
}

void events_deinit(struct events *events)
{
    assert(events->n == 0);
    struct gateway *gateway = (struct gateway *)((char *)events - offsetof(struct gateway, events));
    if (gateway->loop != NULL) {
        loop_undefer(gateway->loop, &events->evict);
        loop_undefer(gateway->loop, &events->settle);
    }
    while (events->unsettled != NULL)
        unlist(events, events->unsettled);
    free(events->places);
    free(events->run.octets);
    *events = (struct events){0};
}

static struct events *events_of(const struct gateway_object *object)
{
    return &object->gateway->events;
}

/* ---- the log ---- */

static struct event_log *log_of(struct gateway_object *object)
{
    if (object->log != NULL)
        return object->log;
    struct events *events = events_of(object);
    struct event_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return NULL;
    log->ring = calloc(events->kept_max, sizeof *log->ring);
    log->latest = calloc(events->ids_max, sizeof *log->latest);
    if (log->ring == NULL || log->latest == NULL) {
        free(log->ring);
        free(log->latest);
        free(log);
        return NULL;
    }
    if (getrandom(&log->epoch, sizeof log->epoch, GRND_NONBLOCK) != (ssize_t)sizeof log->epoch)
        log->epoch = object->gateway->epoch + loop_now();
    log->epoch |= 1; /* 0 is no epoch */
    log->oldest = 1;
    object->log = log;
    return log;
}

static void kept_free(struct kept_event *kept)
{
    free(kept->octets);
    free(kept->objects);
    free(kept);
}

static void kept_unref(struct gateway_object *object, struct kept_event *kept)
{
    if (kept == NULL || --kept->counts > 0)
        return;
    struct event_log *log = object->log;
    for (size_t i = 0; i < kept->frame.n_refs; i++)
        if (kept->objects[i] != object)
            objects_unref(kept->objects[i]); /* which may be none */
    kept->frame.n_refs = 0;
    if (log->n_free >= POOL_MAX) {
        kept_free(kept);
        return;
    }
    kept->next_free = log->free;
    log->free = kept;
    log->n_free++;
}

/* One with room for @size octets and @n_refs references, from the pool if it has one. */
static struct kept_event *kept_create(struct event_log *log, size_t size, size_t n_refs)
{
    struct kept_event *kept = log->free;
    if (kept != NULL) {
        log->free = kept->next_free;
        log->n_free--;
    } else {
        kept = calloc(1, sizeof *kept);
        if (kept == NULL)
            return NULL;
    }
    if (kept->capacity < size) {
        uint8_t *octets = realloc(kept->octets, size);
        if (octets == NULL) {
            kept_free(kept);
            return NULL;
        }
        kept->octets = octets;
        kept->capacity = size;
    }
    free(kept->objects);
    kept->objects = NULL;
    if (n_refs > 0) {
        kept->objects = calloc(n_refs, sizeof *kept->objects);
        if (kept->objects == NULL) {
            kept_free(kept);
            return NULL;
        }
    }
    kept->counts = 1;
    kept->size = size;
    return kept;
}

static const uint8_t *put(struct kept_event *kept, size_t *atp, const uint8_t *from, size_t size)
{
    if (size == 0)
        return kept->octets;      /* which may be none, and then has no places */
    assert(kept->octets != NULL); /* kept_create() made room for all of it */
    uint8_t *place = kept->octets + *atp;
    memcpy(place, from, size);
    *atp += size;
    return place;
}

static struct gateway_object *keep_object(struct gateway_object *of, struct gateway_object *object)
{
    return object == NULL || object == of ? object : objects_ref(object);
}

static struct kept_event *kept_copy(struct gateway_object *object, struct event_log *log,
                                    const struct message *message, uint64_t number)
{
    const struct frame *frame = message->frame;
    size_t refs_size = (size_t)frame->n_refs * FRAME_REF_SIZE;
    struct kept_event *kept =
        kept_create(log, refs_size + frame->body_size + frame->tape_size, frame->n_refs);
    if (kept == NULL)
        return NULL;
    kept->number = number;
    kept->at_ms = loop_now();
    kept->frame = (struct frame){.kind = FRAME_EVENT,
                                 .layout = frame->layout,
                                 .code = frame->code,
                                 .id = (uint32_t)number,
                                 .time = (uint32_t)(number >> 32),
                                 .n_refs = frame->n_refs,
                                 .body_size = frame->body_size,
                                 .tape_size = frame->tape_size};
    size_t at = 0;
    kept->frame.refs = put(kept, &at, frame->refs, refs_size);
    kept->frame.body = put(kept, &at, frame->body, frame->body_size);
    kept->frame.tape = put(kept, &at, frame->tape, frame->tape_size);
    for (size_t i = 0; i < frame->n_refs; i++)
        kept->objects[i] = keep_object(object, message->objects[i]);
    return kept;
}

static void drop_oldest(struct gateway_object *object)
{
    struct event_log *log = object->log;
    struct kept_event **place = &log->ring[log->oldest % events_of(object)->kept_max];
    struct kept_event *kept = *place;
    *place = NULL;
    log->oldest++;
    if (kept != NULL) {
        log->kept_size -= kept->size;
        kept_unref(object, kept);
    }
}

static void keep_latest(struct gateway_object *object, struct kept_event *kept)
{
    struct event_log *log = object->log;
    unsigned oldest = 0;
    for (unsigned i = 0; i < log->n_latest; i++) {
        if (log->latest[i]->frame.code == kept->frame.code) {
            kept_unref(object, log->latest[i]);
            log->latest[i] = kept;
            return;
        }
        if (log->latest[i]->number < log->latest[oldest]->number)
            oldest = i;
    }
    if (log->n_latest < events_of(object)->ids_max) {
        log->latest[log->n_latest++] = kept;
        return;
    }
    kept_unref(object, log->latest[oldest]);
    log->latest[oldest] = kept;
}

/* Puts the event that has number log->newest into ring and table; without memory it is not kept. */
static void keep(struct gateway_object *object, const struct message *message)
{
    struct events *events = events_of(object);
    struct event_log *log = object->log;
    while (log->oldest + events->kept_max <= log->newest)
        drop_oldest(object);
    struct kept_event *kept = kept_copy(object, log, message, log->newest);
    log->ring[log->newest % events->kept_max] = kept;
    if (kept == NULL) {
        log_warn("events.not_kept", "number=%llu why=no_memory", (unsigned long long)log->newest);
        return;
    }
    kept->counts++;
    keep_latest(object, kept);
    log->kept_size += kept->size;
    while (log->kept_size > events->kept_size_max && log->oldest < log->newest)
        drop_oldest(object);
}

static void drop_kept(struct gateway_object *object)
{
    struct event_log *log = object->log;
    while (log->oldest <= log->newest)
        drop_oldest(object);
    while (log->n_latest > 0)
        kept_unref(object, log->latest[--log->n_latest]);
}

void events_forget(struct gateway_object *object)
{
    struct event_log *log = object->log;
    if (log == NULL)
        return;
    assert(log->subscriptions == NULL);
    drop_kept(object);
    while (log->free != NULL) {
        struct kept_event *kept = log->free;
        log->free = kept->next_free;
        kept_free(kept);
    }
    free(log->ring);
    free(log->latest);
    free(log);
    object->log = NULL;
}

uint64_t events_epoch(const struct gateway_object *object)
{
    return object->log == NULL ? 0 : object->log->epoch;
}

/* ---- passing on ---- */

/* Closes who asked for it. */
static void evict(struct loop_task *task)
{
    struct events *events = (struct events *)((char *)task - offsetof(struct events, evict));
    struct gateway *gateway = (struct gateway *)((char *)events - offsetof(struct gateway, events));
    for (unsigned slot = 1; slot < gateway->sessions.n_places; slot++) {
        struct session *session = sessions_at(&gateway->sessions, slot);
        if (session == NULL || !session->evicted)
            continue;
        static const char why[] = "events came faster than this link took them: its policy is to "
                                  "be disconnected";
        audit_refusal(&gateway->audit, &session->principal, "events", why);
        session->ops->close(session, FRAME_BYE_EVICTED, why);
    }
}

/* The subscription's session is full. */
static void fall_behind(struct subscription *subscription)
{
    struct session *session = subscription->session;
    subscription->behind = true;
    session->behind = true;
    if (subscription->policy != EVENT_POLICY_DISCONNECT || session->evicted)
        return;
    session->evicted = true;
    loop_defer(session->gateway->loop, &session->gateway->events.evict);
}

/* Gives @message's event to the subscription, with what it lost before. */
static enum via_status deliver(struct subscription *subscription, const struct message *message,
                               uint64_t number)
{
    struct frame frame = *message->frame;
    frame.kind = FRAME_EVENT;
    frame.flags = 0;
    frame.id = (uint32_t)number;
    frame.time = (uint32_t)(number >> 32);
    if (subscription->lost > 0) {
        frame.flags = FRAME_GAP;
        frame.lost = subscription->lost;
    }
    struct message event = *message;
    event.frame = &frame;
    enum via_status status =
        subscription->session->ops->event(subscription->session, subscription->sink, &event);
    if (status == VIA_BUSY) {
        fall_behind(subscription);
        return status;
    }
    /* What cannot be sent to it at all (too large for it, no memory) is lost to it, and told. */
    subscription->dropped += status == VIA_OK ? 0 : 1;
    subscription->lost = status == VIA_OK ? 0 : subscription->lost + 1;
    return VIA_OK;
}

static enum via_status deliver_kept(struct subscription *subscription,
                                    const struct kept_event *kept)
{
    const struct message message = {.frame = &kept->frame, .objects = kept->objects};
    enum via_status status = deliver(subscription, &message, kept->number);
    if (status == VIA_OK && subscription->sieve != NULL)
        sieve_passed(subscription->sieve, &kept->frame, loop_now());
    return status;
}

/* ---- filters ---- */

/* Sees to it that what waits for its time goes then. */
static void arm_due(struct subscription *subscription)
{
    uint64_t due = sieve_due(subscription->sieve);
    if (due != UINT64_MAX &&
        loop_arm(subscription->session->gateway->loop, &subscription->due, due) != VIA_OK)
        log_warn("events.not_timed", "why=no_memory");
}

/* Whether the subscription's filter lets an event through now. */
static bool is_wanted(struct subscription *subscription, const struct frame *frame)
{
    if (subscription->sieve == NULL)
        return true;
    enum sieve_verdict verdict = sieve_judge(subscription->sieve, frame, loop_now());
    if (verdict == SIEVE_LATER && subscription->due.place == 0)
        arm_due(subscription);
    return verdict == SIEVE_PASS;
}

static bool is_kept_wanted(struct subscription *subscription, const struct kept_event *kept)
{
    const struct sieve *sieve = subscription->sieve;
    if (sieve != NULL && sieve->filter.age_ms != 0 &&
        loop_now() - kept->at_ms > sieve->filter.age_ms)
        return false;
    return is_wanted(subscription, &kept->frame);
}

static const struct kept_event *latest_of(const struct event_log *log, uint32_t id)
{
    for (unsigned i = 0; i < log->n_latest; i++)
        if (log->latest[i]->frame.code == id)
            return log->latest[i];
    return NULL;
}

/* The newest of each id whose time is up. */
static void give_due(struct loop_timer *timer)
{
    struct subscription *subscription =
        (struct subscription *)((char *)timer - offsetof(struct subscription, due));
    uint64_t now_ms = loop_now();
    uint32_t id;
    events_settle(events_of(subscription->target)); /* a newer one may be among these */
    if (subscription->behind || subscription->target->death != VIA_ALIVE)
        return; /* it goes on when there is room; what is dead has no newer ones */
    while (!subscription->behind && sieve_take_due(subscription->sieve, now_ms, &id)) {
        const struct kept_event *kept = latest_of(subscription->target->log, id);
        if (kept != NULL)
            (void)deliver_kept(subscription, kept);
    }
    arm_due(subscription);
}

/* Descriptors are passed on by a copy for each subscriber, since each takes its own. */
static enum via_status deliver_live(struct subscription *subscription,
                                    const struct message *message, uint64_t number)
{
    size_t n_fds = message->frame->n_fds;
    if (n_fds == 0)
        return deliver(subscription, message, number);
    int fds[UINT8_MAX];
    struct message copy = *message;
    copy.fds = fds;
    for (size_t i = 0; i < n_fds; i++) {
        /* One that cannot be copied arrives empty. */
        fds[i] = message->fds[i] < 0 ? -1 : fcntl(message->fds[i], F_DUPFD_CLOEXEC, 0);
    }
    uint64_t lost = subscription->lost;
    enum via_status status = deliver(subscription, &copy, number);
    if (status != VIA_OK || subscription->lost > lost)
        message_close_fds(&copy);
    return status;
}

/* The kept latest of an id with the smallest number above @after, up to @to; or NULL. */
static const struct kept_event *next_latest(const struct event_log *log, uint64_t after,
                                            uint64_t to)
{
    const struct kept_event *next = NULL;
    for (unsigned i = 0; i < log->n_latest; i++) {
        const struct kept_event *kept = log->latest[i];
        if (kept->number > after && kept->number <= to &&
            (next == NULL || kept->number < next->number))
            next = kept;
    }
    return next;
}

static bool anyone_is_behind(const struct event_log *log)
{
    const struct subscription *subscription = log->subscriptions;
    while (subscription != NULL && !subscription->behind)
        subscription = subscription->next_of_target;
    return subscription != NULL;
}

/* A subscription of @session no longer holds up the news that @target has died. */
static void tell_death(struct gateway_object *target, struct session *session)
{
    if (!events_is_behind(target, session))
        session->ops->death(session, target, target->death);
    if (!anyone_is_behind(target->log))
        drop_kept(target);
}

/* The newest of each id that it still is to have. False: its session is full. */
static bool give_latest(struct subscription *subscription)
{
    const struct event_log *log = subscription->target->log;
    while (subscription->latest_after < subscription->latest_to) {
        const struct kept_event *kept =
            next_latest(log, subscription->latest_after, subscription->latest_to);
        uint64_t number = kept != NULL ? kept->number : subscription->latest_to + 1;
        if (subscription->skips) {
            subscription->lost += number - subscription->latest_after - 1;
            subscription->dropped += number - subscription->latest_after - 1;
        }
        subscription->latest_after = number - 1; /* these have been counted */
        if (kept != NULL && is_kept_wanted(subscription, kept) &&
            deliver_kept(subscription, kept) != VIA_OK)
            return false;
        subscription->latest_after = kept != NULL ? number : subscription->latest_to;
    }
    subscription->skips = false;
    return true;
}

/* What came while it was behind, as its policy has it: it goes on with the newest of each id. */
static void skip_to_newest(struct subscription *subscription)
{
    const struct event_log *log = subscription->target->log;
    if (subscription->policy != EVENT_POLICY_NEWEST || subscription->next > log->newest)
        return;
    subscription->latest_after = subscription->next - 1;
    subscription->latest_to = log->newest;
    subscription->next = log->newest + 1;
    subscription->skips = true;
}

/* The rest of the kept ones, in order. False: its session is full. */
static bool give_rest(struct subscription *subscription)
{
    const struct event_log *log = subscription->target->log;
    unsigned kept_max = events_of(subscription->target)->kept_max;
    while (subscription->next <= log->newest) {
        if (subscription->next < log->oldest) {
            subscription->lost += log->oldest - subscription->next;
            subscription->dropped += log->oldest - subscription->next;
            subscription->next = log->oldest;
            continue;
        }
        const struct kept_event *kept = log->ring[subscription->next % kept_max];
        if (kept == NULL) {
            subscription->lost++;
            subscription->dropped++;
        } else if (is_kept_wanted(subscription, kept) &&
                   deliver_kept(subscription, kept) != VIA_OK) {
            return false;
        }
        subscription->next++;
    }
    return true;
}

/* What it lost is told to the operator too, once for each time it was behind. */
static void tell_drops(struct subscription *subscription)
{
    if (subscription->dropped == 0)
        return;
    const struct session *session = subscription->session;
    log_warn("events.dropped", "to=\"%s\" identity=\"%s\" n=%llu policy=%s",
             session->principal.address, session->principal.identity,
             (unsigned long long)subscription->dropped,
             subscription->policy == EVENT_POLICY_NEWEST ? "newest" : "oldest");
    subscription->dropped = 0;
}

/* Gives it what is kept and it has not had, until it has all or its session is full. */
static void catch_up(struct subscription *subscription)
{
    bool was_behind = subscription->behind;
    subscription->behind = false;
    if (!give_latest(subscription))
        return;
    if (was_behind)
        skip_to_newest(subscription);
    if (!give_latest(subscription) || !give_rest(subscription))
        return;
    tell_drops(subscription);
    if (subscription->sieve != NULL && subscription->due.place == 0)
        arm_due(subscription);
    if (subscription->death != VIA_ALIVE)
        tell_death(subscription->target, subscription->session);
    subscription->death = VIA_ALIVE;
}

/* ---- spreading ---- */

/* Encodes what has come since it was spread last, once for all. False: they have to go one by one.
 */
static bool make_run(struct events *events, const struct event_log *log)
{
    struct event_run *run = &events->run;
    run->n = 0;
    run->size = 0;
    run->largest = 0;
    if (run->octets == NULL) /* what is larger goes alone */
        run->octets = malloc(EVENT_RUN_SIZE);
    if (run->octets == NULL)
        return false;
    for (uint64_t number = log->spread_to + 1; number <= log->newest; number++) {
        const struct kept_event *kept = log->ring[number % events->kept_max];
        if (kept == NULL || kept->number != number || kept->frame.n_refs > 0)
            return false;
        size_t size = frame_size(&kept->frame);
        if (size > EVENT_RUN_SIZE - run->size)
            return false;
        frame_encode(&kept->frame, run->octets + run->size);
        run->size += size;
        run->n++;
        uint32_t most = kept->frame.body_size > kept->frame.tape_size ? kept->frame.body_size
                                                                      : kept->frame.tape_size;
        run->largest = most > run->largest ? most : run->largest;
    }
    return true;
}

/* Whether a subscription wants all of the run, as it is. */
static bool may_run(const struct subscription *subscription, uint64_t first)
{
    return subscription->sieve == NULL && subscription->next == first && subscription->lost == 0 &&
           subscription->session->ops->events != NULL;
}

/* Gives an object's subscriptions what has come since: to each at once, so that its session's part
 * of memory is walked through once for all of them. */
static void spread(struct gateway_object *object)
{
    struct event_log *log = object->log;
    struct events *events = events_of(object);
    uint64_t first = log->spread_to + 1;
    if (first > log->newest)
        return;
    bool runs = log->subscriptions != NULL && make_run(events, log);
    log->spread_to = log->newest;
    log->pending_size = 0;
    struct subscription *subscription = log->subscriptions;
    for (; subscription != NULL; subscription = subscription->next_of_target) {
        if (!subscription->started || subscription->behind)
            continue;
        enum via_status status = VIA_UNSUPPORTED;
        if (runs && may_run(subscription, first))
            status = subscription->session->ops->events(subscription->session, subscription->sink,
                                                        &events->run);
        if (status == VIA_OK)
            subscription->next = log->newest + 1;
        else
            (void)give_rest(subscription); /* one by one, as far as they go */
    }
}

void events_settle_all(struct events *events)
{
    while (events->unsettled != NULL) {
        spread(events->unsettled);
        unlist(events, events->unsettled);
    }
}

static void settle(struct loop_task *task)
{
    events_settle((struct events *)((char *)task - offsetof(struct events, settle)));
}

/* One that is not kept for its subscriptions goes to them at once. */
static void give_live(struct event_log *log, const struct message *message, uint64_t number)
{
    struct subscription *subscription = log->subscriptions;
    for (; subscription != NULL; subscription = subscription->next_of_target) {
        if (!subscription->started || subscription->behind || subscription->next != number)
            continue;
        if (!is_wanted(subscription, message->frame)) {
            subscription->next = number + 1;
            continue;
        }
        if (deliver_live(subscription, message, number) != VIA_OK)
            continue;
        subscription->next = number + 1;
        if (subscription->sieve != NULL)
            sieve_passed(subscription->sieve, message->frame, loop_now());
    }
}

/* Its subscriptions are given it at the end of the turn, or before anything else goes on. */
static void give_later(struct gateway_object *object)
{
    struct event_log *log = object->log;
    struct events *events = events_of(object);
    if (log->is_unsettled)
        return;
    log->is_unsettled = true;
    log->next_unsettled = events->unsettled;
    events->unsettled = objects_ref(object);
    loop_defer(object->gateway->loop, &events->settle);
}

/* Whether an event of @size octets may wait beside those that do: all are to be kept until then. */
static bool may_wait(const struct events *events, const struct event_log *log, size_t size)
{
    uint64_t n = log->newest - log->spread_to;
    return n < events->kept_max && n < EVENT_RUN_MAX &&
           log->pending_size + size <= EVENT_RUN_SIZE &&
           log->kept_size + size <= events->kept_size_max;
}

void events_publish(struct gateway_object *object, const struct message *message)
{
    struct event_log *log = log_of(object);
    if (log == NULL || object->death != VIA_ALIVE)
        return;
    if (message->frame->layout != VIA_LAYOUT_CONTROL) {
        object->has_layout = true;
        object->layout = message->frame->layout;
    }
    size_t size = frame_size(message->frame);
    if (!may_wait(events_of(object), log, size) || message->frame->n_fds > 0)
        spread(object);
    uint64_t number = ++log->newest;
    keep(object, message);
    bool is_kept = log->ring[number % events_of(object)->kept_max] != NULL;
    if (log->subscriptions == NULL) {
        log->spread_to = number;
    } else if (!is_kept || message->frame->n_fds > 0) {
        give_live(log, message, number);
        log->spread_to = number;
    } else {
        log->pending_size += size;
        give_later(object);
    }
}

void events_lost(struct gateway_object *object)
{
    struct event_log *log = log_of(object);
    if (log == NULL || object->death != VIA_ALIVE)
        return;
    spread(object);
    uint64_t number = ++log->newest;
    log->spread_to = number;
    while (log->oldest + events_of(object)->kept_max <= number)
        drop_oldest(object);
    struct subscription *subscription = log->subscriptions;
    for (; subscription != NULL; subscription = subscription->next_of_target) {
        if (!subscription->started || subscription->behind || subscription->next != number)
            continue;
        subscription->lost++;
        subscription->next = number + 1;
    }
}

/* ---- subscriptions ---- */

static enum via_status take_place(struct events *events, struct subscription *subscription)
{
    if (events->n >= events->max)
        return VIA_BUSY;
    if (events->n == events->n_places) {
        unsigned n_places = events->n_places == 0 ? PLACES_AT_FIRST : events->n_places * 2;
        struct subscription **places = realloc(events->places, n_places * sizeof *places);
        if (places == NULL)
            return VIA_NO_MEMORY;
        memset(places + events->n_places, 0, (n_places - events->n_places) * sizeof *places);
        events->places = places;
        events->next_place = events->n_places;
        events->n_places = n_places;
    }
    while (events->places[events->next_place % events->n_places] != NULL)
        events->next_place++;
    uint32_t place = events->next_place++ % events->n_places;
    events->places[place] = subscription;
    events->n++;
    subscription->id = ++events->generation << PLACE_BITS | place;
    return VIA_OK;
}

static enum via_status set_filter(struct subscription *subscription,
                                  const struct event_filter *filter)
{
    subscription->policy = filter->policy;
    subscription->due.fired = give_due;
    if (event_filter_is_open(filter))
        return VIA_OK;
    subscription->sieve = malloc(sizeof *subscription->sieve);
    if (subscription->sieve == NULL)
        return VIA_NO_MEMORY;
    sieve_init(subscription->sieve, filter);
    return VIA_OK;
}

static void set_start(struct subscription *subscription, const struct events_wish *wish,
                      struct events_start *startp)
{
    const struct event_log *log = subscription->target->log;
    subscription->next = log->newest + 1;
    *startp = (struct events_start){.epoch = log->epoch, .number = log->newest, .recovered = true};
    if (wish->from == EVENTS_LATEST) {
        subscription->latest_to = log->newest;
    } else if (wish->from == EVENTS_SINCE) {
        bool known = wish->epoch == log->epoch && wish->number <= log->newest;
        subscription->next = known ? wish->number + 1 : 1;
        startp->recovered = known && subscription->next >= log->oldest;
    }
}

static void free_subscription(struct subscription *subscription)
{
    if (subscription->sieve != NULL)
        sieve_deinit(subscription->sieve);
    free(subscription->sieve);
    free(subscription);
}

enum via_status events_subscribe(struct session *session, struct gateway_object *target,
                                 struct gateway_object *sink, const struct events_wish *wish,
                                 struct events_start *startp, struct subscription **subscriptionp)
{
    if (target->death != VIA_ALIVE)
        return VIA_DEAD;
    if (target->handle == 0)
        return VIA_UNSUPPORTED;
    struct event_log *log = log_of(target);
    struct subscription *subscription = calloc(1, sizeof *subscription);
    if (log == NULL || subscription == NULL) {
        free(subscription);
        return VIA_NO_MEMORY;
    }
    enum via_status status = set_filter(subscription, wish->filter);
    if (status == VIA_OK)
        status = take_place(events_of(target), subscription);
    if (status != VIA_OK) {
        free_subscription(subscription);
        return status;
    }
    subscription->session = session;
    subscription->target = objects_ref(target);
    subscription->sink = objects_ref(sink);
    set_start(subscription, wish, startp);
    subscription->next_of_target = log->subscriptions;
    log->subscriptions = subscription;
    subscription->next_of_session = session->subscriptions;
    session->subscriptions = subscription;
    *subscriptionp = subscription;
    return VIA_OK;
}

void events_begin(struct subscription *subscription)
{
    subscription->started = true;
    catch_up(subscription);
}

void events_unsubscribe(struct subscription *subscription)
{
    struct gateway_object *target = subscription->target;
    struct events *events = events_of(target);
    events->places[subscription->id & ((1u << PLACE_BITS) - 1)] = NULL;
    events->n--;
    struct subscription **link = &target->log->subscriptions;
    while (*link != subscription)
        link = &(*link)->next_of_target;
    *link = subscription->next_of_target;
    link = &subscription->session->subscriptions;
    while (*link != subscription)
        link = &(*link)->next_of_session;
    *link = subscription->next_of_session;
    if (subscription->death != VIA_ALIVE)
        tell_death(target, subscription->session);
    loop_disarm(target->gateway->loop, &subscription->due);
    objects_unref(subscription->sink);
    objects_unref(target);
    free_subscription(subscription);
}

struct subscription *events_find(struct session *session, uint32_t id)
{
    const struct events *events = &session->gateway->events;
    uint32_t place = id & ((1u << PLACE_BITS) - 1);
    struct subscription *subscription = place < events->n_places ? events->places[place] : NULL;
    return subscription != NULL && subscription->id == id && subscription->session == session
               ? subscription
               : NULL;
}

/* ---- sessions and deaths ---- */

void events_session_drained(struct session *session)
{
    struct subscription *subscription = session->subscriptions;
    for (; subscription != NULL; subscription = subscription->next_of_session)
        if (subscription->behind)
            catch_up(subscription);
}

void events_session_ended(struct session *session)
{
    while (session->subscriptions != NULL)
        events_unsubscribe(session->subscriptions);
}

bool events_is_behind(const struct gateway_object *object, const struct session *session)
{
    if (object->log == NULL)
        return false;
    const struct subscription *subscription = object->log->subscriptions;
    for (; subscription != NULL; subscription = subscription->next_of_target)
        if (subscription->session == session && subscription->behind)
            return true;
    return false;
}

void events_object_died(struct gateway_object *object)
{
    if (object->log != NULL) {
        spread(object);
        struct subscription *subscription = object->log->subscriptions;
        for (; subscription != NULL; subscription = subscription->next_of_target)
            if (subscription->behind)
                subscription->death = object->death;
        /* What is kept may refer to objects that refer back: it must not keep the dead. */
        if (!anyone_is_behind(object->log))
            drop_kept(object);
    }
    struct session *owner = objects_owner(object);
    if (owner == NULL)
        return;
    struct subscription *subscription = owner->subscriptions;
    while (subscription != NULL) {
        struct subscription *next = subscription->next_of_session;
        if (subscription->sink == object)
            events_unsubscribe(subscription);
        subscription = next;
    }
}

/* ---- from process to process ---- */

/* What it does not want; and when the first of what waits is due. */
static void filter_of_state(struct subscription *subscription, struct state *state)
{
    bool filters = subscription->sieve != NULL, waits = subscription->due.place != 0;
    uint64_t at_ms = waits ? subscription->due.at_ms : 0;
    state_bool(state, &filters);
    if (!filters)
        return;
    if (state->loading) {
        subscription->sieve = calloc(1, sizeof *subscription->sieve);
        if (subscription->sieve == NULL) {
            state->status = VIA_NO_MEMORY;
            return;
        }
    }
    sieve_state(subscription->sieve, state);
    state_bool(state, &waits);
    state_u64(state, &at_ms);
    if (state->loading) /* armed when the rest is known to be good */
        subscription->due.at_ms = waits ? at_ms : 0;
}

static void subscription_state(struct snapshot *snapshot, struct subscription *subscription)
{
    struct state *state = snapshot->state;
    state_u32(state, &subscription->id);
    subscription->session = snapshot_session(snapshot, subscription->session);
    subscription->target = snapshot_some_object(snapshot, subscription->target);
    subscription->sink = snapshot_some_object(snapshot, subscription->sink);
    state_u64(state, &subscription->next);
    state_u64(state, &subscription->lost);
    state_u64(state, &subscription->latest_after);
    state_u64(state, &subscription->latest_to);
    state_bool(state, &subscription->started);
    state_bool(state, &subscription->behind);
    subscription->death = (enum via_cause)state_choice(state, subscription->death, VIA_EVICTED);
    subscription->policy =
        (enum event_policy)state_choice(state, subscription->policy, EVENT_POLICY_DISCONNECT);
    state_u64(state, &subscription->dropped);
    state_bool(state, &subscription->skips);
    filter_of_state(subscription, state);
}

/* Behind those that are there, so that the order stays. */
static void join(struct subscription *subscription)
{
    struct subscription **last = &subscription->target->log->subscriptions;
    while (*last != NULL)
        last = &(*last)->next_of_target;
    *last = subscription;
    last = &subscription->session->subscriptions;
    while (*last != NULL)
        last = &(*last)->next_of_session;
    *last = subscription;
}

/* Whether what was read can be; then it is in its place. */
static bool put_in_place(struct subscription *subscription, struct state *state,
                         struct events *events)
{
    uint32_t place = subscription->id & ((1u << PLACE_BITS) - 1);
    if (!state_require(state,
                       place < events->n_places && events->places[place] == NULL &&
                           subscription->next > 0,
                       "a subscription"))
        return false;
    subscription->due.fired = give_due;
    uint64_t due_ms = subscription->due.at_ms;
    struct loop *loop = subscription->session->gateway->loop;
    if (log_of(subscription->target) == NULL ||
        (due_ms != 0 && loop_arm(loop, &subscription->due, due_ms) != VIA_OK)) {
        state->status = VIA_NO_MEMORY;
        return false;
    }
    objects_ref(subscription->target);
    objects_ref(subscription->sink);
    events->places[place] = subscription;
    events->n++;
    return true;
}

static void load_subscription(struct snapshot *snapshot)
{
    struct state *state = snapshot->state;
    struct subscription *subscription = calloc(1, sizeof *subscription);
    if (subscription == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    subscription_state(snapshot, subscription);
    if (put_in_place(subscription, state, &snapshot->gateway->events))
        join(subscription);
    else
        free_subscription(subscription);
}

/* In an order that keeps both lists': by session, the sessions by slot. A target's own list is in
 * the order in which they came, which nobody was promised. */
void events_state(struct snapshot *snapshot)
{
    struct state *state = snapshot->state;
    struct events *events = &snapshot->gateway->events;
    uint32_t n = 0, n_places = events->n_places;
    for (unsigned i = 0; i < events->n_places; i++)
        n += events->places[i] != NULL && snapshot_moves(events->places[i]->session) ? 1 : 0;
    state_u32(state, &events->generation);
    state_u32(state, &n_places);
    state_count(state, &n, 1u << PLACE_BITS);
    if (!state_require(state, n_places <= 1u << PLACE_BITS && n <= n_places, "subscriptions"))
        return;
    if (state->loading && n_places > 0) {
        events->places = calloc(n_places, sizeof *events->places);
        if (events->places == NULL) {
            state->status = VIA_NO_MEMORY;
            return;
        }
        events->n_places = n_places;
    }
    for (uint32_t i = 0; state->loading && i < n && state_is_good(state); i++)
        load_subscription(snapshot);
    const struct sessions *sessions = &snapshot->gateway->sessions;
    for (unsigned slot = 1; !state->loading && slot < sessions->n_places; slot++) {
        struct session *session = sessions_at(sessions, slot);
        if (session == NULL || !snapshot_moves(session))
            continue;
        struct subscription *subscription = session->subscriptions;
        for (; subscription != NULL; subscription = subscription->next_of_session) {
            struct subscription copy = *subscription;
            subscription_state(snapshot, &copy);
        }
    }
}

/* One kept event; NULL is one that there was no memory for. */
static void kept_state(struct snapshot *snapshot, struct gateway_object *of,
                       struct kept_event **keptp)
{
    struct state *state = snapshot->state;
    struct kept_event *kept = *keptp;
    struct frame frame = {.kind = FRAME_EVENT};
    bool there = kept != NULL;
    state_bool(state, &there);
    if (!there)
        return;
    uint64_t number = 0, at_ms = 0;
    size_t size = 0;
    const uint8_t *octets = NULL;
    if (kept != NULL) {
        frame = kept->frame;
        number = kept->number;
        at_ms = kept->at_ms;
        size = kept->size;
        octets = kept->octets;
    }
    state_u64(state, &number);
    state_u64(state, &at_ms);
    state_u16(state, &frame.layout);
    state_u32(state, &frame.code);
    state_u16(state, &frame.n_refs);
    state_u32(state, &frame.body_size);
    state_u32(state, &frame.tape_size);
    state_run(state, &octets, &size);
    size_t refs_size = (size_t)frame.n_refs * FRAME_REF_SIZE;
    if (state->loading && state_require(state,
                                        frame.n_refs <= FRAME_REFS_MAX &&
                                            size == refs_size + frame.body_size + frame.tape_size,
                                        "a kept event")) {
        kept = kept_create(of->log, size, frame.n_refs);
        if (kept == NULL) {
            state->status = VIA_NO_MEMORY;
            return;
        }
        frame.id = (uint32_t)number;
        frame.time = (uint32_t)(number >> 32);
        kept->number = number;
        kept->at_ms = at_ms;
        size_t at = 0;
        frame.refs = put(kept, &at, octets, refs_size);
        frame.body = put(kept, &at, octets + at, frame.body_size);
        frame.tape = put(kept, &at, octets + at, frame.tape_size);
        kept->frame = frame;
        *keptp = kept;
    }
    for (size_t i = 0; i < frame.n_refs && state_is_good(state); i++) {
        struct gateway_object *object =
            snapshot_object_of(snapshot, state->loading ? NULL : kept->objects[i]);
        if (state->loading)
            kept->objects[i] = keep_object(of, object);
    }
}

static void ring_state(struct snapshot *snapshot, struct gateway_object *object)
{
    struct state *state = snapshot->state;
    struct event_log *log = object->log;
    unsigned kept_max = events_of(object)->kept_max;
    uint64_t oldest = log->oldest, newest = log->newest;
    state_u64(state, &oldest);
    state_u64(state, &newest);
    if (!state_require(state,
                       oldest > 0 && newest < UINT64_MAX && oldest <= newest + 1 &&
                           newest + 1 - oldest <= UINT16_MAX + (uint64_t)1,
                       "a log of events"))
        return;
    log->oldest = oldest;
    log->newest = newest;
    log->spread_to = newest;
    for (uint64_t number = oldest; number <= log->newest && state_is_good(state); number++) {
        struct kept_event *kept = state->loading ? NULL : log->ring[number % kept_max];
        kept_state(snapshot, object, &kept);
        if (!state->loading)
            continue;
        if (number - log->oldest >= kept_max)
            drop_oldest(object); /* fewer are kept here */
        log->ring[number % kept_max] = kept;
        if (kept == NULL)
            continue;
        log->kept_size += kept->size;
        (void)state_require(state, kept->number == number, "a kept event's number");
    }
}

/* The newest of each id: most stand in the ring as well. */
static void latest_state(struct snapshot *snapshot, struct gateway_object *object)
{
    struct state *state = snapshot->state;
    struct event_log *log = object->log;
    struct events *events = events_of(object);
    uint32_t n = log->n_latest;
    state_count(state, &n, UINT16_MAX + 1);
    for (uint32_t i = 0; i < n && state_is_good(state); i++) {
        struct kept_event *kept = state->loading ? NULL : log->latest[i];
        uint64_t number = kept == NULL ? 0 : kept->number;
        state_u64(state, &number);
        bool in_ring = number >= log->oldest && number <= log->newest && number > 0;
        struct kept_event *there = in_ring ? log->ring[number % events->kept_max] : NULL;
        bool shared = there != NULL && (state->loading || there == kept);
        state_bool(state, &shared);
        if (shared && state->loading) {
            kept = there;
            if (!state_require(state, kept != NULL, "a newest event"))
                return;
            kept->counts++;
        } else if (!shared) {
            kept_state(snapshot, object, &kept);
            if (state->loading && !state_require(state, kept != NULL, "a newest event"))
                return;
        }
        if (state->loading)
            keep_latest(object, kept);
    }
}

void events_state_log(struct snapshot *snapshot, struct gateway_object *object)
{
    struct state *state = snapshot->state;
    bool has_log = object->log != NULL && object->log->epoch != 0;
    state_bool(state, &has_log);
    if (!has_log)
        return;
    struct event_log *log = log_of(object);
    if (log == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    state_u64(state, &log->epoch);
    ring_state(snapshot, object);
    if (state_is_good(state))
        latest_state(snapshot, object);
    if (!state->loading || object->death == VIA_ALIVE)
        return;
    struct subscription *subscription = log->subscriptions;
    for (; subscription != NULL; subscription = subscription->next_of_target)
        if (subscription->behind)
            subscription->death = object->death;
    if (!anyone_is_behind(log))
        drop_kept(object);
}
