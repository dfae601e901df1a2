/*
 * What we write is small and strict: P-256, SHA-256, serial numbers of 127 random bits, key usage
 * marked critical, and the key identifiers by which other tools put chains together.
 */
#include "certs/certificate.h"

#include <arpa/inet.h>
#include <mbedtls/oid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "certs/authority.h"
#include "certs/date.h"
#include "certs/key.h"

#define PEM_SIZE 32768u /* 32 names of 253 octets, in base64, and much room */
#define SERIAL_SIZE 16u
#define DNS_NAME_MAX 253u
#define URI_MAX 512u

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

/* Whether @text has letters, digits and @others alone. */
static bool is_made_of(const char *text, const char *others)
{
    for (; *text != '\0'; text++) {
        if (strchr(letters, *text) == NULL && strchr(digits, *text) == NULL &&
            strchr(others, *text) == NULL)
            return false;
    }
    return true;
}

bool certificate_is_common_name(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size <= CERTIFICATE_COMMON_NAME_MAX && is_made_of(text, " -._@:") &&
           text[0] != ' ' && text[size - 1] != ' ';
}

/* ---- names ---- */

static size_t read_address(const char *text, unsigned char address[16])
{
    if (inet_pton(AF_INET, text, address) == 1)
        return 4;
    return inet_pton(AF_INET6, text, address) == 1 ? 16 : 0;
}

static bool is_uri(const char *text)
{
    const char *colon = strchr(text, ':');
    return colon != NULL && colon > text && strchr(letters, text[0]) != NULL &&
           strlen(text) <= URI_MAX && is_made_of(text, "-._~:/?#[]@!$&'()*+,;=%");
}

static bool is_dns_name(const char *text)
{
    size_t size = strlen(text);
    if (strncmp(text, "*.", 2) == 0)
        text += 2;
    return *text != '\0' && *text != '.' && *text != '-' && size <= DNS_NAME_MAX &&
           is_made_of(text, "-._") && strstr(text, "..") == NULL;
}

enum via_status certificate_add_name(struct certificate_wish *wish, const char *text,
                                     struct fault *fault)
{
    unsigned char address[16];
    enum certificate_name_kind kind;
    if (read_address(text, address) > 0)
        kind = CERTIFICATE_IP;
    else if (is_dns_name(text))
        kind = CERTIFICATE_DNS;
    else if (is_uri(text))
        kind = CERTIFICATE_URI;
    else
        return fault_set(fault, VIA_INVALID, "'%s' is no address, DNS name or URI", text);
    if (wish->n_names == CERTIFICATE_NAMES_MAX)
        return fault_set(fault, VIA_TOO_LARGE, "a certificate takes at most %u names",
                         CERTIFICATE_NAMES_MAX);
    wish->names[wish->n_names].kind = kind;
    wish->names[wish->n_names].text = text;
    wish->n_names++;
    return VIA_OK;
}

/* Names as mbedTLS wants them: a list, in storage that outlives the writing. */
struct name_list {
    mbedtls_x509_san_list nodes[CERTIFICATE_NAMES_MAX];
    unsigned char addresses[CERTIFICATE_NAMES_MAX][16];
    char *texts[CERTIFICATE_NAMES_MAX]; /* owned, where it is no address */
};

static int list_tag(enum certificate_name_kind kind)
{
    return kind == CERTIFICATE_IP    ? MBEDTLS_X509_SAN_IP_ADDRESS
           : kind == CERTIFICATE_URI ? MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER
                                     : MBEDTLS_X509_SAN_DNS_NAME;
}

