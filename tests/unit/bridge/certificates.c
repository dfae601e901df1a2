/*
 * A private folder, in it NAME.crt and NAME.key in PEM. mbedTLS writes certificates; it has nothing
 * for revocation lists, so these are put together from ASN.1 (RFC 5280, section 5.1), backwards as
 * mbedTLS' writer goes.
 */
#include "tests/unit/bridge/certificates.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/sha256.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PATHS_MAX 128

struct certificates {
    char folder[64];
    char *paths[PATHS_MAX]; /* owned: what has been asked for */
    size_t n_paths;
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

struct certificates *certificates_create(void)
{
    struct certificates *certificates = calloc(1, sizeof *certificates);
    MUST(certificates != NULL);
    (void)snprintf(certificates->folder, sizeof certificates->folder, "/tmp/viaduct-test-XXXXXX");
    MUST(mkdtemp(certificates->folder) != NULL);
    return certificates;
}

struct certificates *certificates_destroy(struct certificates *certificates)
{
    if (certificates == NULL)
        return NULL;
    DIR *folder = opendir(certificates->folder);
    MUST(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        (void)unlinkat(dirfd(folder), entry->d_name, 0);
    (void)closedir(folder);
    (void)rmdir(certificates->folder);
    for (size_t i = 0; i < certificates->n_paths; i++)
        free(certificates->paths[i]);
    free(certificates);
    return NULL;
}

static const char *path_of(struct certificates *certificates, const char *name, const char *suffix)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s%s", certificates->folder, name, suffix);
    for (size_t i = 0; i < certificates->n_paths; i++)
        if (strcmp(certificates->paths[i], path) == 0)
            return certificates->paths[i];
    MUST(certificates->n_paths < PATHS_MAX);
    char *kept = strdup(path);
    MUST(kept != NULL);
    certificates->paths[certificates->n_paths++] = kept;
    return kept;
}

const char *certificates_cert(struct certificates *certificates, const char *name)
{
    return path_of(certificates, name, ".crt");
}

const char *certificates_key(struct certificates *certificates, const char *name)
{
    return path_of(certificates, name, ".key");
}

static void write_file(const char *path, const void *octets, size_t size)
{
    FILE *file = fopen(path, "w");
    MUST(file != NULL);
    MUST(fwrite(octets, 1, size, file) == size);
    MUST(fclose(file) == 0);
}

static void write_date(int days, char date[16])
{
    time_t when = time(NULL) + (time_t)days * 86400;
    struct tm parts;
    MUST(strftime(date, 16, "%Y%m%d%H%M%S", gmtime_r(&when, &parts)) == 14);
}

static void make_key(mbedtls_pk_context *key)
{
    MUST(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0);
    MUST(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), make_random, NULL) ==
         0);
}

static void set_names(mbedtls_x509write_cert *writer, const struct certificate_wish *wish)
{
    mbedtls_x509_san_list list[3];
    unsigned char address[16];
    size_t n = 0;
    memset(list, 0, sizeof list);
    union {
        const char *text;
        unsigned char *octets;
    } dns = {.text = wish->dns}, uri = {.text = wish->uri};
    if (wish->dns != NULL) {
        list[n].node.type = MBEDTLS_X509_SAN_DNS_NAME;
        list[n].node.san.unstructured_name.p = dns.octets;
        list[n++].node.san.unstructured_name.len = strlen(wish->dns);
    }
    if (wish->uri != NULL) {
        list[n].node.type = MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER;
        list[n].node.san.unstructured_name.p = uri.octets;
        list[n++].node.san.unstructured_name.len = strlen(wish->uri);
    }
    if (wish->ip != NULL) {
        bool four = inet_pton(AF_INET, wish->ip, address) == 1;
        MUST(four || inet_pton(AF_INET6, wish->ip, address) == 1);
        list[n].node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
        list[n].node.san.unstructured_name.p = address;
        list[n++].node.san.unstructured_name.len = four ? 4 : 16;
    }
    for (size_t i = 0; i + 1 < n; i++)
        list[i].next = &list[i + 1];
    if (n > 0)
        MUST(mbedtls_x509write_crt_set_subject_alternative_name(writer, list) == 0);
}

