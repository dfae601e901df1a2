/*
 * libwebsockets as third_party/ builds it: each of our patches has its test here, which fails
 * without it. One context holds a server and a client; both run in this thread. What goes over the
 * wire is seen at write(2), which the linker wraps.
 */
#include <cmocka.h>
#include <libwebsockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/third_party/issuer.h"

/* The largest lws_write() that Viaduct makes. */
#define MESSAGE_SIZE 65536u
/* Enough of them to fill any socket's buffers. */
#define N_MESSAGES_MAX 1000u

enum { TLS_APPLICATION_DATA = 23 };

static struct issued root, between, server, client, stranger;
static char server_chain[256];

/* ---- what is written ---- */

static size_t n_records; /* of application data */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
ssize_t __real_write(int fd, const void *octets, size_t size);
ssize_t __wrap_write(int fd, const void *octets, size_t size);

ssize_t __wrap_write(int fd, const void *octets, size_t size)
{
    if (size > 5 && ((const unsigned char *)octets)[0] == TLS_APPLICATION_DATA)
        n_records++;
    return __real_write(fd, octets, size);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* ---- a server and a client in one context ---- */

struct pair {
    struct lws_context *context;
    struct lws_vhost *server_vhost;
    struct lws *client, *server; /* NULL until they stand */
    char refusal[512];           /* what the client was told */
    size_t n_received;           /* octets, by the server */
    size_t n_wrong;              /* of these, other than sent */
    unsigned char message[LWS_PRE + MESSAGE_SIZE];
};

/* The octet at place @index of all that the client sends. */
static unsigned char pattern(size_t index)
{
    return (unsigned char)((index * 31) >> 3);
}

static void receive(struct pair *pair, const unsigned char *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        pair->n_wrong += octets[i] != pattern((pair->n_received + i) % MESSAGE_SIZE);
    pair->n_received += size;
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
        receive(pair, in, size);
        break;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {.name = "test", .callback = handle, .rx_buffer_size = 4096, .tx_packet_size = MESSAGE_SIZE},
    {.name = NULL},
};

struct server_options {
    const char *cert_path, *key_path, *ca_path;
    uint64_t verify; /* LWS_SERVER_OPTION_... */
};

static void pair_open(struct pair *pair, const struct server_options *options)
{
    memset(pair, 0, sizeof *pair);
    struct lws_context_creation_info info = {0};
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.user = pair;
    pair->context = lws_create_context(&info);
    assert_non_null(pair->context);

    struct lws_context_creation_info vhost = {0};
    vhost.vhost_name = "localhost";
    vhost.port = 0;
    vhost.iface = "127.0.0.1";
    vhost.protocols = protocols;
    vhost.ssl_cert_filepath = options->cert_path;
    vhost.ssl_private_key_filepath = options->key_path;
    vhost.ssl_ca_filepath = options->ca_path;
    vhost.options = options->verify;
    if (options->cert_path != NULL)
        vhost.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    pair->server_vhost = lws_create_vhost(pair->context, &vhost);
    assert_non_null(pair->server_vhost);
}

static void pair_close(struct pair *pair)
{
    lws_context_destroy(pair->context);
}

/* Connects with a client that trusts @ca and shows @own (NULL: none), until both ends stand or the
 * client is refused. */
static void pair_connect(struct pair *pair, int port, const struct issued *ca, const char *cert,
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
    info.host = "localhost";
    info.port = port;
    info.path = "/";
    info.protocol = "test";
    info.ssl_connection = LCCSCF_USE_SSL;
    (void)lws_client_connect_via_info(&info); /* an error comes by the callback, too */
    while ((pair->client == NULL || pair->server == NULL) && pair->refusal[0] == '\0')
        assert_true(lws_service(pair->context, 0) >= 0);
}

static int port_of(const struct pair *pair)
{
    return lws_get_vhost_listen_port(pair->server_vhost);
}

static struct server_options plain_server(void)
{
    return (struct server_options){.cert_path = server.cert_path, .key_path = server.key_path};
}

/* ---- 0001, 0002 ---- */

static void psa_is_initialised_with_the_context(void **state)
{
    (void)state;
    unsigned char octets[16];
    mbedtls_psa_crypto_free();
    assert_int_equal(psa_generate_random(octets, sizeof octets), PSA_ERROR_BAD_STATE);

    struct pair pair;
    struct server_options options = plain_server();
    pair_open(&pair, &options);
    assert_int_equal(psa_generate_random(octets, sizeof octets), PSA_SUCCESS);
    pair_close(&pair);
}

static void tls_1_3_is_negotiated(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = plain_server();
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, NULL, NULL);
    assert_string_equal(pair.refusal, "");
    assert_int_equal(mbedtls_ssl_get_version_number(lws_tls_mbedtls_ssl(pair.client)),
                     MBEDTLS_SSL_VERSION_TLS1_3);
    assert_int_equal(mbedtls_ssl_get_version_number(lws_tls_mbedtls_ssl(pair.server)),
                     MBEDTLS_SSL_VERSION_TLS1_3);
    pair_close(&pair);
}

