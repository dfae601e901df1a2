/*
 * A node's connection to its gateway: link and peer, from the first use to the end, and again. A
 * session may outlive its link (WebSockets alone); its number tells what belongs to it from what
 * belonged to an earlier one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/status.h>

#include "bridge/fault.h"
#include "bridge/gateway_address.h"
#include "bridge/liveness.h"
#include "bridge/network.h"
#include "bridge/peer.h"

struct via_node;
struct wss_context;
struct connection_wait;

#define CONNECTION_RETRY_MAX_MS 15000u /* the longest pause between two attempts */
#define CONNECTION_LOCAL_MAX_MS 2000u  /* the same on this host, where one costs next to nothing */
#define CONNECTION_RESUME_MAX_MS 2000u /* the same while a session may be resumed */
#define CONNECTION_RESUME_PARTS 8u     /* and of its grace time it is such a part at most */
#define CONNECTION_STEADY_MS 1000u     /* a session that lasted so long was none that failed */
#define CONNECTION_WAITED_MAX_MS 500u  /* the same while somebody waits for it */

enum connection_state {
    CONNECTION_NONE,
    CONNECTION_OPENING, /* no WELCOME yet */
    CONNECTION_READY,
    CONNECTION_RESUMING, /* the session goes on, its link is lost: another one is being made */
    CONNECTION_CLOSING   /* the session has ended, the link is being written out */
};

struct connection {
    enum connection_state state;
    struct gateway_address address;
    struct link *link;             /* owned */
    struct peer *peer;             /* owned */
    struct wss_context *wss;       /* owned; NULL until first needed */
    uint64_t session;              /* 1 upward; of the peer that is there */
    bool unflushed;                /* the outbox holds what has not been tried to write */
    bool undoing;                  /* counts are being taken back that were never sent */
    bool welcomed;                 /* there has been a session */
    uint32_t payload_max;          /* that the gateway takes, by its last word; 0 before */
    bool ended;                    /* and it has, and there has been none since */
    struct fault fault;            /* why the last one failed or ended */
    struct connection_wait *waits; /* borrowed: threads that wait for a change */
    struct loop_task flush;        /* writes what nobody's call has put in the outbox */
    struct loop_timer retry;
    struct loop_timer grace;  /* while resuming: when the gateway gives the session up */
    struct loop_timer ack;    /* what has come is to be acknowledged */
    struct liveness liveness; /* of the link, once it is open; its times are the node's options */
    unsigned n_failures;      /* in a row; a session that ends soon is one */
    uint64_t welcomed_ms;     /* when the session began */
    struct network network;   /* while it waits to connect to another host */
    struct via_node *node;    /* borrowed: what this is part of */
};

void connection_init(struct connection *connection, struct via_node *node, uint32_t keepalive_ms,
                     uint32_t timeout_ms);

/* All with the node's lock held. */

/* Sees to it that there is a session, waiting until @until_ms; connects if need be. */
VIA_MUST_USE enum via_status connection_need(struct via_node *node, uint64_t until_ms);
/* Something depends on it from now on: one that was there comes back by itself. */
void connection_is_missed(struct via_node *node);
/* Whether there is one, be its link there or about to come back. */
bool connection_is_ready(const struct via_node *node);
/* What is new here needs a session: where there is none, one is made, sooner or later. */
void connection_come_back(struct via_node *node);
/* Whether what belongs to @session is still good. */
bool connection_is_current(const struct via_node *node, uint64_t session);
/* Whether it has no link just now. */
bool connection_is_resuming(const struct via_node *node);
/* Whether it goes to another host. */
bool connection_is_remote(const struct via_node *node);

/* Writes what waits, if it has not been tried. */
void connection_flush(struct via_node *node);
/* What was put in the outbox is to be written: at once, or by a worker at the end of its job. */
void connection_flush_soon(struct via_node *node);
/* Likewise what has no answer: where a sentry's thread sent it, at once. Its program may count on
 * that it is under way, however the process ends. */
void connection_flush_oneway(struct via_node *node);
/* Waits until all is written, at most until @until_ms. */
enum via_status connection_drain(struct via_node *node, uint64_t until_ms);

/* The session is over. */
void connection_lost(struct via_node *node, enum via_status why, const char *detail);
/* Tells a gateway that is there that this process ends. */
void connection_say_goodbye(struct via_node *node);
/* Says goodbye, ends the session, closes; the link goes once it is written out. */
void connection_close(struct via_node *node);
/* Frees all at once. */
void connection_deinit(struct via_node *node);
/* In the child of a fork: forgets it without touching what the parent has. */
void connection_forget(struct via_node *node);
