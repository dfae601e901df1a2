/*
 * Each reason to refuse a certificate, beside the certificate that is right but for it.
 */
#include <cmocka.h>
#include <mbedtls/x509_crt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge/tls_verify.h"
#include "tests/unit/bridge/certificates.h"

static struct certificates *certificates;

static const struct certificate_wish wishes[] = {
    {.name = "ca", .cn = "the authority", .usage = FOR_AUTHORITY},
    {.name = "other-ca", .cn = "another authority", .usage = FOR_AUTHORITY},
    {.name = "old-ca", .usage = FOR_AUTHORITY, .from_days = -20, .to_days = -10},
    {.name = "middle", .issuer = "ca", .usage = FOR_AUTHORITY},
    {.name = "server", .issuer = "ca", .dns = "device.example", .usage = FOR_SERVER},
    {.name = "below", .issuer = "middle", .dns = "device.example", .usage = FOR_SERVER},
    {.name = "forged", .issuer = "server", .dns = "device.example", .usage = FOR_SERVER},
    {.name = "strange", .issuer = "other-ca", .dns = "device.example", .usage = FOR_SERVER},
    {.name = "alone", .dns = "device.example", .usage = FOR_SERVER},
    {.name = "v4", .issuer = "ca", .ip = "127.0.0.1", .usage = FOR_SERVER},
    {.name = "v6", .issuer = "ca", .ip = "::1", .usage = FOR_SERVER},
    {.name = "wild", .issuer = "ca", .dns = "*.example", .usage = FOR_SERVER},
    {.name = "plain.example", .issuer = "ca", .usage = FOR_SERVER},
    {.name = "expired",
     .issuer = "ca",
     .dns = "device.example",
     .usage = FOR_SERVER,
     .from_days = -20,
     .to_days = -10},
    {.name = "future",
     .issuer = "ca",
     .dns = "device.example",
     .usage = FOR_SERVER,
     .from_days = 10,
     .to_days = 20},
    {.name = "below-old", .issuer = "old-ca", .dns = "device.example", .usage = FOR_SERVER},
    {.name = "client", .issuer = "ca", .uri = "urn:device:7", .usage = FOR_CLIENT, .serial = 7},
    {.name = "client-by-cn", .cn = "dashboard", .issuer = "ca", .usage = FOR_CLIENT},
    {.name = "client-without-name", .cn = "no identity", .issuer = "ca", .usage = FOR_CLIENT},
    {.name = "any", .issuer = "ca", .dns = "device.example", .usage = FOR_ANYTHING},
    {.name = "cannot-sign", .issuer = "ca", .usage = FOR_CLIENT, .may_not_sign = true},
};

static int make_certificates(void **state)
{
    (void)state;
    certificates = certificates_create();
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++)
        certificates_make(certificates, &wishes[i]);
    (void)certificates_join(certificates, "below-chain", "below", "middle");
    (void)certificates_join(certificates, "forged-chain", "forged", "server");
    return 0;
}

static int drop_certificates(void **state)
{
    (void)state;
    certificates = certificates_destroy(certificates);
    return 0;
}

static struct tls_trust *trust_in(const char *ca, const char *crl)
{
    struct tls_trust *trust = NULL;
    char words[300] = "";
    enum via_status status =
        tls_trust_create(&trust, certificates_cert(certificates, ca), crl, words, sizeof words);
    if (status != VIA_OK)
        fail_msg("%s", words);
    return trust;
}

static struct tls_verdict judge_with(const struct tls_trust *trust, const char *file,
                                     enum tls_usage usage, const char *name, const char *pin)
{
    struct tls_verdict verdict;
    struct tls_chain chain = {.n_certificates = 0};
    mbedtls_x509_crt read;
    mbedtls_x509_crt_init(&read);
    assert_int_equal(mbedtls_x509_crt_parse_file(&read, certificates_cert(certificates, file)), 0);
    for (const mbedtls_x509_crt *at = &read; at != NULL; at = at->next) {
        chain.certificates[chain.n_certificates].der = at->raw.p;
        chain.certificates[chain.n_certificates++].size = at->raw.len;
    }
    tls_verify(trust, &chain, usage, name, pin, &verdict);
    mbedtls_x509_crt_free(&read);
    return verdict;
}

static struct tls_verdict judge(const char *ca, const char *file, enum tls_usage usage,
                                const char *name)
{
    struct tls_trust *trust = trust_in(ca, NULL);
    struct tls_verdict verdict = judge_with(trust, file, usage, name, NULL);
    tls_trust_destroy(trust);
    return verdict;
}