/* ---- 0003 ---- */

static void send_message(struct pair *pair, size_t size)
{
    for (size_t i = 0; i < size; i++)
        pair->message[LWS_PRE + i] = pattern(i);
    assert_int_equal(lws_write(pair->client, pair->message + LWS_PRE, size, LWS_WRITE_BINARY),
                     size);
}

static void a_large_write_takes_few_records_and_is_not_partial(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = plain_server();
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, NULL, NULL);
    assert_non_null(pair.client);

    n_records = 0;
    send_message(&pair, MESSAGE_SIZE);
    assert_in_range(n_records, 1, MESSAGE_SIZE / 8192 + 1);
    assert_int_equal(lws_partial_buffered(pair.client), 0);
    while (pair.n_received < MESSAGE_SIZE)
        assert_true(lws_service(pair.context, 0) >= 0);
    assert_int_equal(pair.n_received, MESSAGE_SIZE);
    assert_int_equal(pair.n_wrong, 0);
    pair_close(&pair);
}

static void a_write_that_fills_the_socket_goes_on_where_it_stopped(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = plain_server();
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, NULL, NULL);
    assert_non_null(pair.client);

    size_t n_messages = 0;
    do { /* nobody reads meanwhile */
        send_message(&pair, MESSAGE_SIZE);
        n_messages++;
    } while (!lws_partial_buffered(pair.client) && n_messages < N_MESSAGES_MAX);
    assert_true(lws_partial_buffered(pair.client));

    while (pair.n_received < n_messages * MESSAGE_SIZE)
        assert_true(lws_service(pair.context, 0) >= 0);
    assert_int_equal(pair.n_received, n_messages * MESSAGE_SIZE);
    assert_int_equal(pair.n_wrong, 0);
    pair_close(&pair);
}

/* ---- 0004, 0006 ---- */

static struct server_options asking_server(void)
{
    struct server_options options = plain_server();
    options.ca_path = root.cert_path;
    options.verify = LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT |
                     LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED;
    return options;
}

static void assert_peer_is(struct lws *wsi, unsigned depth, const struct issued *expected)
{
    unsigned char der[sizeof expected->der];
    assert_int_equal(lws_tls_peer_cert_der(wsi, depth, der, sizeof der), expected->der_size);
    assert_memory_equal(der, expected->der, expected->der_size);
}

static void a_client_without_certificate_is_let_in_where_it_may(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = asking_server();
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, NULL, NULL);
    assert_string_equal(pair.refusal, "");
    unsigned char der[sizeof client.der];
    assert_int_equal(lws_tls_peer_cert_der(pair.server, 0, der, sizeof der), 0);
    pair_close(&pair);
}

static void a_certificate_nobody_trusts_is_let_in_and_can_be_had(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = asking_server();
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, stranger.cert_path, &stranger);
    assert_string_equal(pair.refusal, "");
    assert_peer_is(pair.server, 0, &stranger);
    unsigned char der[sizeof stranger.der];
    assert_int_equal(lws_tls_peer_cert_der(pair.server, 1, der, sizeof der), 0);
    assert_int_equal(lws_tls_peer_cert_der(pair.server, 0, der, stranger.der_size - 1), -1);
    pair_close(&pair);
}

