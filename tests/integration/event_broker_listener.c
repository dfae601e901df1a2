/*
 * A listener of the event broker as a process of its own, to be killed: it takes the focus, locks
 * pod 1, says so, and waits until its standard input ends. Records it leaves unanswered.
 *
 * usage: event_broker_listener BROKER
 */
#include <stdio.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_message.h"
#include "include/portfolio/event.h"
#include "include/viaduct/viaduct.h"

struct listener {
    struct via_node *node;
    struct via_proxy *broker, *port;
    uint32_t number;
};

static int ask(const struct listener *listener, const uint8_t *data, size_t size)
{
    uint8_t octets[512];
    const struct portfolio_message message = {
        .kind = PORTFOLIO_STANDARD, .reply_port = listener->number, .data = data, .size = size};
    struct via_parcel *parcel, *reply;
    size_t whole;
    if (portfolio_message_size(&message, &whole) != VIA_OK || whole > sizeof octets ||
        via_parcel_create(&parcel) != VIA_OK)
        return -1;
    portfolio_message_encode(&message, octets);
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    if (via_parcel_append(parcel, octets, whole, VIA_TAG_PAD, NULL) != VIA_OK ||
        via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, listener->port, 0) != VIA_OK ||
        via_proxy_call(listener->broker, octets_get_u32(data), parcel, 20000, NULL, &reply) !=
            VIA_OK)
        return -1;
    const int32_t result =
        (int32_t)octets_get_u32(via_parcel_data(reply) + PORTFOLIO_ANSWER_RESULT_AT);
    (void)via_parcel_unref(reply);
    (void)via_parcel_unref(parcel);
    return result;
}

int main(int argc, char **argv)
{
    static const struct via_stub_ops ops = {.size = sizeof ops};
    uint8_t configure[sizeof(ConfigurationRequest)] = {EB_Configure, 0, 0, 0, LC_FocusListener};
    uint8_t lock[16] = {EB_LockPod, 0, 0, 0, 1};
    struct listener listener;
    struct via_stub *stub;
    struct via_queue *queue;
    if (argc != 2)
        return 2;
    octets_put_u32(configure + 8, EVENTBIT0_GivingFocus | EVENTBIT0_ControlButtonUpdate);
    listener.node = via_node_default();
    if (listener.node == NULL || via_queue_create(listener.node, NULL, NULL, &queue) != VIA_OK ||
        via_stub_create(listener.node, &ops, NULL, &stub) != VIA_OK)
        return 1;
    via_stub_set_queue(stub, queue);
    listener.port = via_stub_proxy(stub);
    if (via_stub_number(stub, 0, &listener.number) != VIA_OK ||
        via_node_find(listener.node, "portfolio", argv[1], 20000, &listener.broker) != VIA_OK ||
        ask(&listener, configure, sizeof configure) != 0 || ask(&listener, lock, sizeof lock) != 0)
        return 1;
    (void)printf("listening %u\n", (unsigned)listener.number);
    (void)fflush(stdout);
    (void)getchar();
    return 0;
}