static void is_good(struct tls_verdict verdict)
{
    if (verdict.status != VIA_OK)
        fail_msg("%s", verdict.fault);
    assert_string_equal(verdict.fault, "");
}

static void is_bad(struct tls_verdict verdict, const char *words)
{
    assert_int_equal(verdict.status, VIA_BAD_CERTIFICATE);
    if (strstr(verdict.fault, words) == NULL)
        fail_msg("'%s' does not say '%s'", verdict.fault, words);
}

/* ---- servers ---- */

static void a_server_of_the_right_authority_and_name_is_good(void **state)
{
    (void)state;
    struct tls_verdict verdict = judge("ca", "server", TLS_SERVER, "device.example");
    is_good(verdict);
    assert_string_equal(verdict.identity, "device.example");
    is_good(judge("ca", "server", TLS_SERVER, "DEVICE.example"));
    is_good(judge("ca", "any", TLS_SERVER, "device.example"));
}

static void a_chain_over_an_intermediate_is_good(void **state)
{
    (void)state;
    is_good(judge("ca", "below-chain", TLS_SERVER, "device.example"));
    is_bad(judge("ca", "below", TLS_SERVER, "device.example"), "not issued by an authority");
}

static void who_may_not_issue_cannot(void **state)
{
    (void)state;
    is_bad(judge("ca", "forged-chain", TLS_SERVER, "device.example"), "not issued by an authority");
}

static void a_wrong_authority_is_refused(void **state)
{
    (void)state;
    is_bad(judge("ca", "strange", TLS_SERVER, "device.example"),
           "certificate of device.example was not issued by an authority that is trusted here");
    is_bad(judge("ca", "alone", TLS_SERVER, "device.example"), "not issued by an authority");
}

static void names_and_addresses_have_to_fit(void **state)
{
    (void)state;
    is_bad(judge("ca", "server", TLS_SERVER, "other.example"),
           "certificate of device.example is not for other.example");
    is_bad(judge("ca", "server", TLS_SERVER, "127.0.0.1"), "is not for 127.0.0.1");
    is_good(judge("ca", "v4", TLS_SERVER, "127.0.0.1"));
    is_bad(judge("ca", "v4", TLS_SERVER, "127.0.0.2"), "is not for 127.0.0.2");
    is_bad(judge("ca", "v4", TLS_SERVER, "device.example"), "is not for device.example");
    is_good(judge("ca", "v6", TLS_SERVER, "::1"));
    is_good(judge("ca", "v6", TLS_SERVER, "0:0::1"));
    is_bad(judge("ca", "v6", TLS_SERVER, "::2"), "is not for ::2");
    is_good(judge("ca", "wild", TLS_SERVER, "any.example"));
    is_bad(judge("ca", "wild", TLS_SERVER, "one.two.example"), "is not for one.two.example");
    is_good(judge("ca", "plain.example", TLS_SERVER, "plain.example")); /* by CN, without a SAN */
}

static void write_day(int days, char *text, size_t size)
{
    time_t when = time(NULL) + (time_t)days * 86400;
    struct tm day;
    assert_int_equal(strftime(text, size, "%Y-%m-%d", gmtime_r(&when, &day)), 10);
}

static void dates_are_told_with_both_clocks(void **state)
{
    (void)state;
    char words[200], then[16], now[16];
    write_day(-10, then, sizeof then);
    write_day(0, now, sizeof now);
    (void)snprintf(words, sizeof words,
                   "certificate of device.example expired %s, this host's clock says %s", then,
                   now);
    is_bad(judge("ca", "expired", TLS_SERVER, "device.example"), words);
    write_day(10, then, sizeof then);
    (void)snprintf(
        words, sizeof words,
        "certificate of device.example is not valid before %s, this host's clock says %s", then,
        now);
    is_bad(judge("ca", "future", TLS_SERVER, "device.example"), words);
    /* The authority's own end: its certificate is named, not the server's. */
    is_bad(judge("old-ca", "below-old", TLS_SERVER, "device.example"),
           "certificate of old-ca expired");
}

static void who_is_no_server_is_refused_as_one(void **state)
{
    (void)state;
    is_bad(judge("ca", "client", TLS_SERVER, NULL), "may not be used by a server");
}

