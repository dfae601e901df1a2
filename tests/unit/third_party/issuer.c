/*
 * A certification authority of a few lines, on mbedTLS alone, so that these tests need nothing of
 * ours. All keys are P-256.
 */
#include "tests/unit/third_party/issuer.h"

#include <cmocka.h>
#include <dirent.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static unsigned char n_issued; /* the next serial number less one */

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void path_in_folder(char path[256], const char *name, const char *suffix)
{
    if (folder[0] == '\0') {
        (void)snprintf(folder, sizeof folder, "/tmp/viaduct-issuer-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    int length = snprintf(path, 256, "%s/%s%s", folder, name, suffix);
    assert_in_range(length, 1, 255);
}

static void make_key(mbedtls_pk_context *key, mbedtls_ctr_drbg_context *random)
{
    mbedtls_pk_init(key);
    assert_int_equal(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
    assert_int_equal(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
                                         mbedtls_ctr_drbg_random, random),
                     0);
}

static void sign(struct issued *issued, const char *name, enum issued_as as,
                 mbedtls_pk_context *key, mbedtls_pk_context *issuer_key, const char *issuer_name,
                 mbedtls_ctr_drbg_context *random)
{
    mbedtls_x509write_cert request;
    mbedtls_x509write_crt_init(&request);
    mbedtls_x509write_crt_set_version(&request, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&request, MBEDTLS_MD_SHA256);
    n_issued++;
    assert_int_equal(mbedtls_x509write_crt_set_serial_raw(&request, &n_issued, 1), 0);
    assert_int_equal(
        mbedtls_x509write_crt_set_validity(&request, "20200101000000", "20500101000000"), 0);
    assert_int_equal(mbedtls_x509write_crt_set_subject_name(&request, name), 0);
    assert_int_equal(mbedtls_x509write_crt_set_issuer_name(&request, issuer_name), 0);
    mbedtls_x509write_crt_set_subject_key(&request, key);
    mbedtls_x509write_crt_set_issuer_key(&request, issuer_key);
    assert_int_equal(mbedtls_x509write_crt_set_basic_constraints(&request, as == ISSUED_AS_CA, -1),
                     0);

    char host[] = "localhost";
    mbedtls_x509_san_list san = {0};
    san.node.type = MBEDTLS_X509_SAN_DNS_NAME;
    san.node.san.unstructured_name.p = (unsigned char *)host;
    san.node.san.unstructured_name.len = sizeof host - 1;
    if (as == ISSUED_AS_PEER)
        assert_int_equal(mbedtls_x509write_crt_set_subject_alternative_name(&request, &san), 0);

    assert_int_equal(mbedtls_x509write_crt_pem(&request, (unsigned char *)issued->cert_pem,
                                               sizeof issued->cert_pem, mbedtls_ctr_drbg_random,
                                               random),
                     0);
    mbedtls_x509write_crt_free(&request);
}

void issuer_make(struct issued *issued, const char *name, enum issued_as as,
                 const struct issued *issuer)
{
    path_in_folder(issued->cert_path, name, ".pem");
    path_in_folder(issued->key_path, name, ".key");

    mbedtls_entropy_context entropy;
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_context random;
    mbedtls_ctr_drbg_init(&random);
    assert_int_equal(mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0), 0);

    char subject[64];
    (void)snprintf(subject, sizeof subject, "CN=%s", name);
    mbedtls_pk_context key;
    make_key(&key, &random);
    if (issuer == NULL) {
        sign(issued, subject, as, &key, &key, subject, &random);
    } else {
        mbedtls_pk_context issuer_key;
        mbedtls_pk_init(&issuer_key);
        assert_int_equal(mbedtls_pk_parse_keyfile(&issuer_key, issuer->key_path, NULL,
                                                  mbedtls_ctr_drbg_random, &random),
                         0);
        mbedtls_x509_crt issuer_cert;
        mbedtls_x509_crt_init(&issuer_cert);
        assert_int_equal(mbedtls_x509_crt_parse_file(&issuer_cert, issuer->cert_path), 0);
        char issuer_name[64];
        assert_true(mbedtls_x509_dn_gets(issuer_name, sizeof issuer_name, &issuer_cert.subject) >
                    0);
        sign(issued, subject, as, &key, &issuer_key, issuer_name, &random);
        mbedtls_x509_crt_free(&issuer_cert);
        mbedtls_pk_free(&issuer_key);
    }

    mbedtls_x509_crt parsed;
    mbedtls_x509_crt_init(&parsed);
    assert_int_equal(mbedtls_x509_crt_parse(&parsed, (const unsigned char *)issued->cert_pem,
                                            strlen(issued->cert_pem) + 1),
                     0);
    assert_true(parsed.raw.len <= sizeof issued->der);
    memcpy(issued->der, parsed.raw.p, parsed.raw.len);
    issued->der_size = parsed.raw.len;
    mbedtls_x509_crt_free(&parsed);

    unsigned char key_pem[1024];
    assert_int_equal(mbedtls_pk_write_key_pem(&key, key_pem, sizeof key_pem), 0);
    write_file(issued->cert_path, issued->cert_pem);
    write_file(issued->key_path, (const char *)key_pem);
    mbedtls_pk_free(&key);
    mbedtls_ctr_drbg_free(&random);
    mbedtls_entropy_free(&entropy);
}

void issuer_write_chain(char path[256], const char *name, const struct issued *first,
                        const struct issued *second)
{
    char both[sizeof first->cert_pem * 2];
    (void)snprintf(both, sizeof both, "%s%s", first->cert_pem, second->cert_pem);
    path_in_folder(path, name, ".pem");
    write_file(path, both);
}

void issuer_clean(void)
{
    if (folder[0] == '\0')
        return;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(entries), entry->d_name, 0), 0);
    }
    assert_int_equal(closedir(entries), 0);
    assert_int_equal(rmdir(folder), 0);
    folder[0] = '\0';
}
