/*
 * HTTPS: POST /rpc, GET /events, GET /healthz. Each request that takes longer than itself is a JSON
 * session of its own.
 */
#pragma once

#include "bridge/wss_context.h"
#include "gateway/json_session.h"

struct http_request;

void http_request(struct gateway *gateway, struct wss_exchange *exchange,
                  const struct wss_request *request);
/* The session of an exchange that waits for its answer, or NULL. */
struct session *http_session(struct wss_exchange *exchange);
void http_aborted(struct gateway *gateway, struct wss_exchange *exchange);
/* Ends it at once; its exchange is no longer told anything. */
void http_request_destroy(struct http_request *request);
