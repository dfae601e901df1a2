/*
 * Who gets in and who does not, in both directions, against the built libraries: our own client,
 * and hellos that no library of today would send.
 */
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/wss_engine.h"
#include "tests/unit/bridge/wss_world.h"

#define BINARY "viaduct.bin.1"
#define TEXT "viaduct.json.1"

static bool both_are_open(struct wss_world *world)
{
    return world->pair.a.opened && world->pair.b.opened;
}

static bool a_is_closed(struct wss_world *world)
{
    return world->pair.a.closed;
}

static bool b_is_closed(struct wss_world *world)
{
    return world->pair.b.closed;
}

static void says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("'%s' does not say '%s'", text, words);
}

/* ---- clients at the listener ---- */

static void a_client_with_a_good_certificate_is_let_in(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    wss_connect_as(world, "127.0.0.1", "client", NULL, BINARY);
    wss_turn_until(world, both_are_open);
    assert_int_equal(world->n_asked, 1);
    assert_int_equal(world->caller_status, VIA_OK);
    assert_string_equal(world->identity, "client");
    assert_string_equal(world->fault, "");
    assert_string_equal(world->serial, "2a");
    assert_string_equal(world->subprotocol, BINARY);
    assert_string_equal(world->origin, "");
    assert_int_equal(strncmp(world->address, "127.0.0.1:", 10), 0);
}

static void client_is_refused(struct wss_world *world, const char *name, enum via_status why,
                              const char *words)
{
    wss_listen_as(world, NULL, NULL);
    wss_connect_as(world, "127.0.0.1", name, NULL, BINARY);
    wss_turn_until(world, a_is_closed);
    assert_false(world->pair.a.opened);
    assert_int_equal(world->pair.a.why, why);
    says(world->pair.a.detail, words);
    assert_int_equal(world->caller_status, why);
    assert_string_equal(world->identity, "");
    says(world->fault, words);
    assert_int_equal(world->n_accepted, 0);
}

static void a_client_without_certificate_is_refused(void **state)
{
    client_is_refused(*state, NULL, VIA_DENIED, "no certificate was shown");
}

static void a_client_of_another_authority_is_refused(void **state)
{
    client_is_refused(*state, "client-strange", VIA_BAD_CERTIFICATE,
                      "certificate of client-strange was not issued by an authority");
}

static void an_expired_client_is_refused(void **state)
{
    client_is_refused(*state, "client-expired", VIA_BAD_CERTIFICATE,
                      "certificate of client-expired expired 20");
}

static void a_client_of_the_future_is_refused(void **state)
{
    client_is_refused(*state, "client-future", VIA_BAD_CERTIFICATE,
                      "certificate of client-future is not valid before");
}

static void a_revoked_client_is_refused(void **state)
{
    client_is_refused(*state, "client-revoked", VIA_BAD_CERTIFICATE, "has been revoked");
}

static void a_server_is_no_client(void **state)
{
    client_is_refused(*state, "server", VIA_BAD_CERTIFICATE, "may not be used by a client");
}

static void the_owner_may_refuse_for_reasons_of_its_own(void **state)
{
    static const enum via_status statuses[] = {VIA_BUSY, VIA_DENIED, VIA_NO_MEMORY, VIA_INVALID};
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    world->admit_words = "max_connections=3 of client\r\nx: y\x01 is reached";
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        world->admits = statuses[i];
        world->pair.a.closed = false;
        wss_connect_as(world, "127.0.0.1", "client", NULL, BINARY);
        wss_turn_until(world, a_is_closed);
        assert_int_equal(world->pair.a.why, statuses[i]);
        says(world->pair.a.detail, "max_connections=3 of client??x: y? is reached");
        link_end_destroy_link(&world->pair.a);
    }
}

static void the_owner_may_refuse_a_link_that_stands(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    world->accepts = VIA_NO_MEMORY;
    wss_connect_as(world, "127.0.0.1", "client", NULL, BINARY);
    wss_turn_until(world, a_is_closed);
    assert_int_equal(world->n_accepted, 1);
}

static void an_unknown_subprotocol_is_told_those_that_are_known(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    wss_connect_as(world, "127.0.0.1", "client", NULL, "viaduct.bin.9");
    wss_turn_until(world, a_is_closed);
    assert_int_equal(world->pair.a.why, VIA_BAD_SUBPROTOCOL);
    says(world->pair.a.detail, "spoken are viaduct.bin.1, viaduct.json.1");
    assert_int_equal(world->n_asked, 0);
}

