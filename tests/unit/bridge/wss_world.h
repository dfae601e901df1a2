/*
 * A loop with a listener on it, certificates of all kinds, and what the listener's owner was told,
 * for the tests of the WebSocket transport.
 */
#pragma once

#include "bridge/wss_context.h"
#include "tests/unit/bridge/certificates.h"
#include "tests/unit/bridge/link_pair.h"

struct wss_world {
    struct link_pair pair; /* a connects, b is what was accepted */
    struct wss_context *context;
    struct wss_listener *listener;
    uint16_t port;
    size_t n_fds;
    /* what admit() is to answer, and was told */
    enum via_status admits, accepts;
    const char *admit_words;
    unsigned n_asked, n_accepted, n_judged, n_crowded;
    char crowded_words[200];
    struct wss_exchange *judged_exchange;
    enum via_status caller_status;
    char identity[256], fault[512], address[64], serial[80], subprotocol[64], origin[256];
    /* requests, for wss_http_test.c */
    void (*requested)(struct wss_world *world, struct wss_exchange *exchange,
                      const struct wss_request *request);
    unsigned n_requests, n_aborted;
    struct wss_exchange *exchange; /* the one that is open */
    char text[4096];               /* what a test wants to keep of a request */
    size_t body_size;
    unsigned body_sum;
};

extern struct certificates *wss_certificates;
/* cmocka fixtures of the group: ca, other-ca, and of ca: server (localhost, 127.0.0.1), client and
 * their bad relatives: NAME-expired, -future, -strange (of other-ca); revoked-NAME are serials 66
 * on the list wss_crl. */
int wss_make_certificates(void **state);
int wss_drop_certificates(void **state);
extern const char *wss_crl;

/* cmocka fixtures of a test. */
int wss_make_world(void **state);
int wss_end_world(void **state);

/* Listens with the certificate of @name, NULL for "server"; fields of @wish that are 0 have
 * defaults. */
void wss_listen_as(struct wss_world *world, const char *name, const struct wss_listen *wish);
/* Connects a to https://@host, with the certificate of @name (NULL: none). */
void wss_connect_as(struct wss_world *world, const char *host, const char *name,
                    const struct wss_identity *wish, const char *subprotocol);
void wss_turn_until(struct wss_world *world, bool (*done)(struct wss_world *world));