static void a_pin_has_to_fit_as_well(void **state)
{
    (void)state;
    struct tls_trust *trust = trust_in("ca", NULL);
    mbedtls_x509_crt read;
    mbedtls_x509_crt_init(&read);
    char pin[TLS_PIN_SIZE], other[TLS_PIN_SIZE];
    assert_int_equal(mbedtls_x509_crt_parse_file(&read, certificates_cert(certificates, "server")),
                     0);
    assert_int_equal(tls_pin(read.raw.p, read.raw.len, pin), VIA_OK);
    assert_int_equal(tls_pin(read.raw.p, read.raw.len - 1, other), VIA_BAD_CERTIFICATE);
    mbedtls_x509_crt_free(&read);
    assert_int_equal(strlen(pin), TLS_PIN_SIZE - 1);
    memcpy(other, pin, sizeof pin);
    other[20] ^= 1;
    is_good(judge_with(trust, "server", TLS_SERVER, "device.example", pin));
    is_bad(judge_with(trust, "server", TLS_SERVER, "device.example", other), "another key");
    is_bad(judge_with(trust, "server", TLS_SERVER, "device.example", ""), "another key");
    is_bad(judge_with(trust, "expired", TLS_SERVER, "device.example", pin), "expired");
    tls_trust_destroy(trust);
}

/* ---- clients ---- */

static void a_client_is_known_by_its_names(void **state)
{
    (void)state;
    struct tls_verdict verdict = judge("ca", "client", TLS_CLIENT, NULL);
    is_good(verdict);
    assert_string_equal(verdict.identity, "urn:device:7");
    assert_string_equal(verdict.serial, "07");
    verdict = judge("ca", "client-by-cn", TLS_CLIENT, NULL);
    is_good(verdict);
    assert_string_equal(verdict.identity, "dashboard");
    verdict = judge("ca", "client-without-name", TLS_CLIENT, NULL);
    is_good(verdict);
    assert_string_equal(verdict.identity, ""); /* blanks are no part of an identity */
}

static void who_is_no_client_is_refused_as_one(void **state)
{
    (void)state;
    is_bad(judge("ca", "server", TLS_CLIENT, NULL), "may not be used by a client");
    is_bad(judge("ca", "cannot-sign", TLS_CLIENT, NULL), "may not sign");
    is_bad(judge("other-ca", "client", TLS_CLIENT, NULL), "not issued by an authority");
}

static void no_certificate_is_said_to_be_none(void **state)
{
    (void)state;
    struct tls_trust *trust = trust_in("ca", NULL);
    struct tls_chain chain = {.n_certificates = 0};
    struct tls_verdict verdict;
    tls_verify(trust, &chain, TLS_CLIENT, NULL, NULL, &verdict);
    assert_int_equal(verdict.status, VIA_DENIED);
    assert_string_equal(verdict.fault, "no certificate was shown");
    tls_trust_destroy(trust);
}

static void octets_that_are_no_certificate_are_refused(void **state)
{
    (void)state;
    struct tls_trust *trust = trust_in("ca", NULL);
    mbedtls_x509_crt read;
    mbedtls_x509_crt_init(&read);
    assert_int_equal(mbedtls_x509_crt_parse_file(&read, certificates_cert(certificates, "client")),
                     0);
    uint8_t *octets = malloc(read.raw.len);
    assert_non_null(octets);
    for (size_t size = 0; size < read.raw.len; size++) {
        memcpy(octets, read.raw.p, size);
        struct tls_chain chain = {.certificates[0] = {octets, size}, .n_certificates = 1};
        struct tls_verdict verdict;
        tls_verify(trust, &chain, TLS_CLIENT, NULL, NULL, &verdict);
        assert_int_equal(verdict.status, VIA_BAD_CERTIFICATE);
    }
    free(octets);
    mbedtls_x509_crt_free(&read);
    tls_trust_destroy(trust);
}

/* ---- revocation ---- */

static struct tls_verdict judge_client_with(const char *crl)
{
    struct tls_trust *trust = trust_in("ca", crl);
    struct tls_verdict verdict = judge_with(trust, "client", TLS_CLIENT, NULL, NULL);
    tls_trust_destroy(trust);
    return verdict;
}

static void a_revoked_certificate_is_refused(void **state)
{
    (void)state;
    is_bad(judge_client_with(certificates_revoke(certificates, "seven", "ca", 7, -1, 1)),
           "certificate of urn:device:7 has been revoked");
    is_good(judge_client_with(certificates_revoke(certificates, "eight", "ca", 8, -1, 1)));
}