/* ---- servers at the client ---- */

static void server_is_refused(struct wss_world *world, const char *host, const char *name,
                              const struct wss_identity *wish, const char *words)
{
    wss_listen_as(world, name, NULL);
    wss_connect_as(world, host, "client", wish, BINARY);
    wss_turn_until(world, a_is_closed);
    assert_false(world->pair.a.opened);
    says(world->pair.a.detail, words);
    assert_int_equal(world->pair.a.why, VIA_BAD_CERTIFICATE);
    assert_int_equal(world->n_asked, 0); /* it has seen no request, and so no token */
}

static void a_server_is_known_by_name_and_by_address(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    /* With the name in the hello (SNI), and over the second address of it where ::1 is one. */
    wss_connect_as(world, "localhost", "client", NULL, BINARY);
    wss_turn_until(world, both_are_open);
}

static void a_server_of_another_authority_is_refused(void **state)
{
    server_is_refused(*state, "127.0.0.1", "server-strange", NULL,
                      "certificate of localhost was not issued by an authority");
}

static void an_expired_server_is_refused(void **state)
{
    server_is_refused(*state, "localhost", "server-expired", NULL,
                      "certificate of localhost expired 20");
}

static void a_server_of_the_future_is_refused(void **state)
{
    server_is_refused(*state, "127.0.0.1", "server-future", NULL, "is not valid before");
}

static void a_server_of_another_name_is_refused(void **state)
{
    server_is_refused(*state, "localhost", "server-elsewhere", NULL,
                      "certificate of device.example is not for localhost");
}

static void a_server_of_another_address_is_refused(void **state)
{
    server_is_refused(*state, "127.0.0.1", "server-elsewhere", NULL,
                      "certificate of device.example is not for 127.0.0.1");
}

static void a_revoked_server_is_refused(void **state)
{
    struct wss_identity wish = {.ca = certificates_cert(wss_certificates, "ca"), .crl = wss_crl};
    server_is_refused(*state, "127.0.0.1", "server-revoked", &wish, "has been revoked");
}

