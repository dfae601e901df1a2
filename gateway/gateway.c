/*
 * A gateway's life: its parts are made in order, run on one loop on one thread, and taken down in
 * the order that lets everyone hear the goodbye.
 *
 * Stopping is a flag and a wake of the loop, both of which may be done from a signal handler. Then
 * each session is told, what its link still has to write is written, for LINK_CLOSE_MS at most, and
 * the loop ends when the last has closed.
 */
#include "gateway/gateway.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "bridge/link.h"
#include "bridge/log.h"
#include "gateway/binary.h"
#include "gateway/http.h"
#include "gateway/json_link.h"

#define STOP_TURN_MS 100

struct via_gateway {
    struct gateway gateway;
    atomic_bool stopping, reloading;
};

/* ---- sessions ---- */

void gateway_session_ended(struct session *session, enum via_cause cause)
{
    struct gateway *gateway = session->gateway;
    waiters_session_ended(&gateway->waiters, session);
    asks_session_ended(session);
    bounds_session_ended(session);
    spawn_session_ended(session);
    name_watches_session_ended(&gateway->name_watches, session);
    events_session_ended(session);
    directory_session_ended(&gateway->directory, session);
    numbers_session_ended(&gateway->numbers, session);
    if (session->self != NULL) {
        objects_died(session->self, cause);
        objects_unref(session->self);
        session->self = NULL;
    }
    sessions_remove(&gateway->sessions, session);
}

void gateway_session_drained(struct session *session)
{
    if (!session->behind)
        return;
    session->behind = false;
    events_session_drained(session);
    name_watches_session_drained(&session->gateway->name_watches, session);
}

static void names_noticed(struct directory *directory, enum directory_notice notice,
                          const struct directory_entry *entry)
{
    struct gateway *gateway =
        (struct gateway *)((uintptr_t)directory - offsetof(struct gateway, directory));
    if (gateway->is_stopping) /* the next gateway tells what is gone; it may have it again */
        return;
    if (notice == DIRECTORY_APPEAR)
        waiters_appeared(&gateway->waiters, entry);
    if (notice == DIRECTORY_GONE)
        waiters_gone(&gateway->waiters, entry);
    name_watches_notice(&gateway->name_watches, notice, entry);
}

/* ---- making one ---- */

/* Every link is a descriptor: as many as the kernel lets us have. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void gateway_prepare(struct gateway *gateway)
{
    gateway->local.source.fd = -1;
    gateway->local.lock = -1;
    handover_init(&gateway->handover, gateway);
}

enum via_status gateway_init(struct gateway *gateway)
{
    const struct config_limits *limits = &gateway->config.limits;
    if (getrandom(&gateway->epoch, sizeof gateway->epoch, GRND_NONBLOCK) !=
        (ssize_t)sizeof gateway->epoch)
        gateway->epoch = loop_now() + 1;
    buffer_init(&gateway->phoenix_octets, SIZE_MAX);
    buffer_init(&gateway->json_in, SIZE_MAX);
    buffer_init(&gateway->json_out, SIZE_MAX);
    buffer_init(&gateway->json_scratch, SIZE_MAX);
    buffer_init(&gateway->json_data, SIZE_MAX);
    json_texts_init(&gateway->json_texts);
    enum via_status status = loop_create(&gateway->loop);
    bulk_init(&gateway->bulk, gateway->loop);
    if (status == VIA_OK)
        pumps_init(&gateway->pumps, gateway->loop);
    if (status == VIA_OK)
        status = sessions_init(&gateway->sessions, (unsigned)limits->max_connections);
    if (status == VIA_OK)
        status = directory_init(&gateway->directory, (size_t)limits->max_names);
    gateway->directory.noticed = names_noticed;
    numbers_init(&gateway->numbers, (uint32_t)limits->max_numbers,
                 (uint32_t)limits->max_number_block);
    bindings_init(&gateway->bindings, (size_t)limits->max_bindings,
                  gateway->config.bindings_default);
    objects_init(&gateway->objects);
    waiters_init(&gateway->waiters, (uint32_t)limits->max_waiting_finds);
    bounds_init(&gateway->bounds);
    name_watches_init(&gateway->name_watches, (uint32_t)limits->max_name_watches);
    if (status == VIA_OK)
        status = events_init(&gateway->events, (unsigned)limits->max_subscriptions,
                             (unsigned)limits->max_kept_events, (unsigned)limits->max_event_ids,
                             (size_t)limits->max_kept_events_size);
    return status;
}

/* A program that was compiled before there was one has no such member. */
static bool options_take_over(const struct via_gateway_options *options)
{
    return options != NULL && options->size >= sizeof *options && options->take_over != 0;
}

