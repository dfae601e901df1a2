/*
 * mbedTLS judges the chain and reports flags for each certificate in it; the first certificate with
 * a flag, from the peer's own upward, is the one the words are about. Where several flags are up,
 * the one that stands first in `faults` is told: it is the one to mend first.
 *
 * Everything a certificate says is a stranger's word, so names with control characters or non-ASCII
 * in them are no identities, and words are cut at the size of the buffer.
 */
#include "bridge/tls_verify.h"

#include <mbedtls/base64.h>
#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/sha256.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "bridge/log.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

struct tls_trust {
    mbedtls_x509_crt ca;
    mbedtls_x509_crl crl;
};

/* For mbedTLS, which blinds with it what it computes. */
static int make_random(void *user, unsigned char *octets, size_t size)
{
    (void)user;
    while (size > 0) {
        ssize_t n = getrandom(octets, size, 0);
        if (n < 0)
            return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
        octets += n;
        size -= (size_t)n;
    }
    return 0;
}

/* ---- trust ---- */

static enum via_status file_failed(const char *what, const char *path, int number, char *words,
                                   size_t words_size)
{
    char reason[128];
    mbedtls_strerror(number, reason, sizeof reason);
    (void)snprintf(words, words_size, "%s %s: %s", what, path, reason);
    if (number == MBEDTLS_ERR_X509_ALLOC_FAILED || number == MBEDTLS_ERR_PEM_ALLOC_FAILED)
        return VIA_NO_MEMORY;
    return number == MBEDTLS_ERR_PK_FILE_IO_ERROR || number == MBEDTLS_ERR_X509_FILE_IO_ERROR
               ? VIA_NOT_FOUND
               : VIA_BAD_CERTIFICATE;
}

enum via_status tls_trust_create(struct tls_trust **trustp, const char *ca, const char *crl,
                                 char *words, size_t words_size)
{
    struct tls_trust *trust = calloc(1, sizeof *trust);
    if (trust == NULL) {
        (void)snprintf(words, words_size, "out of memory");
        return VIA_NO_MEMORY;
    }
    mbedtls_x509_crt_init(&trust->ca);
    mbedtls_x509_crl_init(&trust->crl);

    const char *path = ca != NULL ? ca : SYSTEM_CA;
    int result = mbedtls_x509_crt_parse_file(&trust->ca, path);
    if (result > 0) /* how many of them are of a kind this build does not know */
        log_info("tls.ca.skipped", "file=%s certificates=%d", path, result);
    if (result < 0 || trust->ca.raw.p == NULL) {
        enum via_status status =
            file_failed("certificates of authorities in", path, result, words, words_size);
        tls_trust_destroy(trust);
        return status;
    }
    if (crl != NULL && (result = mbedtls_x509_crl_parse_file(&trust->crl, crl)) != 0) {
        enum via_status status = file_failed("revocation list in", crl, result, words, words_size);
        tls_trust_destroy(trust);
        return status;
    }
    *trustp = trust;
    return VIA_OK;
}

struct tls_trust *tls_trust_destroy(struct tls_trust *trust)
{
    if (trust == NULL)
        return NULL;
    mbedtls_x509_crt_free(&trust->ca);
    mbedtls_x509_crl_free(&trust->crl);
    free(trust);
    return NULL;
}

bool tls_trust_is_stale(const struct tls_trust *trust, char *words, size_t words_size)
{
    for (const mbedtls_x509_crl *crl = &trust->crl; crl != NULL && crl->raw.p != NULL;
         crl = crl->next) {
        bool past = mbedtls_x509_time_is_past(&crl->next_update) != 0;
        const mbedtls_x509_time *at = past ? &crl->next_update : &crl->this_update;
        if (!past && mbedtls_x509_time_is_future(&crl->this_update) == 0)
            continue;
        (void)snprintf(words, words_size, "its revocation list is %s %04d-%02d-%02d",
                       past ? "out of date since" : "not valid before", at->year, at->mon, at->day);
        return true;
    }
    return false;
}

