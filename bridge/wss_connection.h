/*
 * One connection to a listener, from accept to its end: who calls, and the HTTP exchange or the
 * WebSocket link that came of it. For wss_listener.c and wss_http.c alone.
 */
#pragma once

#include "bridge/wss_link.h"

struct wss_connection {
    struct wss_connection *next, *previous; /* of the listener's */
    struct wss_listener *listener;          /* borrowed */
    struct wss_entrance *entrance;          /* borrowed: through which it came */
    struct lws *wsi;                        /* libwebsockets' */
    struct loop_task task;                  /* what the owner is to be told */
    struct loop_timer timer;                /* handshake_ms are over */
    bool shaking;                           /* counts as a handshake */
    bool adopting;                          /* libwebsockets is just taking it */
    bool judged;                            /* caller is known */
    struct tls_verdict verdict;
    struct wss_caller caller;
    char address[64];
    struct wss_link *link;   /* after an upgrade, until one of the two is gone */
    const char *subprotocol; /* borrowed: one of the listener's */
    char *origin;            /* owned: of an upgrade by a browser; or NULL */
    uint8_t *greeting;       /* owned: octets that came with the upgrade; or NULL */
    size_t greeting_size;
    struct wss_exchange *exchange; /* the request that is under way; or NULL */
};

/* ---- of wss_listener.c ---- */

const struct wss_listener_ops *wss_connection_ops(const struct wss_connection *connection);
void *wss_connection_user(const struct wss_connection *connection);
size_t wss_connection_message_max(const struct wss_connection *connection);
/* Where exchanges are kept whose connection is gone. */
struct wss_exchange **wss_connection_orphans(const struct wss_connection *connection);
struct wss_engine *wss_connection_engine(const struct wss_connection *connection);

/* ---- of wss_http.c ---- */

/* What libwebsockets says about a connection that speaks HTTP. */
int wss_http_handle(struct wss_connection *connection, enum lws_callback_reasons reason, void *in,
                    size_t size);
/* From the connection's task: a request that is whole goes to the owner. */
void wss_http_run(struct wss_connection *connection);
/* The Origin header of the exchange that the owner knows and has not answered yet, "" without one;
 * NULL: there is no such exchange. */
const char *wss_http_origin(const struct wss_connection *connection);
/* The connection is gone: its exchange is aborted, or forgotten if the owner does not know it. */
void wss_http_abort(struct wss_connection *connection);
/* Tells the owner of an orphan's end, and frees it. */
void wss_http_tell_orphan(struct wss_exchange *exchange);
/* Writes a whole answer at once, in a callback. libwebsockets' result, for it. */
int wss_http_refuse(struct wss_connection *connection, unsigned code, enum via_status status,
                    const char *words);
/* Copies a header; "" if it is absent. False: it does not fit. */
bool wss_http_header(struct lws *wsi, enum lws_token_indexes token, char *value, size_t size);
