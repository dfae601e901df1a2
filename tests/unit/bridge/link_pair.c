/*
 * Ends and the two kinds. The kind wss has its own certificates, made once for the program.
 */
#include "tests/unit/bridge/link_pair.h"

#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bridge/unix_link.h"
#include "bridge/wss_context.h"
#include "tests/unit/bridge/certificates.h"
#include "tests/unit/bridge/descriptors.h"

/* ---- an end ---- */

void link_end_destroy_link(struct link_end *end)
{
    end->link = link_destroy(end->link);
}

static void end_opened(void *user)
{
    struct link_end *end = user;
    assert_false(end->opened);
    end->opened = true;
    if (end->destroys_in == 'o')
        link_end_destroy_link(end);
}

static void keep(struct link_end *end, const uint8_t *octets, size_t size)
{
    if (end->capacity - end->size < size) {
        end->capacity = (end->capacity + size) * 2;
        end->octets = realloc(end->octets, end->capacity);
        assert_non_null(end->octets);
    }
    memcpy(end->octets + end->size, octets, size);
    end->size += size;
}

static enum via_status end_received(void *user, const uint8_t *octets, size_t size, size_t *usedp)
{
    struct link_end *end = user;
    assert_false(end->closed);
    end->n_received++;
    if (end->destroys_in == 'r') {
        link_end_destroy_link(end);
        return VIA_OK;
    }
    if (end->taking != NULL)
        return end->taking(end, octets, size, usedp);
    keep(end, octets, size);
    *usedp = size;
    return VIA_OK;
}

static void end_received_fds(void *user, const int *fds, size_t n_fds, bool lost)
{
    struct link_end *end = user;
    assert_true(end->n_fds + n_fds <= sizeof end->fds / sizeof end->fds[0]);
    memcpy(end->fds + end->n_fds, fds, n_fds * sizeof fds[0]);
    end->n_fds += n_fds;
    end->n_lost += lost ? 1 : 0;
}

static void end_drained(void *user)
{
    struct link_end *end = user;
    assert_int_equal(outbox_size(end->outbox), 0);
    end->n_drained++;
    if (end->destroys_in == 'd')
        link_end_destroy_link(end);
}

static void end_closed(void *user, enum via_status why, const char *detail)
{
    struct link_end *end = user;
    assert_false(end->closed);
    end->closed = true;
    end->why = why;
    (void)snprintf(end->detail, sizeof end->detail, "%s", detail);
    if (end->destroys_in == 'c')
        link_end_destroy_link(end);
}

const struct link_events link_end_events = {
    .opened = end_opened,
    .received = end_received,
    .received_fds = end_received_fds,
    .drained = end_drained,
    .closed = end_closed,
};

void link_end_add(struct link_end *end, const void *octets, size_t size)
{
    uint8_t *place;
    assert_int_equal(outbox_add(end->outbox, size, NULL, 0, &place), VIA_OK);
    memcpy(place, octets, size);
}

/* ---- a pair ---- */

static void init_end(struct link_end *end, struct link_pair *pair)
{
    end->pair = pair;
    assert_int_equal(outbox_create(&end->outbox), VIA_OK);
}

static void deinit_end(struct link_end *end)
{
    link_end_destroy_link(end);
    outbox_destroy(end->outbox);
    free(end->octets);
}

struct link_pair *link_pair_create(const struct link_kind *kind)
{
    struct link_pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    pair->n_fds_before = count_descriptors();
    pair->kind = kind;
    assert_int_equal(pthread_mutex_init(&pair->lock, NULL), 0);
    assert_int_equal(loop_create(&pair->loop), VIA_OK);
    init_end(&pair->a, pair);
    init_end(&pair->b, pair);
    (void)pthread_mutex_lock(&pair->lock);
    kind->open(pair);
    return pair;
}

struct link_pair *link_pair_destroy(struct link_pair *pair)
{
    deinit_end(&pair->a);
    deinit_end(&pair->b);
    pair->kind->close(pair);
    loop_destroy(pair->loop);
    (void)pthread_mutex_unlock(&pair->lock);
    (void)pthread_mutex_destroy(&pair->lock);
    assert_int_equal(count_descriptors(), pair->n_fds_before);
    free(pair);
    return NULL;
}

void link_pair_turn_until(struct link_pair *pair, bool (*done)(struct link_pair *pair))
{
    uint64_t end_ms = loop_now() + 60000;
    while (!done(pair)) {
        if (loop_now() > end_ms)
            fail_msg("nothing happened within 60 s; a: %s, b: %s", pair->a.detail, pair->b.detail);
        assert_int_equal(loop_turn(pair->loop, 100, &pair->lock), VIA_OK);
    }
}

