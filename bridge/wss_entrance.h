/*
 * What a listener's connections come in through: a certificate and its key, in a libwebsockets
 * context of its own, since libwebsockets would confuse two that serve on the same one and has no
 * way to give a running one another certificate. For the files of the WebSocket transport alone.
 */
#pragma once

#include "bridge/wss_engine.h"

struct wss_entrance {
    struct wss_engine engine;
    struct lws_vhost *vhost;            /* libwebsockets' */
    struct loop_task unused;            /* retired, and the last that came through it has gone */
    struct wss_entrance *next, **linkp; /* in the list of the retired; linkp NULL: not in it */
};

/* @protocols outlives it. VIA_BAD_CERTIFICATE and the like, with @words. */
VIA_MUST_USE enum via_status wss_entrance_create(struct wss_entrance **entrancep, struct loop *loop,
                                                 const struct wss_identity *identity,
                                                 const struct lws_protocols *protocols, char *words,
                                                 size_t words_size);
/* Nobody more comes through it: in @list until those who did have gone, then destroyed. */
void wss_entrance_retire(struct wss_entrance *entrance, struct wss_entrance **list);
/* Drops whoever is still connected. */
struct wss_entrance *wss_entrance_destroy(struct wss_entrance *entrance);