static void a_list_out_of_date_judges_nobody_good(void **state)
{
    (void)state;
    is_bad(judge_client_with(certificates_revoke(certificates, "late", "ca", 8, -20, -10)),
           "revocation list is out of date");
    is_bad(judge_client_with(certificates_revoke(certificates, "early", "ca", 8, 10, 20)),
           "revocation list is not valid yet");
}

/* ---- files ---- */

static void files_that_are_no_good_are_named(void **state)
{
    (void)state;
    struct tls_trust *trust = NULL;
    char words[300];
    const char *key = certificates_key(certificates, "ca");
    assert_int_equal(tls_trust_create(&trust, "/nonexistent.crt", NULL, words, sizeof words),
                     VIA_NOT_FOUND);
    assert_non_null(strstr(words, "/nonexistent.crt"));
    assert_int_equal(tls_trust_create(&trust, key, NULL, words, sizeof words), VIA_BAD_CERTIFICATE);
    assert_non_null(strstr(words, key));
    assert_int_equal(
        tls_trust_create(&trust, certificates_cert(certificates, "ca"), key, words, sizeof words),
        VIA_BAD_CERTIFICATE);
    assert_non_null(strstr(words, "revocation list"));
    assert_null(trust);
}

static void a_key_has_to_belong_to_its_certificate(void **state)
{
    (void)state;
    char words[300] = "";
    const char *cert = certificates_cert(certificates, "server");
    const char *key = certificates_key(certificates, "server");
    size_t size = sizeof words;
    assert_int_equal(tls_check_identity(cert, key, TLS_SERVER, words, size), VIA_OK);
    assert_int_equal(tls_check_identity(certificates_cert(certificates, "below-chain"),
                                        certificates_key(certificates, "below"), TLS_SERVER, words,
                                        size),
                     VIA_OK);
    assert_int_equal(
        tls_check_identity(cert, certificates_key(certificates, "client"), TLS_SERVER, words, size),
        VIA_BAD_CERTIFICATE);
    assert_non_null(strstr(words, "does not belong"));
    assert_int_equal(tls_check_identity(cert, NULL, TLS_SERVER, words, size), VIA_BAD_CERTIFICATE);
    assert_int_equal(tls_check_identity(NULL, key, TLS_SERVER, words, size), VIA_BAD_CERTIFICATE);
    assert_int_equal(tls_check_identity(cert, "/nonexistent.key", TLS_SERVER, words, size),
                     VIA_NOT_FOUND);
    assert_int_equal(tls_check_identity(key, key, TLS_SERVER, words, size), VIA_BAD_CERTIFICATE);
}

static void a_clients_certificate_is_no_servers(void **state)
{
    (void)state;
    char words[300] = "";
    const char *cert = certificates_cert(certificates, "client");
    const char *key = certificates_key(certificates, "client");
    assert_int_equal(tls_check_identity(cert, key, TLS_CLIENT, words, sizeof words), VIA_OK);
    assert_int_equal(tls_check_identity(cert, key, TLS_SERVER, words, sizeof words),
                     VIA_BAD_CERTIFICATE);
    assert_non_null(strstr(words, "is not for a server (serverAuth)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_of_the_right_authority_and_name_is_good),
        cmocka_unit_test(a_chain_over_an_intermediate_is_good),
        cmocka_unit_test(who_may_not_issue_cannot),
        cmocka_unit_test(a_wrong_authority_is_refused),
        cmocka_unit_test(names_and_addresses_have_to_fit),
        cmocka_unit_test(dates_are_told_with_both_clocks),
        cmocka_unit_test(who_is_no_server_is_refused_as_one),
        cmocka_unit_test(a_pin_has_to_fit_as_well),
        cmocka_unit_test(a_client_is_known_by_its_names),
        cmocka_unit_test(who_is_no_client_is_refused_as_one),
        cmocka_unit_test(no_certificate_is_said_to_be_none),
        cmocka_unit_test(octets_that_are_no_certificate_are_refused),
        cmocka_unit_test(a_revoked_certificate_is_refused),
        cmocka_unit_test(a_list_out_of_date_judges_nobody_good),
        cmocka_unit_test(files_that_are_no_good_are_named),
        cmocka_unit_test(a_key_has_to_belong_to_its_certificate),
        cmocka_unit_test(a_clients_certificate_is_no_servers),
    };
    return cmocka_run_group_tests_name("tls_verify", tests, make_certificates, drop_certificates);
}