/* Our own sockets, or those of the gateway that runs, with its state. */
static enum via_status open_sockets(struct gateway *gateway,
                                    const struct via_gateway_options *options, char *words,
                                    size_t words_size)
{
    enum via_status status = VIA_NOT_CONNECTED;
    if (options_take_over(options))
        status = handover_take(&gateway->handover, words, words_size);
    if (status == VIA_NOT_CONNECTED)
        status = local_open(&gateway->local, gateway, words, words_size);
    if (status == VIA_OK)
        status = websocket_open(&gateway->websocket, gateway, words, words_size);
    if (status == VIA_OK)
        status = handover_open(&gateway->handover, words, words_size);
    return status;
}

static enum via_status read_bindings(struct gateway *gateway, struct config_fault *fault)
{
    struct bindings said;
    const struct config *config = &gateway->config;
    enum via_status status = bindings_read(&said, config->bindings_file, config->name,
                                           (size_t)config->limits.max_bindings, fault);
    if (status == VIA_OK)
        bindings_commit(&gateway->bindings, &said);
    return status;
}

static enum via_status make(struct gateway *gateway, const struct via_gateway_options *options,
                            struct config_fault *fault)
{
    enum via_status status = config_init(&gateway->config);
    if (status == VIA_OK)
        status = config_apply(&gateway->config, options, fault);
    if (status == VIA_OK)
        status = config_check(&gateway->config, fault);
    if (status != VIA_OK)
        return status;
    status = audit_open(&gateway->audit, gateway->config.audit);
    if (status != VIA_OK) {
        (void)snprintf(fault->text, sizeof fault->text, "cannot write the audit file %s",
                       gateway->config.audit);
        return status;
    }
    raise_descriptor_limit();
    status = gateway_init(gateway);
    if (status == VIA_OK)
        status = read_bindings(gateway, fault);
    if (status == VIA_OK)
        status = open_sockets(gateway, options, fault->text, sizeof fault->text);
    if (status == VIA_OK)
        status = reload_open(&gateway->reload, gateway, options);
    if (status == VIA_OK)
        status = handover_commit(&gateway->handover, fault->text, sizeof fault->text);
    return status;
}

enum via_status via_gateway_create(const struct via_gateway_options *options, char *words,
                                   uint64_t words_size, struct via_gateway **gatewayp)
{
    struct config_fault fault = {"out of memory"};
    struct via_gateway *gateway = calloc(1, sizeof *gateway);
    enum via_status status = VIA_NO_MEMORY;
    if (gateway != NULL) {
        gateway_prepare(&gateway->gateway);
        status = make(&gateway->gateway, options, &fault);
    }
    if (status == VIA_OK) {
        *gatewayp = gateway;
        return VIA_OK;
    }
    if (words != NULL && words_size > 0)
        (void)snprintf(words, (size_t)words_size, "%s", fault.text);
    (void)via_gateway_destroy(gateway);
    return status;
}

/* ---- running ---- */

