/*
 * All goes by calls that wait: what a command sends is in the broker before it goes on.
 */
#include "gateway/cli/pod_broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/portfolio_error.h"
#include "codecs/portfolio_pod.h"
#include "gateway/cli/fault.h"

#define FAMILY "portfolio"
#define BROKER_NAME "eventbroker"

enum cli_exit pod_broker_find(struct cli *cli, struct pod_broker *broker)
{
    char doing[320];
    const char *redirected = getenv("VIADUCT_EVENTBROKER");
    *broker = (struct pod_broker){.cli = cli, .name = cli->broker};
    if (broker->name == NULL)
        broker->name = redirected == NULL || redirected[0] == '\0' ? BROKER_NAME : redirected;
    enum via_status status = via_node_find(cli->node, FAMILY, broker->name, 0, &broker->proxy);
    if (status == VIA_OK)
        return CLI_OK;
    if (status == VIA_NOT_FOUND) {
        fprintf(stderr,
                "viaduct pod: %s: there is no such event broker; viaduct-event-broker is one\n",
                broker->name);
        return CLI_NOT_FOUND;
    }
    (void)snprintf(doing, sizeof doing, "looking for %s", broker->name);
    return fault_report(cli, doing, status, NULL);
}

void pod_broker_close(struct pod_broker *broker)
{
    broker->proxy = via_proxy_unref(broker->proxy);
}

enum cli_exit pod_broker_fail(const struct pod_broker *broker, const char *doing,
                              enum via_status status, int32_t result)
{
    char text[PORTFOLIO_ERROR_ROOM];
    if (status != VIA_OK)
        return fault_report(broker->cli, doing, status, broker->proxy);
    (void)portfolio_error_text(text, sizeof text, result);
    fprintf(stderr, "viaduct pod: %s: %s\n", doing, text);
    return CLI_FAILED;
}

static enum via_status pack(size_t size, struct via_parcel **parcelp, uint8_t **placep)
{
    struct via_parcel *parcel;
    enum via_status status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, placep);
    if (status == VIA_OK)
        *parcelp = parcel;
    else
        (void)via_parcel_unref(parcel);
    return status;
}

/* Calls with @parcel, which it takes. */
static enum via_status call(const struct pod_broker *broker, uint32_t code,
                            struct via_parcel *parcel, enum portfolio_kind kind, uint32_t capacity,
                            struct portfolio_answer *answer, struct via_parcel **replyp)
{
    struct via_parcel *reply = NULL;
    enum via_status status =
        via_proxy_call(broker->proxy, code, parcel, broker->cli->timeout_ms, NULL, &reply);
    (void)via_parcel_unref(parcel);
    if (status != VIA_OK)
        return status;
    status = via_parcel_layout(reply) == VIA_LAYOUT_EVENT_BROKER
                 ? portfolio_answer_decode(via_parcel_data(reply), via_parcel_size(reply), kind,
                                           capacity, answer, NULL)
                 : VIA_BAD_PAYLOAD;
    if (status == VIA_OK)
        *replyp = reply;
    else
        (void)via_parcel_unref(reply);
    return status;
}

enum via_status pod_broker_tell(const struct pod_broker *broker, uint32_t code,
                                const uint8_t *octets, size_t size, int32_t *resultp)
{
    struct via_parcel *parcel, *reply;
    struct portfolio_answer answer;
    uint8_t *place;
    enum via_status status = pack(size, &parcel, &place);
    if (status != VIA_OK)
        return status;
    memcpy(place, octets, size);
    status = call(broker, code, parcel, PORTFOLIO_PROVIDER, 0, &answer, &reply);
    if (status != VIA_OK)
        return status;
    *resultp = answer.result;
    (void)via_parcel_unref(reply);
    return VIA_OK;
}

enum via_status pod_broker_ask(const struct pod_broker *broker, const struct pod_request *request,
                               struct portfolio_answer *answer, struct via_parcel **replyp)
{
    const struct portfolio_message message = {.kind = PORTFOLIO_BUFFERED,
                                              .capacity = request->capacity,
                                              .reply_port = request->reply_number,
                                              .data = request->data,
                                              .size = request->size};
    struct via_parcel *parcel;
    uint8_t *place;
    size_t size;
    enum via_status status = portfolio_message_size(&message, &size);
    if (status == VIA_OK)
        status = pack(size, &parcel, &place);
    if (status != VIA_OK)
        return status;
    portfolio_message_encode(&message, place);
    if (request->reply_port != NULL)
        status =
            via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, request->reply_port, 0);
    if (status == VIA_OK)
        return call(broker, request->flavor, parcel, PORTFOLIO_BUFFERED, request->capacity, answer,
                    replyp);
    (void)via_parcel_unref(parcel);
    return status;
}
