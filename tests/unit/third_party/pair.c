/*
 * A server and a client of libwebsockets in one context. What the client sends is a pattern, so
 * that the server knows each octet that must come.
 */
#include "tests/unit/third_party/pair.h"

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

void cast_make(struct cast *cast)
{
    lws_set_log_level(LLL_ERR, NULL);
    issuer_make(&cast->root, "root", ISSUED_AS_CA, NULL);
    issuer_make(&cast->between, "between", ISSUED_AS_CA, &cast->root);
    issuer_make(&cast->server, "server", ISSUED_AS_PEER, &cast->root);
    issuer_make(&cast->client, "client", ISSUED_AS_PEER, &cast->between);
    issuer_make(&cast->stranger, "stranger", ISSUED_AS_CA, NULL);
}

/* The octet at place @index of a message. */
static unsigned char pattern(size_t index)
{
    return (unsigned char)((index * 31) >> 3);
}

static void receive(struct pair *pair, const unsigned char *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        pair->n_wrong += octets[i] != pattern((pair->n_received + i) % PAIR_MESSAGE_SIZE);
    pair->n_received += size;
    pair->n_reads++;
}

static int handle(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t size)
{
    (void)user;
    struct pair *pair = lws_context_user(lws_get_context(wsi));
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED:
        pair->server = wsi;
        break;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        pair->client = wsi;
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        (void)snprintf(pair->refusal, sizeof pair->refusal, "%.*s", (int)size,
                       in != NULL ? (const char *)in : "");
        if (pair->refusal[0] == '\0')
            (void)snprintf(pair->refusal, sizeof pair->refusal, "(no words)");
        break;
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_CLIENT_RECEIVE:
        receive(pair, in, size);
        break;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {.name = "test",
     .callback = handle,
     .rx_buffer_size = PAIR_OWN_SIZE,
     .tx_packet_size = PAIR_MESSAGE_SIZE},
    {.name = NULL},
};

void pair_open(struct pair *pair, const struct pair_server *server)
{
    memset(pair, 0, sizeof *pair);
    pair->host = "localhost";
    struct lws_context_creation_info info = {0};
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.user = pair;
    info.pt_serv_buf_size = PAIR_READ_SIZE;
    pair->context = lws_create_context(&info);
    assert_non_null(pair->context);

    struct lws_context_creation_info vhost = {0};
    vhost.vhost_name = "localhost";
    vhost.port = 0;
    vhost.iface = "127.0.0.1";
    vhost.protocols = protocols;
    vhost.ssl_cert_filepath = server->cert_path;
    vhost.ssl_private_key_filepath = server->key_path;
    vhost.ssl_ca_filepath = server->ca_path;
    vhost.options = server->verify;
    if (server->cert_path != NULL)
        vhost.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    pair->server_vhost = lws_create_vhost(pair->context, &vhost);
    assert_non_null(pair->server_vhost);
}

void pair_close(struct pair *pair)
{
    lws_context_destroy(pair->context);
}

void pair_connect(struct pair *pair, const struct issued *ca, const char *cert,
                  const struct issued *own)
{
    struct lws_context_creation_info vhost = {0};
    vhost.vhost_name = "client";
    vhost.port = CONTEXT_PORT_NO_LISTEN;
    vhost.protocols = protocols;
    vhost.client_ssl_ca_filepath = ca->cert_path;
    vhost.client_ssl_cert_filepath = own != NULL ? cert : NULL;
    vhost.client_ssl_private_key_filepath = own != NULL ? own->key_path : NULL;
    vhost.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    struct lws_vhost *client_vhost = lws_create_vhost(pair->context, &vhost);
    assert_non_null(client_vhost);

    struct lws_client_connect_info info = {0};
    info.context = pair->context;
    info.vhost = client_vhost;
    info.address = "127.0.0.1";
    info.host = pair->host;
    info.port = lws_get_vhost_listen_port(pair->server_vhost);
    info.path = "/";
    info.protocol = "test";
    info.ssl_connection = LCCSCF_USE_SSL | pair->client_flags;
    (void)lws_client_connect_via_info(&info); /* an error comes by the callback, too */
    while ((pair->client == NULL || pair->server == NULL) && pair->refusal[0] == '\0')
        assert_true(lws_service(pair->context, 0) >= 0);
}

static void send_message(struct pair *pair, struct lws *from)
{
    for (size_t i = 0; i < PAIR_MESSAGE_SIZE; i++)
        pair->message[LWS_PRE + i] = pattern(i);
    assert_int_equal(lws_write(from, pair->message + LWS_PRE, PAIR_MESSAGE_SIZE, LWS_WRITE_BINARY),
                     PAIR_MESSAGE_SIZE);
}

void pair_send(struct pair *pair)
{
    send_message(pair, pair->client);
}

void pair_answer(struct pair *pair)
{
    send_message(pair, pair->server);
}

void pair_await(struct pair *pair, size_t size)
{
    while (pair->n_received < size)
        assert_true(lws_service(pair->context, 0) >= 0);
    assert_int_equal(pair->n_received, size);
    assert_int_equal(pair->n_wrong, 0);
}
