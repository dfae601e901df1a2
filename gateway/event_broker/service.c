/*
 * One thread has the broker to itself: it takes what arrives, calls and answers to the broker's own
 * in the order in which they came, and lets fields go by. Deaths, which other threads are told of,
 * are left for it as notices.
 *
 * While there is nothing to do in a field it waits for what arrives, for as long as that takes.
 * Most of what arrives are answers to records, after which there is no more to do than before; only
 * after something else are all listeners looked at.
 */
#include "gateway/event_broker/service.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/log.h"
#include "codecs/portfolio_event_names.h"
#include "codecs/portfolio_pod.h"
#include "gateway/event_broker/service_calls.h"
#include "gateway/event_broker/wire.h"
#include "include/portfolio/event.h"

#define MILLISECOND_NS 1000000u

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- what comes out of the broker ---- */

/* What an outcome says of itself: whose, and whether it is of a table. */
static void *tag_of(uint32_t port, bool is_table)
{
    return (void *)(uintptr_t)(port << 1 | is_table);
}

static bool send_message(struct service *service, uint32_t number, bool is_table,
                         const uint8_t *octets, size_t size)
{
    const struct port *port = ports_find(&service->ports, number);
    struct via_parcel *parcel;
    if (port == NULL)
        return false;
    enum via_status status =
        wire_message(&service->ports, service->proxy, service->number, octets, size, &parcel);
    if (status != VIA_OK)
        return false;
    status = via_proxy_call_queued(port->proxy, is_table ? EB_MakeTableReply : EB_EventRecord,
                                   parcel, 0, service->queue, tag_of(number, is_table), NULL);
    (void)via_parcel_unref(parcel);
    return status == VIA_OK;
}

static bool send_record(void *user, uint32_t port, const uint8_t *octets, size_t size)
{
    return send_message(user, port, false, octets, size);
}

static bool send_table(void *user, uint32_t port, const uint8_t *octets, size_t size)
{
    return send_message(user, port, true, octets, size);
}

/* To all who subscribe; the gateway keeps what it was told last. */
static enum via_status emit(struct service *service, uint32_t code, const uint8_t *octets,
                            size_t size)
{
    struct via_parcel *parcel;
    enum via_status status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    status = via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL);
    if (status == VIA_OK)
        status = via_stub_emit(service->stub, code, parcel);
    (void)via_parcel_unref(parcel);
    return status;
}

static bool put_output(void *user, uint64_t provider, uint8_t pod, bool is_raw, uint32_t id,
                       const uint8_t *octets, size_t size)
{
    struct service *service = user;
    uint8_t payload[PORTFOLIO_POD_PAYLOAD_MAX];
    const struct portfolio_pod_output output = {
        .number = pod,
        .kind = is_raw ? PORTFOLIO_POD_RAW : PORTFOLIO_POD_COMMAND,
        .id = id,
        .octets = octets,
        .size = size,
    };
    if (provider == INPUTS_PROVIDER)
        return inputs_output(&service->inputs, pod, id, octets, size);
    /* any other knows which pods are its own */
    const size_t n = portfolio_pod_put_output(&output, payload);
    return n > 0 && emit(service, PORTFOLIO_POD_OUTPUT, payload, n) == VIA_OK;
}

/* Those who listen at the gateway in JSON know programs' events by what it keeps of this. While
 * there is no gateway nobody is told; they are when it is back. */
static void tell_names(void *user)
{
    struct service *service = user;
    uint8_t octets[PORTFOLIO_EVENT_NAMES_MAX];
    const size_t size = custom_events_write(&service->broker.events, octets);
    const enum via_status status = emit(service, PORTFOLIO_EVENT_NAMES, octets, size);
    if (status != VIA_OK)
        log_debug("event_broker.names", "status=%s", via_status_name(status));
}

static void keys_removed(void *user, uint32_t port)
{
    char words[128];
    (void)snprintf(words, sizeof words,
                   "events of keys are taken out of the masks of port %u: it has no right keys",
                   (unsigned)port);
    service_calls_audit(user, "keys", words);
}

