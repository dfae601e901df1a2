/*
 * libwebsockets on mbedTLS as third_party/ builds it: our patches 0001 to 0003 and 0007 to 0010
 * have their tests here, which fail without them; 0004 to 0006 in client_certificate_test.c. What
 * goes over the wire is seen at write(2), which the linker wraps.
 */
#include <cmocka.h>
#include <dirent.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/third_party/pair.h"

/* Enough messages to fill any socket's buffers. */
#define N_MESSAGES_MAX 1000u

enum { TLS_APPLICATION_DATA = 23 };

static struct cast cast;

static size_t n_records; /* of application data, written */

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

static struct pair_server plain_server(void)
{
    return (struct pair_server){.cert_path = cast.server.cert_path,
                                .key_path = cast.server.key_path};
}

static void psa_is_initialised_with_the_context(void **state)
{
    (void)state;
    unsigned char octets[16];
    mbedtls_psa_crypto_free();
    assert_int_equal(psa_generate_random(octets, sizeof octets), PSA_ERROR_BAD_STATE);

    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    assert_int_equal(psa_generate_random(octets, sizeof octets), PSA_SUCCESS);
    pair_close(&pair);
}

static void tls_1_3_is_negotiated(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_string_equal(pair.refusal, "");
    assert_int_equal(mbedtls_ssl_get_version_number(lws_tls_mbedtls_ssl(pair.client)),
                     MBEDTLS_SSL_VERSION_TLS1_3);
    assert_int_equal(mbedtls_ssl_get_version_number(lws_tls_mbedtls_ssl(pair.server)),
                     MBEDTLS_SSL_VERSION_TLS1_3);
    pair_close(&pair);
}

static void a_large_write_takes_few_records_and_is_not_partial(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_non_null(pair.client);

    n_records = 0;
    pair_send(&pair);
    assert_in_range(n_records, 1, PAIR_MESSAGE_SIZE / 8192 + 1);
    assert_int_equal(lws_partial_buffered(pair.client), 0);
    pair_await(&pair, PAIR_MESSAGE_SIZE);
    pair_close(&pair);
}

static void a_write_that_fills_the_socket_goes_on_where_it_stopped(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_non_null(pair.client);

    size_t n_messages = 0;
    do { /* nobody reads meanwhile */
        pair_send(&pair);
        n_messages++;
    } while (!lws_partial_buffered(pair.client) && n_messages < N_MESSAGES_MAX);
    assert_true(lws_partial_buffered(pair.client));
    pair_await(&pair, n_messages * PAIR_MESSAGE_SIZE);
    pair_close(&pair);
}

static void a_client_is_told_what_it_distrusts(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.stranger, NULL, NULL);
    assert_string_equal(pair.refusal, "server certificate refused: "
                                      "The certificate is not correctly signed by the trusted CA");
    pair_close(&pair);
}

static void a_client_is_told_that_a_server_speaks_no_tls(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = {0};
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_memory_equal(pair.refusal, "TLS handshake failed: ", 22);
    pair_close(&pair);
}

static size_t n_open_descriptors(void)
{
    size_t n = 0;
    DIR *entries = opendir("/proc/self/fd");
    assert_non_null(entries);
    while (readdir(entries) != NULL)
        n++;
    assert_int_equal(closedir(entries), 0);
    return n;
}

static void a_context_leaves_no_descriptor_open(void **state)
{
    (void)state;
    size_t n_before = n_open_descriptors();
    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    pair_close(&pair);
    assert_int_equal(n_open_descriptors(), n_before);
}

static void a_server_reads_a_record_at_once_with_a_small_buffer_a_connection(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_non_null(pair.client);
    n_records = 0;
    pair_send(&pair);
    pair_await(&pair, PAIR_MESSAGE_SIZE);
    assert_in_range(pair.n_reads, 1, n_records);
    pair_close(&pair);
}

/* The client's state machine, which takes one octet. */
static size_t n_octets_looked_at;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
int __real_lws_ws_client_rx_sm(struct lws *wsi, unsigned char octet);
int __wrap_lws_ws_client_rx_sm(struct lws *wsi, unsigned char octet);

int __wrap_lws_ws_client_rx_sm(struct lws *wsi, unsigned char octet)
{
    n_octets_looked_at++;
    return __real_lws_ws_client_rx_sm(wsi, octet);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static void a_client_takes_payload_at_once(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = plain_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_non_null(pair.client);
    n_octets_looked_at = 0;
    pair_answer(&pair);
    pair_await(&pair, PAIR_MESSAGE_SIZE);
    /* the header's, and the last of each buffer and each read */
    assert_in_range(n_octets_looked_at, 1, 4 * PAIR_MESSAGE_SIZE / PAIR_OWN_SIZE);
    pair_close(&pair);
}

static int set_up(void **state)
{
    (void)state;
    cast_make(&cast);
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
        cmocka_unit_test(a_client_is_told_what_it_distrusts),
        cmocka_unit_test(a_client_is_told_that_a_server_speaks_no_tls),
        cmocka_unit_test(a_context_leaves_no_descriptor_open),
        cmocka_unit_test(a_server_reads_a_record_at_once_with_a_small_buffer_a_connection),
        cmocka_unit_test(a_client_takes_payload_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
