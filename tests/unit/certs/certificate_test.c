/*
 * Certificates, as mbedTLS judges them: chain, dates, usage, names, and the list of those revoked.
 */
#include <mbedtls/oid.h>
#include <time.h>

#include "certs/authority.h"
#include "certs/certificate.h"
#include "certs/crl.h"
#include "certs/date.h"
#include "certs/key.h"
#include "tests/unit/certs/place.h"

static struct place place;
static struct folder folder;
static struct authority authority;
static struct fault fault;

#define GOOD(call)                                                                                 \
    do {                                                                                           \
        if ((call) != VIA_OK)                                                                      \
            fail_msg("%s", fault.text);                                                            \
    } while (0)

static struct certificate_wish wish_for(enum certificate_usage usage)
{
    time_t now = time(NULL);
    return (struct certificate_wish){.common_name = "somebody",
                                     .usage = usage,
                                     .not_before = now - DATE_DAY,
                                     .not_after = now + DATE_DAY};
}

/* A certificate by the authority, in NAME.pem; loaded if @certificate is not NULL. */
static void issue(const struct certificate_wish *wish, const char *name,
                  mbedtls_x509_crt *certificate)
{
    mbedtls_pk_context key;
    GOOD(key_make(&key, &fault));
    GOOD(certificate_issue(wish, &key, &authority, &folder, name, &fault));
    mbedtls_pk_free(&key);
    if (certificate != NULL)
        GOOD(certificate_load(certificate, &folder, name, &fault));
}

static int make(void **state)
{
    (void)state;
    place_make(&place);
    GOOD(folder_open(&folder, place.path, FOLDER_THERE, &fault));
    struct certificate_wish wish = wish_for(CERTIFICATE_CA);
    wish.common_name = "The authority";
    mbedtls_pk_context key;
    GOOD(key_make(&key, &fault));
    GOOD(key_save(&key, &folder, AUTHORITY_KEY, &fault));
    GOOD(certificate_issue(&wish, &key, NULL, &folder, AUTHORITY_CERTIFICATE, &fault));
    mbedtls_pk_free(&key);
    GOOD(authority_load(&authority, &folder, &fault));
    return 0;
}

static int clean(void **state)
{
    (void)state;
    authority_free(&authority);
    folder_close(&folder);
    place_remove(&place);
    return 0;
}

static uint32_t flags_of(mbedtls_x509_crt *certificate, mbedtls_x509_crl *crl, const char *name)
{
    uint32_t flags = 0;
    (void)mbedtls_x509_crt_verify(certificate, &authority.certificate, crl, name, &flags, NULL,
                                  NULL);
    return flags;
}

static void is_trusted_by_its_authority(void **state)
{
    (void)state;
    mbedtls_x509_crt certificate;
    const struct certificate_wish wish = wish_for(CERTIFICATE_SERVER);
    issue(&wish, "a.pem", &certificate);
    assert_int_equal(flags_of(&certificate, NULL, NULL), 0);
    assert_int_equal(flags_of(&authority.certificate, NULL, NULL), 0);
    mbedtls_x509_crt_free(&certificate);
}

static void has_the_usage_it_was_made_for(void **state)
{
    (void)state;
    static const char server[] = MBEDTLS_OID_SERVER_AUTH;
    static const char client[] = MBEDTLS_OID_CLIENT_AUTH;
    static const enum certificate_usage usages[] = {CERTIFICATE_SERVER, CERTIFICATE_CLIENT,
                                                    CERTIFICATE_NEITHER};
    for (size_t i = 0; i < 3; i++) {
        mbedtls_x509_crt certificate;
        const struct certificate_wish wish = wish_for(usages[i]);
        issue(&wish, "a.pem", &certificate);
        bool serves =
            mbedtls_x509_crt_check_extended_key_usage(&certificate, server, sizeof server - 1) == 0;
        bool calls =
            mbedtls_x509_crt_check_extended_key_usage(&certificate, client, sizeof client - 1) == 0;
        assert_int_equal(serves, usages[i] == CERTIFICATE_SERVER);
        assert_int_equal(calls, usages[i] == CERTIFICATE_CLIENT);
        assert_int_equal(
            mbedtls_x509_crt_check_key_usage(&certificate, MBEDTLS_X509_KU_DIGITAL_SIGNATURE), 0);
        assert_int_not_equal(
            mbedtls_x509_crt_check_key_usage(&certificate, MBEDTLS_X509_KU_KEY_CERT_SIGN), 0);
        assert_true(certificate_covers(&certificate, &wish));
        mbedtls_x509_crt_free(&certificate);
    }
}

