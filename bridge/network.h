/*
 * The network of this host: whether it has changed in a way that may bring a gateway back.
 */
#pragma once

#include "bridge/loop.h"

#define NETWORK_QUIET_MS 2000u /* between two changes that are told */

struct network {
    struct loop_source source;
    struct loop *loop; /* borrowed; NULL: not watched */
    void (*changed)(struct network *network);
    uint64_t told_ms;
};

/* Tells, from within turns of @loop, of links, addresses and routes that come. Nothing if it is
 * watched already, or where the system does not tell. */
void network_watch(struct network *network, struct loop *loop);
void network_unwatch(struct network *network);
/* In the child of a fork, whose loop has been abandoned. */
void network_forget(struct network *network);
