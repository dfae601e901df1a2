/*
 * Logs are made at an object's first event or subscription.
 */
#include "gateway/event_log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <viaduct/parcel.h>

#include "bridge/log.h"
#include "gateway/gateway.h"
#include "gateway/handover/snapshot.h"

#define POOL_MAX 4u

/* NULL: no memory. */
static struct event_log *make_log(const struct gateway_object *object)
{
    struct events *events = &object->gateway->events;
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
    return log;
}

struct event_log *event_log_of(struct gateway_object *object)
{
    if (object->log != NULL)
        return object->log;
    struct gateway_object *home = event_log_home(object);
    if (home->log == NULL)
        home->log = make_log(home);
    object->log = home->log;
    return object->log;
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

void event_log_drop_oldest(struct gateway_object *object)
{
    struct event_log *log = object->log;
    assert(object->gateway->events.kept_max > 0);
    struct kept_event **place = &log->ring[log->oldest % object->gateway->events.kept_max];
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
    if (log->n_latest < object->gateway->events.ids_max) {
        log->latest[log->n_latest++] = kept;
        return;
    }
    kept_unref(object, log->latest[oldest]);
    log->latest[oldest] = kept;
}

struct kept_event *event_log_keep(struct gateway_object *object, const struct message *message)
{
    struct events *events = &object->gateway->events;
    struct event_log *log = object->log;
    while (log->oldest + events->kept_max <= log->newest)
        event_log_drop_oldest(object);
    struct kept_event *kept = kept_copy(object, log, message, log->newest);
    log->ring[log->newest % events->kept_max] = kept;
    if (kept == NULL) {
        log_warn("events.not_kept", "number=%llu why=no_memory", (unsigned long long)log->newest);
        return NULL;
    }
    kept->counts++;
    keep_latest(object, kept);
    log->kept_size += kept->size;
    while (log->kept_size > events->kept_size_max && log->oldest < log->newest)
        event_log_drop_oldest(object);
    return kept;
}

void event_log_drop_kept(struct gateway_object *object)
{
    struct event_log *log = object->log;
    while (log->oldest <= log->newest)
        event_log_drop_oldest(object);
    while (log->n_latest > 0)
        kept_unref(object, log->latest[--log->n_latest]);
}

void event_log_forget(struct gateway_object *object)
{
    struct event_log *log = object->log;
    if (object->service != NULL)
        object->log = NULL;
    if (object->log == NULL)
        return;
    assert(log->subscriptions == NULL);
    event_log_drop_kept(object);
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

const struct kept_event *event_log_latest_of(const struct event_log *log, uint32_t id)
{
    for (unsigned i = 0; i < log->n_latest; i++)
        if (log->latest[i]->frame.code == id)
            return log->latest[i];
    return NULL;
}

const struct kept_event *event_log_next_latest(const struct event_log *log, uint64_t after,
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

/* ---- from process to process ---- */

/* NOLINTBEGIN(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference): the log has them */
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
    unsigned kept_max = object->gateway->events.kept_max;
    assert(kept_max > 0);
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
            event_log_drop_oldest(object); /* fewer are kept here */
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
    struct events *events = &object->gateway->events;
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

/* NOLINTEND(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference): of the log's */

void event_log_state(struct snapshot *snapshot, struct gateway_object *object)
{
    state_u64(snapshot->state, &object->log->epoch);
    ring_state(snapshot, object);
    if (state_is_good(snapshot->state))
        latest_state(snapshot, object);
}
