/*
 * A field: pods are sampled, listeners told, tables brought up to date, and those answered who
 * waited for it. Whatever goes, a port or a pod, takes at once what it held and waited for with it.
 *
 * A pod that goes has said things that wait for fields of their own: it stays in the chain until it
 * has told them, as one that nobody provides and nobody can ask for anything.
 */
#include "gateway/event_broker/broker.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "gateway/event_broker/broker_error.h"
#include "gateway/event_broker/held.h"
#include "gateway/event_broker/locks.h"
#include "gateway/event_broker/pod_requests.h"
#include "gateway/event_broker/tables.h"
#include "gateway/event_broker/telling.h"

#define FLAGS_OF_CLASSES 0xffff0000u

void broker_init(struct broker *broker, const struct broker_ops *ops, void *user)
{
    memset(broker, 0, sizeof *broker);
    broker->ops = ops;
    broker->user = user;
    broker->time = 1;
    limits_init(&broker->limits);
}

static bool is_any(const struct held *held, const void *with)
{
    (void)held;
    (void)with;
    return true;
}

void broker_deinit(struct broker *broker)
{
    held_answer(broker, is_any, NULL, BROKER_ERROR(ER_Aborted));
    listeners_deinit(&broker->listeners);
    pods_deinit(&broker->pods);
    custom_events_deinit(&broker->events);
}

bool broker_record_answered(struct broker *broker, uint32_t port)
{
    struct listener *listener = listeners_find(&broker->listeners, port);
    if (listener == NULL)
        return false;
    if (listener->n_outstanding > 0)
        listener->n_outstanding--;
    return listener->is_lost; /* it had no room */
}

bool broker_table_answered(struct broker *broker, uint32_t port)
{
    const struct listener *listener = listeners_find(&broker->listeners, port);
    if (listener == NULL || listener->table == NULL)
        return false;
    listener->table->is_told = false;
    return tables_are_due(listener);
}

static bool is_of_port(const struct held *held, const void *with)
{
    return held->port == *(const uint32_t *)with;
}

void broker_port_died(struct broker *broker, uint32_t port)
{
    struct listener *listener = listeners_find(&broker->listeners, port);
    if (listener != NULL)
        listeners_remove(&broker->listeners, listener);
    held_answer(broker, is_of_port, &port, BROKER_ERROR(ER_BadItem));
    for (unsigned i = 0; i < broker->pods.n; i++)
        if (broker->pods.chain[i]->lock == port)
            locks_release(broker, broker->pods.chain[i]);
}

/* ---- pods ---- */

static void tell_chain_changed(struct broker *broker)
{
    for (struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next)
        listener->is_pods_change = true;
}

int32_t broker_attach(struct broker *broker, const struct pod_offer *offer)
{
    struct pod_offer checked = *offer;
    const struct portfolio_pod_type *type = portfolio_pod_type_of(offer->type);
    if (checked.flags == 0 && type != NULL)
        checked.flags = type->flags;
    checked.flags &= FLAGS_OF_CLASSES;
    if (checked.flags == 0 || strlen(offer->name) >= POD_NAME_SIZE)
        return BROKER_ERROR(ER_ParamError);
    if (!offer->is_input &&
        pods_count(&broker->pods, offer->provider) >= broker->limits.most[LIMIT_PODS]) {
        broker->ops->limited(broker->user, LIMIT_PODS);
        return BROKER_ERROR(ER_NoMem);
    }
    const struct pod *pod = pods_attach(&broker->pods, &checked, broker->time);
    if (pod == NULL)
        return BROKER_ERROR(ER_NoMem);
    tell_chain_changed(broker);
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++)
        if (pod_is_of(pod, generic))
            tables_mark(broker, generic, pod->ordinals[generic], pod->ordinals[generic]);
    return pod->number;
}

static struct pod *find_own(const struct broker *broker, uint64_t provider, int32_t number)
{
    struct pod *pod = pods_find(&broker->pods, number);
    return pod != NULL && pod->provider == provider ? pod : NULL;
}

int32_t broker_pod_says(struct broker *broker, uint64_t provider, int32_t number, uint32_t generic,
                        const uint8_t *octets, size_t size)
{
    uint32_t words[POD_CLASS_WORDS_MAX];
    struct pod *pod = find_own(broker, provider, number);
    if (pod == NULL)
        return BROKER_ERROR(ER_BadUnit);
    if (generic >= PORTFOLIO_CLASSES || !pod_is_of(pod, generic))
        return BROKER_ERROR(ER_ParamError);
    const unsigned n = pod_class_words(generic);
    if (n == 0 || size != (size_t)POD_WORD * n)
        return BROKER_ERROR(ER_ParamError);
    for (unsigned i = 0; i < n; i++, octets += POD_WORD)
        words[i] = octets_get_u32(octets);
    pod_say(pod, generic, words);
    return 0;
}

