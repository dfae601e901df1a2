/*
 * The least that a provider of pods does. States are not answered: who reports does not wait.
 */
#include "tests/bench/portfolio_pod.h"

#include <string.h>
#include <viaduct/viaduct.h>

#include "codecs/portfolio_pod.h"
#include "include/portfolio/event.h"

#define FIND_MS 5000u

static struct via_proxy *broker;
static uint32_t pod;

static struct via_parcel *parcel_of(const uint8_t *octets, size_t size)
{
    struct via_parcel *parcel = NULL;
    if (size == 0 || via_parcel_create(&parcel) != VIA_OK)
        return NULL;
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    return via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL) == VIA_OK
               ? parcel
               : via_parcel_unref(parcel);
}

/* The pod's number is the answer's result. */
static int read_number(struct via_parcel *reply)
{
    struct portfolio_answer answer;
    if (portfolio_answer_decode(via_parcel_data(reply), via_parcel_size(reply), PORTFOLIO_PROVIDER,
                                0, &answer, NULL) != VIA_OK ||
        answer.result <= 0)
        return 1;
    pod = (uint32_t)answer.result;
    return 0;
}

int portfolio_pod_attach(const char *service)
{
    const struct portfolio_pod_attach attach = {
        .type = PODID_3DO_MOUSE, .flags = POD_IsMouse, .name = "bench"};
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    struct via_parcel *reply = NULL;
    struct via_parcel *request = parcel_of(octets, portfolio_pod_put_attach(&attach, octets));
    int failed =
        request == NULL ||
        via_node_find(via_node_default(), "portfolio", service, FIND_MS, &broker) != VIA_OK ||
        via_proxy_call(broker, PORTFOLIO_POD_ATTACH, request, FIND_MS, NULL, &reply) != VIA_OK ||
        read_number(reply) != 0;
    via_parcel_unref(request);
    via_parcel_unref(reply);
    return failed;
}

int portfolio_pod_move(uint32_t number)
{
    const uint32_t data[3] = {0, number, 0}; /* this machine is little-endian */
    const struct portfolio_pod_states states = {
        .number = pod, .n = 1, .states = {{GENERIC_Mouse, (const uint8_t *)data}}};
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    struct via_parcel *request = parcel_of(octets, portfolio_pod_put_states(&states, octets));
    int failed = request == NULL || via_proxy_send(broker, PORTFOLIO_POD_STATE, request) != VIA_OK;
    via_parcel_unref(request);
    return failed;
}
