/*
 * A client's link over a WebSocket. For bridge/wss_context.c alone.
 */
#pragma once

#include "bridge/wss_link.h"

/* wss_link_connect(), with its engine. */
VIA_MUST_USE enum via_status
wss_client_connect(struct link **linkp, struct wss_engine *engine, const char *url,
                   const struct wss_identity *identity, const char *token, const char *subprotocol,
                   struct outbox *outbox, const struct link_events *events, void *user);
