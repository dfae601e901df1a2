/*
 * A request is refused by what it is, then by its flavor, then by its size, and only then read:
 * programs go by which error they get.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_name.h"
#include "gateway/event_broker/broker.h"
#include "gateway/event_broker/broker_error.h"
#include "gateway/event_broker/pod_requests.h"
#include "gateway/event_broker/sent_events.h"
#include "gateway/event_broker/tables.h"

#define HEADER_SIZE sizeof(EventBrokerHeader)
#define POD_DATA_SIZE sizeof(PodDataHeader)
#define LIST_HEADER_SIZE 8u /* of listeners and of pods: flavor and how many */
#define LISTENER_SIZE 8u

static void reply(struct broker *broker, const struct broker_request *request, int32_t result)
{
    broker->ops->reply(broker->user, request->handle, &(struct broker_answer){.result = result});
}

/* With @size octets of broker->octets. */
static void reply_octets(struct broker *broker, const struct broker_request *request, size_t size)
{
    broker->ops->reply(broker->user, request->handle,
                       &(struct broker_answer){.data = broker->octets, .size = size});
}

/* ---- listeners ---- */

static void no_op(struct broker *broker, const struct broker_request *request)
{
    reply(broker, request, 0);
}

static void read_mask(struct event_mask *mask, const uint8_t *octets)
{
    for (unsigned i = 0; i < PORTFOLIO_MASK_WORDS; i++, octets += sizeof *mask->words)
        mask->words[i] = octets_get_u32(octets);
}

/* Whether it had any. */
static bool remove_keys(struct event_mask *mask)
{
    bool had = false;
    for (unsigned event = 1; event <= EVENTNUM_IRKeyReleased; event++)
        if (event_is_key((uint8_t)event) && portfolio_mask_has(mask->words, (uint8_t)event)) {
            portfolio_mask_clear(mask->words, (uint8_t)event);
            had = true;
        }
    return had;
}

static void listen_as_asked(struct broker *broker, struct listener *listener,
                            const struct broker_request *request)
{
    const uint8_t *data = request->data;
    const int32_t queue_max =
        (int32_t)octets_get_u32(data + offsetof(ConfigurationRequest, cr_QueueMax));
    if (!listener->is_configured)
        listeners_renew(&broker->listeners, listener);
    listener->is_configured = true;
    read_mask(&listener->trigger, data + offsetof(ConfigurationRequest, cr_TriggerMask));
    read_mask(&listener->capture, data + offsetof(ConfigurationRequest, cr_CaptureMask));
    listener->may_keys = request->sender.may_keys;
    if (!listener->may_keys) {
        const bool had = remove_keys(&listener->trigger);
        if (remove_keys(&listener->capture) || had)
            broker->ops->keys_removed(broker->user, listener->port);
    }
    if (queue_max >= 1 && queue_max <= EVENT_QUEUE_MAX_PERMITTED)
        listener->queue_max = (unsigned)queue_max;
}

/* NULL: it has as many as it may, or there are too many, or memory is short. */
static struct listener *add_listener(struct broker *broker, const struct broker_sender *sender)
{
    if (listeners_count(&broker->listeners, sender->client) < broker->limits.most[LIMIT_LISTENERS])
        return listeners_add(&broker->listeners, sender->port, sender->client);
    broker->ops->limited(broker->user, LIMIT_LISTENERS);
    return NULL;
}

static void configure(struct broker *broker, const struct broker_request *request)
{
    const uint32_t category =
        octets_get_u32(request->data + offsetof(ConfigurationRequest, cr_Category));
    if (category > LC_FocusUI) {
        reply(broker, request, BROKER_ERROR(ER_ParamError));
        return;
    }
    if ((category == LC_FocusListener || category == LC_FocusUI) && !request->sender.may_focus) {
        reply(broker, request, BROKER_ERROR(ER_NotPrivileged));
        return;
    }
    struct listener *listener = listeners_find(&broker->listeners, request->sender.port);
    if (listener == NULL)
        listener = add_listener(broker, &request->sender);
    if (listener == NULL) {
        reply(broker, request, BROKER_ERROR(ER_SoftErr));
        return;
    }
    listen_as_asked(broker, listener, request);
    listeners_set_category(&broker->listeners, listener, category);
    if (category == LC_NoSeeUm)
        listener->is_told_focus = false;
    octets_put_u32(broker->octets, EB_ConfigureReply);
    reply_octets(broker, request, HEADER_SIZE);
}

