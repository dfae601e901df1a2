/*
 * HTTP on the listener, from a client that is not libwebsockets.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/wss_engine.h"
#include "tests/unit/bridge/tls_client.h"
#include "tests/unit/bridge/wss_world.h"

static struct tls_client *the_client;

static struct tls_client *start_as(struct wss_world *world, const char *name, const char *octets,
                                   size_t size, const char *until, unsigned n_times)
{
    if (world->listener == NULL)
        wss_listen_as(world, NULL, NULL);
    the_client = tls_client_start(world->port,
                                  name != NULL ? certificates_cert(wss_certificates, name) : NULL,
                                  name != NULL ? certificates_key(wss_certificates, name) : NULL,
                                  octets, size, until, n_times);
    return the_client;
}

static bool client_is_done(struct wss_world *world)
{
    (void)world;
    return tls_client_is_done(the_client);
}

static bool request_has_come(struct wss_world *world)
{
    return world->n_requests > 0;
}

static bool exchange_was_aborted(struct wss_world *world)
{
    return world->n_aborted > 0;
}

/* Says @octets and returns what it hears; then the client is destroyed. */
static char *exchange(struct wss_world *world, const char *octets, const char *until)
{
    struct tls_client *client = start_as(world, "client", octets, strlen(octets), until, 1);
    wss_turn_until(world, client_is_done);
    char *heard = strdup(tls_client_heard(client));
    assert_non_null(heard);
    tls_client_destroy(client);
    return heard;
}

static void says(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("'%s' does not say '%s'", text, words);
}

static void says_not(const char *text, const char *words)
{
    if (strstr(text, words) != NULL)
        fail_msg("'%s' says '%s'", text, words);
}

/* ---- requests and answers ---- */

static void answer_with_what_was_asked(struct wss_world *world, struct wss_exchange *asked,
                                       const struct wss_request *request)
{
    int size =
        snprintf(world->text, sizeof world->text, "%s|%s|%s|%s|%s|%s|%s|%zu|.", request->method,
                 request->path, request->query, request->origin, request->last_event_id,
                 request->authorization, request->content_type, request->body_size);
    wss_answer(asked, 200, "text/plain", world->text, (size_t)size);
    world->exchange = NULL;
}

static void a_request_is_told_with_its_headers(void **state)
{
    struct wss_world *world = *state;
    world->requested = answer_with_what_was_asked;
    char *heard = exchange(world,
                           "GET /events/a%20b?service=x%20y&from=now HTTP/1.1\r\n"
                           "Host: localhost\r\n"
                           "Origin: https://page.example\r\n"
                           "Last-Event-ID: 5f3a:41\r\n"
                           "Authorization: Bearer abc.def\r\n"
                           "Content-Type: application/json\r\n\r\n",
                           "|.");
    says(heard, "HTTP/1.1 200 OK\r\n");
    says(heard, "content-type: text/plain\r\n");
    says(heard, "\r\n\r\nGET|/events/a b|service=x y&from=now|https://page.example|5f3a:41|Bearer "
                "abc.def|application/json|0|.");
    says_not(heard, "connection: close");
    assert_string_equal(world->identity, "client");
    assert_int_equal(world->caller_status, VIA_OK);
    free(heard);
}

static void headers_that_are_not_there_are_empty(void **state)
{
    struct wss_world *world = *state;
    world->requested = answer_with_what_was_asked;
    char *heard = exchange(world, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "|.");
    says(heard, "\r\n\r\nGET|/||||||0|.");
    free(heard);
}

static void a_body_comes_whole(void **state)
{
    struct wss_world *world = *state;
    enum { SIZE = 300000 };
    world->requested = answer_with_what_was_asked;
    char *octets = malloc(SIZE + 200);
    assert_non_null(octets);
    int head =
        snprintf(octets, 200, "POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", SIZE);
    unsigned sum = 0;
    for (size_t i = 0; i < SIZE; i++) {
        octets[(size_t)head + i] = (char)('a' + i % 23);
        sum = sum * 31 + (unsigned char)('a' + i % 23);
    }
    struct tls_client *client = start_as(world, "client", octets, (size_t)head + SIZE, "|.", 1);
    wss_turn_until(world, client_is_done);
    says(tls_client_heard(client), "POST|/rpc||||||300000|.");
    assert_int_equal(world->body_sum, sum);
    tls_client_destroy(client);
    free(octets);
}

