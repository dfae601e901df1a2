/*
 * A link that costs its reader as little as TLS allows: a WebSocket client straight on mbedTLS. It
 * stands in for bridge/wss_link where many readers share the core that is not measured.
 */
#pragma once

#include "bridge/link.h"

/* What all of a process's lean links share. */
struct lean_links;

/* PEM files, both NULL for none. Whoever answers is believed. NULL: they cannot be read. */
struct lean_links *lean_links_create(struct loop *loop, const char *cert, const char *key);
struct lean_links *lean_links_destroy(struct lean_links *links);

/* Connects to @gateway, "wss://localhost:PORT". @outbox may be NULL: it writes nothing. */
VIA_MUST_USE enum via_status lean_link_connect(struct link **linkp, struct lean_links *links,
                                               const char *gateway, const char *subprotocol,
                                               struct outbox *outbox,
                                               const struct link_events *events, void *user);
/* One message of @size octets, at most LEAN_MESSAGE_MAX, past the outbox. */
#define LEAN_MESSAGE_MAX 125u
void lean_link_send(struct link *link, bool text, const void *octets, size_t size);
/* How many messages have come whole since it was asked last. */
unsigned lean_link_take_messages(struct link *link);
/* Stops reading, or goes on. */
void lean_link_pause(struct link *link, bool paused);
