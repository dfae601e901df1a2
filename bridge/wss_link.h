/*
 * A link over a WebSocket, of either side. For the files of the WebSocket transport alone; what
 * others may use is in bridge/wss_context.h.
 */
#pragma once

#include "bridge/wss_engine.h"

struct wss_link;

/* A link over @wsi, which has been upgraded. @text: its messages are text, one for each line of the
 * outbox, and handed up whole, @message_max octets at most. It tells nothing before
 * wss_link_start(). */
VIA_MUST_USE enum via_status wss_link_create(struct wss_link **selfp, struct wss_engine *engine,
                                             struct lws *wsi, bool text, size_t message_max);
/* The first octets from the other end came with its upgrade. False: there is no room for them. */
bool wss_link_take_greeting(struct wss_link *self, const uint8_t *octets, size_t size);
/* The owner has taken it: its events flow. */
void wss_link_start(struct wss_link *self);
bool wss_link_is_started(const struct wss_link *self);
/* Frees one that was never started. */
void wss_link_drop(struct wss_link *self);
struct link *wss_link_base(struct wss_link *self);

/* What libwebsockets says about its connection; the result is for libwebsockets. */
int wss_link_handle(struct wss_link *self, enum lws_callback_reasons reason, const void *in,
                    size_t size);

/* Told when the link is destroyed before its connection is gone. */
void wss_link_on_destroy(struct wss_link *self, void (*destroyed)(void *user), void *user);

/* ---- for clients (wss_client.c) ---- */

/* As created, but with no connection yet. */
VIA_MUST_USE enum via_status wss_link_prepare(struct wss_link **selfp, struct wss_engine *engine,
                                              bool text, size_t message_max);
void wss_link_set_wsi(struct wss_link *self, struct lws *wsi);
/* The upgrade is done. */
void wss_link_established(struct wss_link *self);
/* Ends it for a reason found before libwebsockets knows one; the first reason counts. */
void wss_link_blame(struct wss_link *self, enum via_status why, const char *detail);
/* There will be no connection any more: closed comes from the loop. */
void wss_link_gone(struct wss_link *self, enum via_status why, const char *detail);