static void an_empty_body_is_one(void **state)
{
    struct wss_world *world = *state;
    world->requested = answer_with_what_was_asked;
    char *heard =
        exchange(world, "POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "|.");
    says(heard, "POST|/rpc||||||0|.");
    assert_int_equal(world->n_requests, 1);
    free(heard);
}

/* Says one request, hears its answer, and so on, over one connection. */
static void a_connection_serves_one_request_after_the_other(void **state)
{
    struct wss_world *world = *state;
    static const char octets[] = "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    world->requested = answer_with_what_was_asked;
    struct tls_client *client = start_as(world, "client", octets, sizeof octets - 1, "|.", 1);
    wss_turn_until(world, client_is_done);
    says(tls_client_heard(client), "POST|/1||||||3|.");
    static const char second[] = "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
    tls_client_go_on(client, second, sizeof second - 1, "|.", 2);
    wss_turn_until(world, client_is_done);
    says(tls_client_heard(client), "GET|/2||||||0|.");
    static const char third[] = "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    tls_client_go_on(client, third, sizeof third - 1, NULL, 1); /* to the end of file */
    wss_turn_until(world, client_is_done);
    says(tls_client_heard(client), "connection: close\r\n");
    says(tls_client_heard(client), "GET|/3|");
    assert_int_equal(world->n_requests, 3);
    tls_client_destroy(client);
}

static void an_early_second_request_costs_the_first_no_answer(void **state)
{
    static const char *const requests[] = {
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
        "abcGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"};
    struct wss_world *world = *state;
    for (unsigned i = 0; i < 2; i++) {
        struct tls_client *client =
            start_as(world, "client", requests[i], strlen(requests[i]), NULL, 1);
        world->n_requests = 0;
        wss_turn_until(world, request_has_come);
        for (int turns = 0; turns < 10; turns++)
            assert_int_equal(loop_turn(world->pair.loop, 5, &world->pair.lock), VIA_OK);
        assert_int_equal(world->n_aborted, 0);
        assert_int_equal(world->body_size, i == 0 ? 0 : 3);
        wss_answer(world->exchange, 200, "text/plain", "first", 5);
        wss_turn_until(world, client_is_done);
        says(tls_client_heard(client), "\r\n\r\nfirst");
        assert_int_equal(world->n_requests, 1);
        tls_client_destroy(client);
    }
}

static void http_1_0_closes(void **state)
{
    struct wss_world *world = *state;
    world->requested = answer_with_what_was_asked;
    char *heard = exchange(world, "GET /old HTTP/1.0\r\n\r\n", NULL);
    says(heard, "connection: close\r\n");
    says(heard, "GET|/old|");
    free(heard);
}

static void head_gets_the_headers_alone(void **state)
{
    struct wss_world *world = *state;
    world->requested = answer_with_what_was_asked;
    char *heard = exchange(world, "HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", NULL);
    says(heard, "content-length: 16\r\n"); /* HEAD|/x||||||0|. */
    says_not(heard, "|");
    free(heard);
}

static void answer_much(struct wss_world *world, struct wss_exchange *asked,
                        const struct wss_request *request)
{
    (void)request;
    char *text = malloc(60000);
    assert_non_null(text);
    memset(text, 'z', 60000);
    memcpy(text + 59990, "the end.\r\n", 10);
    wss_answer(asked, 200, "text/plain", text, 60000);
    free(text);
    world->exchange = NULL;
}

static void a_large_answer_comes_whole(void **state)
{
    struct wss_world *world = *state;
    world->requested = answer_much;
    char *heard = exchange(world, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "the end.\r\n");
    assert_int_equal(strlen(strstr(heard, "\r\n\r\n") + 4), 60000);
    free(heard);
}

static void an_answer_may_come_later(void **state)
{
    struct wss_world *world = *state;
    static const char octets[] = "GET /later HTTP/1.1\r\nHost: h\r\n\r\n";
    struct tls_client *client = start_as(world, "client", octets, sizeof octets - 1, "done.", 1);
    wss_turn_until(world, request_has_come);
    for (int i = 0; i < 10; i++)
        assert_int_equal(loop_turn(world->pair.loop, 5, &world->pair.lock), VIA_OK);
    assert_false(tls_client_is_done(client));
    wss_answer(world->exchange, 504, "text/plain", "done.", 5);
    wss_turn_until(world, client_is_done);
    says(tls_client_heard(client), "HTTP/1.1 504 Gateway Timeout\r\n");
    tls_client_destroy(client);
}

/* ---- what is refused here ---- */

static void a_body_over_its_bound_is_refused(void **state)
{
    struct wss_world *world = *state;
    wss_listen_as(world, NULL, &(struct wss_listen){.message_max = 1000});
    char *heard = exchange(
        world, "POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n{\"jsonrpc\"", NULL);
    says(heard, "HTTP/1.1 413 Content Too Large\r\n");
    says(heard, "max_json_size, 1000");
    free(heard);
    assert_int_equal(world->n_requests, 0);
}

static void a_body_of_unknown_size_is_refused(void **state)
{
    static const char *const requests[] = {
        "POST /rpc HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST /rpc HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"};
    struct wss_world *world = *state;
    for (size_t i = 0; i < 2; i++) {
        char *heard = exchange(world, requests[i], NULL);
        says(heard, "HTTP/1.1 411 Length Required\r\n");
        free(heard);
    }
    assert_int_equal(world->n_requests, 0);
}

static void sizes_that_are_no_numbers_are_refused(void **state)
{
    static const char *const sizes[] = {"-1", "0x10", "1e3", "18446744073709551616", "3 4"};
    struct wss_world *world = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char request[200];
        (void)snprintf(request, sizeof request,
                       "POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: %s\r\n\r\nabc", sizes[i]);
        char *heard = exchange(world, request, NULL);
        says(heard, "HTTP/1.1 413");
        free(heard);
    }
    assert_int_equal(world->n_requests, 0);
}

