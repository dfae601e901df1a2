/*
 * What the parts of a gateway share. The embedding API is <viaduct/gateway.h>.
 */
#pragma once

#include <viaduct/gateway.h>

#include "bridge/loop.h"
#include "bridge/pump.h"
#include "codecs/buffer.h"
#include "gateway/asks.h"
#include "gateway/audit.h"
#include "gateway/bindings.h"
#include "gateway/bound.h"
#include "gateway/bulk.h"
#include "gateway/config.h"
#include "gateway/directory.h"
#include "gateway/events.h"
#include "gateway/handover/handover.h"
#include "gateway/json_texts.h"
#include "gateway/local.h"
#include "gateway/name_watches.h"
#include "gateway/numbers.h"
#include "gateway/objects.h"
#include "gateway/reload.h"
#include "gateway/session.h"
#include "gateway/spawn.h"
#include "gateway/waiters.h"
#include "gateway/websocket.h"

struct binary;

struct gateway {
    struct loop *loop; /* owned */
    struct pumps pumps;
    struct config config;
    struct audit audit;
    uint64_t epoch; /* random, new at each start */
    struct sessions sessions;
    struct objects objects;
    struct asks asks;
    struct directory directory;
    struct numbers numbers;
    struct bindings bindings;
    struct waiters waiters;
    struct bounds bounds;
    struct name_watches name_watches;
    struct spawn spawn;
    struct events events;
    struct bulk bulk;
    struct local local;
    struct websocket websocket;
    struct reload reload;
    struct handover handover;
    /* Told after each reload, whether it came into force; or NULL. */
    void (*reloaded)(const struct gateway *gateway, enum via_status status);
    struct binary *binaries; /* owned: all there are, also those whose goodbye is being written */
    struct json_link *json_links;       /* owned, likewise */
    struct http_request *http_requests; /* owned, likewise */
    unsigned n_links, n_http_requests;
    unsigned n_detached; /* sessions without a link */
    bool is_stopping;
    struct buffer phoenix_octets;                  /* of one message or answer at a time */
    struct buffer json_in, json_out, json_scratch; /* for one JSON text at a time */
    struct buffer json_data;                       /* of one record, as JSON */
    struct json_texts json_texts;
    uint64_t json_messages; /* texts written so far */
    /* For one message on its way, at most one at a time: nothing that crosses is kept there. */
    struct {
        struct gateway_object *objects[FRAME_REFS_MAX];
        uint32_t n_objects;
        uint8_t refs[FRAME_REFS_MAX * FRAME_REF_SIZE];
        uint8_t fds[UINT8_MAX * FRAME_FD_SIZE];
    } scratch;
};

/* What the embedding API's gateway is. */
struct gateway *gateway_of_via(struct via_gateway *via);

/* A zeroed one, before anything else. */
void gateway_prepare(struct gateway *gateway);
/* Its parts, by its configuration, without sockets. */
VIA_MUST_USE enum via_status gateway_init(struct gateway *gateway);
/* All of it, its configuration too, however far it has come. */
void gateway_deinit(struct gateway *gateway);

/* What ends with every session, whatever its kind: called once, when it takes no more. */
void gateway_session_ended(struct session *session, enum via_cause cause);
/* Its link has room again: what waits for that goes on. */
void gateway_session_drained(struct session *session);