static void a_server_with_another_key_than_pinned_is_refused(void **state)
{
    struct wss_identity wish = {.ca = certificates_cert(wss_certificates, "ca"),
                                .pin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
    server_is_refused(*state, "127.0.0.1", "server", &wish, "another key than the one pinned");
}

static void files_that_cannot_be_read_are_told_by_the_closed_event(void **state)
{
    struct wss_world *world = *state;
    struct wss_identity wish = {.ca = "/nonexistent.crt"};
    wss_listen_as(world, NULL, NULL);
    wss_connect_as(world, "127.0.0.1", NULL, &wish, BINARY);
    wss_turn_until(world, a_is_closed);
    assert_int_equal(world->pair.a.why, VIA_NOT_FOUND);
    says(world->pair.a.detail, "/nonexistent.crt");
}

static void nobody_there_is_told_as_such(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    world->listener = wss_listener_destroy(world->listener);
    wss_connect_as(world, "127.0.0.1", "client", NULL, BINARY);
    wss_turn_until(world, a_is_closed);
    assert_int_equal(world->pair.a.why, VIA_NOT_CONNECTED);
    says(world->pair.a.detail, "Connection refused");
}

static void urls_of_another_form_are_refused_at_once(void **state)
{
    static const char *const urls[] = {
        "",           "ws://host:1/",     "https://host:1/",   "wss://",
        "wss://:1/",  "wss://host:/",     "wss://host:65536/", "wss://host:0/",
        "wss://[::1", "wss://host:1x/",   "wss://host:-1/",    "wss://ho st:1/",
        "wss:///x",   "wss://[::1]1234/", "wss://host:1?x",    "wss://host\n:1/"};
    struct wss_world *world = *state;
    struct wss_identity identity = {.ca = certificates_cert(wss_certificates, "ca")};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        if (wss_link_connect(&world->pair.a.link, world->context, urls[i], &identity, NULL, BINARY,
                             world->pair.a.outbox, &link_end_events, &world->pair.a) != VIA_INVALID)
            fail_msg("'%s' was taken", urls[i]);
    assert_null(world->pair.a.link);
}

static void a_link_may_be_destroyed_on_its_way(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    /* One turn further each time, until it would have got through. */
    for (unsigned turns = 0; !world->pair.a.opened; turns++) {
        link_end_destroy_link(&world->pair.a);
        wss_connect_as(world, "127.0.0.1", "client", NULL, BINARY);
        for (unsigned i = 0; i < turns; i++)
            assert_int_equal(loop_turn(world->pair.loop, 20, &world->pair.lock), VIA_OK);
        assert_false(world->pair.a.closed);
        assert_true(turns < 1000);
    }
}

/* ---- what goes with an upgrade ---- */

static bool b_has_heard(struct wss_world *world)
{
    return world->pair.b.size > 0;
}

static bool a_was_open_and_b_knows(struct wss_world *world)
{
    return world->pair.a.opened && (b_is_closed(world) || b_has_heard(world));
}

/* It is gone as soon as it stands: whatever arrives came with the upgrade. */
static size_t octets_that_go_with_an_upgrade(struct wss_world *world, size_t size,
                                             const char *subprotocol)
{
    static const uint8_t octets[WSS_GREETING_MAX + 1] = "hello";
    wss_listen_as(world, NULL, NULL);
    link_end_add(&world->pair.a, octets, size);
    world->pair.a.destroys_in = 'o';
    wss_connect_as(world, "127.0.0.1", "client", NULL, subprotocol);
    wss_turn_until(world, a_was_open_and_b_knows);
    assert_int_equal(outbox_size(world->pair.a.outbox), size - world->pair.b.size);
    assert_memory_equal(world->pair.b.octets != NULL ? world->pair.b.octets : octets, octets,
                        world->pair.b.size);
    return world->pair.b.size;
}

static void the_first_octets_go_with_the_upgrade(void **state)
{
    assert_int_equal(octets_that_go_with_an_upgrade(*state, 11, BINARY), 11);
}

static void as_many_as_may_go_with_an_upgrade_do(void **state)
{
    assert_int_equal(octets_that_go_with_an_upgrade(*state, WSS_GREETING_MAX, BINARY),
                     WSS_GREETING_MAX);
}

static void more_does_not_go_with_an_upgrade(void **state)
{
    assert_int_equal(octets_that_go_with_an_upgrade(*state, WSS_GREETING_MAX + 1, BINARY), 0);
}

static void text_does_not_go_with_an_upgrade(void **state)
{
    assert_int_equal(octets_that_go_with_an_upgrade(*state, 11, TEXT), 0);
}

static bool b_has_heard_all(struct wss_world *world)
{
    return world->pair.b.size == 11 + 5;
}

static void what_went_with_the_upgrade_comes_first_and_once(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, NULL);
    link_end_add(&world->pair.a, "first of al", 11);
    wss_connect_as(world, "127.0.0.1", "client", NULL, BINARY);
    wss_turn_until(world, both_are_open);
    link_end_add(&world->pair.a, "later", 5);
    link_flush(world->pair.a.link);
    wss_turn_until(world, b_has_heard_all);
    assert_memory_equal(world->pair.b.octets, "first of allater", 16);
    assert_int_equal(outbox_size(world->pair.a.outbox), 0);
}

/* ---- text ---- */

struct sizes {
    const uint32_t *sizes;
    size_t n_sizes, n_seen;
};

static enum via_status take_message(struct link_end *end, const uint8_t *octets, size_t size,
                                    size_t *usedp)
{
    struct sizes *sizes = end->taking_user;
    assert_true(sizes->n_seen < sizes->n_sizes);
    assert_int_equal(size, sizes->sizes[sizes->n_seen]);
    for (size_t i = 0; i < size; i++)
        if (octets[i] != (uint8_t)('a' + (sizes->n_seen + i) % 26))
            fail_msg("octet %zu of message %zu is wrong", i, sizes->n_seen);
    sizes->n_seen++;
    *usedp = size;
    return VIA_OK;
}

static bool all_messages_are_there(struct wss_world *world)
{
    const struct sizes *a = world->pair.a.taking_user, *b = world->pair.b.taking_user;
    return a->n_seen == a->n_sizes && b->n_seen == b->n_sizes;
}

static void add_message(struct link_end *end, size_t number, uint32_t size)
{
    uint8_t *place;
    assert_int_equal(outbox_add(end->outbox, size + 1, NULL, 0, &place), VIA_OK);
    for (uint32_t i = 0; i < size; i++)
        place[i] = (uint8_t)('a' + (number + i) % 26);
    place[size] = '\n';
}