static int set_names(mbedtls_x509write_cert *writer, const struct certificate_wish *wish,
                     struct name_list *list)
{
    if (wish->n_names == 0)
        return 0;
    for (size_t i = 0; i < wish->n_names; i++) {
        mbedtls_x509_san_list *node = &list->nodes[i];
        mbedtls_x509_buf *text = &node->node.san.unstructured_name;
        node->node.type = list_tag(wish->names[i].kind);
        node->next = i > 0 ? node - 1 : NULL;
        if (wish->names[i].kind == CERTIFICATE_IP) {
            text->p = list->addresses[i];
            text->len = read_address(wish->names[i].text, text->p);
            continue;
        }
        list->texts[i] = strdup(wish->names[i].text);
        if (list->texts[i] == NULL)
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        text->p = (unsigned char *)list->texts[i];
        text->len = strlen(list->texts[i]);
    }
    /* It writes backwards: the last of the list stands first in the certificate. */
    return mbedtls_x509write_crt_set_subject_alternative_name(writer,
                                                              &list->nodes[wish->n_names - 1]);
}

/* ---- usage ---- */

struct usage {
    const char *oid;
    size_t oid_size;
};

static struct usage extended_usage(enum certificate_usage usage)
{
    switch (usage) {
    case CERTIFICATE_SERVER:
        return (struct usage){MBEDTLS_OID_SERVER_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)};
    case CERTIFICATE_CLIENT:
        return (struct usage){MBEDTLS_OID_CLIENT_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)};
    case CERTIFICATE_NEITHER:
        return (struct usage){MBEDTLS_OID_EMAIL_PROTECTION,
                              MBEDTLS_OID_SIZE(MBEDTLS_OID_EMAIL_PROTECTION)};
    case CERTIFICATE_CA:
        break;
    }
    return (struct usage){NULL, 0};
}

static int set_usage(mbedtls_x509write_cert *writer, enum certificate_usage usage)
{
    if (usage == CERTIFICATE_CA) {
        int result = mbedtls_x509write_crt_set_basic_constraints(writer, 1, 0);
        return result != 0 ? result
                           : mbedtls_x509write_crt_set_key_usage(
                                 writer, MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN);
    }
    struct usage wanted = extended_usage(usage);
    char oid[16];
    memcpy(oid, wanted.oid, wanted.oid_size);
    const mbedtls_asn1_sequence list = {
        .buf = {.tag = MBEDTLS_ASN1_OID, .len = wanted.oid_size, .p = (unsigned char *)oid}};
    int result = mbedtls_x509write_crt_set_basic_constraints(writer, 0, -1);
    if (result == 0)
        result = mbedtls_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_DIGITAL_SIGNATURE);
    return result != 0 ? result : mbedtls_x509write_crt_set_ext_key_usage(writer, &list);
}

/* ---- issue ---- */

static int set_serial(mbedtls_x509write_cert *writer)
{
    unsigned char serial[SERIAL_SIZE];
    int result = key_random(NULL, serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x3fu) | 0x40u); /* positive, and no zeros ahead */
    return result != 0 ? result
                       : mbedtls_x509write_crt_set_serial_raw(writer, serial, sizeof serial);
}

static int set_dates(mbedtls_x509write_cert *writer, const struct certificate_wish *wish)
{
    char from[DATE_X509_SIZE];
    char until[DATE_X509_SIZE];
    date_write_x509(wish->not_before, from);
    date_write_x509(wish->not_after, until);
    return mbedtls_x509write_crt_set_validity(writer, from, until);
}

static int set_issuer(mbedtls_x509write_cert *writer, const struct authority *authority,
                      const char *subject)
{
    if (authority == NULL)
        return mbedtls_x509write_crt_set_issuer_name(writer, subject);
    char issuer[512];
    int size = mbedtls_x509_dn_gets(issuer, sizeof issuer, &authority->certificate.subject);
    return size < 0 ? size : mbedtls_x509write_crt_set_issuer_name(writer, issuer);
}

