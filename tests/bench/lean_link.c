/*
 * Lean links. All that is ready is read at once into one buffer that they share, decrypted behind
 * what was left of the last frame, and handed up without WebSocket's headers. What is written waits
 * for the socket: it is little, and gateways always read.
 *
 * Its masks are zeros. They are to protect proxies from what programs in browsers make up.
 */
#include "tests/bench/lean_link.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/ssl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/ws_frame.h"

#define WIRE_SIZE 262144u     /* octets read from a socket at once */
#define CLEAR_SIZE 1048576u   /* a frame that is not whole, and what comes behind it */
#define SERVER_HEADER_MAX 10u /* of WebSocket, unmasked */
#define PONG ((enum ws_opcode)10)
#define SOURCES_MAX 8u /* addresses of ours to connect from when their ports run out */

struct lean_links {
    struct loop *loop; /* borrowed */
    mbedtls_ssl_config config;
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    uint8_t *wire, *clear; /* owned: used within one event only */
    size_t wire_at, wire_size;
};

enum stage_of_link { LEAN_SHAKING, LEAN_UPGRADING, LEAN_OPEN, LEAN_OVER };

struct lean_link {
    struct link link;
    struct lean_links *links; /* borrowed */
    struct loop_source source;
    struct loop_task task; /* tells that it is over */
    mbedtls_ssl_context tls;
    enum stage_of_link stage;
    enum via_status why;
    bool *gonep;   /* set when the owner destroys it in an event */
    uint8_t *rest; /* owned: octets of a frame that is not whole, then of a header that is not */
    size_t rest_size, rest_header;
    uint64_t payload_left; /* of the message that is coming */
    unsigned n_messages;
    char upgrade[512], answer[1024];
    size_t n_answer;
};

static const struct link_ops ops;

static struct lean_link *of_link(struct link *link)
{
    return (struct lean_link *)link;
}

/* ---- what they share ---- */

static int make_random(void *user, unsigned char *octets, size_t size)
{
    (void)user;
    return getrandom(octets, size, 0) == (ssize_t)size ? 0 : -1;
}

struct lean_links *lean_links_create(struct loop *loop, const char *cert, const char *key)
{
    struct lean_links *links = calloc(1, sizeof *links);
    if (links == NULL)
        return NULL;
    links->loop = loop;
    links->wire = malloc(WIRE_SIZE);
    links->clear = malloc(CLEAR_SIZE);
    mbedtls_ssl_config_init(&links->config);
    mbedtls_x509_crt_init(&links->cert);
    mbedtls_pk_init(&links->key);
    if (links->wire == NULL || links->clear == NULL || psa_crypto_init() != PSA_SUCCESS ||
        mbedtls_ssl_config_defaults(&links->config, MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) != 0)
        return lean_links_destroy(links);
    mbedtls_ssl_conf_rng(&links->config, make_random, NULL);
    mbedtls_ssl_conf_authmode(&links->config, MBEDTLS_SSL_VERIFY_NONE); /* the server is our own */
    if (cert != NULL && (mbedtls_x509_crt_parse_file(&links->cert, cert) != 0 ||
                         mbedtls_pk_parse_keyfile(&links->key, key, NULL, make_random, NULL) != 0 ||
                         mbedtls_ssl_conf_own_cert(&links->config, &links->cert, &links->key) != 0))
        return lean_links_destroy(links);
    return links;
}

struct lean_links *lean_links_destroy(struct lean_links *links)
{
    if (links == NULL)
        return NULL;
    mbedtls_ssl_config_free(&links->config);
    mbedtls_x509_crt_free(&links->cert);
    mbedtls_pk_free(&links->key);
    free(links->wire);
    free(links->clear);
    free(links);
    return NULL;
}

/* ---- octets for TLS ---- */

static int take_wire(void *user, unsigned char *octets, size_t size)
{
    struct lean_link *self = user;
    struct lean_links *links = self->links;
    if (links->wire_at == links->wire_size) {
        ssize_t n = recv(self->source.fd, links->wire, WIRE_SIZE, 0);
        links->wire_at = links->wire_size = 0;
        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? MBEDTLS_ERR_SSL_WANT_READ : -1;
        links->wire_size = (size_t)n;
    }
    size_t left = links->wire_size - links->wire_at;
    size_t n = size < left ? size : left;
    memcpy(octets, links->wire + links->wire_at, n);
    links->wire_at += n;
    return (int)n;
}

