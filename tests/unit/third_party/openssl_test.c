/*
 * libwebsockets on OpenSSL: a client that judges the server itself (patch 0011).
 */
#include <cmocka.h>

#include "tests/unit/third_party/pair.h"

static struct cast cast;

static void connect_to(struct pair *pair, const char *host, int flags)
{
    struct pair_server server = {.cert_path = cast.server.cert_path,
                                 .key_path = cast.server.key_path};
    pair_open(pair, &server);
    pair->host = host;
    pair->client_flags = flags;
    pair_connect(pair, &cast.stranger, NULL, NULL);
}

static void a_client_may_trust_anyone(void **state)
{
    (void)state;
    struct pair pair;
    connect_to(&pair, "elsewhere", LCCSCF_ALLOW_INSECURE);
    assert_string_equal(pair.refusal, "");
    unsigned char der[sizeof cast.server.der];
    assert_int_equal(lws_tls_peer_cert_der(pair.client, 0, der, sizeof der), cast.server.der_size);
    assert_memory_equal(der, cast.server.der, cast.server.der_size);
    pair_close(&pair);
}

static void a_client_that_was_not_told_so_does_not(void **state)
{
    (void)state;
    struct pair pair;
    connect_to(&pair, "localhost", 0);
    assert_null(pair.client);
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
        cmocka_unit_test(a_client_may_trust_anyone),
        cmocka_unit_test(a_client_that_was_not_told_so_does_not),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
