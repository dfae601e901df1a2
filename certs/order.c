/*
 * One function a command. A key is made before its certificate, and neither takes the place of one
 * that is there unless that was asked for: `renew` keeps the key, `force` does not.
 */
#include "certs/order.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "certs/authority.h"
#include "certs/crl.h"
#include "certs/date.h"
#include "certs/key.h"

#define CLOCK_SLACK                                                                                \
    ((time_t)3600) /* certificates begin so much earlier, for clocks that differ                   \
                    */
#define FILE_NAME_MAX 128u

/* ---- for several commands ---- */

void order_set_dates(const struct order *order, unsigned days, struct certificate_wish *wish)
{
    time_t length = DATE_DAY * (time_t)(order->days > 0 ? order->days : days);
    wish->not_before = order->not_before != 0 ? order->not_before : time(NULL) - CLOCK_SLACK;
    wish->not_after = order->not_after;
    if (wish->not_after == 0)
        wish->not_after = wish->not_before + length;
    else if (order->not_before == 0 && wish->not_after <= wish->not_before)
        wish->not_before = wish->not_after - length; /* one that has expired was asked for */
}

void order_tell(const char *done, const struct folder *folder, const char *name, time_t until)
{
    char date[DATE_SHOWN_SIZE];
    date_write_shown(until, date);
    (void)printf("%s %s/%s, good until %s\n", done, folder->path, name, date);
}

/* A file in the folder, not a path; and no name that is taken. */
static bool is_file_name(const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > FILE_NAME_MAX - 5 || name[0] == '.' || name[0] == '-')
        return false;
    if (strcmp(name, "ca") == 0 || strcmp(name, "crl") == 0)
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._") ==
           size;
}

/* The key of @name: made, or with `renew` the one that is there. */
static enum via_status find_key(const struct order *order, const struct folder *folder,
                                const char *name, mbedtls_pk_context *key, struct fault *fault)
{
    mbedtls_pk_init(key);
    bool there = folder_has(folder, name);
    if (order->renew)
        return key_load(key, folder, name, fault);
    if (there && !order->force)
        return fault_set(fault, VIA_EXISTS,
                         "%s/%s is there already: --renew keeps it for a new certificate, --force "
                         "makes another in its place",
                         folder->path, name);
    enum via_status status = key_make(key, fault);
    return status == VIA_OK ? key_save(key, folder, name, fault) : status;
}

/* ---- ca ---- */

static enum via_status make_ca(const struct order *order, const struct folder *folder,
                               struct fault *fault)
{
    struct certificate_wish wish = {
        .common_name = order->subject != NULL ? order->subject : "Viaduct CA",
        .usage = CERTIFICATE_CA,
    };
    if (!certificate_is_common_name(wish.common_name))
        return fault_set(fault, VIA_INVALID,
                         "'%s' is no name for an authority: letters, digits, blanks and -._@: only",
                         wish.common_name);
    order_set_dates(order, ORDER_DAYS_CA, &wish);
    mbedtls_pk_context key;
    enum via_status status = find_key(order, folder, AUTHORITY_KEY, &key, fault);
    if (status == VIA_OK)
        status = certificate_issue(&wish, &key, NULL, folder, AUTHORITY_CERTIFICATE, fault);
    mbedtls_pk_free(&key);
    if (status == VIA_OK)
        order_tell("made", folder, AUTHORITY_CERTIFICATE, wish.not_after);
    return status;
}

/* After a new key the list begins anew: the old one is signed with another. */
static enum via_status write_list(const struct order *order, const struct folder *folder,
                                  bool from_nothing, const mbedtls_x509_crt *revoked,
                                  struct fault *fault)
{
    struct authority authority;
    mbedtls_x509_crl crl;
    mbedtls_x509_crl_init(&crl);
    enum via_status status = authority_load(&authority, folder, fault);
    bool before = !from_nothing && folder_has(folder, CRL_NAME);
    if (status == VIA_OK && before)
        status = crl_load(&crl, folder, fault);
    if (status == VIA_OK) {
        time_t until =
            order->not_after != 0
                ? order->not_after
                : time(NULL) + DATE_DAY * (time_t)(order->days > 0 ? order->days : ORDER_DAYS_CRL);
        status = crl_write(folder, &authority, before ? &crl : NULL, revoked, until, fault);
        if (status == VIA_OK)
            order_tell("made", folder, CRL_NAME, until);
    }
    mbedtls_x509_crl_free(&crl);
    authority_free(&authority);
    return status;
}

enum via_status order_ca(const struct order *order, struct fault *fault)
{
    struct folder folder;
    enum via_status status = folder_open(&folder, order->folder, FOLDER_MADE, fault);
    if (status != VIA_OK)
        return status;
    status = make_ca(order, &folder, fault);
    if (status == VIA_OK) {
        struct order list = {.folder = order->folder}; /* with days of its own */
        status = write_list(&list, &folder, !order->renew, NULL, fault);
    }
    folder_close(&folder);
    return status;
}

/* ---- server, client ---- */