static void each_line_of_text_arrives_as_one_whole_message(void **state)
{
    static const uint32_t lengths[] = {1,     0,     125,   126,    127,    3,      65535,
                                       65536, 69630, 69632, 69633,  200000, 1,      1,
                                       1,     16384, 8191,  139264, 5,      1000000};
    struct wss_world *world = *state;
    struct sizes at_a = {lengths, sizeof lengths / sizeof lengths[0], 0}, at_b = at_a;
    wss_listen_as(world, NULL, NULL);
    wss_connect_as(world, "127.0.0.1", "client", NULL, TEXT);
    wss_turn_until(world, both_are_open);
    struct link_end *ends[] = {&world->pair.a, &world->pair.b};
    ends[0]->taking_user = &at_a;
    ends[1]->taking_user = &at_b;
    for (size_t i = 0; i < 2; i++) {
        ends[i]->taking = take_message;
        for (size_t number = 0; number < at_a.n_sizes; number++)
            add_message(ends[i], number, lengths[number]);
        link_flush(ends[i]->link);
    }
    wss_turn_until(world, all_messages_are_there);
}

static void a_message_over_its_bound_costs_the_link(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, &(struct wss_listen){.message_max = 1000});
    wss_connect_as(world, "127.0.0.1", "client", NULL, TEXT);
    wss_turn_until(world, both_are_open);
    add_message(&world->pair.a, 0, 1000);
    add_message(&world->pair.a, 0, 1001);
    link_flush(world->pair.a.link);
    wss_turn_until(world, b_is_closed);
    assert_int_equal(world->pair.b.why, VIA_TOO_LARGE);
    says(world->pair.b.detail, "max_json_size, 1000");
    assert_int_equal(world->pair.b.size, 1000);
}

/* ---- bare TCP ---- */