static void set_usage(mbedtls_x509write_cert *writer, const struct certificate_wish *wish)
{
    unsigned usage = MBEDTLS_X509_KU_DIGITAL_SIGNATURE;
    if (wish->usage == FOR_AUTHORITY)
        usage = MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN;
    if (wish->may_not_sign)
        usage = MBEDTLS_X509_KU_KEY_AGREEMENT;
    MUST(mbedtls_x509write_crt_set_key_usage(writer, usage) == 0);
    MUST(mbedtls_x509write_crt_set_basic_constraints(writer, wish->usage == FOR_AUTHORITY, -1) ==
         0);
    if (wish->usage != FOR_SERVER && wish->usage != FOR_CLIENT)
        return;
    union {
        const char *text;
        unsigned char *octets;
    } oid = {.text = wish->usage == FOR_SERVER ? MBEDTLS_OID_SERVER_AUTH : MBEDTLS_OID_CLIENT_AUTH};
    mbedtls_asn1_sequence purposes = {.buf = {.tag = MBEDTLS_ASN1_OID,
                                              .p = oid.octets,
                                              .len = MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)}};
    MUST(mbedtls_x509write_crt_set_ext_key_usage(writer, &purposes) == 0);
}

static void read_key(struct certificates *certificates, const char *name, mbedtls_pk_context *key)
{
    MUST(mbedtls_pk_parse_keyfile(key, certificates_key(certificates, name), NULL, make_random,
                                  NULL) == 0);
}

void certificates_make(struct certificates *certificates, const struct certificate_wish *wish)
{
    mbedtls_pk_context key, issuer_key;
    mbedtls_x509_crt issuer;
    mbedtls_x509write_cert writer;
    char subject[300], issuer_name[300], from[16], to[16];
    unsigned char serial[1] = {wish->serial != 0 ? wish->serial : 1}, pem[4096];
    mbedtls_pk_init(&key);
    mbedtls_pk_init(&issuer_key);
    mbedtls_x509_crt_init(&issuer);
    mbedtls_x509write_crt_init(&writer);

    make_key(&key);
    (void)snprintf(subject, sizeof subject, "CN=%s", wish->cn != NULL ? wish->cn : wish->name);
    memcpy(issuer_name, subject, sizeof subject);
    if (wish->issuer != NULL) {
        read_key(certificates, wish->issuer, &issuer_key);
        MUST(mbedtls_x509_crt_parse_file(&issuer, certificates_cert(certificates, wish->issuer)) ==
             0);
        MUST(mbedtls_x509_dn_gets(issuer_name, sizeof issuer_name, &issuer.subject) > 0);
    }
    bool usual = wish->from_days == 0 && wish->to_days == 0;
    write_date(usual ? -1 : wish->from_days, from);
    write_date(usual ? 1 : wish->to_days, to);

    mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&writer, &key);
    mbedtls_x509write_crt_set_issuer_key(&writer, wish->issuer != NULL ? &issuer_key : &key);
    MUST(mbedtls_x509write_crt_set_subject_name(&writer, subject) == 0);
    MUST(mbedtls_x509write_crt_set_issuer_name(&writer, issuer_name) == 0);
    MUST(mbedtls_x509write_crt_set_serial_raw(&writer, serial, sizeof serial) == 0);
    MUST(mbedtls_x509write_crt_set_validity(&writer, from, to) == 0);
    set_usage(&writer, wish);
    set_names(&writer, wish);

    MUST(mbedtls_x509write_crt_pem(&writer, pem, sizeof pem, make_random, NULL) == 0);
    write_file(certificates_cert(certificates, wish->name), pem, strlen((char *)pem));
    MUST(mbedtls_pk_write_key_pem(&key, pem, sizeof pem) == 0);
    write_file(certificates_key(certificates, wish->name), pem, strlen((char *)pem));

    mbedtls_x509write_crt_free(&writer);
    mbedtls_x509_crt_free(&issuer);
    mbedtls_pk_free(&issuer_key);
    mbedtls_pk_free(&key);
}

/* What mbedTLS' writers return, added up. */
static void add(size_t *totalp, int size)
{
    MUST(size >= 0);
    *totalp += (size_t)size;
}

