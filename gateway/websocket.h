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
    struct config_listen asked;    /* what the configuration says */
    uint16_t port;                 /* which it has got */
    char address[300];             /* HOST:PORT */
};

/* A socket that another process listened on. */
struct websocket_inherited {
    struct config_listen asked;
    uint16_t port;
    int fd; /* owned; -1 once it is a listener's */
};

struct websocket {
    struct wss_context *context; /* owned; NULL without listeners */
    struct websocket_listener listeners[CONFIG_LISTENS_MAX];
    unsigned n_listeners;
    struct websocket_listener next[CONFIG_LISTENS_MAX]; /* between prepare and commit */
    unsigned n_next;
    struct wss_listener **shut; /* owned: addresses given up, while they have connections */
    unsigned n_shut;
    struct websocket_inherited inherited[CONFIG_LISTENS_MAX]; /* until websocket_open() */
    unsigned n_inherited;
};

/* Listens at all configured addresses. VIA_BUSY: one is taken. @words has why not. */
VIA_MUST_USE enum via_status websocket_open(struct websocket *websocket, struct gateway *gateway,
                                            char *words, size_t words_size);
/*
 * What @next asks for: prepare reads certificates and binds addresses, changing nothing; after
 * VIA_OK commit puts it in force, without a way to fail, and has everybody judged again.
 */
VIA_MUST_USE enum via_status websocket_prepare(struct websocket *websocket, struct gateway *gateway,
                                               const struct config *next, char *words,
                                               size_t words_size);
void websocket_commit(struct websocket *websocket);
/* Accepts nobody more for a while; and how many are in their handshake then. */
void websocket_pause(struct websocket *websocket, bool pausing);
unsigned websocket_handshakes(const struct websocket *websocket);
/* Takes no more connections. */
void websocket_shut(struct websocket *websocket);
void websocket_forget_inherited(struct websocket *websocket);
/* Drops what is still connected. */
void websocket_close(struct websocket *websocket);

/* Whether @caller may do anything here: VIA_DENIED or VIA_BAD_CERTIFICATE, with the reason in
 * @words and in the audit as @what. @origin is a browser's word for the page that asks, "" without
 * one. */
VIA_MUST_USE enum via_status websocket_admit(struct gateway *gateway,
                                             const struct wss_caller *caller, const char *origin,
                                             const char *what, char *words, size_t words_size);