static int connect_tcp(const struct wss_world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(world->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Turns until the listener has sent at least @wanted octets or ended; returns how many came. */
static size_t hear(struct wss_world *world, int fd, uint8_t *answer, size_t wanted)
{
    size_t size = 0;
    uint64_t end_ms = loop_now() + 20000;
    while (size < wanted) {
        assert_true(loop_now() < end_ms);
        assert_int_equal(loop_turn(world->pair.loop, 20, &world->pair.lock), VIA_OK);
        ssize_t n = recv(fd, answer + size, wanted - size, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
        size += n > 0 ? (size_t)n : 0;
    }
    return size;
}

static void a_handshake_has_only_so_long(void **state)
{
    struct wss_world *world = *state;
    uint8_t octet;
    wss_listen_as(world, NULL, &(struct wss_listen){.handshake_ms = 100});
    uint64_t begin = loop_now();
    int fd = connect_tcp(world);
    assert_int_equal(hear(world, fd, &octet, 1), 0);
    assert_true(loop_now() >= begin + 100);
    (void)close(fd);
}

static unsigned count_refused(const int *fds, unsigned n)
{
    uint8_t octet;
    unsigned n_refused = 0;
    for (unsigned i = 0; i < n; i++)
        n_refused += recv(fds[i], &octet, 1, MSG_DONTWAIT) == 0 || errno != EAGAIN;
    return n_refused;
}

/* Connections that do nothing; returns when @least of them have been refused, and how many were. */
static unsigned crowd_in(struct wss_world *world, int *fds, unsigned n, unsigned least)
{
    unsigned n_refused = 0;
    for (unsigned i = 0; i < n; i++)
        fds[i] = connect_tcp(world);
    do {
        assert_int_equal(loop_turn(world->pair.loop, 20, &world->pair.lock), VIA_OK);
        n_refused = count_refused(fds, n);
    } while (n_refused < least);
    return n_refused;
}

static void close_all(const int *fds, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        (void)close(fds[i]);
}

static void no_handshake_begins_beyond_the_bound(void **state)
{
    struct wss_world *world = *state;
    const struct wss_listen wish = {.handshake_ms = 300,
                                    .handshakes = {.start = 2, .rate = 100, .full = 2}};
    int fds[5];
    wss_listen_as(world, NULL, &wish);
    uint64_t begin = loop_now();
    assert_int_equal(crowd_in(world, fds, 5, 3), 3);
    assert_int_equal(world->n_crowded, 1); /* told of the first at once, of the others together */
    while (world->n_crowded < 3)
        assert_int_equal(loop_turn(world->pair.loop, -1, &world->pair.lock), VIA_OK);
    assert_non_null(strstr(world->crowded_words, "max_handshakes = 2:100:2"));
    assert_true(loop_now() >= begin + 1000);
    wss_connect_as(world, "127.0.0.1", "client", NULL, BINARY); /* their time is over */
    wss_turn_until(world, both_are_open);
    close_all(fds, 5);
}

static void some_are_refused_before_there_are_too_many(void **state)
{
    struct wss_world *world = *state;
    const struct wss_listen wish = {.handshakes = {.start = 4, .rate = 50, .full = 10000}};
    int fds[100];
    wss_listen_as(world, NULL, &wish);
    assert_int_equal(crowd_in(world, fds, 4, 0), 0);
    assert_in_range(crowd_in(world, fds + 4, 96, 20), 20, 90);
    close_all(fds, 100);
}

static void who_speaks_no_tls_is_shown_the_door(void **state)
{
    static const char words[] = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
    struct wss_world *world = *state;
    uint8_t answer[256];
    wss_listen_as(world, NULL, NULL);
    int fd = connect_tcp(world);
    assert_int_equal(send(fd, words, sizeof words - 1, 0), sizeof words - 1);
    size_t size = hear(world, fd, answer, sizeof answer);
    assert_true(size == 0 || answer[0] == 0x15); /* an alert at most */
    assert_int_equal(world->n_requests, 0);
    (void)close(fd);
}

/* A hello of @version with one or two suites, and what an elliptic one needs beside. */
static int say_hello(struct wss_world *world, uint8_t version, const uint8_t *suites,
                     uint8_t suites_size)
{
    static const uint8_t extensions[] = {
        0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x17,             /* groups: secp256r1 */
        0x00, 0x0b, 0x00, 0x02, 0x01, 0x00,                         /* points: uncompressed */
        0x00, 0x0d, 0x00, 0x06, 0x00, 0x04, 0x04, 0x03, 0x04, 0x01, /* ECDSA and RSA, SHA-256 */
        0xff, 0x01, 0x00, 0x01, 0x00,                               /* renegotiation: new */
    };
    uint8_t hello[256] = {0x16, 0x03, 0x01};
    size_t at = 9;
    hello[at++] = 0x03;
    hello[at++] = version;
    for (uint8_t i = 0; i < 32; i++)
        hello[at++] = i;
    hello[at++] = 0; /* no session */
    hello[at++] = 0;
    hello[at++] = suites_size;
    memcpy(hello + at, suites, suites_size);
    at += suites_size;
    hello[at++] = 1; /* no compression */
    hello[at++] = 0;
    hello[at++] = 0;
    hello[at++] = sizeof extensions;
    memcpy(hello + at, extensions, sizeof extensions);
    at += sizeof extensions;
    hello[4] = (uint8_t)(at - 5);
    hello[5] = 0x01;
    hello[8] = (uint8_t)(at - 9);
    int fd = connect_tcp(world);
    assert_int_equal(send(fd, hello, at, 0), at);
    return fd;
}

#define HANDSHAKE 0x16
#define ALERT 0x15
#define PROTOCOL_VERSION 70
#define HANDSHAKE_FAILURE 40

static const uint8_t gcm[] = {0xc0, 0x2b}, cbc[] = {0xc0, 0x23, 0xc0, 0x09},
                     static_rsa[] = {0x00, 0x9c, 0x00, 0x2f};

static void answers(struct wss_world *world, uint8_t version, const uint8_t *suites,
                    uint8_t suites_size, uint8_t type, uint8_t alert)
{
    uint8_t answer[7];
    int fd = say_hello(world, version, suites, suites_size);
    assert_int_equal(hear(world, fd, answer, sizeof answer), sizeof answer);
    assert_int_equal(answer[0], type);
    if (type == ALERT) {
        assert_int_equal(answer[5], 2); /* fatal */
        assert_int_equal(answer[6], alert);
    }
    (void)close(fd);
}

static void tls_1_2_with_an_aead_suite_is_spoken(void **state)
{
    wss_listen_as(*state, NULL, NULL);
    answers(*state, 3, gcm, sizeof gcm, HANDSHAKE, 0);
}

static void tls_1_1_is_refused(void **state)
{
    wss_listen_as(*state, NULL, NULL);
    answers(*state, 2, gcm, sizeof gcm, ALERT, PROTOCOL_VERSION);
    answers(*state, 1, cbc, sizeof cbc, ALERT, PROTOCOL_VERSION);
}

static void suites_that_are_no_aead_are_refused(void **state)
{
    wss_listen_as(*state, NULL, NULL);
    answers(*state, 3, cbc, sizeof cbc, ALERT, HANDSHAKE_FAILURE);
    answers(*state, 3, static_rsa, sizeof static_rsa, ALERT, HANDSHAKE_FAILURE);
}

/* ---- listening ---- */

static void what_cannot_be_listened_with_is_refused(void **state)
{
    static const char *const subprotocols[] = {BINARY, NULL};
    static const struct wss_listener_ops nothing = {.judged = NULL};
    struct wss_world *world = *state;
    struct wss_listener *second = NULL;
    wss_listen_as(world, NULL, NULL);
    uint16_t port = 0;
    char words[300];
    struct wss_listen listen = {
        .host = "127.0.0.1",
        .port = world->port,
        .identity = {.ca = certificates_cert(wss_certificates, "ca"),
                     .cert = certificates_cert(wss_certificates, "server"),
                     .key = certificates_key(wss_certificates, "server")},
        .subprotocols = subprotocols,
    };
    assert_int_equal(wss_listener_create(&second, world->context, &listen, &nothing, NULL, &port,
                                         words, sizeof words),
                     VIA_BUSY);
    listen.port = 0;
    listen.identity.key = certificates_key(wss_certificates, "client");
    assert_int_equal(wss_listener_create(&second, world->context, &listen, &nothing, NULL, &port,
                                         words, sizeof words),
                     VIA_BAD_CERTIFICATE);
    listen.identity.key = certificates_key(wss_certificates, "server");
    listen.identity.ca = "/nonexistent.crt";
    assert_int_equal(wss_listener_create(&second, world->context, &listen, &nothing, NULL, &port,
                                         words, sizeof words),
                     VIA_NOT_FOUND);
    listen.identity.ca = certificates_cert(wss_certificates, "ca");
    listen.identity.cert = certificates_cert(wss_certificates, "client");
    listen.identity.key = certificates_key(wss_certificates, "client");
    assert_int_equal(wss_listener_create(&second, world->context, &listen, &nothing, NULL, &port,
                                         words, sizeof words),
                     VIA_BAD_CERTIFICATE);
    says(words, "is not for a server");
    assert_null(second);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, wss_make_world, wss_end_world)
    const struct CMUnitTest tests[] = {
        TEST(a_client_with_a_good_certificate_is_let_in),
        TEST(a_client_without_certificate_is_refused),
        TEST(a_client_of_another_authority_is_refused),
        TEST(an_expired_client_is_refused),
        TEST(a_client_of_the_future_is_refused),
        TEST(a_revoked_client_is_refused),
        TEST(a_server_is_no_client),
        TEST(the_owner_may_refuse_for_reasons_of_its_own),
        TEST(the_owner_may_refuse_a_link_that_stands),
        TEST(an_unknown_subprotocol_is_told_those_that_are_known),
        TEST(a_server_is_known_by_name_and_by_address),
        TEST(a_server_of_another_authority_is_refused),
        TEST(an_expired_server_is_refused),
        TEST(a_server_of_the_future_is_refused),
        TEST(a_server_of_another_name_is_refused),
        TEST(a_server_of_another_address_is_refused),
        TEST(a_revoked_server_is_refused),
        TEST(a_server_with_another_key_than_pinned_is_refused),
        TEST(files_that_cannot_be_read_are_told_by_the_closed_event),
        TEST(nobody_there_is_told_as_such),
        TEST(urls_of_another_form_are_refused_at_once),
        TEST(a_link_may_be_destroyed_on_its_way),
        TEST(the_first_octets_go_with_the_upgrade),
        TEST(as_many_as_may_go_with_an_upgrade_do),
        TEST(more_does_not_go_with_an_upgrade),
        TEST(text_does_not_go_with_an_upgrade),
        TEST(what_went_with_the_upgrade_comes_first_and_once),
        TEST(each_line_of_text_arrives_as_one_whole_message),
        TEST(a_message_over_its_bound_costs_the_link),
        TEST(a_handshake_has_only_so_long),
        TEST(no_handshake_begins_beyond_the_bound),
        TEST(some_are_refused_before_there_are_too_many),
        TEST(who_speaks_no_tls_is_shown_the_door),
        TEST(tls_1_2_with_an_aead_suite_is_spoken),
        TEST(tls_1_1_is_refused),
        TEST(suites_that_are_no_aead_are_refused),
        TEST(what_cannot_be_listened_with_is_refused),
    };
    return cmocka_run_group_tests_name("wss_listener", tests, wss_make_certificates,
                                       wss_drop_certificates);
}