static int give_wire(void *user, const unsigned char *octets, size_t size)
{
    struct lean_link *self = user;
    for (;;) {
        ssize_t n = send(self->source.fd, octets, size, MSG_NOSIGNAL);
        if (n >= 0)
            return (int)n;
        if (errno != EAGAIN && errno != EINTR)
            return -1;
        struct pollfd room = {.fd = self->source.fd, .events = POLLOUT};
        (void)poll(&room, 1, -1);
    }
}

static void fail(struct lean_link *self, enum via_status why)
{
    if (self->stage == LEAN_OVER)
        return;
    self->stage = LEAN_OVER;
    self->why = why;
    loop_remove(self->links->loop, &self->source);
    loop_defer(self->links->loop, &self->task);
}

static void tell_over(struct loop_task *task)
{
    struct lean_link *self = (struct lean_link *)((char *)task - offsetof(struct lean_link, task));
    self->link.events->closed(self->link.user, self->why, "a lean link is over");
}

/* ---- writing ---- */

static void write_octets(struct lean_link *self, const uint8_t *octets, size_t size)
{
    while (size > 0 && self->stage != LEAN_OVER) {
        int n = mbedtls_ssl_write(&self->tls, octets, size);
        if (n <= 0) {
            fail(self, VIA_IO);
            return;
        }
        octets += n;
        size -= (size_t)n;
    }
}

static void write_message(struct lean_link *self, enum ws_opcode opcode, const uint8_t *octets,
                          size_t size)
{
    static const uint8_t mask[4];
    uint8_t header[WS_HEADER_MAX + LEAN_MESSAGE_MAX];
    size_t n = ws_frame_header(header, opcode, true, size, mask);
    if (size <= LEAN_MESSAGE_MAX) {
        memcpy(header + n, octets, size);
        write_octets(self, header, n + size);
        return;
    }
    write_octets(self, header, n);
    write_octets(self, octets, size);
}

static void lean_link_flush(struct link *link)
{
    struct lean_link *self = of_link(link);
    struct outbox_block *head;
    while (self->stage == LEAN_OPEN && link->outbox != NULL &&
           (head = outbox_head(link->outbox)) != NULL) {
        size_t size = head->size - head->done;
        write_message(self, WS_BINARY, head->octets + head->done, size);
        outbox_wrote(link->outbox, size);
    }
}

void lean_link_send(struct link *link, bool text, const void *octets, size_t size)
{
    struct lean_link *self = of_link(link);
    if (self->stage == LEAN_OPEN)
        write_message(self, text ? WS_TEXT : WS_BINARY, octets, size);
}

unsigned lean_link_take_messages(struct link *link)
{
    struct lean_link *self = of_link(link);
    unsigned n = self->n_messages;
    self->n_messages = 0;
    return n;
}

/* ---- reading ---- */

/* The size of the WebSocket header at @octets, and of its payload; 0 when it is not whole. */
static size_t read_header(const uint8_t *octets, size_t size, uint64_t *payloadp)
{
    if (size < 2)
        return 0;
    size_t n = (octets[1] & 0x7f) == 126 ? 4 : (octets[1] & 0x7f) == 127 ? 10 : 2;
    if (size < n)
        return 0;
    *payloadp = octets[1] & 0x7f;
    if (n > 2) {
        *payloadp = 0;
        for (size_t i = 2; i < n; i++)
            *payloadp = *payloadp << 8 | octets[i];
    }
    return n;
}

/* Takes the headers out of @size octets from @at of the clear buffer on; returns where the payload
 * ends, and how many octets of an unfinished header stand behind that. */