bool link_pair_is_open(struct link_pair *pair)
{
    return pair->a.opened && pair->b.opened;
}

bool link_pair_is_closed(struct link_pair *pair)
{
    return pair->a.closed && pair->b.closed;
}

/* ---- Unix ---- */

static void open_unix(struct link_pair *pair)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    struct link_end *ends[] = {&pair->a, &pair->b};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(unix_link_create(&ends[i]->link, pair->loop, fds[i], ends[i]->outbox,
                                          &link_end_events, ends[i]),
                         VIA_OK);
}

static void close_unix(struct link_pair *pair)
{
    (void)pair;
}

const struct link_kind unix_kind = {"unix", open_unix, close_unix};

/* ---- WebSocket ---- */

struct wss_state {
    struct certificates *certificates;
    struct wss_context *context;
    struct wss_listener *listener;
};

static enum via_status admit(void *user, const struct wss_caller *caller, const char *subprotocol,
                             const char *origin, char *words, size_t words_size)
{
    (void)user;
    (void)subprotocol;
    (void)origin;
    (void)snprintf(words, words_size, "%s", caller->fault);
    return caller->status;
}

static enum via_status accepted(void *user, struct link *link, const struct wss_caller *caller,
                                const char *subprotocol)
{
    struct link_end *end = user;
    assert_string_equal(caller->identity, "client");
    assert_string_equal(subprotocol, "viaduct.bin.1");
    assert_null(end->link);
    end->link = link;
    link->outbox = end->outbox;
    link->events = &link_end_events;
    link->user = end;
    return VIA_OK;
}

static void request(void *user, struct wss_exchange *exchange, const struct wss_request *request)
{
    (void)user;
    (void)exchange;
    (void)request;
    fail();
}

static void aborted(void *user, struct wss_exchange *exchange)
{
    (void)user;
    (void)exchange;
    fail();
}

static const struct wss_listener_ops listener_ops = {
    .admit = admit, .accepted = accepted, .request = request, .aborted = aborted};

static void open_wss(struct link_pair *pair)
{
    static const char *const subprotocols[] = {"viaduct.bin.1", NULL};
    struct wss_state *state = calloc(1, sizeof *state);
    assert_non_null(state);
    pair->state = state;
    state->certificates = certificates_create();
    certificates_make(state->certificates,
                      &(struct certificate_wish){.name = "ca", .usage = FOR_AUTHORITY});
    certificates_make(state->certificates, &(struct certificate_wish){.name = "server",
                                                                      .issuer = "ca",
                                                                      .ip = "127.0.0.1",
                                                                      .usage = FOR_SERVER});
    certificates_make(
        state->certificates,
        &(struct certificate_wish){.name = "client", .issuer = "ca", .usage = FOR_CLIENT});
    assert_int_equal(wss_context_create(&state->context, pair->loop), VIA_OK);

    uint16_t port = 0;
    struct wss_listen listen = {
        .host = "127.0.0.1",
        .identity = {.ca = certificates_cert(state->certificates, "ca"),
                     .cert = certificates_cert(state->certificates, "server"),
                     .key = certificates_key(state->certificates, "server")},
        .subprotocols = subprotocols,
        .message_max = 1u << 20,
        .handshakes = {.start = 64, .rate = 100, .full = 64},
        .silence_ms = 10000,
        .handshake_ms = 10000,
    };
    char words[300], url[64];
    if (wss_listener_create(&state->listener, state->context, &listen, &listener_ops, &pair->b,
                            &port, words, sizeof words) != VIA_OK)
        fail_msg("no listener: %s", words);
    (void)snprintf(url, sizeof url, "wss://127.0.0.1:%u/", (unsigned)port);
    struct wss_identity identity = {.ca = certificates_cert(state->certificates, "ca"),
                                    .cert = certificates_cert(state->certificates, "client"),
                                    .key = certificates_key(state->certificates, "client")};
    assert_int_equal(wss_link_connect(&pair->a.link, state->context, url, &identity, NULL,
                                      "viaduct.bin.1", pair->a.outbox, &link_end_events, &pair->a),
                     VIA_OK);
}

static void close_wss(struct link_pair *pair)
{
    struct wss_state *state = pair->state;
    wss_listener_destroy(state->listener);
    wss_context_destroy(state->context);
    certificates_destroy(state->certificates);
    free(state);
}

const struct link_kind wss_kind = {"wss", open_wss, close_wss};