static int write_pem(mbedtls_x509write_cert *writer, const struct certificate_wish *wish,
                     mbedtls_pk_context *key, const struct authority *authority,
                     struct name_list *names, unsigned char *pem)
{
    char subject[CERTIFICATE_COMMON_NAME_MAX + 4];
    (void)snprintf(subject, sizeof subject, "CN=%s", wish->common_name);
    mbedtls_x509write_crt_set_version(writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(writer, key);
    mbedtls_x509write_crt_set_issuer_key(writer,
                                         authority == NULL ? key : authority_key(authority));

    int result = set_serial(writer);
    if (result == 0)
        result = set_dates(writer, wish);
    if (result == 0)
        result = mbedtls_x509write_crt_set_subject_name(writer, subject);
    if (result == 0)
        result = set_issuer(writer, authority, subject);
    if (result == 0)
        result = set_usage(writer, wish->usage);
    if (result == 0)
        result = mbedtls_x509write_crt_set_subject_key_identifier(writer);
    if (result == 0)
        result = mbedtls_x509write_crt_set_authority_key_identifier(writer);
    if (result == 0)
        result = set_names(writer, wish, names);
    return result != 0 ? result
                       : mbedtls_x509write_crt_pem(writer, pem, PEM_SIZE, key_random, NULL);
}

enum via_status certificate_issue(const struct certificate_wish *wish, mbedtls_pk_context *key,
                                  const struct authority *authority, const struct folder *folder,
                                  const char *name, struct fault *fault)
{
    if (wish->not_before >= wish->not_after)
        return fault_set(fault, VIA_INVALID, "a certificate cannot end before it begins");
    unsigned char *pem = malloc(PEM_SIZE);
    struct name_list *names = calloc(1, sizeof *names);
    enum via_status status;
    if (pem == NULL || names == NULL) {
        status = fault_set(fault, VIA_NO_MEMORY, "%s: out of memory", name);
    } else {
        mbedtls_x509write_cert writer;
        mbedtls_x509write_crt_init(&writer);
        int result = write_pem(&writer, wish, key, authority, names, pem);
        mbedtls_x509write_crt_free(&writer);
        status = result != 0 ? fault_mbedtls(fault, name, result)
                             : folder_write(folder, name, 0644, (const char *)pem, fault);
    }
    for (size_t i = 0; names != NULL && i < CERTIFICATE_NAMES_MAX; i++)
        free(names->texts[i]);
    free(names);
    free(pem);
    return status;
}

/* ---- read ---- */

enum via_status certificate_load(mbedtls_x509_crt *certificate, const struct folder *folder,
                                 const char *name, struct fault *fault)
{
    mbedtls_x509_crt_init(certificate);
    char *text = NULL;
    size_t size = 0;
    enum via_status status = folder_read(folder, name, &text, &size, fault);
    if (status != VIA_OK)
        return status;
    int result = mbedtls_x509_crt_parse(certificate, (unsigned char *)text, size + 1);
    free(text);
    if (result == 0)
        return VIA_OK;
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
    return fault_mbedtls(fault, path, result);
}

static bool has_name(const mbedtls_x509_crt *certificate, enum certificate_name_kind kind,
                     const char *text)
{
    unsigned char address[16];
    size_t address_size = kind == CERTIFICATE_IP ? read_address(text, address) : 0;
    if (!mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
        return false;
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at != NULL;
         at = at->next) {
        if ((at->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) != list_tag(kind))
            continue;
        if (kind == CERTIFICATE_IP
                ? at->buf.len == address_size && memcmp(at->buf.p, address, address_size) == 0
                : at->buf.len == strlen(text) &&
                      strncasecmp((const char *)at->buf.p, text, at->buf.len) == 0)
            return true;
    }
    return false;
}

bool certificate_covers(const mbedtls_x509_crt *certificate, const struct certificate_wish *wish)
{
    for (size_t i = 0; i < wish->n_names; i++) {
        if (!has_name(certificate, wish->names[i].kind, wish->names[i].text))
            return false;
    }
    struct usage wanted = extended_usage(wish->usage);
    return wanted.oid == NULL ||
           mbedtls_x509_crt_check_extended_key_usage(certificate, wanted.oid, wanted.oid_size) == 0;
}
