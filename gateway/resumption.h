/*
 * Resumption: a session on a WebSocket outlives its link for the grace time. It is found again by
 * its number, its secret and the identity of who comes back.
 */
#pragma once

#include "bridge/loop.h"
#include "codecs/hello.h"
#include "codecs/state.h"

struct binary;
struct gateway;

struct resumption {
    uint64_t number; /* the session's: random above, session_key below; 0: it is not resumed */
    uint8_t secret[HELLO_SECRET_SIZE];
    struct loop_timer grace; /* while it is detached: when that is over */
    bool moved;              /* its link serves an older session now */
    bool crowded;            /* it was let in to ask for one, and there is none: see below */
};

void resumption_init(struct binary *binary);
void resumption_deinit(struct binary *binary);

/* From process to process: there it is detached, and has the grace time from now on unless it was
 * detached here. */
void resumption_state(struct binary *binary, struct state *state);

/* What WELCOME says of it; nothing for a link that cannot be replaced. */
void resumption_offer(struct binary *binary, struct hello *welcome);
/* How many links there may be above max_connections: a session that is to be resumed has its place,
 * and its new link needs one until it has said HELLO. @may_resume: for a link of that kind. */
unsigned resumption_n_more(const struct gateway *gateway, bool may_resume);
/* Whether it goes on without a link just now. */
bool resumption_is_waiting(const struct binary *binary);
/* Its link is gone. Whether the session goes on without one. */
bool resumption_detach(struct binary *binary);
/* @binary's link has brought @hello, which asks to go on with an older session. Whether that
 * session has taken the link; then @binary is over. */
bool resumption_take(struct binary *binary, const struct hello *hello);