static void get_listeners(struct broker *broker, const struct broker_request *request)
{
    uint8_t *out = broker->octets + LIST_HEADER_SIZE;
    if (request->capacity < LIST_HEADER_SIZE + LISTENER_SIZE * broker->listeners.n) {
        reply(broker, request, BROKER_ERROR(ER_NoMem));
        return;
    }
    octets_put_u32(broker->octets, EB_GetListenersReply);
    octets_put_u32(broker->octets + 4, broker->listeners.n);
    for (const struct listener *listener = broker->listeners.first; listener != NULL;
         listener = listener->next, out += LISTENER_SIZE) {
        octets_put_u32(out, listener->port);
        octets_put_u32(out + 4, listener->category);
    }
    reply_octets(broker, request, (size_t)(out - broker->octets));
}

static void set_focus(struct broker *broker, const struct broker_request *request)
{
    const uint32_t port =
        octets_get_u32(request->data + offsetof(SetFocus, sf_DesiredFocusListener));
    struct listener *listener = listeners_find(&broker->listeners, port);
    int32_t result = (int32_t)port;
    if (!request->sender.may_focus)
        result = BROKER_ERROR(ER_NotPrivileged);
    else if (listener == NULL || !listener_can_have_focus(listener))
        result = BROKER_ERROR(ER_BadItem);
    else
        broker->listeners.focus = listener;
    reply(broker, request, result);
}

static void get_focus(struct broker *broker, const struct broker_request *request)
{
    const struct listener *focus = broker->listeners.focus;
    reply(broker, request, focus == NULL ? 0 : (int32_t)focus->port);
}

static void make_table(struct broker *broker, const struct broker_request *request)
{
    struct listener *listener = listeners_find(&broker->listeners, request->sender.port);
    if (listener == NULL)
        listener = add_listener(broker, &request->sender);
    if (listener == NULL || !tables_start(listener)) {
        reply(broker, request, BROKER_ERROR(ER_NoMem));
        return;
    }
    uint8_t header[HEADER_SIZE];
    octets_put_u32(header, EB_MakeTableReply);
    const struct broker_answer answer = {
        .data = header,
        .size = sizeof header,
        .more = broker->octets,
        .more_size = tables_write_all(broker, listener),
    };
    broker->ops->reply(broker->user, request->handle, &answer);
}

/* ---- pods and events ---- */

static void describe_pod(const struct pod *pod, uint8_t *out)
{
    memset(out, 0, sizeof(PodDescription));
    out[offsetof(PodDescription, pod_Number)] = pod->number;
    out[offsetof(PodDescription, pod_Position)] = pod->position;
    octets_put_u32(out + offsetof(PodDescription, pod_Type), pod->type);
    octets_put_u32(out + offsetof(PodDescription, pod_BitsIn), pod->bits_in);
    octets_put_u32(out + offsetof(PodDescription, pod_BitsOut), pod->bits_out);
    octets_put_u32(out + offsetof(PodDescription, pod_Flags), pod->flags);
    memcpy(out + offsetof(PodDescription, pod_GenericNumber), pod->ordinals, PORTFOLIO_CLASSES);
    octets_put_u32(out + offsetof(PodDescription, pod_LockHolder), pod->lock);
}