static bool is_of_pod(const struct held *held, const void *with)
{
    return held->pod == *(const uint8_t *)with;
}

/* It has nothing to say any more. */
static void take_out(struct broker *broker, struct pod *pod)
{
    telling_forget(broker, pod);
    for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++) {
        unsigned last = pod->ordinals[generic];
        while (pods_find_ordinal(&broker->pods, generic, last + 1) != NULL)
            last++;
        if (pod_is_of(pod, generic))
            tables_mark(broker, generic, pod->ordinals[generic], last);
    }
    pods_detach(&broker->pods, pod);
    tell_chain_changed(broker);
}

static void detach(struct broker *broker, struct pod *pod)
{
    held_answer(broker, is_of_pod, &pod->number, BROKER_ERROR(ER_BadUnit));
    pod->is_leaving = true;
    pod->provider = 0;
    pod->lock = 0;
    if (pod->n_waiting == 0)
        take_out(broker, pod);
}

int32_t broker_detach(struct broker *broker, uint64_t provider, int32_t number)
{
    struct pod *pod = find_own(broker, provider, number);
    if (pod == NULL)
        return BROKER_ERROR(ER_BadUnit);
    detach(broker, pod);
    return 0;
}

void broker_provider_gone(struct broker *broker, uint64_t provider)
{
    for (unsigned i = broker->pods.n; i-- > 0;)
        if (broker->pods.chain[i]->provider == provider)
            detach(broker, broker->pods.chain[i]);
    custom_events_disown(&broker->events, provider);
}

void broker_output_done(struct broker *broker, uint64_t provider, int32_t number, uint32_t id,
                        int32_t result, const uint8_t *octets, size_t size)
{
    const struct pod *pod = find_own(broker, provider, number);
    if (pod != NULL)
        pod_requests_confirm(broker, pod, id, result, octets, size);
}

/* ---- the system's own events ---- */

void broker_tell(struct broker *broker, uint8_t event, const uint8_t *octets, size_t size)
{
    const struct portfolio_frame frame = {
        .time = broker->time, .number = event, .data = octets, .size = size};
    telling_frames(broker, &frame, 1);
}

void broker_lose(struct broker *broker, uint8_t event)
{
    telling_lose(broker, event);
}

/* ---- fields ---- */

void broker_pass(struct broker *broker, uint32_t n)
{
    broker->time += n;
    if (broker->time == 0)
        broker->time = 1;
}

void broker_field(struct broker *broker)
{
    broker_pass(broker, 1);
    for (unsigned i = 0; i < broker->pods.n; i++) {
        struct pod *pod = broker->pods.chain[i];
        pod_begin_field(pod, broker->time);
        for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++)
            if (pod_is_of(pod, generic) && pod->stamps[generic] == broker->time)
                tables_mark(broker, generic, pod->ordinals[generic], pod->ordinals[generic]);
    }
    telling_field(broker);
    tables_tell(broker);
    pod_requests_field(broker);
    for (unsigned i = broker->pods.n; i-- > 0;)
        if (broker->pods.chain[i]->is_leaving && broker->pods.chain[i]->n_waiting == 0)
            take_out(broker, broker->pods.chain[i]);
}

/* What happens in every field, whoever does something or not. */
static void find_beats(const struct broker *broker, struct event_mask *beats)
{
    for (unsigned i = 0; i < broker->pods.n; i++) {
        const struct pod *pod = broker->pods.chain[i];
        for (unsigned generic = 0; generic < PORTFOLIO_CLASSES; generic++) {
            const struct pod_class *class = pod_class_of(generic);
            if (!pod_is_of(pod, generic))
                continue;
            if (class->events[POD_ARRIVED] != 0)
                portfolio_mask_set(beats->words, class->events[POD_ARRIVED]);
            if ((pod->current.words[class->at] & class->tracked) != 0)
                portfolio_mask_set(beats->words, class->events[POD_TRACKING]);
        }
    }
}

static bool is_waiting_for_field(const struct broker *broker)
{
    for (unsigned i = 0; i < broker->pods.n; i++)
        if (broker->pods.chain[i]->n_waiting > 0)
            return true;
    for (const struct held *held = broker->held; held != NULL; held = held->next)
        if (held->why == HELD_FOR_FIELD)
            return true;
    return false;
}

bool broker_needs_field(const struct broker *broker, bool beats)
{
    struct event_mask beat = {{0}};
    if (is_waiting_for_field(broker))
        return true;
    if (beats)
        find_beats(broker, &beat);
    for (const struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next)
        if (telling_is_due(broker, listener, &beat) || tables_are_due(listener))
            return true;
    return false;
}