static void what_is_no_http_is_shown_the_door(void **state)
{
    static const char *const requests[] = {
        "nonsense\r\n\r\n", "GET\r\n\r\n", "\x00\x01\x02\x03\r\n\r\n",
        "GET http://elsewhere/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"};
    struct wss_world *world = *state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct tls_client *client =
            start_as(world, "client", requests[i], strlen(requests[i]), NULL, 1);
        /* It may wait for the rest of what it takes for a request: then the client goes. */
        uint64_t end_ms = loop_now() + 300;
        while (!tls_client_is_done(client) && loop_now() < end_ms)
            assert_int_equal(loop_turn(world->pair.loop, 20, &world->pair.lock), VIA_OK);
        tls_client_destroy(client);
    }
    assert_int_equal(world->n_requests, 0);
    world->requested = answer_with_what_was_asked;
    free(exchange(world, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "|.")); /* it lives */
}

static void headers_without_end_are_refused(void **state)
{
    struct wss_world *world = *state;
    enum { SIZE = 20000 };
    char *request = malloc(SIZE + 100);
    assert_non_null(request);
    int head = snprintf(request, 100, "GET / HTTP/1.1\r\nHost: h\r\nOrigin: ");
    memset(request + head, 'x', SIZE);
    struct tls_client *client = start_as(world, "client", request, (size_t)head + SIZE, NULL, 1);
    wss_turn_until(world, client_is_done);
    assert_true(tls_client_was_ended(client));
    assert_int_equal(world->n_requests, 0);
    tls_client_destroy(client);
    free(request);
}