static void describe_pods(struct broker *broker, const struct broker_request *request)
{
    const struct pods *pods = &broker->pods;
    if (request->capacity < LIST_HEADER_SIZE + sizeof(PodDescription) * pods->n) {
        reply(broker, request, BROKER_ERROR(ER_NoMem));
        return;
    }
    octets_put_u32(broker->octets, EB_DescribePodsReply);
    octets_put_u32(broker->octets + 4, pods->n);
    for (unsigned i = 0; i < pods->n; i++)
        describe_pod(pods->chain[i],
                     broker->octets + LIST_HEADER_SIZE + sizeof(PodDescription) * i);
    reply_octets(broker, request, LIST_HEADER_SIZE + sizeof(PodDescription) * pods->n);
}

static void register_event(struct broker *broker, const struct broker_request *request)
{
    const uint8_t *data = request->data;
    const char *name = (const char *)data + offsetof(RegisterEvent, re_EventName);
    const size_t room = sizeof((RegisterEvent *)0)->re_EventName;
    const uint64_t client = request->sender.client;
    const bool is_user =
        octets_get_u32(data + offsetof(RegisterEvent, re_IsUserInterfaceEvent)) != 0;
    const bool is_known = custom_events_has(&broker->events, name, room);
    if (portfolio_name_is_legal(name, room) && !is_known &&
        custom_events_count(&broker->events, client) >= broker->limits.most[LIMIT_EVENTS]) {
        broker->ops->limited(broker->user, LIMIT_EVENTS);
        reply(broker, request, BROKER_ERROR(ER_NoMem));
        return;
    }
    const int32_t event = custom_events_register(&broker->events, name, room, is_user, client);
    if (event > 0 && !is_known)
        broker->ops->named(broker->user); /* before anybody can send one */
    reply(broker, request, event);
}

static void send_event(struct broker *broker, const struct broker_request *request)
{
    reply(broker, request, sent_events_tell(broker, request));
}

/* ---- flavors ---- */

static const struct flavor {
    void (*handle)(struct broker *broker, const struct broker_request *request);
    size_t least;    /* octets */
    bool needs_port; /* it is about who asks */
} flavors[] = {
    [EB_NoOp] = {no_op, HEADER_SIZE, false},
    [EB_Configure] = {configure, sizeof(ConfigurationRequest), true},
    [EB_SendEvent] = {send_event, HEADER_SIZE, false},
    [EB_RegisterEvent] = {register_event, sizeof(RegisterEvent), false},
    [EB_GetListeners] = {get_listeners, HEADER_SIZE, false},
    [EB_SetFocus] = {set_focus, sizeof(SetFocus), false},
    [EB_GetFocus] = {get_focus, HEADER_SIZE, false},
    [EB_ReadPodData] = {pod_requests_read, POD_DATA_SIZE, false},
    [EB_WritePodData] = {pod_requests_write, POD_DATA_SIZE, false},
    [EB_LockPod] = {pod_requests_lock, POD_DATA_SIZE, true},
    [EB_UnlockPod] = {pod_requests_unlock, POD_DATA_SIZE, true},
    [EB_IssuePodCmd] = {pod_requests_issue, POD_DATA_SIZE, false},
    [EB_DescribePods] = {describe_pods, HEADER_SIZE, false},
    [EB_MakeTable] = {make_table, HEADER_SIZE, true},
};

void broker_request(struct broker *broker, const struct broker_request *request)
{
    static const struct flavor unknown = {NULL, 0, false};
    if (request->is_small || request->size < HEADER_SIZE) {
        reply(broker, request, BROKER_ERROR(ER_BadPtr));
        return;
    }
    const uint32_t number = octets_get_u32(request->data);
    const struct flavor *flavor =
        number < sizeof flavors / sizeof *flavors ? &flavors[number] : &unknown;
    if (flavor->handle == NULL)
        reply(broker, request, BROKER_ERROR(ER_NotSupported));
    else if (request->size < flavor->least)
        reply(broker, request, BROKER_ERROR(ER_ParamError));
    else if (flavor->needs_port && request->sender.port == 0)
        reply(broker, request, BROKER_ERROR(ER_BadItem));
    else
        flavor->handle(broker, request);
}
