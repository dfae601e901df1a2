/*
 * One libwebsockets context as a guest of our loop. For the files of the WebSocket transport
 * alone; what others may use is in bridge/wss_context.h.
 */
#pragma once

#include <libwebsockets.h>

#include "bridge/tls_verify.h"
#include "bridge/wss_context.h"

struct wss_source;

struct wss_engine {
    struct loop *loop;           /* borrowed */
    struct lws_context *lws;     /* owned; NULL while closed */
    struct wss_source **sources; /* owned, by descriptor */
    size_t n_sources;
    bool shakes;               /* what it is given begins with a handshake, which is slow */
    uint64_t n_shaken;         /* handshakes it was given so far */
    struct wss_source *chosen; /* whose handshake goes on after this turn of the loop; or NULL */
    uint32_t chosen_events;
    uint8_t *scratch;         /* owned: what a link writes that is not written in place */
    uint8_t *spare;           /* owned: an inbox of LINK_READ_SIZE that no link needs; or NULL */
    uint8_t random[256];      /* for masks */
    size_t n_random;          /* octets of it not used yet */
    uint32_t silence_ms;      /* what wss_set_socket() is told */
    uint32_t connect_ms;      /* how long a client may take until its upgrade is done */
    struct wss_source *awake; /* those whose TLS has buffers, as far as we know */
    struct loop_timer rest;   /* until they are looked through for idle ones */
    struct loop_task task;    /* after anything was done to libwebsockets: its timers */
    struct loop_timer timer;  /* when it wants to be called next */
    unsigned n_users;         /* connections and links that are on it */
    struct loop_task *idle;   /* borrowed: deferred when the last of them goes; or NULL */
};

/* @fd_limit: 0 for as many descriptors as the process may have. */
VIA_MUST_USE enum via_status wss_engine_open(struct wss_engine *engine, struct loop *loop,
                                             unsigned fd_limit);
void wss_engine_close(struct wss_engine *engine);
bool wss_engine_is_open(const struct wss_engine *engine);

/* Whoever points to it and may outlive a renewal of its listener's certificate. */
void wss_engine_hold(struct wss_engine *engine);
void wss_engine_let_go(struct wss_engine *engine);

/* Has libwebsockets looked after before the loop sleeps again: after every call to it that does
 * not come from itself. */
void wss_engine_touch(struct wss_engine *engine);

/* Something is written on @wsi: it is awake for a while. */
void wss_engine_rouse(struct wss_engine *engine, struct lws *wsi);

/* The handshake on @wsi is over: it is served as soon as it is ready from now on. */
void wss_engine_hurry(struct wss_engine *engine, struct lws *wsi);

/* Takes what the peer of @wsi sent as its chain, and judges it. */
void wss_judge_peer(struct lws *wsi, const struct tls_trust *trust, enum tls_usage usage,
                    const char *name, const char *pin, struct tls_verdict *verdict);

/* What every connection of ours is set to, beyond what libwebsockets sets. The kernel ends one
 * whose octets nobody has acknowledged for @silence_ms, and asks one on which nothing happens. */
void wss_set_socket(int fd, uint32_t silence_ms);
/* That time alone. It also ends one whose other side takes nothing, though it is there. */
void wss_set_user_timeout(int fd, uint32_t ms);

struct loop *wss_context_loop(struct wss_context *context);
/* Whether messages of @subprotocol are text: its name says so. */
bool wss_is_text(const char *subprotocol);
/* What a refused upgrade means, where the answer says no more. */
enum via_status wss_status_from_http(unsigned code);
/* The header in which a listener tells why: the status' number, a blank, words. */
#define WSS_REFUSED_HEADER "viaduct-refused:"
/* The header in which a client's first octets on the link go with its upgrade, in base64, so that
 * they need no way of their own; the answer has it too, with the word, when they were taken. */
#define WSS_GREETING_HEADER "viaduct-greeting:"
#define WSS_GREETING_TAKEN "taken"

/* No TLS below 1.2, AEAD alone. mbedTLS is built that way; OpenSSL has to be told. */
#define WSS_CIPHERS_1_2                                                                            \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                                   \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                                   \
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define WSS_CIPHERS_1_3 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

#if defined(LWS_WITH_MBEDTLS)
#define WSS_TLS_OPTIONS 0
#else
#define WSS_TLS_OPTIONS (SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1)
#endif

/* What makes libwebsockets leave a server's certificate to us. On mbedTLS 'insecure' would not even
 * look at it, and libwebsockets then takes that for a fault. */
#if defined(LWS_WITH_MBEDTLS)
#define WSS_TRUST_ANYONE (LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED)
#else
#define WSS_TRUST_ANYONE (LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE)
#endif

#define WSS_NOTSENT_LOWAT 65536      /* octets the kernel may hold that it has not sent */
#define WSS_READ_SIZE 65536u         /* octets read at once, for all connections of an engine */
#define WSS_CLIENT_READ_SIZE 16384u  /* octets a client is given at once */
#define WSS_SERVER_BUFFER_SIZE 256u  /* octets for control frames, for each connection */
#define WSS_WRITE_SIZE 131072u       /* octets libwebsockets may write at once: all it is given */
#define WSS_TOKEN_MAX 4096u          /* octets of a bearer token */
#define WSS_HEADERS_MAX 8192u        /* octets of a request's headers */
#define WSS_GREETING_MAX 1024u       /* octets that go with an upgrade */
#define WSS_TIMEOUT_SECONDS 5u       /* libwebsockets' own for headers, bodies and closing */
#define WSS_KEEPALIVE_SECONDS 30     /* an idle HTTP connection */
#define WSS_CLIENT_DESCRIPTORS 1024u /* a client engine's */
