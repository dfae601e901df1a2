/*
 * Until there are rules, a certificate that verifies against the configured authority opens
 * everything, and nothing else opens anything. A browser sends its user's certificate for whatever
 * page asks, so a page must come from an origin that the configuration names.
 */
#include "gateway/websocket.h"

#include <stdio.h>
#include <string.h>

#include "gateway/binary.h"
#include "gateway/gateway.h"
#include "gateway/http.h"
#include "gateway/json_link.h"

/* What a sender coalesces, and one frame more. */
#define BINARY_MESSAGE_MAX (UINT64_C(2) * FRAME_WIRE_MAX)

#define BINARY_SUBPROTOCOL "viaduct.bin.1"

static const char *const subprotocols[] = {BINARY_SUBPROTOCOL, JSONRPC_SUBPROTOCOL, NULL};

static bool origin_is_known(const struct config *config, const char *origin)
{
    for (unsigned i = 0; i < config->n_origins; i++)
        if (strcmp(config->origins[i], origin) == 0)
            return true;
    return *origin == '\0';
}

enum via_status websocket_admit(struct gateway *gateway, const struct wss_caller *caller,
                                const char *origin, const char *what, char *words,
                                size_t words_size)
{
    enum via_status status = caller->status;
    if (status != VIA_OK)
        (void)snprintf(words, words_size, "%s",
                       *caller->fault != '\0' ? caller->fault
                                              : "a client certificate is needed here");
    else if (!origin_is_known(&gateway->config, origin)) {
        status = VIA_DENIED;
        (void)snprintf(words, words_size,
                       "a page of %s may not connect: the gateway's config \"origins\" does not "
                       "name it",
                       origin);
    }
    if (status != VIA_OK) {
        struct principal who;
        principal_set_remote(&who, caller->identity, caller->address);
        audit_refusal(&gateway->audit, &who, what, words);
    }
    return status;
}

/* ---- what the listener asks ---- */

static enum via_status admit(void *user, const struct wss_caller *caller, const char *subprotocol,
                             const char *origin, char *words, size_t words_size)
{
    struct gateway *gateway = user;
    enum via_status status =
        websocket_admit(gateway, caller, origin, subprotocol, words, words_size);
    if (status != VIA_OK || gateway->sessions.n < gateway->sessions.max)
        return status;
    struct principal who;
    principal_set_remote(&who, caller->identity, caller->address);
    (void)snprintf(words, words_size, "max_connections = %u are open", gateway->sessions.max);
    audit_refusal(&gateway->audit, &who, subprotocol, words);
    return VIA_BUSY;
}

static enum via_status accepted(void *user, struct link *link, const struct wss_caller *caller,
                                const char *subprotocol)
{
    struct gateway *gateway = user;
    struct principal who;
    principal_set_remote(&who, caller->identity, caller->address);
    if (strcmp(subprotocol, BINARY_SUBPROTOCOL) != 0)
        return json_link_create(gateway, &who, link);
    struct binary *binary;
    enum via_status status = binary_create(&binary, gateway, &who);
    if (status != VIA_OK)
        return status;
    link->outbox = peer_outbox(binary->peer);
    link->events = &binary_link_events;
    link->user = binary;
    binary_attach(binary, link);
    return VIA_OK;
}

static void request(void *user, struct wss_exchange *exchange, const struct wss_request *request)
{
    http_request(user, exchange, request);
}

static void aborted(void *user, struct wss_exchange *exchange)
{
    http_aborted(user, exchange);
}

static const struct wss_listener_ops listener_ops = {
    .admit = admit, .accepted = accepted, .request = request, .aborted = aborted};

/* ---- life ---- */

static enum via_status open_one(struct websocket *websocket, struct gateway *gateway,
                                const struct config_listen *listen, char *words, size_t words_size)
{
    const struct config *config = &gateway->config;
    const struct wss_listen how = {.host = listen->host,
                                   .port = listen->port,
                                   .identity = {.ca = config->client_ca,
                                                .cert = config->cert,
                                                .key = config->key,
                                                .crl = config->crl},
                                   .subprotocols = subprotocols,
                                   .message_max =
                                       (size_t)(config->limits.max_json_size > BINARY_MESSAGE_MAX
                                                    ? config->limits.max_json_size
                                                    : BINARY_MESSAGE_MAX),
                                   .handshakes_max = (unsigned)config->limits.max_handshakes,
                                   .handshake_ms = (unsigned)config->limits.handshake_ms};
    struct websocket_listener *one = &websocket->listeners[websocket->n_listeners];
    bool v6 = strchr(listen->host, ':') != NULL;
    char cause[400];
    enum via_status status =
        wss_listener_create(&one->listener, websocket->context, &how, &listener_ops, gateway,
                            &one->port, cause, sizeof cause);
    (void)snprintf(one->address, sizeof one->address, v6 ? "[%s]:%u" : "%s:%u", listen->host,
                   (unsigned)(status == VIA_OK ? one->port : listen->port));
    if (status == VIA_OK) {
        websocket->n_listeners++;
        return VIA_OK;
    }
    if (status == VIA_BUSY)
        (void)snprintf(words, words_size,
                       "another program listens at %s; give --listen another port, or 0 for any",
                       one->address);
    else
        (void)snprintf(words, words_size, "cannot listen at %s: %s", one->address,
                       *cause != '\0' ? cause : via_status_name(status));
    return status;
}

enum via_status websocket_open(struct websocket *websocket, struct gateway *gateway, char *words,
                               size_t words_size)
{
    enum via_status status = VIA_OK;
    if (gateway->config.n_listen > 0)
        status = wss_context_create(&websocket->context, gateway->loop);
    if (status != VIA_OK)
        (void)snprintf(words, words_size, "no TLS: %s", via_status_name(status));
    for (unsigned i = 0; i < gateway->config.n_listen && status == VIA_OK; i++)
        status = open_one(websocket, gateway, &gateway->config.listen[i], words, words_size);
    return status;
}

void websocket_close(struct websocket *websocket)
{
    while (websocket->n_listeners > 0)
        (void)wss_listener_destroy(websocket->listeners[--websocket->n_listeners].listener);
    websocket->context = wss_context_destroy(websocket->context);
}
