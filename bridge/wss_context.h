/*
 * The libwebsockets context of one loop: TLS WebSockets out (wss_link_connect) and in (a listener
 * for the gateway), run as a custom event library inside bridge/loop. It never writes plain text.
 */
#pragma once

#include "bridge/link.h"

struct wss_context;
struct wss_listener;

/* Who may be trusted and who we are; paths to PEM files, borrowed for the call. */
struct wss_identity {
    const char *ca;         /* chain is checked against these; NULL: the system's */
    const char *cert, *key; /* may be NULL for a client */
    const char *crl;        /* may be NULL */
    const char *pin;        /* "sha256/BASE64" of the peer's SubjectPublicKeyInfo, or NULL */
};

VIA_MUST_USE enum via_status wss_context_create(struct wss_context **contextp, struct loop *loop);
struct wss_context *wss_context_destroy(struct wss_context *context);

/* For connections made from now on: the silence after which the kernel gives them up, and how long
 * address, TCP, TLS and upgrade may take together, WSS_CONNECT_MS at most. Both are that at first.
 */
void wss_context_set_patience(struct wss_context *context, uint32_t silence_ms,
                              uint32_t connect_ms);
#define WSS_CONNECT_MS 10000u

/*
 * Connects to wss://host:port/ with @subprotocol, checking chain, dates, usage and name; there is
 * no option to skip a check. Failure comes as the closed event: VIA_NOT_CONNECTED (nobody there),
 * or VIA_BAD_CERTIFICATE with words that say which check failed, whose certificate, and both clocks
 * where dates are the matter. @token: sent as `Authorization: Bearer`, or NULL.
 */
VIA_MUST_USE enum via_status wss_link_connect(struct link **linkp, struct wss_context *context,
                                              const char *url, const struct wss_identity *identity,
                                              const char *token, const char *subprotocol,
                                              struct outbox *outbox,
                                              const struct link_events *events, void *user);

/* Who is at the other end of an accepted connection, after chain, dates, usage and CRL were
 * checked. */
struct wss_caller {
    enum via_status status; /* VIA_OK, VIA_DENIED (no certificate), VIA_BAD_CERTIFICATE */
    const char *identity;   /* SAN (DNS or URI) or CN; "" without certificate */
    const char *fault;      /* what was wrong, in words; "" */
    const char *address;    /* "127.0.0.1:4711" */
    const char *serial;     /* hexadecimal */
    int64_t expires;        /* when the first of its chain ends, in seconds since 1970 */
};

/* A whole HTTP request, for the gateway's http.c; borrowed for the callback. */
struct wss_request {
    const struct wss_caller *caller;
    const char *method, *path, *query; /* query without '?', "" if none */
    const char *origin, *last_event_id, *authorization, *content_type; /* "" if absent */
    const uint8_t *body;
    size_t body_size;
};

/* One HTTP exchange that is to be answered, at once or later; valid until done or aborted. */
struct wss_exchange;

struct wss_listener_ops {
    /* An upgrade asks for @subprotocol, one of the listener's; VIA_OK lets it in. Anything else
     * refuses it with HTTP 401 or 403 (VIA_DENIED, VIA_BAD_CERTIFICATE), 503 (VIA_BUSY,
     * VIA_NO_MEMORY) or 400 and the words put into @words; a client's closed event has both. It
     * only decides: it is asked from within libwebsockets and may call nothing of this file. */
    enum via_status (*admit)(void *user, const struct wss_caller *caller, const char *subprotocol,
                             const char *origin, char *words, size_t words_size);
    /* It stands. The owner fills in link->outbox, events and user (its opened event follows), or
     * refuses with a status: then the link is freed. On a subprotocol of text (its name has
     * ".json.") each `received` is one whole message, used up in any case; and each line in the
     * outbox, ended by a newline that does not travel, is sent as one message. @caller lives as
     * long as the connection: copy what is kept. */
    enum via_status (*accepted)(void *user, struct link *link, const struct wss_caller *caller,
                                const char *subprotocol);
    /* An HTTP request that is no upgrade is there with its body. Answer it with wss_answer() or
     * wss_stream(), at once or later. */
    void (*request)(void *user, struct wss_exchange *exchange, const struct wss_request *request);
    /* @n connections were refused since the last time, for `max_handshakes`; the last of them came
     * from @address. Once a second at most. May be NULL. */
    void (*crowded)(void *user, unsigned n, const char *address, const char *words);
    /* The client went before its answer was done; the exchange is gone after this. */
    void (*aborted)(void *user, struct wss_exchange *exchange);
    /* A connection with a link or an exchange that waits for its answer, the other NULL, has been
     * judged again: its certificate has expired, or wss_listener_judge_again() was asked for. Whom
     * @caller's status, or the owner for its own reasons, no longer lets in is to be closed by the
     * owner. May be NULL. From the loop. */
    void (*judged)(void *user, struct link *link, struct wss_exchange *exchange,
                   const struct wss_caller *caller, const char *origin);
};

