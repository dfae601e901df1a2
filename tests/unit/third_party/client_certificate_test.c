/*
 * A client's certificate with libwebsockets: asked for, let in whatever it is, and read with its
 * chain, so that the gateway can verify it itself and say what was wrong. Patches 0004 and 0006;
 * the same on mbedTLS and on OpenSSL.
 */
#include <cmocka.h>

#include "tests/unit/third_party/pair.h"

static struct cast cast;

static struct pair_server asking_server(void)
{
    return (struct pair_server){.cert_path = cast.server.cert_path,
                                .key_path = cast.server.key_path,
                                .ca_path = cast.root.cert_path,
                                .verify = LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT |
                                          LWS_SERVER_OPTION_PEER_CERT_NOT_REQUIRED};
}

static struct pair_server requiring_server(const char *ca_path)
{
    struct pair_server server = asking_server();
    server.ca_path = ca_path;
    server.verify = LWS_SERVER_OPTION_REQUIRE_VALID_OPENSSL_CLIENT_CERT;
    return server;
}

static void assert_peer_is(struct lws *wsi, unsigned depth, const struct issued *expected)
{
    unsigned char der[sizeof expected->der];
    assert_int_equal(lws_tls_peer_cert_der(wsi, depth, der, sizeof der), expected->der_size);
    assert_memory_equal(der, expected->der, expected->der_size);
}

static void without_certificate_it_is_let_in_where_it_may(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = asking_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_string_equal(pair.refusal, "");
    unsigned char der[sizeof cast.client.der];
    assert_int_equal(lws_tls_peer_cert_der(pair.server, 0, der, sizeof der), 0);
    pair_close(&pair);
}

static void with_one_that_nobody_trusts_it_is_let_in_and_known(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = asking_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, cast.stranger.cert_path, &cast.stranger);
    assert_string_equal(pair.refusal, "");
    assert_peer_is(pair.server, 0, &cast.stranger);
    unsigned char der[sizeof cast.stranger.der];
    assert_int_equal(lws_tls_peer_cert_der(pair.server, 1, der, sizeof der), 0);
    assert_int_equal(lws_tls_peer_cert_der(pair.server, 0, der, cast.stranger.der_size - 1), -1);
    pair_close(&pair);
}

static void its_whole_chain_can_be_had(void **state)
{
    (void)state;
    char chain[256];
    issuer_write_chain(chain, "client-chain", &cast.client, &cast.between);
    struct pair pair;
    struct pair_server server = asking_server();
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, chain, &cast.client);
    assert_string_equal(pair.refusal, "");
    assert_peer_is(pair.server, 0, &cast.client);
    assert_peer_is(pair.server, 1, &cast.between);
    assert_peer_is(pair.client, 0, &cast.server);
    pair_close(&pair);
}

static void without_certificate_it_is_refused_where_one_is_required(void **state)
{
    (void)state;
    struct pair pair;
    struct pair_server server = requiring_server(cast.root.cert_path);
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_null(pair.server);
    assert_string_not_equal(pair.refusal, "");
    pair_close(&pair);
}

static void every_authority_of_the_servers_file_is_trusted(void **state)
{
    (void)state;
    char bundle[256];
    issuer_write_chain(bundle, "bundle", &cast.stranger, &cast.root);
    struct issued direct;
    issuer_make(&direct, "direct", ISSUED_AS_PEER, &cast.root);
    struct pair pair;
    struct pair_server server = requiring_server(bundle);
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, direct.cert_path, &direct);
    assert_string_equal(pair.refusal, "");
    pair_close(&pair);
}

static void the_servers_whole_chain_can_be_had(void **state)
{
    (void)state;
    struct issued leaf;
    issuer_make(&leaf, "leaf", ISSUED_AS_PEER, &cast.between);
    char chain[256];
    issuer_write_chain(chain, "server-chain", &leaf, &cast.between);
    struct pair pair;
    struct pair_server server = {.cert_path = chain, .key_path = leaf.key_path};
    pair_open(&pair, &server);
    pair_connect(&pair, &cast.root, NULL, NULL);
    assert_string_equal(pair.refusal, "");
    assert_peer_is(pair.client, 0, &leaf);
    assert_peer_is(pair.client, 1, &cast.between);
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
        cmocka_unit_test(without_certificate_it_is_let_in_where_it_may),
        cmocka_unit_test(with_one_that_nobody_trusts_it_is_let_in_and_known),
        cmocka_unit_test(its_whole_chain_can_be_had),
        cmocka_unit_test(without_certificate_it_is_refused_where_one_is_required),
        cmocka_unit_test(every_authority_of_the_servers_file_is_trusted),
        cmocka_unit_test(the_servers_whole_chain_can_be_had),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