static size_t strip(struct lean_link *self, size_t at, size_t size, size_t *headerp)
{
    uint8_t *clear = self->links->clear;
    size_t to = at, end = at + size;
    while (at < end) {
        if (self->payload_left == 0) {
            size_t n = read_header(clear + at, end - at, &self->payload_left);
            if (n == 0)
                break;
            if ((clear[at] & 0x0f) == WS_PING) /* libwebsockets' are empty */
                write_message(self, PONG, clear, 0);
            at += n;
            continue;
        }
        size_t n = end - at < self->payload_left ? end - at : (size_t)self->payload_left;
        memmove(clear + to, clear + at, n);
        self->payload_left -= n;
        self->n_messages += self->payload_left == 0;
        at += n;
        to += n;
    }
    memmove(clear + to, clear + at, end - at);
    *headerp = end - at;
    return to;
}

static bool keep_rest(struct lean_link *self, const uint8_t *octets, size_t size, size_t header)
{
    free(self->rest);
    self->rest = NULL;
    self->rest_size = size;
    self->rest_header = header;
    if (size + header == 0)
        return true;
    self->rest = malloc(size + header);
    if (self->rest != NULL)
        memcpy(self->rest, octets, size + header);
    return self->rest != NULL;
}

/* Hands up what stands in the clear buffer: a rest, and @size octets as they came. */
static bool hand_up(struct lean_link *self, size_t size)
{
    size_t header, used = 0;
    size_t from = self->rest_size;
    size_t end = strip(self, from, self->rest_header + size, &header);
    bool gone = false;
    /* cppcheck-suppress autoVariables ; taken back before this returns, or self is gone */
    self->gonep = &gone;
    enum via_status status =
        self->link.events->received(self->link.user, self->links->clear, end, &used);
    if (gone)
        return false;
    self->gonep = NULL;
    if (status != VIA_OK || !keep_rest(self, self->links->clear + used, end - used, header))
        fail(self, status != VIA_OK ? status : VIA_NO_MEMORY);
    return self->stage == LEAN_OPEN;
}

