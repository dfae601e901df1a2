/*
 * Until there are rules, a certificate that verifies against the configured authority opens
 * everything, and nothing else opens anything. A browser sends its user's certificate for whatever
 * page asks, so a page must come from an origin that the configuration names.
 */
#include "gateway/websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/tls_verify.h"
#include "gateway/binary.h"
#include "gateway/gateway.h"
#include "gateway/http.h"
#include "gateway/json_link.h"

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
    if (status == VIA_OK && gateway->is_stopping) {
        (void)snprintf(words, words_size, "the gateway is going");
        return VIA_BUSY;
    }
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

static void crowded(void *user, unsigned n, const char *address, const char *words)
{
    struct gateway *gateway = user;
    struct principal who;
    principal_set_remote(&who, "", address);
    audit_refusal(&gateway->audit, &who, "handshake", words);
    gateway->audit.n_refused += n - 1; /* one line for all of them */
}

static void aborted(void *user, struct wss_exchange *exchange)
{
    http_aborted(user, exchange);
}

static struct session *session_of(struct link *link, struct wss_exchange *exchange)
{
    if (link == NULL)
        return http_session(exchange);
    if (link->events == &binary_link_events)
        return &((struct binary *)link->user)->session;
    return &((struct json_link *)link->user)->session.session;
}

/* Who was let in and may not stay is told why, and goes. */
static void judged(void *user, struct link *link, struct wss_exchange *exchange,
                   const struct wss_caller *caller, const char *origin)
{
    struct gateway *gateway = user;
    struct session *session = session_of(link, exchange);
    char words[512];
    if (session != NULL &&
        websocket_admit(gateway, caller, origin, "session", words, sizeof words) != VIA_OK)
        session->ops->close(session, FRAME_BYE_EVICTED, words);
}

static const struct wss_listener_ops listener_ops = {.admit = admit,
                                                     .accepted = accepted,
                                                     .request = request,
                                                     .crowded = crowded,
                                                     .aborted = aborted,
                                                     .judged = judged};

/* ---- life ---- */

static struct wss_listen listen_of(const struct config *config, const struct config_listen *listen)
{
    return (struct wss_listen){
        .host = listen->host,
        .port = listen->port,
        .identity = {.ca = config->client_ca,
                     .cert = config->cert,
                     .key = config->key,
                     .crl = config->crl},
        .subprotocols = subprotocols,
        .message_max = (size_t)config->limits.max_json_size,
        .handshakes = {.start = (unsigned)config->limits.max_handshakes[0],
                       .rate = (unsigned)config->limits.max_handshakes[1],
                       .full = (unsigned)config->limits.max_handshakes[2]},
        .handshake_ms = (unsigned)config->limits.handshake_ms,
        .silence_ms = (uint32_t)(config->limits.keepalive_ms + config->limits.timeout_ms)};
}

static void write_address(struct websocket_listener *one)
{
    bool v6 = strchr(one->asked.host, ':') != NULL;
    (void)snprintf(one->address, sizeof one->address, v6 ? "[%s]:%u" : "%s:%u", one->asked.host,
                   (unsigned)one->port);
}

/* The socket of another process that listens there; -1: none. */
static int claim(struct websocket *websocket, const struct config_listen *asked)
{
    for (unsigned i = 0; i < websocket->n_inherited; i++) {
        struct websocket_inherited *one = &websocket->inherited[i];
        if (one->fd < 0 || strcmp(one->asked.host, asked->host) != 0 ||
            (one->asked.port != asked->port && one->port != asked->port))
            continue;
        int fd = one->fd;
        one->fd = -1;
        return fd;
    }
    return -1;
}

void websocket_forget_inherited(struct websocket *websocket)
{
    while (websocket->n_inherited > 0) {
        int fd = websocket->inherited[--websocket->n_inherited].fd;
        if (fd >= 0)
            (void)close(fd);
    }
}

