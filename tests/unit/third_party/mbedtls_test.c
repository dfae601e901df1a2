/*
 * mbedTLS as third_party/mbedtls configures it: suites, buffers, and threads that share its one
 * table of keys. Client and server of a connection talk through two buffers in memory.
 */
#include <cmocka.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/third_party/issuer.h"

enum { N_THREADS = 4, N_CONNECTIONS = 12, N_EXCHANGES = 50 };

static struct issued root, server;

struct pipe {
    unsigned char octets[65536];
    size_t n_in, n_out;
};

struct end {
    struct pipe *in, *out;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
};

static int send_to_pipe(void *context, const unsigned char *octets, size_t size)
{
    struct pipe *pipe = ((struct end *)context)->out;
    if (pipe->n_out == pipe->n_in)
        pipe->n_out = pipe->n_in = 0;
    if (size > sizeof pipe->octets - pipe->n_in)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    memcpy(pipe->octets + pipe->n_in, octets, size);
    pipe->n_in += size;
    return (int)size;
}

static int receive_from_pipe(void *context, unsigned char *octets, size_t size)
{
    struct pipe *pipe = ((struct end *)context)->in;
    size_t n = pipe->n_in - pipe->n_out;
    if (n == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    if (n > size)
        n = size;
    memcpy(octets, pipe->octets + pipe->n_out, n);
    pipe->n_out += n;
    return (int)n;
}

struct identity {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt ca, cert;
    mbedtls_pk_context key;
};

/* Threads report failure by value: cmocka's assertions belong to the main thread. */
static bool identity_init(struct identity *identity)
{
    mbedtls_entropy_init(&identity->entropy);
    mbedtls_ctr_drbg_init(&identity->random);
    mbedtls_x509_crt_init(&identity->ca);
    mbedtls_x509_crt_init(&identity->cert);
    mbedtls_pk_init(&identity->key);
    return mbedtls_ctr_drbg_seed(&identity->random, mbedtls_entropy_func, &identity->entropy, NULL,
                                 0) == 0 &&
           mbedtls_x509_crt_parse_file(&identity->ca, root.cert_path) == 0 &&
           mbedtls_x509_crt_parse_file(&identity->cert, server.cert_path) == 0 &&
           mbedtls_pk_parse_keyfile(&identity->key, server.key_path, NULL, mbedtls_ctr_drbg_random,
                                    &identity->random) == 0;
}

static void identity_deinit(struct identity *identity)
{
    mbedtls_pk_free(&identity->key);
    mbedtls_x509_crt_free(&identity->cert);
    mbedtls_x509_crt_free(&identity->ca);
    mbedtls_ctr_drbg_free(&identity->random);
    mbedtls_entropy_free(&identity->entropy);
}

static bool end_init_as(struct end *end, int endpoint, mbedtls_ssl_protocol_version version,
                        struct identity *identity, struct pipe *in, struct pipe *out)
{
    end->in = in;
    end->out = out;
    mbedtls_ssl_init(&end->ssl);
    mbedtls_ssl_config_init(&end->config);
    if (mbedtls_ssl_config_defaults(&end->config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
        return false;
    mbedtls_ssl_conf_max_tls_version(&end->config, version);
    mbedtls_ssl_conf_rng(&end->config, mbedtls_ctr_drbg_random, &identity->random);
    mbedtls_ssl_conf_ca_chain(&end->config, &identity->ca, NULL);
    if (endpoint == MBEDTLS_SSL_IS_SERVER &&
        mbedtls_ssl_conf_own_cert(&end->config, &identity->cert, &identity->key) != 0)
        return false;
    if (mbedtls_ssl_setup(&end->ssl, &end->config) != 0)
        return false;
    if (endpoint == MBEDTLS_SSL_IS_CLIENT && mbedtls_ssl_set_hostname(&end->ssl, "localhost") != 0)
        return false;
    mbedtls_ssl_set_bio(&end->ssl, end, send_to_pipe, receive_from_pipe, NULL);
    return true;
}

static bool end_init(struct end *end, int endpoint, struct identity *identity, struct pipe *in,
                     struct pipe *out)
{
    return end_init_as(end, endpoint, MBEDTLS_SSL_VERSION_TLS1_3, identity, in, out);
}

static void end_deinit(struct end *end)
{
    mbedtls_ssl_free(&end->ssl);
    mbedtls_ssl_config_free(&end->config);
}

static bool shake_hands(struct end *client, struct end *acceptor)
{
    while (!mbedtls_ssl_is_handshake_over(&client->ssl) ||
           !mbedtls_ssl_is_handshake_over(&acceptor->ssl)) {
        int from_client = mbedtls_ssl_handshake(&client->ssl);
        int from_acceptor = mbedtls_ssl_handshake(&acceptor->ssl);
        if ((from_client != 0 && from_client != MBEDTLS_ERR_SSL_WANT_READ) ||
            (from_acceptor != 0 && from_acceptor != MBEDTLS_ERR_SSL_WANT_READ))
            return false;
    }
    return true;
}

static bool exchange(struct end *client, struct end *acceptor)
{
    unsigned char octets[64];
    for (int i = 0; i < N_EXCHANGES; i++) {
        memset(octets, i, sizeof octets);
        if (mbedtls_ssl_write(&client->ssl, octets, sizeof octets) != (int)sizeof octets)
            return false;
        memset(octets, 0xff, sizeof octets);
        if (mbedtls_ssl_read(&acceptor->ssl, octets, sizeof octets) != (int)sizeof octets)
            return false;
        if (octets[0] != i || octets[sizeof octets - 1] != i)
            return false;
    }
    return true;
}

static bool connect_once(struct identity *identity)
{
    struct pipe to_server = {.n_in = 0};
    struct pipe to_client = {.n_in = 0};
    struct end client, acceptor;
    bool done = end_init(&client, MBEDTLS_SSL_IS_CLIENT, identity, &to_client, &to_server) &&
                end_init(&acceptor, MBEDTLS_SSL_IS_SERVER, identity, &to_server, &to_client) &&
                shake_hands(&client, &acceptor) &&
                mbedtls_ssl_get_version_number(&client.ssl) == MBEDTLS_SSL_VERSION_TLS1_3 &&
                exchange(&client, &acceptor);
    end_deinit(&client);
    end_deinit(&acceptor);
    return done;
}

static void *connect_often(void *result)
{
    struct identity identity;
    bool done = identity_init(&identity);
    for (int i = 0; done && i < N_CONNECTIONS; i++)
        done = connect_once(&identity);
    identity_deinit(&identity);
    *(bool *)result = done;
    return NULL;
}

static void four_threads_use_tls_1_3_at_once(void **state)
{
    (void)state;
    pthread_t threads[N_THREADS];
    bool results[N_THREADS] = {false};
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, connect_often, &results[i]), 0);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < N_THREADS; i++)
        assert_true(results[i]);
}

