/*
 * Subscriptions from process to process: each with where it stands. What is kept for them goes with
 * the objects.
 */
#include <stdlib.h>

#include "gateway/delivery.h"
#include "gateway/event_log.h"
#include "gateway/gateway.h"
#include "gateway/handover/snapshot.h"

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
    state_u64(state, &subscription->n_dropped);
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
    uint32_t place = subscription->id & ((1u << EVENTS_PLACE_BITS) - 1);
    if (!state_require(state,
                       place < events->n_places && events->places[place] == NULL &&
                           subscription->next > 0,
                       "a subscription"))
        return false;
    subscription->due.fired = delivery_due;
    uint64_t due_ms = subscription->due.at_ms;
    struct loop *loop = subscription->session->gateway->loop;
    if (event_log_of(subscription->target) == NULL ||
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
        events_free(subscription);
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
    state_count(state, &n, 1u << EVENTS_PLACE_BITS);
    if (!state_require(state, n_places <= 1u << EVENTS_PLACE_BITS && n <= n_places,
                       "subscriptions"))
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

void events_state_log(struct snapshot *snapshot, struct gateway_object *object)
{
    struct state *state = snapshot->state;
    bool has_log = object->log != NULL && object->log->epoch != 0;
    state_bool(state, &has_log);
    if (!has_log)
        return;
    struct event_log *log = event_log_of(object);
    if (log == NULL) {
        state->status = VIA_NO_MEMORY;
        return;
    }
    if (object->service == NULL) /* else it stands in its service's */
        event_log_state(snapshot, object);
    if (!state->loading || object->death == VIA_ALIVE)
        return;
    struct subscription *subscription = log->subscriptions;
    for (; subscription != NULL; subscription = subscription->next_of_target)
        if (subscription->target == object && subscription->behind)
            subscription->death = object->death;
    delivery_let_kept_go(object);
}