static size_t write_time(unsigned char **at, unsigned char *start, int days)
{
    char date[16];
    size_t size = 0;
    write_date(days, date);
    date[14] = 'Z';
    add(&size, mbedtls_asn1_write_raw_buffer(at, start, (unsigned char *)date, 15));
    add(&size, mbedtls_asn1_write_len(at, start, size));
    add(&size, mbedtls_asn1_write_tag(at, start, MBEDTLS_ASN1_GENERALIZED_TIME));
    return size;
}

static size_t close_sequence(unsigned char **at, unsigned char *start, size_t size)
{
    add(&size, mbedtls_asn1_write_len(at, start, size));
    add(&size, mbedtls_asn1_write_tag(at, start, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE));
    return size;
}

static size_t write_algorithm(unsigned char **at, unsigned char *start)
{
    size_t size = 0;
    add(&size, mbedtls_asn1_write_oid(at, start, MBEDTLS_OID_ECDSA_SHA256,
                                      MBEDTLS_OID_SIZE(MBEDTLS_OID_ECDSA_SHA256)));
    return close_sequence(at, start, size);
}

const char *certificates_revoke(struct certificates *certificates, const char *name,
                                const char *issuer, uint8_t serial, int from_days, int to_days)
{
    mbedtls_pk_context key;
    mbedtls_x509_crt authority;
    mbedtls_pk_init(&key);
    mbedtls_x509_crt_init(&authority);
    read_key(certificates, issuer, &key);
    MUST(mbedtls_x509_crt_parse_file(&authority, certificates_cert(certificates, issuer)) == 0);

    unsigned char buffer[2048], signed_part[1024], *at = buffer + sizeof buffer;
    /* what is signed */
    size_t size = write_time(&at, buffer, from_days);
    add(&size, mbedtls_asn1_write_int(&at, buffer, serial));
    size = close_sequence(&at, buffer, size);
    size = close_sequence(&at, buffer, size);
    size += write_time(&at, buffer, to_days);
    size += write_time(&at, buffer, from_days);
    add(&size, mbedtls_asn1_write_raw_buffer(&at, buffer, authority.subject_raw.p,
                                             authority.subject_raw.len));
    size += write_algorithm(&at, buffer);
    add(&size, mbedtls_asn1_write_int(&at, buffer, 1)); /* version 2 */
    size = close_sequence(&at, buffer, size);
    MUST(size <= sizeof signed_part);
    memcpy(signed_part, at, size);

    unsigned char hash[32], signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    size_t signature_size;
    MUST(mbedtls_sha256(signed_part, size, hash, 0) == 0);
    MUST(mbedtls_pk_sign(&key, MBEDTLS_MD_SHA256, hash, sizeof hash, signature, sizeof signature,
                         &signature_size, make_random, NULL) == 0);
    at = buffer + sizeof buffer;
    size_t total = 0;
    add(&total, mbedtls_asn1_write_bitstring(&at, buffer, signature, signature_size * 8));
    total += write_algorithm(&at, buffer);
    add(&total, mbedtls_asn1_write_raw_buffer(&at, buffer, signed_part, size));
    total = close_sequence(&at, buffer, total);

    unsigned char pem[4096];
    size_t pem_size;
    MUST(mbedtls_pem_write_buffer("-----BEGIN X509 CRL-----\n", "-----END X509 CRL-----\n", at,
                                  total, pem, sizeof pem, &pem_size) == 0);
    const char *path = path_of(certificates, name, ".crl");
    write_file(path, pem, pem_size - 1);
    mbedtls_x509_crt_free(&authority);
    mbedtls_pk_free(&key);
    return path;
}

const char *certificates_join(struct certificates *certificates, const char *name,
                              const char *first, const char *second)
{
    const char *path = certificates_cert(certificates, name);
    FILE *to = fopen(path, "w");
    MUST(to != NULL);
    const char *names[] = {first, second};
    for (size_t i = 0; i < 2; i++) {
        char text[4096];
        FILE *from = fopen(certificates_cert(certificates, names[i]), "r");
        MUST(from != NULL);
        size_t n = fread(text, 1, sizeof text, from);
        MUST(n < sizeof text && fwrite(text, 1, n, to) == n);
        (void)fclose(from);
    }
    MUST(fclose(to) == 0);
    return path;
}