static enum via_status open_one(struct websocket *websocket, struct gateway *gateway,
                                const struct wss_listen *how, struct websocket_listener *one,
                                char *words, size_t words_size)
{
    char cause[400];
    int fd = claim(websocket, &one->asked);
    enum via_status status =
        wss_listener_create_on(&one->listener, websocket->context, how, fd, &listener_ops, gateway,
                               &one->port, cause, sizeof cause);
    if (status == VIA_OK) {
        write_address(one);
        return VIA_OK;
    }
    if (fd >= 0)
        (void)close(fd);
    one->port = how->port;
    write_address(one);
    if (status == VIA_BUSY)
        (void)snprintf(words, words_size,
                       "another program listens at %s; give --listen another port, or 0 for any",
                       one->address);
    else
        (void)snprintf(words, words_size, "cannot listen at %s: %s", one->address,
                       *cause != '\0' ? cause : via_status_name(status));
    return status;
}

static struct websocket_listener *find(struct websocket_listener *listeners, unsigned n,
                                       const struct config_listen *asked)
{
    for (unsigned i = 0; i < n; i++)
        if ((listeners[i].asked.port == asked->port || listeners[i].port == asked->port) &&
            strcmp(listeners[i].asked.host, asked->host) == 0)
            return &listeners[i];
    return NULL;
}

static bool is_among(const struct websocket_listener *listeners, unsigned n,
                     const struct wss_listener *listener)
{
    for (unsigned i = 0; i < n; i++)
        if (listeners[i].listener == listener)
            return true;
    return false;
}

/* Undoes a prepare: addresses bound for it are given back. */
static void abandon(struct websocket *websocket)
{
    for (unsigned i = 0; i < websocket->n_listeners; i++)
        wss_listener_abandon(websocket->listeners[i].listener);
    for (unsigned i = 0; i < websocket->n_shut; i++)
        wss_listener_abandon(websocket->shut[i]);
    while (websocket->n_next > 0) {
        struct wss_listener *listener = websocket->next[--websocket->n_next].listener;
        if (!is_among(websocket->listeners, websocket->n_listeners, listener))
            (void)wss_listener_destroy(listener);
    }
}

/* The listener of @asked that there is, made ready for what is new; or one more. */
static enum via_status prepare_one(struct websocket *websocket, struct gateway *gateway,
                                   const struct config *config, const struct config_listen *asked,
                                   char *words, size_t words_size)
{
    struct wss_listen how = listen_of(config, asked);
    struct websocket_listener *there = find(websocket->listeners, websocket->n_listeners, asked);
    struct websocket_listener *next = &websocket->next[websocket->n_next];
    if (there != NULL && is_among(websocket->next, websocket->n_next, there->listener))
        return VIA_OK; /* said twice */
    enum via_status status;
    if (there == NULL) {
        *next = (struct websocket_listener){.asked = *asked};
        status = open_one(websocket, gateway, &how, next, words, words_size);
    } else {
        *next = *there;
        next->asked = *asked;
        status = wss_listener_prepare(there->listener, &how, words, words_size);
    }
    if (status == VIA_OK)
        websocket->n_next++;
    return status;
}

/* Whoever came by an address that is given up is judged by what is new as well. */
static enum via_status prepare_those_given_up(struct websocket *websocket,
                                              const struct config *config, char *words,
                                              size_t words_size)
{
    const struct wss_identity identity = {.ca = config->client_ca, .crl = config->crl};
    enum via_status status = VIA_OK;
    if (config->client_ca == NULL)
        return VIA_OK; /* nobody connects any more; by what it was */
    for (unsigned i = 0; i < websocket->n_listeners && status == VIA_OK; i++) {
        struct wss_listener *listener = websocket->listeners[i].listener;
        if (!is_among(websocket->next, websocket->n_next, listener))
            status = wss_listener_prepare_trust(listener, &identity, words, words_size);
    }
    for (unsigned i = 0; i < websocket->n_shut && status == VIA_OK; i++)
        status = wss_listener_prepare_trust(websocket->shut[i], &identity, words, words_size);
    return status;
}

/* An authority's list that is out of date would put everybody out; not while it is news. */
static enum via_status check_revocations(const struct config *config, char *words,
                                         size_t words_size)
{
    struct tls_trust *trust = NULL;
    char why[200];
    if (config->crl == NULL || config->n_listen == 0)
        return VIA_OK;
    enum via_status status =
        tls_trust_create(&trust, config->client_ca, config->crl, words, words_size);
    if (status == VIA_OK && tls_trust_is_stale(trust, why, sizeof why)) {
        (void)snprintf(words, words_size, "%s: %s", config->crl, why);
        status = VIA_BAD_CERTIFICATE;
    }
    tls_trust_destroy(trust);
    return status;
}

