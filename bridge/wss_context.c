/*
 * What all WebSockets of one loop share. Clients have one engine, opened with the first; a listener
 * has one of its own (bridge/wss_listener.c), for libwebsockets would confuse two that serve on the
 * same context.
 */
#include "bridge/wss_context.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/wss_client.h"

struct wss_context {
    struct loop *loop; /* borrowed */
    uint32_t silence_ms, connect_ms;
    struct wss_engine clients;
};

enum via_status wss_context_create(struct wss_context **contextp, struct loop *loop)
{
    struct wss_context *context = calloc(1, sizeof *context);
    if (context == NULL)
        return VIA_NO_MEMORY;
    context->loop = loop;
    context->silence_ms = context->connect_ms = WSS_CONNECT_MS;
    *contextp = context;
    return VIA_OK;
}

struct wss_context *wss_context_destroy(struct wss_context *context)
{
    if (context != NULL)
        wss_engine_close(&context->clients);
    free(context);
    return NULL;
}

static void tell_engine(struct wss_context *context)
{
    context->clients.silence_ms = context->silence_ms;
    context->clients.connect_ms = context->connect_ms;
}

void wss_context_set_patience(struct wss_context *context, uint32_t silence_ms, uint32_t connect_ms)
{
    context->silence_ms = silence_ms;
    context->connect_ms = connect_ms < WSS_CONNECT_MS ? connect_ms : WSS_CONNECT_MS;
    tell_engine(context);
}

struct loop *wss_context_loop(struct wss_context *context)
{
    return context->loop;
}

enum via_status wss_link_connect(struct link **linkp, struct wss_context *context, const char *url,
                                 const struct wss_identity *identity, const char *token,
                                 const char *subprotocol, struct outbox *outbox,
                                 const struct link_events *events, void *user)
{
    if (!wss_engine_is_open(&context->clients)) {
        enum via_status status =
            wss_engine_open(&context->clients, context->loop, WSS_CLIENT_DESCRIPTORS);
        if (status != VIA_OK)
            return status;
        tell_engine(context);
    }
    return wss_client_connect(linkp, &context->clients, url, identity, token, subprotocol, outbox,
                              events, user);
}

bool wss_is_text(const char *subprotocol)
{
    return strstr(subprotocol, ".json.") != NULL;
}

enum via_status wss_status_from_http(unsigned code)
{
    switch (code) {
    case 401:
    case 403:
        return VIA_DENIED;
    case 400:
        return VIA_BAD_SUBPROTOCOL;
    case 503:
        return VIA_BUSY;
    default:
        return VIA_NOT_CONNECTED;
    }
}