static void is_good_between_its_dates(void **state)
{
    (void)state;
    time_t now = time(NULL);
    mbedtls_x509_crt certificate;
    struct certificate_wish wish = wish_for(CERTIFICATE_CLIENT);
    wish.not_after = now - 60;
    issue(&wish, "a.pem", &certificate);
    assert_int_equal(flags_of(&certificate, NULL, NULL), MBEDTLS_X509_BADCERT_EXPIRED);
    assert_int_equal(date_of_x509(&certificate.valid_to), wish.not_after);
    mbedtls_x509_crt_free(&certificate);

    wish.not_before = now + 3600;
    wish.not_after = now + 7200;
    issue(&wish, "a.pem", &certificate);
    assert_int_equal(flags_of(&certificate, NULL, NULL), MBEDTLS_X509_BADCERT_FUTURE);
    mbedtls_x509_crt_free(&certificate);

    time_t year_2060 = 0; /* which takes another kind of date */
    assert_true(date_read("2060-01-01", &year_2060));
    wish = wish_for(CERTIFICATE_CLIENT);
    wish.not_after = year_2060;
    issue(&wish, "a.pem", &certificate);
    assert_int_equal(date_of_x509(&certificate.valid_to), year_2060);
    assert_int_equal(flags_of(&certificate, NULL, NULL), 0);
    mbedtls_x509_crt_free(&certificate);

    wish.not_before = wish.not_after;
    mbedtls_pk_context key;
    GOOD(key_make(&key, &fault));
    assert_int_equal(certificate_issue(&wish, &key, &authority, &folder, "b.pem", &fault),
                     VIA_INVALID);
    assert_false(folder_has(&folder, "b.pem"));
    mbedtls_pk_free(&key);
}

static void is_for_its_names_alone(void **state)
{
    (void)state;
    mbedtls_x509_crt certificate;
    struct certificate_wish wish = wish_for(CERTIFICATE_SERVER);
    static const char *const names[] = {"gw.example", "*.lab.example", "192.0.2.1", "2001:db8::1",
                                        "spiffe://example/gw"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        GOOD(certificate_add_name(&wish, names[i], &fault));
    issue(&wish, "a.pem", &certificate);
    assert_int_equal(flags_of(&certificate, NULL, "gw.example"), 0);
    assert_int_equal(flags_of(&certificate, NULL, "a.lab.example"), 0);
    assert_int_equal(flags_of(&certificate, NULL, "192.0.2.1"), 0);
    assert_int_equal(flags_of(&certificate, NULL, "2001:db8::1"), 0);
    assert_int_equal(flags_of(&certificate, NULL, "example"), MBEDTLS_X509_BADCERT_CN_MISMATCH);
    assert_int_equal(flags_of(&certificate, NULL, "192.0.2.2"), MBEDTLS_X509_BADCERT_CN_MISMATCH);
    assert_true(certificate_covers(&certificate, &wish));

    /* In the order in which they were given: the first one is who it is. */
    const mbedtls_x509_buf *first = &certificate.subject_alt_names.buf;
    assert_int_equal(first->len, strlen(names[0]));
    assert_memory_equal(first->p, names[0], first->len);

    struct certificate_wish more = wish;
    GOOD(certificate_add_name(&more, "other.example", &fault));
    assert_false(certificate_covers(&certificate, &more));
    struct certificate_wish address = wish_for(CERTIFICATE_SERVER);
    GOOD(certificate_add_name(&address, "192.0.2.9", &fault));
    assert_false(certificate_covers(&certificate, &address));
    mbedtls_x509_crt_free(&certificate);
}

static void what_is_no_name_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     ".a", "-a",    "a..b", "a b", "a,b", "caf\xc3\xa9",
                                      "a\nb", "*.", ":rest", "1:x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct certificate_wish wish = {.n_names = 0};
        if (certificate_add_name(&wish, bad[i], &fault) != VIA_INVALID)
            fail_msg("'%s' was taken", bad[i]);
    }
    struct certificate_wish wish = {.n_names = 0};
    for (unsigned i = 0; i < CERTIFICATE_NAMES_MAX; i++)
        GOOD(certificate_add_name(&wish, "a", &fault));
    assert_int_equal(certificate_add_name(&wish, "a", &fault), VIA_TOO_LARGE);

    assert_true(certificate_is_common_name("Jo Bloggs (no)") == false);
    assert_true(certificate_is_common_name("jo.bloggs@example"));
    assert_false(certificate_is_common_name(""));
    assert_false(certificate_is_common_name(" a"));
    assert_false(certificate_is_common_name("a,CN=b"));
    char name[CERTIFICATE_COMMON_NAME_MAX + 2] = "";
    memset(name, 'a', CERTIFICATE_COMMON_NAME_MAX);
    assert_true(certificate_is_common_name(name));
    name[CERTIFICATE_COMMON_NAME_MAX] = 'a';
    assert_false(certificate_is_common_name(name));
}

