/*
 * The certificates of one developer's machine, made once and then kept in order: each file is
 * looked at, and what is missing, does not fit, or ends soon is made anew; a key that is there
 * stays. So it may run at every start, and two at once wait for each other.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "certs/authority.h"
#include "certs/crl.h"
#include "certs/date.h"
#include "certs/key.h"
#include "certs/order.h"

#define HOST_NAME_SIZE 256
#define AUTHORITY_NAME_SIZE 64

static bool ends_soon(const mbedtls_x509_time *time_of_end)
{
    return date_of_x509(time_of_end) - time(NULL) < DATE_DAY * (time_t)ORDER_DAYS_LEFT;
}

/* ---- the authority ---- */

/* Authorities of two machines have two names, so that a mistake between them is seen. */
static enum via_status name_authority(char name[AUTHORITY_NAME_SIZE], struct fault *fault)
{
    unsigned char octets[4];
    int result = key_random(NULL, octets, sizeof octets);
    if (result != 0)
        return fault_mbedtls(fault, "random octets", result);
    (void)snprintf(name, AUTHORITY_NAME_SIZE, "Viaduct development CA %02x%02x%02x%02x", octets[0],
                   octets[1], octets[2], octets[3]);
    return VIA_OK;
}

/* @key signs for itself, under @name. */
static enum via_status sign_authority(const struct order *order, const struct folder *folder,
                                      mbedtls_pk_context *key, const char *name,
                                      struct fault *fault)
{
    struct certificate_wish wish = {.common_name = name, .usage = CERTIFICATE_CA};
    order_set_dates(order, ORDER_DAYS_CA, &wish);
    enum via_status status =
        certificate_issue(&wish, key, NULL, folder, AUTHORITY_CERTIFICATE, fault);
    if (status == VIA_OK)
        order_tell("made", folder, AUTHORITY_CERTIFICATE, wish.not_after);
    return status;
}

static enum via_status make_authority(const struct order *order, const struct folder *folder,
                                      struct fault *fault)
{
    char name[AUTHORITY_NAME_SIZE];
    mbedtls_pk_context key;
    enum via_status status = name_authority(name, fault);
    if (status != VIA_OK)
        return status;
    status = folder_has(folder, AUTHORITY_KEY) ? key_load(&key, folder, AUTHORITY_KEY, fault)
                                               : key_make(&key, fault);
    if (status == VIA_OK && !folder_has(folder, AUTHORITY_KEY))
        status = key_save(&key, folder, AUTHORITY_KEY, fault);
    if (status == VIA_OK)
        status = sign_authority(order, folder, &key, name, fault);
    mbedtls_pk_free(&key);
    return status;
}

/* Under its own name and key, so that what it has signed stays good. */
static enum via_status renew_authority(const struct order *order, const struct folder *folder,
                                       const struct authority *authority, struct fault *fault)
{
    char subject[512];
    int size = mbedtls_x509_dn_gets(subject, sizeof subject, &authority->certificate.subject);
    const char *name = strncmp(subject, "CN=", 3) == 0 ? subject + 3 : "";
    if (size < 0 || !certificate_is_common_name(name))
        return fault_set(fault, VIA_UNSUPPORTED,
                         "%s/%s ends soon and was not made here: renew it where it was made",
                         folder->path, AUTHORITY_CERTIFICATE);
    return sign_authority(order, folder, authority_key(authority), name, fault);
}

static enum via_status keep_authority(const struct order *order, const struct folder *folder,
                                      struct authority *authority, struct fault *fault)
{
    bool has_key = folder_has(folder, AUTHORITY_KEY);
    bool has_certificate = folder_has(folder, AUTHORITY_CERTIFICATE);
    mbedtls_x509_crt_init(&authority->certificate);
    mbedtls_pk_init(&authority->key);
    if (has_certificate && !has_key)
        return fault_set(fault, VIA_EXISTS,
                         "%s has %s but no %s: take another folder, or move the certificate away",
                         folder->path, AUTHORITY_CERTIFICATE, AUTHORITY_KEY);
    if (!has_certificate) {
        enum via_status status = make_authority(order, folder, fault);
        return status == VIA_OK ? authority_load(authority, folder, fault) : status;
    }
    enum via_status status = authority_load(authority, folder, fault);
    if (status != VIA_OK)
        return status;
    if (!ends_soon(&authority->certificate.valid_to)) {
        order_tell("kept", folder, AUTHORITY_CERTIFICATE,
                   date_of_x509(&authority->certificate.valid_to));
        return VIA_OK;
    }
    status = renew_authority(order, folder, authority, fault);
    if (status != VIA_OK)
        return status;
    authority_free(authority);
    return authority_load(authority, folder, fault);
}

/* ---- the revocation list ---- */

/* Whether the list is this authority's and good for a while; only then its entries are kept. */
static enum via_status keep_list(const struct order *order, const struct folder *folder,
                                 const struct authority *authority, struct fault *fault)
{
    mbedtls_x509_crl crl;
    mbedtls_x509_crl_init(&crl);
    struct fault ignored = {.text = ""};
    bool known =
        folder_has(folder, CRL_NAME) && crl_load(&crl, folder, &ignored) == VIA_OK &&
        crl.issuer_raw.len == authority->certificate.subject_raw.len &&
        memcmp(crl.issuer_raw.p, authority->certificate.subject_raw.p, crl.issuer_raw.len) == 0;
    enum via_status status = VIA_OK;
    if (known && !ends_soon(&crl.next_update)) {
        order_tell("kept", folder, CRL_NAME, date_of_x509(&crl.next_update));
    } else {
        time_t until =
            time(NULL) + DATE_DAY * (time_t)(order->days > 0 ? order->days : ORDER_DAYS_CRL);
        status = crl_write(folder, authority, known ? &crl : NULL, NULL, until, fault);
        if (status == VIA_OK)
            order_tell("made", folder, CRL_NAME, until);
    }
    mbedtls_x509_crl_free(&crl);
    return status;
}