static void every_suite_is_authenticated_encryption(void **state)
{
    (void)state;
    const int *suites = mbedtls_ssl_list_ciphersuites();
    assert_int_not_equal(suites[0], 0);
    for (; *suites != 0; suites++) {
        const char *name = mbedtls_ssl_get_ciphersuite_name(*suites);
        assert_null(strstr(name, "CBC"));
        assert_null(strstr(name, "PSK"));
        assert_true(strstr(name, "GCM") != NULL || strstr(name, "CHACHA20-POLY1305") != NULL);
        assert_true(strncmp(name, "TLS1-3", 6) == 0 || strncmp(name, "TLS-ECDHE", 9) == 0);
    }
}

/* A peer may send full records, also once the handshake is over; ours are short, for memory's sake.
 */
static void records_come_in_full_and_go_out_short(void **state)
{
    (void)state;
    struct identity identity;
    assert_true(identity_init(&identity));
    struct pipe to_server = {.n_in = 0};
    struct pipe to_client = {.n_in = 0};
    struct end client, acceptor;
    assert_true(end_init(&client, MBEDTLS_SSL_IS_CLIENT, &identity, &to_client, &to_server));
    assert_true(end_init(&acceptor, MBEDTLS_SSL_IS_SERVER, &identity, &to_server, &to_client));
    assert_true(shake_hands(&client, &acceptor));
    assert_int_equal(mbedtls_ssl_get_max_in_record_payload(&client.ssl), 16384);
    assert_int_equal(mbedtls_ssl_get_max_in_record_payload(&acceptor.ssl), 16384);
    /* in TLS 1.3 some of it is padding and the inner type */
    assert_in_range(mbedtls_ssl_get_max_out_record_payload(&client.ssl), 8192 - 16, 8192);
    end_deinit(&client);
    end_deinit(&acceptor);
    identity_deinit(&identity);
}