static enum via_status set_wish(const struct order *order, struct certificate_wish *wish,
                                struct fault *fault)
{
    if (!is_file_name(order->subject))
        return fault_set(fault, VIA_INVALID,
                         "'%s' is no name for a certificate: letters, digits and -._ only, and not "
                         "ca or crl",
                         order->subject);
    if (!certificate_is_common_name(order->subject))
        return fault_set(fault, VIA_INVALID, "'%s' is longer than %u characters", order->subject,
                         CERTIFICATE_COMMON_NAME_MAX);
    wish->common_name = order->subject;
    wish->usage = order->usage;
    order_set_dates(order, ORDER_DAYS_CERTIFICATE, wish);
    for (size_t i = 0; i < order->n_names; i++) {
        enum via_status status = certificate_add_name(wish, order->names[i], fault);
        if (status != VIA_OK)
            return status;
    }
    return VIA_OK;
}

static enum via_status make_certificate(const struct order *order, struct certificate_wish *wish,
                                        const struct folder *folder, struct fault *fault)
{
    char name[FILE_NAME_MAX];
    char key_name[FILE_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s.pem", order->subject);
    (void)snprintf(key_name, sizeof key_name, "%s.key", order->subject);

    struct authority authority;
    mbedtls_pk_context key;
    mbedtls_pk_init(&key);
    enum via_status status = authority_load(&authority, folder, fault);
    if (status == VIA_OK) {
        /* Nothing outlives its authority, unless that was said. */
        time_t end = date_of_x509(&authority.certificate.valid_to);
        if (order->not_after == 0 && wish->not_after > end)
            wish->not_after = end;
        status = find_key(order, folder, key_name, &key, fault);
    }
    if (status == VIA_OK)
        status = certificate_issue(wish, &key, &authority, folder, name, fault);
    mbedtls_pk_free(&key);
    authority_free(&authority);
    if (status == VIA_OK)
        order_tell("made", folder, name, wish->not_after);
    return status;
}

enum via_status order_certificate(const struct order *order, struct fault *fault)
{
    struct certificate_wish wish = {.n_names = 0};
    struct folder folder;
    enum via_status status = set_wish(order, &wish, fault);
    if (status == VIA_OK)
        status = folder_open(&folder, order->folder, FOLDER_THERE, fault);
    if (status != VIA_OK)
        return status;
    status = make_certificate(order, &wish, &folder, fault);
    folder_close(&folder);
    return status;
}

/* ---- revoke, crl ---- */

/* The certificate meant: a path, or a name in the folder. */
static enum via_status load_meant(const struct folder *folder, const char *meant,
                                  mbedtls_x509_crt *certificate, struct fault *fault)
{
    char name[FILE_NAME_MAX];
    mbedtls_x509_crt_init(certificate);
    if (is_file_name(meant)) {
        (void)snprintf(name, sizeof name, "%s.pem", meant);
        if (folder_has(folder, meant))
            return certificate_load(certificate, folder, meant, fault);
        if (folder_has(folder, name))
            return certificate_load(certificate, folder, name, fault);
    }
    int result = mbedtls_x509_crt_parse_file(certificate, meant);
    return result == 0 ? VIA_OK : fault_mbedtls(fault, meant, result);
}

static enum via_status revoke_certificate(const struct order *order, const struct folder *folder,
                                          const mbedtls_x509_crt *certificate, const char *words,
                                          struct fault *fault)
{
    mbedtls_x509_crl crl;
    mbedtls_x509_crl_init(&crl);
    enum via_status status = folder_has(folder, CRL_NAME) ? crl_load(&crl, folder, fault) : VIA_OK;
    bool revoked = status == VIA_OK && mbedtls_x509_crt_is_revoked(certificate, &crl) != 0;
    mbedtls_x509_crl_free(&crl);
    if (status != VIA_OK)
        return status;
    (void)printf("%s %s\n", revoked ? "was revoked before:" : "revoked", words);
    return write_list(order, folder, false, revoked ? NULL : certificate, fault);
}

static enum via_status revoke_meant(const struct order *order, const struct folder *folder,
                                    mbedtls_x509_crt *certificate, struct fault *fault)
{
    struct authority authority;
    uint32_t flags = 0;
    enum via_status status = authority_load(&authority, folder, fault);
    if (status == VIA_OK) {
        (void)mbedtls_x509_crt_verify(certificate, &authority.certificate, NULL, NULL, &flags, NULL,
                                      NULL);
        if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0)
            status =
                fault_set(fault, VIA_BAD_CERTIFICATE, "%s was not issued by the authority in %s",
                          order->subject, folder->path);
    }
    authority_free(&authority);
    return status == VIA_OK ? revoke_certificate(order, folder, certificate, order->subject, fault)
                            : status;
}

enum via_status order_revoke(const struct order *order, struct fault *fault)
{
    struct folder folder;
    mbedtls_x509_crt certificate;
    enum via_status status = folder_open(&folder, order->folder, FOLDER_THERE, fault);
    if (status != VIA_OK)
        return status;
    status = load_meant(&folder, order->subject, &certificate, fault);
    if (status == VIA_OK)
        status = revoke_meant(order, &folder, &certificate, fault);
    mbedtls_x509_crt_free(&certificate);
    folder_close(&folder);
    return status;
}

enum via_status order_crl(const struct order *order, struct fault *fault)
{
    struct folder folder;
    enum via_status status = folder_open(&folder, order->folder, FOLDER_THERE, fault);
    if (status != VIA_OK)
        return status;
    status = write_list(order, &folder, false, NULL, fault);
    folder_close(&folder);
    return status;
}