/* ---- server and client ---- */

/* Whether the certificate in @name is what was wished for, by this authority, and good for a
 * while. */
static bool is_good(const struct certificate_wish *wish, const struct folder *folder,
                    const struct authority *authority, mbedtls_pk_context *key, const char *name,
                    time_t *untilp)
{
    mbedtls_x509_crt certificate;
    mbedtls_x509_crl crl;
    mbedtls_x509_crl_init(&crl);
    mbedtls_x509_crt_init(&certificate);
    struct fault ignored = {.text = ""};
    uint32_t flags = 0;
    union {
        const mbedtls_x509_crt *borrowed;
        mbedtls_x509_crt *certificate; /* mbedTLS does not change it */
    } trusted = {.borrowed = &authority->certificate};
    bool good = folder_has(folder, name) &&
                certificate_load(&certificate, folder, name, &ignored) == VIA_OK &&
                crl_load(&crl, folder, &ignored) == VIA_OK &&
                mbedtls_pk_check_pair(&certificate.pk, key, key_random, NULL) == 0 &&
                mbedtls_x509_crt_verify(&certificate, trusted.certificate, &crl, NULL, &flags, NULL,
                                        NULL) == 0 &&
                !ends_soon(&certificate.valid_to) && certificate_covers(&certificate, wish);
    if (good)
        *untilp = date_of_x509(&certificate.valid_to);
    mbedtls_x509_crl_free(&crl);
    mbedtls_x509_crt_free(&certificate);
    return good;
}

static enum via_status keep_certificate(const struct order *order, struct certificate_wish *wish,
                                        const struct folder *folder,
                                        const struct authority *authority, const char *noun,
                                        struct fault *fault)
{
    char name[32];
    char key_name[32];
    (void)snprintf(name, sizeof name, "%s.pem", noun);
    (void)snprintf(key_name, sizeof key_name, "%s.key", noun);
    mbedtls_pk_context key;
    bool has_key = folder_has(folder, key_name);
    time_t until = 0;
    enum via_status status =
        has_key ? key_load(&key, folder, key_name, fault) : key_make(&key, fault);
    if (status == VIA_OK && !has_key)
        status = key_save(&key, folder, key_name, fault);
    if (status != VIA_OK) {
        mbedtls_pk_free(&key);
        return status;
    }
    if (has_key && is_good(wish, folder, authority, &key, name, &until)) {
        order_tell("kept", folder, name, until);
    } else {
        order_set_dates(order, ORDER_DAYS_CERTIFICATE, wish);
        status = certificate_issue(wish, &key, authority, folder, name, fault);
        if (status == VIA_OK)
            order_tell("made", folder, name, wish->not_after);
    }
    mbedtls_pk_free(&key);
    return status;
}

static enum via_status keep_server(const struct order *order, const struct folder *folder,
                                   const struct authority *authority, struct fault *fault)
{
    struct certificate_wish wish = {.common_name = "localhost", .usage = CERTIFICATE_SERVER};
    static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        enum via_status status = certificate_add_name(&wish, names[i], fault);
        if (status != VIA_OK)
            return status;
    }
    char host[HOST_NAME_SIZE] = "";
    struct fault ignored = {.text = ""};
    if (gethostname(host, sizeof host - 1) == 0 && strcmp(host, "localhost") != 0) {
        /* A host may be called what no certificate can say; then it goes without. */
        if (certificate_add_name(&wish, host, &ignored) != VIA_OK)
            (void)printf("left out the host's name, '%s': %s\n", host, ignored.text);
    }
    return keep_certificate(order, &wish, folder, authority, "server", fault);
}

static enum via_status keep_client(const struct order *order, const struct folder *folder,
                                   const struct authority *authority, struct fault *fault)
{
    struct certificate_wish wish = {.common_name = "developer", .usage = CERTIFICATE_CLIENT};
    return keep_certificate(order, &wish, folder, authority, "client", fault);
}

/* ---- all of it ---- */

static enum via_status keep_all(const struct order *order, const struct folder *folder,
                                struct fault *fault)
{
    /* A folder with something else in it is not ours to close to others. */
    if (!folder_has(folder, AUTHORITY_KEY) && !folder_is_empty(folder))
        return fault_set(fault, VIA_EXISTS,
                         "%s holds other things: development certificates want a folder of their "
                         "own",
                         folder->path);
    struct authority authority;
    enum via_status status = folder_shut(folder, fault);
    if (status != VIA_OK)
        return status;
    status = keep_authority(order, folder, &authority, fault);
    if (status == VIA_OK)
        status = keep_list(order, folder, &authority, fault);
    if (status == VIA_OK)
        status = keep_server(order, folder, &authority, fault);
    if (status == VIA_OK)
        status = keep_client(order, folder, &authority, fault);
    authority_free(&authority);
    return status;
}

enum via_status order_dev(const struct order *order, struct fault *fault)
{
    struct folder folder;
    enum via_status status = folder_open(&folder, order->folder, FOLDER_MADE, fault);
    if (status != VIA_OK)
        return status;
    status = keep_all(order, &folder, fault);
    folder_close(&folder);
    return status;
}