static const struct broker_ops ops = {
    .reply = service_calls_reply,
    .record = send_record,
    .table = send_table,
    .output = put_output,
    .is_given_up = service_calls_is_given_up,
    .keys_removed = keys_removed,
    .limited = service_calls_limited,
    .named = tell_names,
};

/* ---- life ---- */

static void link_changed(void *user, const struct via_link_change *change)
{
    struct service *service = user;
    log_info("event_broker.link", "state=%d words=\"%s\"", (int)change->state, change->words);
    if (change->state != VIA_LINK_RESUMED && change->state != VIA_LINK_RESTORED)
        return;
    atomic_store(&service->is_back, true);
    notices_wake(&service->notices);
}

static enum via_status create_objects(struct service *service)
{
    static const struct via_stub_ops none = {.size = sizeof none};
    enum via_status status = via_queue_create(service->node, NULL, NULL, &service->queue);
    if (status == VIA_OK)
        status = via_stub_create(service->node, &none, service, &service->stub);
    if (status == VIA_OK)
        status = via_stub_create(service->node, &none, service, &service->bell);
    if (status != VIA_OK)
        return status;
    via_queue_limit(service->queue, SERVICE_QUEUE_SIZE_MAX);
    via_stub_set_queue(service->stub, service->queue);
    via_stub_set_queue(service->bell, service->queue);
    service->proxy = via_stub_proxy(service->stub);
    service->bell_proxy = via_stub_proxy(service->bell);
    service->notices.bell = service->bell_proxy;
    return VIA_OK;
}

static enum via_status publish(struct service *service)
{
    const struct via_publish_options options = {
        .size = sizeof options, .flags = VIA_PUBLISH_CASELESS, .class_name = SERVICE_CLASS};
    enum via_status status = via_stub_number(service->stub, 0, &service->number);
    if (status == VIA_OK)
        status = via_node_publish(service->node, SERVICE_FAMILY, service->options->name,
                                  service->stub, &options);
    if (status == VIA_OK)
        tell_names(service);
    return status;
}

enum via_status service_open(struct service *service, const struct service_options *options)
{
    struct via_node_options node = options->node;
    memset(service, 0, sizeof *service);
    service->options = options;
    broker_init(&service->broker, &ops, service);
    service->broker.events = options->events;
    service->broker.limits = options->limits;
    notices_init(&service->notices, NULL);
    ports_init(&service->ports, &service->notices);
    providers_init(&service->providers, &service->notices);
    inputs_init(&service->inputs);
    host_events_init(&service->host_events);
    if (options->hz != 0)
        field_clock_start(&service->clock, options->hz, now_ns());
    enum via_status status = audit_open(&service->audit, options->audit);
    if (status != VIA_OK)
        return status;
    node.size = sizeof node;
    node.name = "viaduct-event-broker";
    node.link_changed = link_changed;
    node.link_user = service;
    status = via_node_create(&node, &service->node);
    if (status == VIA_OK)
        status = create_objects(service);
    return status == VIA_OK ? publish(service) : status;
}

/* That of an object which is gone at once: nobody has it again for as long as the gateway has given
 * the thousand million others. */
uint32_t service_new_number(void *user)
{
    static const struct via_stub_ops none = {.size = sizeof none};
    const struct service *service = user;
    struct via_stub *stub;
    uint32_t number = 0;
    enum via_status status = via_stub_create(service->node, &none, NULL, &stub);
    if (status != VIA_OK)
        return 0;
    status = via_stub_number(stub, 0, &number);
    via_stub_withdraw(stub);
    (void)via_stub_unref(stub);
    return status == VIA_OK ? number : 0;
}

void service_stop(struct service *service)
{
    via_queue_close(service->queue);
}

