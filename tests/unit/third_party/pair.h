/*
 * A server and a client of libwebsockets in one context, both run in the caller's thread. Nothing
 * here depends on the TLS library below.
 */
#pragma once

#include <libwebsockets.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/third_party/issuer.h"

/* The largest lws_write() that Viaduct makes. */
#define PAIR_MESSAGE_SIZE 65536u
/* What both read into, and the buffer that each connection has for itself. */
#define PAIR_READ_SIZE 16384u
#define PAIR_OWN_SIZE 1024u

/* Who plays in these tests. */
struct cast {
    struct issued root, between; /* authorities, the second signed by the first */
    struct issued server;        /* signed by root */
    struct issued client;        /* signed by between */
    struct issued stranger;      /* signed by itself */
};

struct pair {
    struct lws_context *context;
    struct lws_vhost *server_vhost;
    struct lws *client, *server; /* NULL until they stand */
    char refusal[512];           /* what the client was told */
    size_t n_received;           /* octets, by either */
    size_t n_reads;              /* in so many pieces */
    size_t n_wrong;              /* of these, other than sent */
    const char *host;            /* whom the client takes the server for; "localhost" */
    int client_flags;            /* LCCSCF_..., with LCCSCF_USE_SSL */
    unsigned char message[LWS_PRE + PAIR_MESSAGE_SIZE];
};

/* What the server shows, trusts and asks for. Without a certificate it speaks no TLS. */
struct pair_server {
    const char *cert_path, *key_path, *ca_path;
    uint64_t verify; /* LWS_SERVER_OPTION_... */
};

void cast_make(struct cast *cast);

void pair_open(struct pair *pair, const struct pair_server *server);
void pair_close(struct pair *pair);

/* Connects a client that trusts @ca and shows what is in @cert (NULL: nothing) with the key of
 * @own, until both ends stand or the client is refused. */
void pair_connect(struct pair *pair, const struct issued *ca, const char *cert,
                  const struct issued *own);

/* One message of full size from the client, in one lws_write(), which must take all of it. */
void pair_send(struct pair *pair);

/* The same from the server. */
void pair_answer(struct pair *pair);

/* Runs both until the other one has received @size octets, each of them right. */
void pair_await(struct pair *pair, size_t size);
