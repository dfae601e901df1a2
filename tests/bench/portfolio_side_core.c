/*
 * The core's side: a relay that calls an object of each listener's. It is one thread at a queue, as
 * a listener is.
 */
#include <stdlib.h>
#include <viaduct/viaduct.h>

#include "tests/bench/portfolio_side.h"

#define FIND_MS 5000u
#define LISTENERS_MAX 256u

enum { CODE_LISTEN = 0x7001, CODE_REPORT, CODE_RECORD };

static uint8_t octets[PORTFOLIO_SIDE_RECORD];

/* Calls come to a queue; a handler is how stubs are made. */
static void refuse(void *user, struct via_call *call)
{
    (void)user;
    (void)via_call_fail(call, VIA_UNSUPPORTED);
}

static int make_object(struct via_queue **queuep, struct via_stub **stubp)
{
    const struct via_stub_ops ops = {.size = sizeof ops, .call = refuse};
    if (via_queue_create(via_node_default(), NULL, NULL, queuep) != VIA_OK ||
        via_stub_create(via_node_default(), &ops, NULL, stubp) != VIA_OK)
        return 1;
    via_stub_set_queue(*stubp, *queuep);
    return 0;
}

/* A number, and as many octets as the other side's has besides. */
static struct via_parcel *make_parcel(uint32_t number, size_t size)
{
    struct via_parcel *parcel = NULL;
    if (via_parcel_create(&parcel) == VIA_OK && via_parcel_write_u32(parcel, number) == VIA_OK &&
        via_parcel_append(parcel, octets, size - sizeof number, VIA_TAG_PAD, NULL) == VIA_OK)
        return parcel;
    return via_parcel_unref(parcel);
}

/* ---- the relay ---- */

struct listener {
    struct via_proxy *proxy;
    unsigned n_under_way;
    bool has_missed; /* what is newest */
};

static struct listener listeners[LISTENERS_MAX]; /* for good */
static size_t n_listeners;
static uint32_t newest;
static struct via_queue *relay_queue;

static int tell(struct listener *listener)
{
    listener->has_missed = listener->n_under_way == PORTFOLIO_SIDE_QUEUE;
    if (listener->has_missed)
        return 0;
    struct via_parcel *record = make_parcel(newest, PORTFOLIO_SIDE_RECORD);
    enum via_status status = record == NULL
                                 ? VIA_NO_MEMORY
                                 : via_proxy_call_queued(listener->proxy, CODE_RECORD, record, 0,
                                                         relay_queue, listener, NULL);
    via_parcel_unref(record);
    listener->n_under_way += status == VIA_OK;
    return status != VIA_OK && status != VIA_DEAD;
}

static int take_report(struct via_call *call)
{
    int failed = via_parcel_read_u32(via_call_request(call), &newest) != VIA_OK;
    for (size_t i = 0; i < n_listeners && !failed; i++)
        failed = tell(&listeners[i]);
    return failed;
}

static int take_listener(struct via_call *call)
{
    struct via_proxy *proxy = NULL;
    if (n_listeners == LISTENERS_MAX ||
        via_parcel_read_ref(via_call_request(call), &proxy) != VIA_OK)
        return 1;
    listeners[n_listeners++].proxy = proxy;
    return via_call_reply(call, 0, NULL) != VIA_OK;
}

static int take_answer(const struct via_arrival *arrival)
{
    struct listener *listener = arrival->user;
    via_parcel_unref(arrival->reply);
    listener->n_under_way--;
    return arrival->status == VIA_OK && listener->has_missed ? tell(listener) : 0;
}

static int take(const struct via_arrival *arrival)
{
    if (arrival->call == NULL)
        return take_answer(arrival);
    bool is_report = via_call_code(arrival->call) == CODE_REPORT;
    int failed = is_report ? take_report(arrival->call) : take_listener(arrival->call);
    via_call_unref(arrival->call);
    return failed;
}

int portfolio_side_open_relay(const char *service)
{
    struct via_stub *stub = NULL; /* stays as long as the process */
    return make_object(&relay_queue, &stub) != 0 ||
           via_node_publish(via_node_default(), "core", service, stub, NULL) != VIA_OK;
}

void portfolio_side_relay(void)
{
    struct via_arrival arrival;
    int failed = 0;
    while (!failed && via_queue_take(relay_queue, -1, &arrival) == VIA_OK)
        failed = take(&arrival);
}

/* ---- a listener ---- */

static struct via_queue *heard;

static int listen_core(const char *service)
{
    struct via_stub *stub = NULL; /* stays as long as the process */
    struct via_proxy *relay = NULL;
    struct via_parcel *request = NULL;
    int failed = make_object(&heard, &stub);
    if (!failed)
        failed = via_node_find(via_node_default(), "core", service, FIND_MS, &relay) != VIA_OK ||
                 via_parcel_create(&request) != VIA_OK;
    if (!failed) {
        struct via_proxy *own = via_stub_proxy(stub);
        failed = via_parcel_write_ref(request, own) != VIA_OK ||
                 via_proxy_call(relay, CODE_LISTEN, request, FIND_MS, NULL, NULL) != VIA_OK;
        via_proxy_unref(own);
    }
    via_parcel_unref(request);
    return failed;
}

static int hear(uint32_t *numberp)
{
    struct via_arrival arrival;
    if (via_queue_take(heard, -1, &arrival) != VIA_OK || arrival.call == NULL)
        return 1;
    int failed = via_parcel_read_u32(via_call_request(arrival.call), numberp) != VIA_OK ||
                 via_call_reply(arrival.call, 0, NULL) != VIA_OK;
    via_call_unref(arrival.call);
    return failed;
}

/* ---- who reports ---- */

static struct via_proxy *reported_to;

static int attach(const char *service)
{
    return via_node_find(via_node_default(), "core", service, FIND_MS, &reported_to) != VIA_OK;
}

static int report(uint32_t number)
{
    struct via_parcel *state = make_parcel(number, PORTFOLIO_SIDE_STATE);
    int failed = state == NULL || via_proxy_send(reported_to, CODE_REPORT, state) != VIA_OK;
    via_parcel_unref(state);
    return failed;
}

const struct portfolio_side portfolio_side_core = {
    .name = "core", .listen = listen_core, .hear = hear, .attach = attach, .report = report};