static void as_many_long_names_as_may_be_fit(void **state)
{
    (void)state;
    char name[254];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    mbedtls_x509_crt certificate;
    struct certificate_wish wish = wish_for(CERTIFICATE_SERVER);
    for (unsigned i = 0; i < CERTIFICATE_NAMES_MAX; i++)
        GOOD(certificate_add_name(&wish, name, &fault));
    issue(&wish, "a.pem", &certificate);
    assert_true(certificate_covers(&certificate, &wish));
    mbedtls_x509_crt_free(&certificate);
}

static void keys_are_for_their_owner_alone(void **state)
{
    (void)state;
    assert_int_equal(place_mode(&place, AUTHORITY_KEY), 0600);
    assert_int_equal(place_mode(&place, AUTHORITY_CERTIFICATE), 0644);
}

static void an_authority_with_another_key_is_none(void **state)
{
    (void)state;
    struct authority other;
    mbedtls_pk_context key;
    GOOD(key_make(&key, &fault));
    GOOD(key_save(&key, &folder, AUTHORITY_KEY, &fault));
    mbedtls_pk_free(&key);
    assert_int_equal(authority_load(&other, &folder, &fault), VIA_BAD_CERTIFICATE);
    assert_non_null(strstr(fault.text, "does not belong"));
    authority_free(&other);

    assert_int_equal(folder_write(&folder, AUTHORITY_CERTIFICATE, 0644, "nonsense", &fault),
                     VIA_OK);
    assert_int_equal(authority_load(&other, &folder, &fault), VIA_BAD_CERTIFICATE);
    authority_free(&other);
}

/* ---- revocation ---- */

static void list_with(mbedtls_x509_crt *certificate, time_t until)
{
    mbedtls_x509_crl before;
    mbedtls_x509_crl_init(&before);
    bool there = folder_has(&folder, CRL_NAME);
    if (there)
        GOOD(crl_load(&before, &folder, &fault));
    GOOD(crl_write(&folder, &authority, there ? &before : NULL, certificate, until, &fault));
    mbedtls_x509_crl_free(&before);
}

static void an_empty_list_revokes_nobody(void **state)
{
    (void)state;
    mbedtls_x509_crt certificate;
    mbedtls_x509_crl crl;
    const struct certificate_wish wish = wish_for(CERTIFICATE_CLIENT);
    issue(&wish, "a.pem", &certificate);
    list_with(NULL, time(NULL) + DATE_DAY);
    GOOD(crl_load(&crl, &folder, &fault));
    assert_int_equal(flags_of(&certificate, &crl, NULL), 0);
    mbedtls_x509_crl_free(&crl);
    mbedtls_x509_crt_free(&certificate);
}