/* Writes from @from to @to with nothing left over at either end; whether all arrived. */
static bool say(struct end *from, struct end *to, unsigned char octet)
{
    unsigned char octets[100];
    memset(octets, octet, sizeof octets);
    if (mbedtls_ssl_write(&from->ssl, octets, sizeof octets) != (int)sizeof octets)
        return false;
    memset(octets, 0, sizeof octets);
    return mbedtls_ssl_read(&to->ssl, octets, sizeof octets) == (int)sizeof octets &&
           octets[0] == octet && octets[sizeof octets - 1] == octet &&
           mbedtls_ssl_read(&to->ssl, octets, sizeof octets) == MBEDTLS_ERR_SSL_WANT_READ;
}

static void rest_and_go_on(mbedtls_ssl_protocol_version version)
{
    struct identity identity;
    assert_true(identity_init(&identity));
    struct pipe to_server = {.n_in = 0};
    struct pipe to_client = {.n_in = 0};
    struct end client, acceptor;
    unsigned char octets[100] = {0};
    assert_true(
        end_init_as(&client, MBEDTLS_SSL_IS_CLIENT, version, &identity, &to_client, &to_server));
    assert_true(end_init(&acceptor, MBEDTLS_SSL_IS_SERVER, &identity, &to_server, &to_client));
    assert_int_equal(mbedtls_ssl_rest(&client.ssl), MBEDTLS_ERR_SSL_WANT_READ); /* no handshake */
    assert_true(shake_hands(&client, &acceptor));
    assert_int_equal(mbedtls_ssl_get_version_number(&client.ssl), version);
    for (unsigned char i = 1; i < 20; i++) {
        assert_true(say(&client, &acceptor, i));
        assert_true(say(&acceptor, &client, i));
        if (i % 3 != 0)
            assert_int_equal(mbedtls_ssl_rest(&client.ssl), 0);
        if (i % 4 != 0)
            assert_int_equal(mbedtls_ssl_rest(&acceptor.ssl), 0);
        assert_int_equal(mbedtls_ssl_rest(&client.ssl), 0); /* again, or at last */
    }
    /* Not with something half read, or half there. */
    assert_int_equal(mbedtls_ssl_write(&client.ssl, octets, sizeof octets), (int)sizeof octets);
    assert_int_equal(mbedtls_ssl_read(&acceptor.ssl, octets, 1), 1);
    assert_int_equal(mbedtls_ssl_rest(&acceptor.ssl), MBEDTLS_ERR_SSL_WANT_READ);
    assert_int_equal(mbedtls_ssl_read(&acceptor.ssl, octets, sizeof octets),
                     (int)sizeof octets - 1);
    assert_int_equal(mbedtls_ssl_write(&client.ssl, octets, sizeof octets), (int)sizeof octets);
    to_server.n_in -= 10;
    assert_int_equal(mbedtls_ssl_read(&acceptor.ssl, octets, sizeof octets),
                     MBEDTLS_ERR_SSL_WANT_READ);
    assert_int_equal(mbedtls_ssl_rest(&acceptor.ssl), MBEDTLS_ERR_SSL_WANT_READ);
    to_server.n_in += 10;
    assert_int_equal(mbedtls_ssl_read(&acceptor.ssl, octets, sizeof octets), (int)sizeof octets);
    /* And a goodbye out of its rest. */
    assert_int_equal(mbedtls_ssl_rest(&client.ssl), 0);
    assert_int_equal(mbedtls_ssl_rest(&acceptor.ssl), 0);
    assert_int_equal(mbedtls_ssl_close_notify(&client.ssl), 0);
    assert_int_equal(mbedtls_ssl_read(&acceptor.ssl, octets, sizeof octets),
                     MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
    end_deinit(&client);
    end_deinit(&acceptor);
    identity_deinit(&identity);
}

static void an_idle_connection_needs_no_buffers(void **state)
{
    (void)state;
    rest_and_go_on(MBEDTLS_SSL_VERSION_TLS1_3);
    rest_and_go_on(MBEDTLS_SSL_VERSION_TLS1_2);
}

static int set_up(void **state)
{
    (void)state;
    issuer_make(&root, "root", ISSUED_AS_CA, NULL);
    issuer_make(&server, "server", ISSUED_AS_PEER, &root);
    return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    issuer_clean();
    mbedtls_psa_crypto_free();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_is_authenticated_encryption),
        cmocka_unit_test(records_come_in_full_and_go_out_short),
        cmocka_unit_test(an_idle_connection_needs_no_buffers),
        cmocka_unit_test(four_threads_use_tls_1_3_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