/* How many may be under way: from @start on each further one is refused with a chance of @rate
 * percent, which grows evenly to all of them at @full. */
struct wss_startups {
    unsigned start, rate, full;
};

struct wss_listen {
    const char *host; /* address to bind */
    uint16_t port;    /* 0: any */
    struct wss_identity identity;
    const char *const
        *subprotocols;  /* NULL-terminated; each says whether it is text by a name with ".json." */
    size_t message_max; /* octets of one text message or HTTP body */
    struct wss_startups handshakes; /* at once; config `max_handshakes` */
    uint32_t silence_ms;            /* for wss_set_socket(); config `keepalive_ms` + `timeout_ms` */
    unsigned handshake_ms;          /* config `handshake_ms`, 2000 at first */
};

/* VIA_BUSY: the address is taken. *portp: where it listens. @words says what failed; "" if the
 * status says all there is. */
VIA_MUST_USE enum via_status wss_listener_create(struct wss_listener **listenerp,
                                                 struct wss_context *context,
                                                 const struct wss_listen *listen,
                                                 const struct wss_listener_ops *ops, void *user,
                                                 uint16_t *portp, char *words, size_t words_size);
/* The same on @fd, a socket that listens already, in another process too perhaps; taken on VIA_OK
 * only. Host and port of @listen do not count. */
VIA_MUST_USE enum via_status
wss_listener_create_on(struct wss_listener **listenerp, struct wss_context *context,
                       const struct wss_listen *listen, int fd, const struct wss_listener_ops *ops,
                       void *user, uint16_t *portp, char *words, size_t words_size);
/* The socket on which it listens, borrowed; -1 once it has been shut. */
int wss_listener_socket(const struct wss_listener *listener);
/*
 * A new certificate, key, authority and revocation list, and other limits, without dropping
 * anybody: prepare reads and checks all of it and changes nothing; commit puts it in force for who
 * connects from then on, abandon forgets it. Neither host nor port nor subprotocols count.
 */
VIA_MUST_USE enum via_status wss_listener_prepare(struct wss_listener *listener,
                                                  const struct wss_listen *listen, char *words,
                                                  size_t words_size);
/* The same of the authority and the revocation list alone, for a listener that is to be shut. */
VIA_MUST_USE enum via_status wss_listener_prepare_trust(struct wss_listener *listener,
                                                        const struct wss_identity *identity,
                                                        char *words, size_t words_size);
void wss_listener_commit(struct wss_listener *listener);
void wss_listener_abandon(struct wss_listener *listener);
/* Judges all that are connected by what is in force now, a few in each turn. */
void wss_listener_judge_again(struct wss_listener *listener);
/* While @pausing nobody more is accepted: whoever connects waits in the kernel's queue. */
void wss_listener_pause(struct wss_listener *listener, bool pausing);
/* How many are in their handshake. */
unsigned wss_listener_handshakes(const struct wss_listener *listener);
/* Takes no more connections, and keeps those there are. */
void wss_listener_shut(struct wss_listener *listener);
bool wss_listener_is_empty(const struct wss_listener *listener);

/* Closes the link of a WebSocket as link_close() does, with a close code and words of one's own. */
void wss_link_close_as(struct link *link, unsigned code, const char *words);

/* Stops listening and drops all connections. Its links are to be destroyed before; exchanges that
 * are not done are aborted from within. */
struct wss_listener *wss_listener_destroy(struct wss_listener *listener);

/* Answers an exchange whole; content is copied. */
void wss_answer(struct wss_exchange *exchange, unsigned http_status, const char *content_type,
                const void *content, size_t size);
/* Begins a stream of server-sent events; then wss_push() as often as wanted. */
void wss_stream(struct wss_exchange *exchange);
/* VIA_BUSY when more than @queue_max octets would wait, VIA_DEAD when `aborted` is about to come.
 */
VIA_MUST_USE enum via_status wss_push(struct wss_exchange *exchange, const void *content,
                                      size_t size, size_t queue_max);
/* Ends a stream once what waits has been written. The exchange is gone. */
void wss_end(struct wss_exchange *exchange);
void wss_exchange_set_user(struct wss_exchange *exchange, void *user);
void *wss_exchange_user(const struct wss_exchange *exchange);