static void each_list_has_all_that_were_revoked(void **state)
{
    (void)state;
    enum { N = 40 }; /* enough that lengths take more than one octet */
    static mbedtls_x509_crt certificates[N + 1];
    const struct certificate_wish wish = wish_for(CERTIFICATE_CLIENT);
    for (size_t i = 0; i <= N; i++)
        issue(&wish, "a.pem", &certificates[i]);
    for (size_t i = 0; i < N; i++) {
        mbedtls_x509_crl crl;
        list_with(&certificates[i], time(NULL) + DATE_DAY);
        GOOD(crl_load(&crl, &folder, &fault));
        for (size_t other = 0; other <= N; other++)
            assert_int_equal(flags_of(&certificates[other], &crl, NULL),
                             other <= i ? MBEDTLS_X509_BADCERT_REVOKED : 0);
        mbedtls_x509_crl_free(&crl);
    }
    for (size_t i = 0; i <= N; i++)
        mbedtls_x509_crt_free(&certificates[i]);
}

static void a_list_ends(void **state)
{
    (void)state;
    mbedtls_x509_crt certificate;
    mbedtls_x509_crl crl;
    const struct certificate_wish wish = wish_for(CERTIFICATE_CLIENT);
    issue(&wish, "a.pem", &certificate);
    list_with(NULL, time(NULL) - 30);
    GOOD(crl_load(&crl, &folder, &fault));
    assert_int_equal(flags_of(&certificate, &crl, NULL), MBEDTLS_X509_BADCRL_EXPIRED);
    mbedtls_x509_crl_free(&crl);

    time_t year_2060 = 0;
    assert_true(date_read("2060-01-01", &year_2060));
    list_with(NULL, year_2060);
    GOOD(crl_load(&crl, &folder, &fault));
    assert_int_equal(date_of_x509(&crl.next_update), year_2060);
    assert_int_equal(flags_of(&certificate, &crl, NULL), 0);
    mbedtls_x509_crl_free(&crl);
    mbedtls_x509_crt_free(&certificate);
}

/* Any octet changed: mbedTLS sees that the authority did not sign it, or cannot read it at all. */
static void a_list_that_was_changed_is_not_trusted(void **state)
{
    (void)state;
    mbedtls_x509_crt certificate;
    mbedtls_x509_crl crl;
    const struct certificate_wish wish = wish_for(CERTIFICATE_CLIENT);
    issue(&wish, "a.pem", &certificate);
    list_with(&certificate, time(NULL) + DATE_DAY);
    GOOD(crl_load(&crl, &folder, &fault));
    for (size_t at = 0; at < crl.tbs.len; at++) {
        mbedtls_x509_crl changed;
        mbedtls_x509_crl_init(&changed);
        size_t size = crl.raw.len;
        unsigned char *octets = malloc(size);
        assert_non_null(octets);
        memcpy(octets, crl.raw.p, size);
        octets[(size_t)(crl.tbs.p - crl.raw.p) + at] ^= 1;
        if (mbedtls_x509_crl_parse_der(&changed, octets, size) == 0)
            assert_int_not_equal(flags_of(&certificate, &changed, NULL),
                                 MBEDTLS_X509_BADCERT_REVOKED);
        mbedtls_x509_crl_free(&changed);
        free(octets);
    }
    assert_int_equal(flags_of(&certificate, &crl, NULL), MBEDTLS_X509_BADCERT_REVOKED);
    mbedtls_x509_crl_free(&crl);
    mbedtls_x509_crt_free(&certificate);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_trusted_by_its_authority),
        TEST(has_the_usage_it_was_made_for),
        TEST(is_good_between_its_dates),
        TEST(is_for_its_names_alone),
        TEST(what_is_no_name_is_refused),
        TEST(as_many_long_names_as_may_be_fit),
        TEST(keys_are_for_their_owner_alone),
        TEST(an_authority_with_another_key_is_none),
        TEST(an_empty_list_revokes_nobody),
        TEST(each_list_has_all_that_were_revoked),
        TEST(a_list_ends),
        TEST(a_list_that_was_changed_is_not_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
