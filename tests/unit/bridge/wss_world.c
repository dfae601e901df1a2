/*
 * The listener's owner writes down what it is told and answers what the test wishes.
 */
#include "tests/unit/bridge/wss_world.h"

#include <cmocka.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/bridge/descriptors.h"

struct certificates *wss_certificates;
const char *wss_crl;

int wss_make_certificates(void **state)
{
    static const struct certificate_wish wishes[] = {
        {.name = "ca", .usage = FOR_AUTHORITY},
        {.name = "other-ca", .usage = FOR_AUTHORITY},
        {.name = "server",
         .issuer = "ca",
         .dns = "localhost",
         .ip = "127.0.0.1",
         .usage = FOR_SERVER},
        {.name = "server-elsewhere", .issuer = "ca", .dns = "device.example", .usage = FOR_SERVER},
        {.name = "server-expired",
         .issuer = "ca",
         .dns = "localhost",
         .ip = "127.0.0.1",
         .usage = FOR_SERVER,
         .from_days = -20,
         .to_days = -10},
        {.name = "server-future",
         .issuer = "ca",
         .dns = "localhost",
         .ip = "127.0.0.1",
         .usage = FOR_SERVER,
         .from_days = 10,
         .to_days = 20},
        {.name = "server-strange",
         .issuer = "other-ca",
         .dns = "localhost",
         .ip = "127.0.0.1",
         .usage = FOR_SERVER},
        {.name = "server-revoked",
         .issuer = "ca",
         .dns = "localhost",
         .ip = "127.0.0.1",
         .usage = FOR_SERVER,
         .serial = 66},
        {.name = "client", .issuer = "ca", .usage = FOR_CLIENT, .serial = 0x2a},
        {.name = "client-expired",
         .issuer = "ca",
         .usage = FOR_CLIENT,
         .from_days = -20,
         .to_days = -10},
        {.name = "client-future",
         .issuer = "ca",
         .usage = FOR_CLIENT,
         .from_days = 10,
         .to_days = 20},
        {.name = "client-strange", .issuer = "other-ca", .usage = FOR_CLIENT},
        {.name = "client-revoked", .issuer = "ca", .usage = FOR_CLIENT, .serial = 66},
    };
    (void)state;
    wss_certificates = certificates_create();
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++)
        certificates_make(wss_certificates, &wishes[i]);
    wss_crl = certificates_revoke(wss_certificates, "list", "ca", 66, -1, 1);
    return 0;
}

int wss_drop_certificates(void **state)
{
    (void)state;
    wss_certificates = certificates_destroy(wss_certificates);
    return 0;
}

/* ---- the listener's owner ---- */

static void write_down(struct wss_world *world, const struct wss_caller *caller)
{
    world->caller_status = caller->status;
    (void)snprintf(world->identity, sizeof world->identity, "%s", caller->identity);
    (void)snprintf(world->fault, sizeof world->fault, "%s", caller->fault);
    (void)snprintf(world->address, sizeof world->address, "%s", caller->address);
    (void)snprintf(world->serial, sizeof world->serial, "%s", caller->serial);
}

static enum via_status admit(void *user, const struct wss_caller *caller, const char *subprotocol,
                             const char *origin, char *words, size_t words_size)
{
    struct wss_world *world = user;
    world->n_asked++;
    write_down(world, caller);
    (void)snprintf(world->subprotocol, sizeof world->subprotocol, "%s", subprotocol);
    (void)snprintf(world->origin, sizeof world->origin, "%s", origin);
    (void)snprintf(words, words_size, "%s",
                   world->admit_words != NULL ? world->admit_words : caller->fault);
    return world->admits != VIA_OK ? world->admits : caller->status;
}

static enum via_status accepted(void *user, struct link *link, const struct wss_caller *caller,
                                const char *subprotocol)
{
    struct wss_world *world = user;
    world->n_accepted++;
    assert_string_equal(caller->identity, world->identity);
    assert_string_equal(subprotocol, world->subprotocol);
    if (world->accepts != VIA_OK)
        return world->accepts;
    link_end_destroy_link(&world->pair.b); /* of a connection before */
    world->pair.b.opened = world->pair.b.closed = false;
    world->pair.b.link = link;
    link->outbox = world->pair.b.outbox;
    link->events = &link_end_events;
    link->user = &world->pair.b;
    return VIA_OK;
}

static void request(void *user, struct wss_exchange *exchange, const struct wss_request *asked)
{
    struct wss_world *world = user;
    world->n_requests++;
    write_down(world, asked->caller);
    world->body_size = asked->body_size;
    for (size_t i = 0; i < asked->body_size; i++)
        world->body_sum = world->body_sum * 31 + asked->body[i];
    wss_exchange_set_user(exchange, world);
    assert_ptr_equal(wss_exchange_user(exchange), world);
    world->exchange = exchange;
    if (world->requested != NULL)
        world->requested(world, exchange, asked);
}

static void aborted(void *user, struct wss_exchange *exchange)
{
    struct wss_world *world = user;
    assert_ptr_equal(exchange, world->exchange);
    world->exchange = NULL;
    world->n_aborted++;
}