static void an_upgrade_to_something_else_is_refused(void **state)
{
    struct wss_world *world = *state;
    char *heard = exchange(
        world, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", NULL);
    says(heard, "HTTP/1.1 400 Bad Request\r\n");
    free(heard);
    heard = exchange(world,
                     "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                     "Sec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     NULL);
    says(heard, "HTTP/1.1 400 Bad Request\r\n");
    says(heard, "viaduct-refused: 41 none of the subprotocols offered");
    says(heard, "spoken are viaduct.bin.1, viaduct.json.1");
    free(heard);
    assert_int_equal(world->n_asked, 0);
}

/* An upgrade with @greeting, as a header; returns the answer. */
static char *upgrade(struct wss_world *world, const char *subprotocol, const char *greeting)
{
    char request[4096];
    (void)snprintf(request, sizeof request,
                   "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                   subprotocol, greeting);
    return exchange(world, request, "\r\n\r\n");
}

static bool b_has_heard(struct wss_world *world)
{
    return world->pair.b.size > 0;
}

static void octets_that_come_with_an_upgrade_are_taken(void **state)
{
    struct wss_world *world = *state;
    char *heard = upgrade(world, "viaduct.bin.1", "Viaduct-Greeting: aGVsbG8=\r\n");
    says(heard, "HTTP/1.1 101 ");
    says(heard, "viaduct-greeting: taken\r\n");
    free(heard);
    wss_turn_until(world, b_has_heard);
    assert_int_equal(world->pair.b.size, 5);
    assert_memory_equal(world->pair.b.octets, "hello", 5);
}

static bool b_is_closed(struct wss_world *world)
{
    return world->pair.b.closed;
}

static void what_is_no_greeting_is_not_taken(void **state)
{
    static const struct {
        const char *subprotocol, *header;
    } bad[] = {{"viaduct.bin.1", ""},
               {"viaduct.bin.1", "viaduct-greeting: \r\n"},
               {"viaduct.bin.1", "viaduct-greeting: a\r\n"},
               {"viaduct.bin.1", "viaduct-greeting: ====\r\n"},
               {"viaduct.bin.1", "viaduct-greeting: aGVsbG8\r\n"},
               {"viaduct.bin.1", "viaduct-greeting: aGVsbG9=\r\n"}, /* not canonical */
               {"viaduct.bin.1", "viaduct-greeting: taken\r\n"},
               {"viaduct.json.1", "viaduct-greeting: aGVsbG8=\r\n"}};
    struct wss_world *world = *state;
    for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        char longer[2048] = "viaduct-greeting: ";
        size_t at = strlen(longer);
        size_t size = (WSS_GREETING_MAX + 2) / 3 * 4 + 4; /* four too many */
        memset(longer + at, 'A', size);
        memcpy(longer + at + size, "\r\n", 3);
        bool last = i == sizeof bad / sizeof bad[0];
        world->pair.b.closed = false;
        char *heard = upgrade(world, last ? "viaduct.bin.1" : bad[i].subprotocol,
                              last ? longer : bad[i].header);
        says(heard, "HTTP/1.1 101 ");
        says_not(heard, "viaduct-greeting");
        free(heard);
        wss_turn_until(world, b_is_closed);
        assert_int_equal(world->pair.b.size, 0);
    }
}

/* ---- who asks ---- */

static void answer_401(struct wss_world *world, struct wss_exchange *asked,
                       const struct wss_request *request)
{
    assert_int_equal(request->caller->status, VIA_DENIED);
    wss_answer(asked, 401, "text/plain", "who are you?", 12);
    world->exchange = NULL;
}

static void the_body_of_a_stranger_is_not_looked_at(void **state)
{
    struct wss_world *world = *state;
    static const char octets[] = "POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd";
    world->requested = answer_401;
    struct tls_client *client = start_as(world, NULL, octets, sizeof octets - 1, NULL, 1);
    wss_turn_until(world, client_is_done);
    says(tls_client_heard(client), "HTTP/1.1 401 Unauthorized\r\n");
    says(tls_client_heard(client), "connection: close\r\n");
    assert_int_equal(world->body_size, 0);
    tls_client_destroy(client);
}

static void the_body_of_a_token_is(void **state)
{
    struct wss_world *world = *state;
    static const char octets[] = "POST /rpc HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\n"
                                 "Content-Length: 4\r\n\r\nabcd";
    world->requested = answer_with_what_was_asked;
    struct tls_client *client = start_as(world, NULL, octets, sizeof octets - 1, "|.", 1);
    wss_turn_until(world, client_is_done);
    says(tls_client_heard(client), "POST|/rpc||||Bearer x||4|.");
    assert_int_equal(world->caller_status, VIA_DENIED);
    tls_client_destroy(client);
}

static void a_bad_certificate_comes_with_its_fault(void **state)
{
    static const char *const names[] = {"client-expired", "client-strange", "client-revoked",
                                        "client-future", "server"};
    static const char *const faults[] = {"expired", "was not issued", "revoked", "not valid before",
                                         "may not be used by a client"};
    struct wss_world *world = *state;
    static const char octets[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    world->requested = answer_with_what_was_asked;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct tls_client *client = start_as(world, names[i], octets, sizeof octets - 1, "|.", 1);
        wss_turn_until(world, client_is_done);
        tls_client_destroy(client);
        assert_int_equal(world->caller_status, VIA_BAD_CERTIFICATE);
        assert_string_equal(world->identity, "");
        says(world->fault, faults[i]);
    }
}

/* ---- a body announced ---- */

static void who_asks_first_is_told_to_go_ahead(void **state)
{
    struct wss_world *world = *state;
    static const char octets[] = "POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n"
                                 "Expect: 100-continue\r\n\r\n";
    struct tls_client *client =
        start_as(world, "client", octets, sizeof octets - 1, "HTTP/1.1 100 Continue\r\n\r\n", 1);
    wss_turn_until(world, client_is_done);
    assert_int_equal(world->n_requests, 0);
    tls_client_destroy(client);
}

/* ---- streams ---- */

static void begin_stream(struct wss_world *world, struct wss_exchange *asked,
                         const struct wss_request *request)
{
    (void)world;
    (void)request;
    wss_stream(asked);
}

static const char stream_request[] = "GET /events HTTP/1.1\r\nHost: h\r\n\r\n";

static void events_stream_until_the_end(void **state)
{
    struct wss_world *world = *state;
    world->requested = begin_stream;
    struct tls_client *client =
        start_as(world, "client", stream_request, sizeof stream_request - 1, NULL, 1);
    wss_turn_until(world, request_has_come);
    for (unsigned i = 0; i < 500; i++) {
        char event[64];
        int size = snprintf(event, sizeof event, "id: 5f3a:%u\ndata: %u\n\n", i, i * i);
        assert_int_equal(wss_push(world->exchange, event, (size_t)size, 1u << 20), VIA_OK);
        if (i % 7 == 0)
            assert_int_equal(loop_turn(world->pair.loop, 0, &world->pair.lock), VIA_OK);
    }
    wss_end(world->exchange);
    wss_turn_until(world, client_is_done);
    const char *at = tls_client_heard(client);
    says(at, "content-type: text/event-stream\r\n");
    says_not(at, "content-length");
    for (unsigned i = 0; i < 500; i++) {
        char event[64];
        (void)snprintf(event, sizeof event, "id: 5f3a:%u\ndata: %u\n\n", i, i * i);
        at = strstr(at, event);
        assert_non_null(at);
    }
    assert_true(tls_client_was_ended(client));
    assert_int_equal(world->n_aborted, 0);
    tls_client_destroy(client);
}

static void a_stream_that_is_full_says_so(void **state)
{
    struct wss_world *world = *state;
    world->requested = begin_stream;
    struct tls_client *client =
        start_as(world, "client", stream_request, sizeof stream_request - 1, "last\n\n", 1);
    wss_turn_until(world, request_has_come);
    char event[100] = "data: ";
    memset(event + 6, 'x', sizeof event - 6);
    enum via_status status = VIA_OK;
    unsigned n = 0;
    for (; status == VIA_OK && n < 1000; n++)
        status = wss_push(world->exchange, event, sizeof event, 5000);
    assert_int_equal(status, VIA_BUSY);
    assert_true(n <= 51);
    assert_int_equal(wss_push(world->exchange, event, 5001, 5000), VIA_BUSY);
    /* When it has been read there is room again. */
    while ((status = wss_push(world->exchange, "data: last\n\n", 12, 100)) == VIA_BUSY)
        assert_int_equal(loop_turn(world->pair.loop, 20, &world->pair.lock), VIA_OK);
    assert_int_equal(status, VIA_OK);
    wss_turn_until(world, client_is_done);
    tls_client_destroy(client);
    wss_turn_until(world, exchange_was_aborted);
}

static void an_exchange_ends_with_its_client(void **state)
{
    struct wss_world *world = *state;
    static const char octets[] = "GET /never HTTP/1.1\r\nHost: h\r\n\r\n";
    struct tls_client *client = start_as(world, "client", octets, sizeof octets - 1, NULL, 1);
    wss_turn_until(world, request_has_come);
    tls_client_destroy(client);
    wss_turn_until(world, exchange_was_aborted);
    assert_int_equal(world->n_aborted, 1);
}

static void an_answer_to_nobody_is_no_abortion(void **state)
{
    struct wss_world *world = *state;
    static const char octets[] = "GET /late HTTP/1.1\r\nHost: h\r\n\r\n";
    struct tls_client *client = start_as(world, "client", octets, sizeof octets - 1, NULL, 1);
    wss_turn_until(world, request_has_come);
    tls_client_destroy(client);
    wss_answer(world->exchange, 200, "text/plain", "too late", 8);
    world->exchange = NULL;
    for (int i = 0; i < 20; i++)
        assert_int_equal(loop_turn(world->pair.loop, 5, &world->pair.lock), VIA_OK);
    assert_int_equal(world->n_aborted, 0);
}

static void a_listener_takes_its_exchanges_with_it(void **state)
{
    struct wss_world *world = *state;
    world->requested = begin_stream;
    struct tls_client *client =
        start_as(world, "client", stream_request, sizeof stream_request - 1, NULL, 1);
    wss_turn_until(world, request_has_come);
    world->listener = wss_listener_destroy(world->listener);
    assert_int_equal(world->n_aborted, 1);
    assert_true(tls_client_was_ended(client));
    tls_client_destroy(client);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, wss_make_world, wss_end_world)
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_told_with_its_headers),
        TEST(headers_that_are_not_there_are_empty),
        TEST(a_body_comes_whole),
        TEST(an_empty_body_is_one),
        TEST(a_connection_serves_one_request_after_the_other),
        TEST(an_early_second_request_costs_the_first_no_answer),
        TEST(http_1_0_closes),
        TEST(head_gets_the_headers_alone),
        TEST(a_large_answer_comes_whole),
        TEST(an_answer_may_come_later),
        TEST(a_body_over_its_bound_is_refused),
        TEST(a_body_of_unknown_size_is_refused),
        TEST(sizes_that_are_no_numbers_are_refused),
        TEST(what_is_no_http_is_shown_the_door),
        TEST(headers_without_end_are_refused),
        TEST(an_upgrade_to_something_else_is_refused),
        TEST(octets_that_come_with_an_upgrade_are_taken),
        TEST(what_is_no_greeting_is_not_taken),
        TEST(the_body_of_a_stranger_is_not_looked_at),
        TEST(the_body_of_a_token_is),
        TEST(a_bad_certificate_comes_with_its_fault),
        TEST(who_asks_first_is_told_to_go_ahead),
        TEST(events_stream_until_the_end),
        TEST(a_stream_that_is_full_says_so),
        TEST(an_exchange_ends_with_its_client),
        TEST(an_answer_to_nobody_is_no_abortion),
        TEST(a_listener_takes_its_exchanges_with_it),
    };
    return cmocka_run_group_tests_name("wss_http", tests, wss_make_certificates,
                                       wss_drop_certificates);
}
