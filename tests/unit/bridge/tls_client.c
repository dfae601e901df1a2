/*
 * mbedTLS over a blocking socket. It trusts anybody: what is tested with it is the server.
 */
#include "tests/unit/bridge/tls_client.h"

#include <arpa/inet.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEARD_MAX 65536u /* octets */

struct tls_client {
    pthread_t thread;
    mbedtls_ssl_context tls;
    mbedtls_ssl_config config;
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    mbedtls_net_context net;
    const unsigned char *octets; /* borrowed */
    size_t size;
    const char *until; /* borrowed */
    unsigned n_times;
    char *heard; /* owned */
    size_t n_heard;
    atomic_bool done;
    bool ended, joined;
};

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static int make_random(void *user, unsigned char *octets, size_t size)
{
    (void)user;
    return getrandom(octets, size, 0) == (ssize_t)size ? 0 : -1;
}

static bool has_heard_all(const struct tls_client *client)
{
    unsigned n = 0;
    if (client->until == NULL)
        return false;
    for (const char *at = client->heard; (at = strstr(at, client->until)) != NULL; at++)
        n++;
    return n >= client->n_times;
}

static void say(struct tls_client *client)
{
    size_t at = 0;
    while (at < client->size) {
        int n = mbedtls_ssl_write(&client->tls, client->octets + at, client->size - at);
        if (n <= 0)
            return; /* refused half-way: what was said about it may still be heard */
        at += (size_t)n;
    }
}

static void hear(struct tls_client *client)
{
    while (!has_heard_all(client)) {
        MUST(client->n_heard + 1 < HEARD_MAX);
        int n = mbedtls_ssl_read(&client->tls, (unsigned char *)client->heard + client->n_heard,
                                 HEARD_MAX - 1 - client->n_heard);
        if (n == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET || n == MBEDTLS_ERR_SSL_WANT_READ)
            continue;
        if (n <= 0) {
            client->ended = true;
            return;
        }
        client->n_heard += (size_t)n;
    }
}

static void *run(void *data)
{
    struct tls_client *client = data;
    if (mbedtls_ssl_is_handshake_over(&client->tls) || mbedtls_ssl_handshake(&client->tls) == 0) {
        say(client);
        hear(client);
    } else {
        client->ended = true;
    }
    atomic_store(&client->done, true);
    return NULL;
}

struct tls_client *tls_client_start(uint16_t port, const char *cert, const char *key,
                                    const void *octets, size_t size, const char *until,
                                    unsigned n_times)
{
    struct tls_client *client = calloc(1, sizeof *client);
    MUST(client != NULL && psa_crypto_init() == PSA_SUCCESS);
    client->octets = octets;
    client->size = size;
    client->until = until;
    client->n_times = n_times;
    client->heard = calloc(1, HEARD_MAX);
    MUST(client->heard != NULL);
    mbedtls_ssl_init(&client->tls);
    mbedtls_ssl_config_init(&client->config);
    mbedtls_x509_crt_init(&client->cert);
    mbedtls_pk_init(&client->key);
    MUST(mbedtls_ssl_config_defaults(&client->config, MBEDTLS_SSL_IS_CLIENT,
                                     MBEDTLS_SSL_TRANSPORT_STREAM,
                                     MBEDTLS_SSL_PRESET_DEFAULT) == 0);
    mbedtls_ssl_conf_authmode(&client->config, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_rng(&client->config, make_random, NULL);
    if (cert != NULL) {
        MUST(mbedtls_x509_crt_parse_file(&client->cert, cert) == 0);
        MUST(mbedtls_pk_parse_keyfile(&client->key, key, NULL, make_random, NULL) == 0);
        MUST(mbedtls_ssl_conf_own_cert(&client->config, &client->cert, &client->key) == 0);
    }
    MUST(mbedtls_ssl_setup(&client->tls, &client->config) == 0);

    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    client->net.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    MUST(client->net.fd >= 0);
    MUST(connect(client->net.fd, (const struct sockaddr *)&address, sizeof address) == 0);
    mbedtls_ssl_set_bio(&client->tls, &client->net, mbedtls_net_send, mbedtls_net_recv, NULL);
    MUST(pthread_create(&client->thread, NULL, run, client) == 0);
    return client;
}

static void join(struct tls_client *client)
{
    if (!client->joined)
        MUST(pthread_join(client->thread, NULL) == 0);
    client->joined = true;
}

void tls_client_go_on(struct tls_client *client, const void *octets, size_t size, const char *until,
                      unsigned n_times)
{
    join(client);
    client->octets = octets;
    client->size = size;
    client->until = until;
    client->n_times = n_times;
    client->joined = false;
    atomic_store(&client->done, false);
    MUST(pthread_create(&client->thread, NULL, run, client) == 0);
}

bool tls_client_is_done(struct tls_client *client)
{
    return atomic_load(&client->done);
}

const char *tls_client_heard(struct tls_client *client)
{
    join(client);
    return client->heard;
}

bool tls_client_was_ended(struct tls_client *client)
{
    join(client);
    return client->ended;
}

struct tls_client *tls_client_destroy(struct tls_client *client)
{
    (void)shutdown(client->net.fd, SHUT_RDWR);
    join(client);
    (void)close(client->net.fd);
    mbedtls_ssl_free(&client->tls);
    mbedtls_ssl_config_free(&client->config);
    mbedtls_x509_crt_free(&client->cert);
    mbedtls_pk_free(&client->key);
    free(client->heard);
    free(client);
    return NULL;
}