static bool may_be_used_by(const mbedtls_x509_crt *certificate, enum tls_usage usage)
{
    const char *oid = usage == TLS_SERVER ? MBEDTLS_OID_SERVER_AUTH : MBEDTLS_OID_CLIENT_AUTH;
    return mbedtls_x509_crt_check_extended_key_usage(
               certificate, oid, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) == 0;
}

enum via_status tls_check_identity(const char *cert, const char *key, enum tls_usage usage,
                                   char *words, size_t words_size)
{
    if (cert == NULL || key == NULL) {
        (void)snprintf(words, words_size,
                       "a certificate and its key are needed; certificate: %s, key: %s",
                       cert != NULL ? cert : "none", key != NULL ? key : "none");
        return VIA_BAD_CERTIFICATE;
    }
    mbedtls_x509_crt certificate;
    mbedtls_pk_context pair;
    mbedtls_x509_crt_init(&certificate);
    mbedtls_pk_init(&pair);
    enum via_status status = VIA_OK;
    int result = mbedtls_x509_crt_parse_file(&certificate, cert);
    if (result != 0)
        status = file_failed("certificate", cert, result, words, words_size);
    else if ((result = mbedtls_pk_parse_keyfile(&pair, key, NULL, make_random, NULL)) != 0)
        status = file_failed("key", key, result, words, words_size);
    else if (mbedtls_pk_check_pair(&certificate.pk, &pair, make_random, NULL) != 0) {
        (void)snprintf(words, words_size, "key %s does not belong to certificate %s", key, cert);
        status = VIA_BAD_CERTIFICATE;
    } else if (usage == TLS_SERVER && !may_be_used_by(&certificate, usage)) {
        (void)snprintf(words, words_size, "certificate %s is not for a server (serverAuth)", cert);
        status = VIA_BAD_CERTIFICATE;
    }
    mbedtls_pk_free(&pair);
    mbedtls_x509_crt_free(&certificate);
    return status;
}

/* ---- who it is ---- */

static bool is_plain(const unsigned char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return false;
    return size > 0;
}

static bool take_name(const mbedtls_x509_buf *text, char *name, size_t name_size)
{
    if (text->len >= name_size || !is_plain(text->p, text->len))
        return false;
    memcpy(name, text->p, text->len);
    name[text->len] = '\0';
    return true;
}

static bool take_alternative_name(const mbedtls_x509_crt *certificate, char *name, size_t name_size)
{
    if (!mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
        return false;
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at != NULL;
         at = at->next) {
        int kind = at->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
        if ((kind == MBEDTLS_X509_SAN_DNS_NAME ||
             kind == MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER) &&
            take_name(&at->buf, name, name_size))
            return true;
    }
    return false;
}

/* A CN may hold blanks, which an identity may not; then there is none. */
static bool take_common_name(const mbedtls_x509_crt *certificate, char *name, size_t name_size)
{
    for (const mbedtls_x509_name *at = &certificate->subject; at != NULL; at = at->next)
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &at->oid) == 0)
            return take_name(&at->val, name, name_size);
    return false;
}

static void take_identity(const mbedtls_x509_crt *certificate, char *name, size_t name_size)
{
    *name = '\0';
    if (!take_alternative_name(certificate, name, name_size))
        (void)take_common_name(certificate, name, name_size);
}

static void take_serial(const mbedtls_x509_crt *certificate, char *serial, size_t serial_size)
{
    *serial = '\0';
    for (size_t i = 0; i < certificate->serial.len && 2 * i + 3 <= serial_size; i++)
        (void)snprintf(serial + 2 * i, 3, "%02x", certificate->serial.p[i]);
}

/* ---- the chain ---- */

/* The first certificate with flags, from the peer's own (depth 0) upward. */
struct finding {
    const mbedtls_x509_crt *certificate;
    int depth;
    uint32_t flags;
    int64_t expires; /* of all certificates of the chain, the first to end */
};

static int64_t seconds_of(const mbedtls_x509_time *time)
{
    struct tm parts = {.tm_year = time->year - 1900,
                       .tm_mon = time->mon - 1,
                       .tm_mday = time->day,
                       .tm_hour = time->hour,
                       .tm_min = time->min,
                       .tm_sec = time->sec};
    return timegm(&parts);
}