enum via_status websocket_prepare(struct websocket *websocket, struct gateway *gateway,
                                  const struct config *next, char *words, size_t words_size)
{
    enum via_status status = check_revocations(next, words, words_size);
    if (status == VIA_OK && websocket->context == NULL && next->n_listen > 0)
        status = wss_context_create(&websocket->context, gateway->loop);
    struct wss_listener **shut =
        status != VIA_OK ? NULL
                         : realloc(websocket->shut, (websocket->n_shut + CONFIG_LISTENS_MAX) *
                                                        sizeof(struct wss_listener *));
    if (status == VIA_OK && shut == NULL)
        status = VIA_NO_MEMORY;
    if (status != VIA_OK)
        return status;
    websocket->shut = shut;
    for (unsigned i = 0; i < next->n_listen && status == VIA_OK; i++)
        status = prepare_one(websocket, gateway, next, &next->listen[i], words, words_size);
    if (status == VIA_OK)
        status = prepare_those_given_up(websocket, next, words, words_size);
    if (status != VIA_OK)
        abandon(websocket);
    return status;
}

/* Those that were given up go when their last connection has. */
static void sweep(struct websocket *websocket)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < websocket->n_shut; i++) {
        if (wss_listener_is_empty(websocket->shut[i]))
            (void)wss_listener_destroy(websocket->shut[i]);
        else
            websocket->shut[kept++] = websocket->shut[i];
    }
    websocket->n_shut = kept;
}

void websocket_commit(struct websocket *websocket)
{
    for (unsigned i = 0; i < websocket->n_listeners; i++) {
        struct wss_listener *listener = websocket->listeners[i].listener;
        wss_listener_commit(listener);
        wss_listener_judge_again(listener);
        if (is_among(websocket->next, websocket->n_next, listener))
            continue;
        wss_listener_shut(listener);
        websocket->shut[websocket->n_shut++] = listener;
    }
    memcpy(websocket->listeners, websocket->next, websocket->n_next * sizeof *websocket->next);
    websocket->n_listeners = websocket->n_next;
    websocket->n_next = 0;
    for (unsigned i = 0; i < websocket->n_shut; i++) {
        wss_listener_commit(websocket->shut[i]);
        wss_listener_judge_again(websocket->shut[i]);
    }
    sweep(websocket);
}

enum via_status websocket_open(struct websocket *websocket, struct gateway *gateway, char *words,
                               size_t words_size)
{
    const struct config *config = &gateway->config;
    enum via_status status = VIA_OK;
    if (config->n_listen > 0)
        status = wss_context_create(&websocket->context, gateway->loop);
    if (status != VIA_OK)
        (void)snprintf(words, words_size, "no TLS: %s", via_status_name(status));
    for (unsigned i = 0; i < config->n_listen && status == VIA_OK; i++) {
        struct wss_listen how = listen_of(config, &config->listen[i]);
        struct websocket_listener *one = &websocket->listeners[websocket->n_listeners];
        *one = (struct websocket_listener){.asked = config->listen[i]};
        status = open_one(websocket, gateway, &how, one, words, words_size);
        if (status == VIA_OK)
            websocket->n_listeners++;
    }
    websocket_forget_inherited(websocket); /* addresses that are given up */
    return status;
}

void websocket_pause(struct websocket *websocket, bool pausing)
{
    for (unsigned i = 0; i < websocket->n_listeners; i++)
        wss_listener_pause(websocket->listeners[i].listener, pausing);
}

unsigned websocket_handshakes(const struct websocket *websocket)
{
    unsigned n = 0;
    for (unsigned i = 0; i < websocket->n_listeners; i++)
        n += wss_listener_handshakes(websocket->listeners[i].listener);
    return n;
}

void websocket_shut(struct websocket *websocket)
{
    for (unsigned i = 0; i < websocket->n_listeners; i++)
        wss_listener_shut(websocket->listeners[i].listener);
}

void websocket_close(struct websocket *websocket)
{
    websocket_forget_inherited(websocket);
    while (websocket->n_listeners > 0)
        (void)wss_listener_destroy(websocket->listeners[--websocket->n_listeners].listener);
    while (websocket->n_shut > 0)
        (void)wss_listener_destroy(websocket->shut[--websocket->n_shut]);
    free(websocket->shut);
    websocket->shut = NULL;
    websocket->context = wss_context_destroy(websocket->context);
}