static void the_whole_chain_of_a_client_can_be_had(void **state)
{
    (void)state;
    char chain[256];
    issuer_write_chain(chain, "client-chain", &client, &between);
    struct pair pair;
    struct server_options options = asking_server();
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, chain, &client);
    assert_string_equal(pair.refusal, "");
    assert_peer_is(pair.server, 0, &client);
    assert_peer_is(pair.server, 1, &between);
    assert_peer_is(pair.client, 0, &server);
    pair_close(&pair);
}

static void a_client_without_certificate_is_refused_where_it_is_required(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = asking_server();
    options.verify = LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, NULL, NULL);
    assert_null(pair.server);
    assert_string_not_equal(pair.refusal, "");
    pair_close(&pair);
}

/* ---- 0005 ---- */

static void a_server_sends_its_whole_chain(void **state)
{
    (void)state;
    struct issued leaf;
    issuer_make(&leaf, "leaf", ISSUED_AS_PEER, &between);
    issuer_write_chain(server_chain, "server-chain", &leaf, &between);
    struct pair pair;
    struct server_options options = {.cert_path = server_chain, .key_path = leaf.key_path};
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, NULL, NULL);
    assert_string_equal(pair.refusal, "");
    assert_peer_is(pair.client, 1, &between);
    pair_close(&pair);
}

static void a_server_trusts_every_ca_of_its_file(void **state)
{
    (void)state;
    char bundle[256];
    issuer_write_chain(bundle, "bundle", &stranger, &root);
    struct pair pair;
    struct server_options options = asking_server();
    options.ca_path = bundle;
    options.verify = LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
    pair_open(&pair, &options);
    struct issued direct;
    issuer_make(&direct, "direct", ISSUED_AS_PEER, &root);
    pair_connect(&pair, port_of(&pair), &root, direct.cert_path, &direct);
    assert_string_equal(pair.refusal, "");
    pair_close(&pair);
}

/* ---- 0007 ---- */

static void a_client_is_told_what_it_distrusts(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = plain_server();
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &stranger, NULL, NULL);
    assert_string_equal(pair.refusal, "server certificate refused: "
                                      "The certificate is not correctly signed by the trusted CA");
    pair_close(&pair);
}

static void a_client_is_told_that_a_server_speaks_no_tls(void **state)
{
    (void)state;
    struct pair pair;
    struct server_options options = {0}; /* no certificate: plain WebSockets */
    pair_open(&pair, &options);
    pair_connect(&pair, port_of(&pair), &root, NULL, NULL);
    assert_memory_equal(pair.refusal, "TLS handshake failed: ", 22);
    pair_close(&pair);
}

static int set_up(void **state)
{
    (void)state;
    lws_set_log_level(LLL_ERR, NULL);
    issuer_make(&root, "root", ISSUED_AS_CA, NULL);
    issuer_make(&between, "between", ISSUED_AS_CA, &root);
    issuer_make(&server, "server", ISSUED_AS_PEER, &root);
    issuer_make(&client, "client", ISSUED_AS_PEER, &between);
    issuer_make(&stranger, "stranger", ISSUED_AS_CA, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    issuer_clean();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(psa_is_initialised_with_the_context),
        cmocka_unit_test(tls_1_3_is_negotiated),
        cmocka_unit_test(a_large_write_takes_few_records_and_is_not_partial),
        cmocka_unit_test(a_write_that_fills_the_socket_goes_on_where_it_stopped),
        cmocka_unit_test(a_client_without_certificate_is_let_in_where_it_may),
        cmocka_unit_test(a_certificate_nobody_trusts_is_let_in_and_can_be_had),
        cmocka_unit_test(the_whole_chain_of_a_client_can_be_had),
        cmocka_unit_test(a_client_without_certificate_is_refused_where_it_is_required),
        cmocka_unit_test(a_server_sends_its_whole_chain),
        cmocka_unit_test(a_server_trusts_every_ca_of_its_file),
        cmocka_unit_test(a_client_is_told_what_it_distrusts),
        cmocka_unit_test(a_client_is_told_that_a_server_speaks_no_tls),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