/* mbedTLS calls this from the root downward, so the last one with flags is the lowest. */
static int note_flags(void *user, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct finding *finding = user;
    int64_t expires = seconds_of(&certificate->valid_to);
    if (expires < finding->expires)
        finding->expires = expires;
    if (*flags != 0) {
        finding->certificate = certificate;
        finding->depth = depth;
        finding->flags = *flags;
    }
    return 0;
}

static void write_date(const mbedtls_x509_time *time, char *text, size_t size)
{
    (void)snprintf(text, size, "%04d-%02d-%02d", time->year, time->mon, time->day);
}

static void write_today(char *text, size_t size)
{
    time_t now = time(NULL);
    struct tm today;
    (void)strftime(text, size, "%Y-%m-%d", gmtime_r(&now, &today));
}

static void say(struct tls_verdict *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct tls_verdict *verdict, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    verdict->status = VIA_BAD_CERTIFICATE;
    (void)vsnprintf(verdict->fault, sizeof verdict->fault, format, values);
    va_end(values);
    for (char *c = verdict->fault; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
            *c = '?';
}

static const struct {
    uint32_t flags;
    const char *words;
} faults[] = {
    {MBEDTLS_X509_BADCERT_REVOKED, "has been revoked"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "was not issued by an authority that is trusted here"},
    {MBEDTLS_X509_BADCRL_NOT_TRUSTED, "has a revocation list that its authority did not sign"},
    {MBEDTLS_X509_BADCRL_EXPIRED, "cannot be judged: its revocation list is out of date"},
    {MBEDTLS_X509_BADCRL_FUTURE, "cannot be judged: its revocation list is not valid yet"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
         MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
     "is not meant for this use"},
    {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
     "uses a key or a signature that is too weak"},
    {MBEDTLS_X509_BADCRL_BAD_MD | MBEDTLS_X509_BADCRL_BAD_PK | MBEDTLS_X509_BADCRL_BAD_KEY,
     "has a revocation list with a signature that is too weak"},
};

static void tell_flags(const struct finding *finding, struct tls_verdict *verdict)
{
    char whose[300], date[16], today[16];
    take_identity(finding->certificate, whose, sizeof whose - 8);
    if (*whose == '\0')
        (void)snprintf(whose, sizeof whose, "serial %.64s", verdict->serial);
    write_today(today, sizeof today);
    if ((finding->flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0) {
        write_date(&finding->certificate->valid_to, date, sizeof date);
        say(verdict, "certificate of %s expired %s, this host's clock says %s", whose, date, today);
        return;
    }
    if ((finding->flags & MBEDTLS_X509_BADCERT_FUTURE) != 0) {
        write_date(&finding->certificate->valid_from, date, sizeof date);
        say(verdict, "certificate of %s is not valid before %s, this host's clock says %s", whose,
            date, today);
        return;
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if ((finding->flags & faults[i].flags) == 0)
            continue;
        say(verdict, "certificate of %s %s", whose, faults[i].words);
        return;
    }
    say(verdict, "certificate of %s was refused (flags 0x%x)", whose, (unsigned)finding->flags);
}

/* Chain, dates, revocation. Whether the name fits comes as a flag of its own. */
static bool judge_chain(const struct tls_trust *trust, mbedtls_x509_crt *chain, const char *name,
                        struct tls_verdict *verdict)
{
    struct finding finding = {.certificate = NULL, .expires = INT64_MAX};
    uint32_t flags = 0;
    /* mbedTLS changes neither, but its parameters are not const. */
    union {
        const struct tls_trust *borrowed;
        struct tls_trust *trust;
    } theirs = {.borrowed = trust};
    int result = mbedtls_x509_crt_verify_with_profile(
        chain, &theirs.trust->ca, theirs.trust->crl.raw.p != NULL ? &theirs.trust->crl : NULL,
        &mbedtls_x509_crt_profile_default, name, &flags, note_flags, &finding);
    verdict->expires = finding.expires;
    uint32_t mismatch = flags & MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (finding.certificate == chain && finding.flags == mismatch)
        finding.certificate = NULL;
    if (finding.certificate != NULL) {
        finding.flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
        tell_flags(&finding, verdict);
        return false;
    }
    if (mismatch != 0) {
        say(verdict, "certificate of %s is not for %s",
            *verdict->identity != '\0' ? verdict->identity : "nobody by name", name);
        return false;
    }
    if (result != 0 || flags != 0) {
        say(verdict, "certificate of %s could not be verified (-0x%x, flags 0x%x)",
            verdict->identity, (unsigned)-result, (unsigned)flags);
        return false;
    }
    return true;
}

static bool judge_usage(const mbedtls_x509_crt *certificate, enum tls_usage usage,
                        struct tls_verdict *verdict)
{
    const char *use = usage == TLS_SERVER ? "a server (serverAuth)" : "a client (clientAuth)";
    if (!may_be_used_by(certificate, usage)) {
        say(verdict, "certificate of %s may not be used by %s", verdict->identity, use);
        return false;
    }
    if (mbedtls_x509_crt_check_key_usage(certificate, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0) {
        say(verdict, "certificate of %s may not sign, so it is not for %s", verdict->identity, use);
        return false;
    }
    return true;
}

/* ---- pin ---- */

static enum via_status write_pin(const mbedtls_x509_crt *certificate, char pin[TLS_PIN_SIZE])
{
    unsigned char hash[32];
    size_t size;
    memcpy(pin, "sha256/", 7);
    if (mbedtls_sha256(certificate->pk_raw.p, certificate->pk_raw.len, hash, 0) != 0 ||
        mbedtls_base64_encode((unsigned char *)pin + 7, TLS_PIN_SIZE - 7, &size, hash,
                              sizeof hash) != 0)
        return VIA_BAD_CERTIFICATE;
    return VIA_OK;
}

enum via_status tls_pin(const uint8_t *der, size_t size, char pin[TLS_PIN_SIZE])
{
    mbedtls_x509_crt certificate;
    mbedtls_x509_crt_init(&certificate);
    enum via_status status = mbedtls_x509_crt_parse_der(&certificate, der, size) == 0
                                 ? write_pin(&certificate, pin)
                                 : VIA_BAD_CERTIFICATE;
    mbedtls_x509_crt_free(&certificate);
    return status;
}

static bool judge_pin(const mbedtls_x509_crt *certificate, const char *pin,
                      struct tls_verdict *verdict)
{
    char theirs[TLS_PIN_SIZE];
    if (pin == NULL)
        return true;
    if (write_pin(certificate, theirs) == VIA_OK && strcmp(theirs, pin) == 0)
        return true;
    say(verdict, "certificate of %s has another key than the one pinned: %s, pinned is %.64s",
        verdict->identity, theirs, pin);
    return false;
}

/* ---- all of it ---- */

static bool parse_chain(const struct tls_chain *chain, mbedtls_x509_crt *parsed,
                        struct tls_verdict *verdict)
{
    for (size_t i = 0; i < chain->n_certificates; i++) {
        if (mbedtls_x509_crt_parse_der(parsed, chain->certificates[i].der,
                                       chain->certificates[i].size) == 0)
            continue;
        say(verdict, "certificate %zu of the chain cannot be read", i + 1);
        return false;
    }
    return true;
}

void tls_verify(const struct tls_trust *trust, const struct tls_chain *chain, enum tls_usage usage,
                const char *name, const char *pin, struct tls_verdict *verdict)
{
    *verdict = (struct tls_verdict){.status = VIA_DENIED, .fault = "no certificate was shown"};
    if (chain->n_certificates == 0)
        return;
    mbedtls_x509_crt parsed;
    mbedtls_x509_crt_init(&parsed);
    if (parse_chain(chain, &parsed, verdict)) {
        take_identity(&parsed, verdict->identity, sizeof verdict->identity);
        take_serial(&parsed, verdict->serial, sizeof verdict->serial);
        if (judge_chain(trust, &parsed, name, verdict) && judge_usage(&parsed, usage, verdict) &&
            judge_pin(&parsed, pin, verdict)) {
            verdict->status = VIA_OK;
            *verdict->fault = '\0';
        }
    }
    mbedtls_x509_crt_free(&parsed);
}
