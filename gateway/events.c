/*
 * What an object emits within a turn gathers in its log. At the end of the turn, or before anything
 * else goes through the gateway, it is spread: each subscription is given all of it at once. What
 * most want as it is, all of it and in order, is encoded once.
 */
#include "gateway/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <viaduct/parcel.h>

#include "gateway/delivery.h"
#include "gateway/event_log.h"
#include "gateway/gateway.h"

#define PLACES_AT_FIRST 64u
static void settle(struct loop_task *task);

enum via_status events_init(struct events *events, unsigned max, unsigned kept_max,
                            unsigned ids_max, size_t kept_size_max)
{
    *events = (struct events){.evict.run = delivery_evict,
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

uint64_t events_epoch(const struct gateway_object *object)
{
    return object->log == NULL ? 0 : object->log->epoch;
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
    struct events *events = &object->gateway->events;
    uint64_t first = log->spread_to + 1;
    if (first > log->newest)
        return;
    struct session *owner = objects_owner(object);
    bool runs = log->subscriptions != NULL && make_run(events, log);
    bulk_spreading(&object->gateway->bulk, true);
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
            (void)delivery_rest(subscription); /* one by one, as far as they go */
    }
    bulk_spreading(&object->gateway->bulk, false);
    if (owner != NULL && owner->ops->hold != NULL)
        owner->ops->hold(owner);
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
    struct events *events = (struct events *)((char *)task - offsetof(struct events, settle));
    struct gateway *gateway = (struct gateway *)((char *)events - offsetof(struct gateway, events));
    events_settle(events);
    bulk_next_turn(&gateway->bulk);
}

/* Its subscriptions are given it at the end of the turn, or before anything else goes on. */
static void give_later(struct gateway_object *object)
{
    struct event_log *log = object->log;
    struct events *events = &object->gateway->events;
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

/* For those who subscribed to an opened object: its service's events before it go first. */
static void give_alone(struct gateway_object *opened, const struct message *message)
{
    struct subscription *subscription = opened->log->subscriptions;
    spread(opened->service);
    for (; subscription != NULL; subscription = subscription->next_of_target)
        if (subscription->target == opened)
            delivery_alone(subscription, message);
}

void events_publish(struct gateway_object *object, const struct message *message)
{
    struct event_log *log = event_log_of(object);
    if (log == NULL || object->death != VIA_ALIVE)
        return;
    if (message->frame->layout != VIA_LAYOUT_CONTROL) {
        object->has_layout = true;
        object->layout = message->frame->layout;
    }
    if (object->service != NULL) {
        give_alone(object, message);
        return;
    }
    size_t size = frame_size(message->frame);
    if (!may_wait(&object->gateway->events, log, size) || message->frame->n_fds > 0)
        spread(object);
    uint64_t number = ++log->newest;
    bool is_kept = event_log_keep(object, message) != NULL;
    if (log->subscriptions == NULL) {
        log->spread_to = number;
    } else if (!is_kept || message->frame->n_fds > 0) {
        struct subscription *subscription = log->subscriptions;
        for (; subscription != NULL; subscription = subscription->next_of_target)
            delivery_live(subscription, message, number);
        log->spread_to = number;
    } else {
        log->pending_size += size;
        give_later(object);
    }
}

void events_lost(struct gateway_object *object)
{
    struct event_log *log = event_log_of(object);
    if (log == NULL || object->death != VIA_ALIVE)
        return;
    spread(event_log_home(object));
    if (object->service != NULL) {
        struct subscription *subscription = log->subscriptions;
        for (; subscription != NULL; subscription = subscription->next_of_target)
            if (subscription->target == object && subscription->started)
                subscription->lost++;
        return;
    }
    uint64_t number = ++log->newest;
    log->spread_to = number;
    while (log->oldest + object->gateway->events.kept_max <= number)
        event_log_drop_oldest(object);
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
    subscription->id = ++events->generation << EVENTS_PLACE_BITS | place;
    return VIA_OK;
}

static enum via_status set_filter(struct subscription *subscription,
                                  const struct event_filter *filter)
{
    subscription->policy = filter->policy;
    subscription->due.fired = delivery_due;
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

void events_free(struct subscription *subscription)
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
    struct event_log *log = event_log_of(target);
    struct subscription *subscription = calloc(1, sizeof *subscription);
    if (log == NULL || subscription == NULL) {
        free(subscription);
        return VIA_NO_MEMORY;
    }
    enum via_status status = set_filter(subscription, wish->filter);
    if (status == VIA_OK)
        status = take_place(&target->gateway->events, subscription);
    if (status != VIA_OK) {
        events_free(subscription);
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
    delivery_catch_up(subscription);
}

void events_unsubscribe(struct subscription *subscription)
{
    struct gateway_object *target = subscription->target;
    struct events *events = &target->gateway->events;
    events->places[subscription->id & ((1u << EVENTS_PLACE_BITS) - 1)] = NULL;
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
        delivery_tell_death(target, subscription->session);
    delivery_end(subscription);
    loop_disarm(target->gateway->loop, &subscription->due);
    objects_unref(subscription->sink);
    objects_unref(target);
    events_free(subscription);
}

struct subscription *events_find(struct session *session, uint32_t id)
{
    const struct events *events = &session->gateway->events;
    uint32_t place = id & ((1u << EVENTS_PLACE_BITS) - 1);
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
            delivery_catch_up(subscription);
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
        if (subscription->session == session && subscription->target == object &&
            subscription->behind)
            return true;
    return false;
}

void events_object_died(struct gateway_object *object)
{
    if (object->log != NULL) {
        spread(event_log_home(object));
        struct subscription *subscription = object->log->subscriptions;
        for (; subscription != NULL; subscription = subscription->next_of_target) {
            if (subscription->target != object)
                continue;
            delivery_last(subscription);
            if (subscription->behind)
                subscription->death = object->death;
            else
                subscription->started = false; /* an opened one's service may go on */
        }
        delivery_let_kept_go(object);
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