static enum via_status say_goodbye(struct gateway *gateway)
{
    handover_close(&gateway->handover);
    gateway->is_stopping = true;
    local_close(&gateway->local);
    for (unsigned slot = 1; slot < gateway->sessions.n_places; slot++) {
        struct session *session = sessions_at(&gateway->sessions, slot);
        if (session != NULL)
            session->ops->close(session, FRAME_BYE_EXITED, "the gateway ends");
    }
    uint64_t until = loop_now() + UINT64_C(2) * LINK_CLOSE_MS;
    enum via_status status = VIA_OK;
    while (status == VIA_OK && gateway->n_links > 0 && loop_now() < until)
        status = loop_turn(gateway->loop, STOP_TURN_MS, NULL);
    return status;
}

static enum via_status turn(struct via_gateway *gateway)
{
    if (atomic_exchange(&gateway->reloading, false) &&
        reload_now(&gateway->gateway.reload) == VIA_NO_MEMORY)
        log_error("reload.not_done", "cause=\"no memory\"");
    return loop_turn(gateway->gateway.loop, -1, NULL);
}

enum via_status via_gateway_run(struct via_gateway *gateway)
{
    enum via_status status = VIA_OK;
    while (status == VIA_OK && !atomic_load(&gateway->stopping)) {
        status = turn(gateway);
        if (!handover_is_due(&gateway->gateway.handover) ||
            !handover_give(&gateway->gateway.handover))
            continue;
        handover_leave(&gateway->gateway.handover);
        return VIA_OK;
    }
    enum via_status goodbye = say_goodbye(&gateway->gateway);
    return status == VIA_OK ? goodbye : status;
}

void via_gateway_stop(struct via_gateway *gateway)
{
    atomic_store(&gateway->stopping, true);
    loop_wake(gateway->gateway.loop);
}

void via_gateway_reload(struct via_gateway *gateway)
{
    atomic_store(&gateway->reloading, true);
    loop_wake(gateway->gateway.loop);
}

struct gateway *gateway_of_via(struct via_gateway *via)
{
    return &via->gateway;
}

void gateway_deinit(struct gateway *gateway)
{
    handover_close(&gateway->handover);
    local_close(&gateway->local);
    while (gateway->http_requests != NULL)
        http_request_destroy(gateway->http_requests);
    while (gateway->json_links != NULL)
        json_link_destroy(gateway->json_links);
    while (gateway->binaries != NULL)
        (void)binary_destroy(gateway->binaries);
    reload_close(&gateway->reload);
    websocket_close(&gateway->websocket);
    waiters_deinit(&gateway->waiters);
    spawn_deinit(gateway);
    bulk_deinit(&gateway->bulk);
    events_deinit(&gateway->events);
    directory_deinit(&gateway->directory);
    bindings_deinit(&gateway->bindings);
    objects_deinit(&gateway->objects);
    numbers_deinit(&gateway->numbers);
    sessions_deinit(&gateway->sessions);
    asks_deinit(&gateway->asks);
    if (gateway->loop != NULL)
        pumps_deinit(&gateway->pumps);
    gateway->loop = loop_destroy(gateway->loop);
    buffer_deinit(&gateway->phoenix_octets);
    buffer_deinit(&gateway->json_in);
    buffer_deinit(&gateway->json_out);
    buffer_deinit(&gateway->json_scratch);
    buffer_deinit(&gateway->json_data);
    json_texts_deinit(&gateway->json_texts);
    audit_close(&gateway->audit);
    config_deinit(&gateway->config);
}

struct via_gateway *via_gateway_destroy(struct via_gateway *via)
{
    if (via == NULL)
        return NULL;
    gateway_deinit(&via->gateway);
    free(via);
    return NULL;
}

const char *via_gateway_socket(const struct via_gateway *gateway)
{
    return gateway->gateway.config.socket;
}

const char *via_gateway_address(const struct via_gateway *gateway, unsigned index)
{
    const struct websocket *websocket = &gateway->gateway.websocket;
    return index < websocket->n_listeners ? websocket->listeners[index].address : NULL;
}

uint16_t via_gateway_port(const struct via_gateway *gateway, unsigned index)
{
    const struct websocket *websocket = &gateway->gateway.websocket;
    return index < websocket->n_listeners ? websocket->listeners[index].port : 0;
}