void service_close(struct service *service)
{
    inputs_close(&service->inputs);
    host_events_close(&service->host_events);
    broker_deinit(&service->broker);       /* who waits is still told */
    (void)via_node_destroy(service->node); /* no thread tells of anything any more */
    settlings_deinit(&service->settlings);
    providers_deinit(&service->providers);
    (void)via_proxy_unref(service->bell_proxy);
    (void)via_proxy_unref(service->proxy);
    (void)via_stub_unref(service->bell);
    (void)via_stub_unref(service->stub);
    (void)via_queue_destroy(service->queue);
    ports_deinit(&service->ports);
    hosts_deinit(&service->hosts);
    notices_deinit(&service->notices);
    audit_close(&service->audit);
}

/* ---- running ---- */

/* Whether there were any. */
static bool take_notices(struct service *service)
{
    struct notice *notice;
    bool had = false;
    while ((notice = notices_take(&service->notices)) != NULL) {
        had = true;
        if (notice->is_port) {
            struct port *port = (struct port *)notice;
            if (!port->is_succeeded)
                broker_port_died(&service->broker, port->number);
            ports_forget(&service->ports, port);
        } else {
            broker_provider_gone(&service->broker,
                                 providers_forget(&service->providers, (struct provider *)notice));
        }
    }
    return had;
}

/* Whether there may be something to do for it. */
static bool take(struct service *service, struct via_arrival *arrival)
{
    if (arrival->call != NULL) {
        if (via_call_stub(arrival->call) == service->stub)
            service_calls_take(service, arrival->call);
        (void)via_call_unref(arrival->call);
        return true;
    }
    const uintptr_t tag = (uintptr_t)arrival->user;
    const uint32_t port = (uint32_t)(tag >> 1); /* whatever was answered: the slot is free */
    (void)via_parcel_unref(arrival->reply);
    return (tag & 1) != 0 ? broker_table_answered(&service->broker, port)
                          : broker_record_answered(&service->broker, port);
}

/* Those that what has changed needs, one for each state that waits and one when a pod has gone
 * behind its last; what cannot be sent now has the next change's. */
static void run_by_changes(struct service *service)
{
    unsigned n = 0;
    for (; n <= POD_WAITING_MAX && broker_needs_field(&service->broker, false); n++)
        broker_field(&service->broker);
    service->is_owing = n > POD_WAITING_MAX;
}

static void run_by_clock(struct service *service)
{
    service->next_ns = 0;
    if (!broker_needs_field(&service->broker, true))
        return;
    if (field_clock_begin(&service->clock, now_ns()))
        broker_field(&service->broker);
    if (broker_needs_field(&service->broker, true))
        service->next_ns = field_clock_next_ns(&service->clock);
}

/* Milliseconds until the next field; -1: until something has arrived. */
static int time_left(const struct service *service)
{
    const uint64_t next = service->next_ns, now = next == 0 ? 0 : now_ns();
    if (next == 0)
        return -1;
    return next <= now ? 0 : (int)((next - now + MILLISECOND_NS - 1) / MILLISECOND_NS);
}

void service_run(struct service *service)
{
    const struct service_options *options = service->options;
    const bool by_clock = !options->steps && options->hz != 0;
    struct via_arrival arrival;
    for (;;) {
        const enum via_status status = via_queue_take(service->queue, time_left(service), &arrival);
        if (status == VIA_CANCELLED)
            return;
        via_node_gather(service->node);
        if (atomic_exchange(&service->is_back, false))
            tell_names(service);
        if (by_clock)
            broker_pass(&service->broker, field_clock_passed(&service->clock, now_ns()));
        bool is_news = status != VIA_OK || take(service, &arrival);
        is_news = take_notices(service) || is_news;
        is_news = inputs_run(&service->inputs) || is_news;
        is_news = host_events_run(&service->host_events) || is_news;
        if (by_clock && (is_news || time_left(service) == 0))
            run_by_clock(service);
        else if (!by_clock && !options->steps && (is_news || service->is_owing))
            run_by_changes(service);
        service_calls_settle(service);
        via_node_write(service->node);
    }
}
