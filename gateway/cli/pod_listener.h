/*
 * A listener of the event broker's: it is told what all pods say, and answers when it has taken
 * that.
 */
#pragma once

#include "gateway/cli/pod_broker.h"

struct pod_listener {
    struct pod_broker broker;
    struct via_queue *queue; /* owned, like the rest: what the broker tells */
    struct via_stub *stub;
    struct via_proxy *proxy;
    uint32_t number; /* the stub's */
    uint64_t watch;  /* of the broker's death; 0: none */
};

/* What it is told at one time. */
struct pod_telling {
    struct via_call *call; /* owned */
    enum portfolio_kind kind;
    const uint8_t *data; /* a record of events, checked */
    size_t size;
};

/* Says on stderr what is wrong. */
enum cli_exit pod_listener_open(struct pod_listener *listener, struct cli *cli);
/* The node goes as well: the queue outlives what may still come to it. */
void pod_listener_close(struct pod_listener *listener);

/* The next one; VIA_DEAD: the broker is gone. pod_listener_answer() it. */
VIA_MUST_USE enum via_status pod_listener_take(struct pod_listener *listener,
                                               struct pod_telling *telling);
void pod_listener_answer(struct pod_telling *telling);
