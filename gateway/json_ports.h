/*
 * Ports of JSON sessions: for each object of the family portfolio that a session sends messages to,
 * one of its own, which is their reply port. An event broker makes a listener of it; what such a
 * broker sends to it are events to the client.
 */
#pragma once

#include "codecs/portfolio_json.h"
#include "gateway/json_session.h"

#define JSON_PORTS_FAMILY "portfolio.page" /* that listen are published in, by their identity */
#define JSON_PORTS_MAX 64u                 /* of one session */
#define JSON_PORT_RECORDS_MAX 32u          /* of one, that wait; a broker has fewer */

/* A record on its way to the client: answered once it has been written. */
struct json_record {
    uint64_t context; /* of the broker's call */
    uint64_t end;     /* where it ends in all that the session's outlet has been given */
};

struct json_port {
    struct json_port *next;
    struct json_session *session;
    struct gateway_object *object; /* one count: the session's own, under its gateway-wide number */
    struct gateway_object *peer;   /* held by the session: whom it sends to */
    struct jsonrpc_source source;  /* what the client calls that; its text is owned */
    char *text;
    struct json_record records[JSON_PORT_RECORDS_MAX]; /* those that wait, a ring */
    unsigned first, n;
    uint32_t next_id;
    uint64_t seq;                      /* records so far */
    struct portfolio_json_names names; /* of events that programs have registered */
    bool is_told;                      /* of its peer's death */
};

/* The session's port for messages to @peer, which @source means; borrowed. VIA_BUSY: it has as many
 * ports as allowed, or numbers. VIA_DEAD: @peer is. */
VIA_MUST_USE enum via_status json_ports_get(struct json_session *session,
                                            struct gateway_object *peer,
                                            const struct jsonrpc_source *source,
                                            struct json_port **portp);
/* The one with @handle, borrowed; NULL: it is gone. */
struct json_port *json_ports_find(const struct json_session *session, uint32_t handle);

/* ---- listening ---- */

#define JSON_PORTS_CONFIGURE 1u /* the code of the message that makes a listener */

/* What the broker has answered to that message, which @source asked for, by the port with @handle:
 * if it has done it, events say so from now on. VIA_CANCELLED: the port is gone. */
VIA_MUST_USE enum via_status json_ports_configured(struct json_session *session, uint32_t handle,
                                                   const struct jsonrpc_source *source,
                                                   const struct payload *payload);
/* The answer to the request with @id that was for that. */
VIA_MUST_USE enum via_status json_ports_put_answer(struct json_session *session, uint32_t handle,
                                                   struct buffer *out, const struct json_span *id,
                                                   const struct payload *payload,
                                                   const struct layout_question *asked);