/* The end of the answer's head, which may come in parts; what comes behind it is no part of it. */
static void read_upgrade(struct lean_link *self)
{
    while (self->n_answer + 1 < sizeof self->answer) {
        char *at = self->answer + self->n_answer;
        int n = mbedtls_ssl_read(&self->tls, (unsigned char *)at, 1);
        if (n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
            continue;
        if (n == MBEDTLS_ERR_SSL_WANT_READ)
            return;
        if (n <= 0)
            break;
        self->n_answer++;
        if (self->n_answer >= 4 && memcmp(at - 3, "\r\n\r\n", 4) == 0)
            break;
    }
    if (self->n_answer < 12 || memcmp(self->answer, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "bench: no upgrade: \"%s\"\n", self->answer);
        fail(self, VIA_IO);
        return;
    }
    self->stage = LEAN_OPEN;
    self->link.events->opened(self->link.user);
}

static void read_all(struct lean_link *self)
{
    struct lean_links *links = self->links;
    size_t size = 0;
    for (;;) {
        size_t from = self->rest_size + self->rest_header;
        if (size == 0 && from > 0)
            memcpy(links->clear, self->rest, from);
        int n = mbedtls_ssl_read(&self->tls, links->clear + from + size, CLEAR_SIZE - from - size);
        if (n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
            continue;
        if (n > 0)
            size += (size_t)n;
        bool full = CLEAR_SIZE - from - size < CLEAR_SIZE / 2;
        if (n > 0 && !full)
            continue;
        if (size > 0 && !hand_up(self, size))
            return;
        size = 0;
        if (n > 0)
            continue;
        if (n != MBEDTLS_ERR_SSL_WANT_READ)
            fail(self, n == 0 ? VIA_OK : VIA_IO);
        return;
    }
}

static void shake_hands(struct lean_link *self)
{
    int n = mbedtls_ssl_handshake(&self->tls);
    if (n == MBEDTLS_ERR_SSL_WANT_READ)
        return;
    if (n != 0) {
        fprintf(stderr, "bench: handshake: -0x%x\n", (unsigned)-n);
        fail(self, VIA_IO);
        return;
    }
    self->stage = LEAN_UPGRADING;
    write_octets(self, (const uint8_t *)self->upgrade, strlen(self->upgrade));
}

void lean_link_pause(struct link *link, bool paused)
{
    struct lean_link *self = of_link(link);
    if (self->stage == LEAN_OVER)
        return;
    if (loop_change(self->links->loop, &self->source, paused ? 0 : (uint32_t)EPOLLIN) != VIA_OK)
        fail(self, VIA_IO);
}

static void ready(struct loop_source *source, uint32_t events)
{
    struct lean_link *self =
        (struct lean_link *)((char *)source - offsetof(struct lean_link, source));
    if (events & EPOLLOUT) /* the first of all: it begins */
        lean_link_pause(&self->link, false);
    self->links->wire_at = self->links->wire_size = 0;
    if (self->stage == LEAN_SHAKING)
        shake_hands(self);
    if (self->stage == LEAN_UPGRADING)
        read_upgrade(self);
    if (self->stage == LEAN_OPEN)
        read_all(self);
}

/* ---- beginning and end ---- */

static void lean_link_close(struct link *link)
{
    fail(of_link(link), VIA_OK);
}

static struct link *lean_link_destroy(struct link *link)
{
    struct lean_link *self = of_link(link);
    if (self->gonep != NULL)
        *self->gonep = true;
    if (self->stage != LEAN_OVER)
        loop_remove(self->links->loop, &self->source);
    loop_undefer(self->links->loop, &self->task);
    (void)close(self->source.fd);
    mbedtls_ssl_free(&self->tls);
    free(self->rest);
    free(self);
    return NULL;
}

/* From 127.0.0.@source: each has ports of its own. */
static int connect_from(unsigned source, unsigned port)
{
    const struct sockaddr_in ours = {.sin_family = AF_INET,
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + source)};
    const struct sockaddr_in theirs = {.sin_family = AF_INET,
                                       .sin_port = htons((uint16_t)port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one) != 0 ||
        bind(fd, (const struct sockaddr *)(const void *)&ours, sizeof ours) != 0 ||
        connect(fd, (const struct sockaddr *)(const void *)&theirs, sizeof theirs) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        int number = errno;
        (void)close(fd);
        errno = number;
        return -1;
    }
    return fd;
}

static int connect_to(unsigned port)
{
    int fd = connect_from(1, port);
    for (unsigned source = 2; fd < 0 && errno == EADDRNOTAVAIL && source <= SOURCES_MAX; source++)
        fd = connect_from(source, port);
    return fd;
}

enum via_status lean_link_connect(struct link **linkp, struct lean_links *links,
                                  const char *gateway, const char *subprotocol,
                                  struct outbox *outbox, const struct link_events *events,
                                  void *user)
{
    static const char prefix[] = "wss://localhost:";
    if (strncmp(gateway, prefix, sizeof prefix - 1) != 0)
        return VIA_INVALID;
    struct lean_link *self = calloc(1, sizeof *self);
    if (self == NULL)
        return VIA_NO_MEMORY;
    unsigned port = (unsigned)strtoul(gateway + sizeof prefix - 1, NULL, 10);
    self->link = (struct link){.ops = &ops, .events = events, .user = user, .outbox = outbox};
    self->links = links;
    self->task.run = tell_over;
    self->source =
        (struct loop_source){.fd = connect_to(port), .events = EPOLLIN | EPOLLOUT, .ready = ready};
    (void)snprintf(self->upgrade, sizeof self->upgrade,
                   "GET / HTTP/1.1\r\nHost: localhost:%u\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
                   port, subprotocol);
    mbedtls_ssl_init(&self->tls);
    if (self->source.fd < 0 || mbedtls_ssl_setup(&self->tls, &links->config) != 0 ||
        mbedtls_ssl_set_hostname(&self->tls, "localhost") != 0 ||
        loop_add(links->loop, &self->source) != VIA_OK) {
        mbedtls_ssl_free(&self->tls);
        if (self->source.fd >= 0)
            (void)close(self->source.fd);
        free(self);
        return VIA_NO_MEMORY;
    }
    mbedtls_ssl_set_bio(&self->tls, self, give_wire, take_wire, NULL);
    *linkp = &self->link;
    return VIA_OK;
}

static const struct link_ops ops = {
    .name = "lean",
    .flush = lean_link_flush,
    .close = lean_link_close,
    .destroy = lean_link_destroy,
};