static void judged(void *user, struct link *link, struct wss_exchange *exchange,
                   const struct wss_caller *caller, const char *origin)
{
    struct wss_world *world = user;
    world->n_judged++;
    world->judged_exchange = exchange;
    write_down(world, caller);
    (void)snprintf(world->origin, sizeof world->origin, "%s", origin);
    if (caller->status != VIA_OK && link != NULL)
        wss_link_close_as(link, 1008, caller->fault);
}

static void crowded(void *user, unsigned n, const char *address, const char *words)
{
    struct wss_world *world = user;
    assert_memory_equal(address, "127.0.0.1:", 10);
    world->n_crowded += n;
    (void)snprintf(world->crowded_words, sizeof world->crowded_words, "%s", words);
}

static const struct wss_listener_ops listener_ops = {.admit = admit,
                                                     .accepted = accepted,
                                                     .request = request,
                                                     .crowded = crowded,
                                                     .aborted = aborted,
                                                     .judged = judged};

/* ---- the world ---- */

int wss_make_world(void **state)
{
    struct wss_world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->n_fds = count_descriptors();
    assert_int_equal(loop_create(&world->pair.loop), VIA_OK);
    assert_int_equal(pthread_mutex_init(&world->pair.lock, NULL), 0);
    (void)pthread_mutex_lock(&world->pair.lock);
    struct link_end *ends[] = {&world->pair.a, &world->pair.b};
    for (size_t i = 0; i < 2; i++) {
        ends[i]->pair = &world->pair;
        assert_int_equal(outbox_create(&ends[i]->outbox), VIA_OK);
    }
    assert_int_equal(wss_context_create(&world->context, world->pair.loop), VIA_OK);
    *state = world;
    return 0;
}

int wss_end_world(void **state)
{
    struct wss_world *world = *state;
    struct link_end *ends[] = {&world->pair.a, &world->pair.b};
    for (size_t i = 0; i < 2; i++) {
        link_end_destroy_link(ends[i]);
        outbox_destroy(ends[i]->outbox);
        free(ends[i]->octets);
    }
    wss_listener_destroy(world->listener);
    wss_context_destroy(world->context);
    loop_destroy(world->pair.loop);
    (void)pthread_mutex_unlock(&world->pair.lock);
    (void)pthread_mutex_destroy(&world->pair.lock);
    /* Looking up a name may still be closing its own in its thread; what leaks stays. */
    for (unsigned i = 0; i < 1000000 && count_descriptors() != world->n_fds; i++)
        (void)sched_yield();
    assert_int_equal(count_descriptors(), world->n_fds);
    free(world);
    return 0;
}

void wss_listen_as(struct wss_world *world, const char *name, const struct wss_listen *wish)
{
    static const char *const subprotocols[] = {"viaduct.bin.1", "viaduct.json.1", NULL};
    if (name == NULL)
        name = "server";
    struct wss_listen listen = {
        .host = "127.0.0.1",
        .identity = {.ca = certificates_cert(wss_certificates, "ca"),
                     .cert = certificates_cert(wss_certificates, name),
                     .key = certificates_key(wss_certificates, name),
                     .crl = wss_crl},
        .subprotocols = subprotocols,
        .message_max = 1u << 20,
        .handshakes = {.start = 64, .rate = 100, .full = 64},
        .silence_ms = 10000,
        .handshake_ms = 10000,
    };
    if (wish != NULL && wish->message_max != 0)
        listen.message_max = wish->message_max;
    if (wish != NULL && wish->handshakes.full != 0)
        listen.handshakes = wish->handshakes;
    if (wish != NULL && wish->handshake_ms != 0)
        listen.handshake_ms = wish->handshake_ms;
    char words[300] = "";
    if (wss_listener_create(&world->listener, world->context, &listen, &listener_ops, world,
                            &world->port, words, sizeof words) != VIA_OK)
        fail_msg("%s", words);
    assert_int_not_equal(world->port, 0);
}

void wss_connect_as(struct wss_world *world, const char *host, const char *name,
                    const struct wss_identity *wish, const char *subprotocol)
{
    char url[128];
    (void)snprintf(url, sizeof url, "wss://%s:%u/", host, (unsigned)world->port);
    struct wss_identity identity = {.ca = certificates_cert(wss_certificates, "ca")};
    if (wish != NULL)
        identity = *wish;
    if (name != NULL) {
        identity.cert = certificates_cert(wss_certificates, name);
        identity.key = certificates_key(wss_certificates, name);
    }
    assert_int_equal(wss_link_connect(&world->pair.a.link, world->context, url, &identity, NULL,
                                      subprotocol, world->pair.a.outbox, &link_end_events,
                                      &world->pair.a),
                     VIA_OK);
    assert_false(world->pair.a.closed); /* whatever comes of it comes from the loop */
}

void wss_turn_until(struct wss_world *world, bool (*done)(struct wss_world *world))
{
    uint64_t end_ms = loop_now() + 20000;
    while (!done(world)) {
        if (loop_now() > end_ms)
            fail_msg("nothing happened within 20 s; a: %s, b: %s", world->pair.a.detail,
                     world->pair.b.detail);
        assert_int_equal(loop_turn(world->pair.loop, 100, &world->pair.lock), VIA_OK);
    }
}
