/*
 * It observes: it takes the focus from nobody. What has no Update when only its place changes is
 * asked for field by field.
 */
#include "gateway/cli/pod_listener.h"

#include <stdio.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_events.h"
#include "codecs/portfolio_frames.h"
#include "include/portfolio/event.h"

static const uint8_t wanted[] = {
    EVENTNUM_ControlButtonUpdate, EVENTNUM_MouseUpdate,    EVENTNUM_MouseMoved,
    EVENTNUM_GunDataArrived,      EVENTNUM_KeyboardUpdate, EVENTNUM_LightGunDataArrived,
    EVENTNUM_StickUpdate,         EVENTNUM_StickMoved,     EVENTNUM_ControlPortChange,
};

static void broker_died(void *user, enum via_cause cause)
{
    struct pod_listener *listener = user;
    (void)cause;
    via_queue_close(listener->queue);
}

static enum via_status create(struct pod_listener *listener, struct via_node *node)
{
    static const struct via_stub_ops none = {.size = sizeof none};
    enum via_status status = via_queue_create(node, NULL, NULL, &listener->queue);
    if (status == VIA_OK)
        status = via_stub_create(node, &none, listener, &listener->stub);
    if (status != VIA_OK)
        return status;
    via_stub_set_queue(listener->stub, listener->queue);
    listener->proxy = via_stub_proxy(listener->stub);
    status = via_stub_number(listener->stub, 0, &listener->number);
    return status != VIA_OK
               ? status
               : via_proxy_watch(listener->broker.proxy, broker_died, listener, &listener->watch);
}

/* *resultp: the answer's. */
static enum via_status configure(struct pod_listener *listener, int32_t *resultp)
{
    ConfigurationRequest native = {.cr_Header = {EB_Configure},
                                   .cr_Category = LC_Observer,
                                   .cr_QueueMax = EVENT_QUEUE_MAX_PERMITTED};
    uint8_t data[sizeof native];
    for (size_t i = 0; i < sizeof wanted; i++)
        portfolio_mask_set(native.cr_TriggerMask, wanted[i]);
    portfolio_write(&portfolio_configuration_request, &native, data);
    const struct pod_request request = {.flavor = EB_Configure,
                                        .data = data,
                                        .size = sizeof data,
                                        .capacity = sizeof data,
                                        .reply_port = listener->proxy,
                                        .reply_number = listener->number};
    struct portfolio_answer answer;
    struct via_parcel *reply;
    enum via_status status = pod_broker_ask(&listener->broker, &request, &answer, &reply);
    if (status != VIA_OK)
        return status;
    *resultp = answer.result;
    (void)via_parcel_unref(reply);
    return VIA_OK;
}

enum cli_exit pod_listener_open(struct pod_listener *listener, struct cli *cli)
{
    int32_t answer = 0;
    memset(listener, 0, sizeof *listener);
    enum cli_exit result = pod_broker_find(cli, &listener->broker);
    if (result != CLI_OK)
        return result;
    enum via_status status = create(listener, cli->node);
    if (status == VIA_OK)
        status = configure(listener, &answer);
    if (status == VIA_OK && answer >= 0)
        return CLI_OK;
    result = pod_broker_fail(&listener->broker, "listening to the event broker", status, answer);
    pod_listener_close(listener);
    return result;
}

void pod_listener_close(struct pod_listener *listener)
{
    struct cli *cli = listener->broker.cli;
    if (listener->watch != 0)
        (void)via_proxy_unwatch(listener->broker.proxy, listener->watch);
    cli->node = via_node_destroy(cli->node); /* nothing is told any more */
    listener->proxy = via_proxy_unref(listener->proxy);
    listener->stub = via_stub_unref(listener->stub);
    pod_broker_close(&listener->broker);
    listener->queue = via_queue_destroy(listener->queue);
}

static bool read_telling(struct pod_telling *telling)
{
    struct via_parcel *parcel = via_call_request(telling->call);
    struct portfolio_message message;
    if (via_parcel_layout(parcel) != VIA_LAYOUT_EVENT_BROKER ||
        portfolio_message_decode(via_parcel_data(parcel), via_parcel_size(parcel), &message,
                                 NULL) != VIA_OK ||
        portfolio_frames_check(message.data, message.size, NULL) != VIA_OK)
        return false;
    telling->kind = message.kind;
    telling->data = message.data;
    telling->size = message.size;
    return true;
}

enum via_status pod_listener_take(struct pod_listener *listener, struct pod_telling *telling)
{
    struct via_arrival arrival;
    while (via_queue_take(listener->queue, -1, &arrival) == VIA_OK) {
        telling->call = arrival.call;
        if (arrival.call != NULL && read_telling(telling))
            return VIA_OK;
        if (arrival.call != NULL)
            (void)via_call_fail(arrival.call, VIA_BAD_PAYLOAD);
        (void)via_call_unref(arrival.call);
        (void)via_parcel_unref(arrival.reply);
    }
    return VIA_DEAD;
}

void pod_listener_answer(struct pod_telling *telling)
{
    const struct portfolio_answer answer = {.kind = telling->kind};
    struct via_parcel *parcel = NULL;
    uint8_t *place;
    size_t size;
    enum via_status status = portfolio_answer_size(&answer, &size);
    if (status == VIA_OK)
        status = via_parcel_create(&parcel);
    if (status == VIA_OK) {
        via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
        status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, &place);
    }
    if (status == VIA_OK) {
        portfolio_answer_encode(&answer, place);
        status = via_call_reply(telling->call, 0, parcel);
    }
    if (status != VIA_OK) /* whatever it is answered, the broker goes on */
        (void)via_call_fail(telling->call, status);
    (void)via_parcel_unref(parcel);
    (void)via_call_unref(telling->call);
}
