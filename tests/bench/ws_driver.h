/*
 * A libwebsockets client that sends messages and counts what comes back, with a window of so many
 * under way: what the plain wss echo and the JSON calls have in common.
 */
#pragma once

#include "tests/bench/driver.h"

struct ws_target {
    const char *host; /* checked against the certificate */
    int port;
    const char *ca;
    const char *cert, *key; /* may be NULL */
    const char *subprotocol;
    int text; /* text messages, else binary */
    /* Writes the request of call @index to @out (@size is the order's) and returns its octets. */
    size_t (*compose)(void *user, unsigned index, size_t size, unsigned char *out);
    /* Whether a whole message is the answer to a call; 0 ends the run as failed. */
    int (*check)(void *user, const char *message, size_t size);
    size_t message_max; /* octets of the largest message either way */
    void *user;
};

/* Connects and serves orders. The process's exit status. */
int ws_driver(const struct ws_target *target);
