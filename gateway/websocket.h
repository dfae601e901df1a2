/*
 * TLS listeners: WebSockets that speak binary frames or JSON, and HTTPS. Who has no good
 * certificate is told why, and gets no further.
 */
#pragma once

#include "bridge/wss_context.h"
#include "gateway/config.h"

struct gateway;
struct principal;

struct websocket_listener {
    struct wss_listener *listener; /* owned */
    uint16_t port;                 /* which it has got */
    char address[300];             /* HOST:PORT */
};

struct websocket {
    struct wss_context *context; /* owned; NULL without listeners */
    struct websocket_listener listeners[CONFIG_LISTENS_MAX];
    unsigned n_listeners;
};

/* Listens at all configured addresses. VIA_BUSY: one is taken. @words has why not. */
VIA_MUST_USE enum via_status websocket_open(struct websocket *websocket, struct gateway *gateway,
                                            char *words, size_t words_size);
/* Drops what is still connected. */
void websocket_close(struct websocket *websocket);

/* Whether @caller may do anything here: VIA_DENIED or VIA_BAD_CERTIFICATE, with the reason in
 * @words and in the audit as @what. @origin is a browser's word for the page that asks, "" without
 * one. */
VIA_MUST_USE enum via_status websocket_admit(struct gateway *gateway,
                                             const struct wss_caller *caller, const char *origin,
                                             const char *what, char *words, size_t words_size);
