/*
 * mbedTLS reads revocation lists but writes none, so the list is put together here, from ASN.1, as
 * RFC 5280 section 5.1 has it: backwards, as mbedTLS' writer goes, each part before what stands in
 * front of it. Entries of an earlier list are taken over octet by octet.
 */
#include "certs/crl.h"

#include <mbedtls/asn1write.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs/date.h"
#include "certs/key.h"

#define AROUND_MAX 2048u               /* octets of a list beside its entries */
#define ENTRY_MAX 64u                  /* octets of an entry of ours */
#define YEAR_2050 ((time_t)2524608000) /* from then on dates have four digits of the year */
#define OID_CRL_NUMBER "\x55\x1d\x14"

/* A place that moves towards the front, and the first error. */
struct writer {
    unsigned char *start;
    unsigned char *at;
    unsigned char *end;
    int error;
};

/* Wraps each of mbedTLS's functions: its result is octets written, or an error. */
static void note(struct writer *writer, int result)
{
    if (result < 0 && writer->error == 0)
        writer->error = result;
}

static void put_raw(struct writer *writer, const void *octets, size_t size)
{
    note(writer, mbedtls_asn1_write_raw_buffer(&writer->at, writer->start, octets, size));
}

/* Makes everything from the front to @behind the content of @tag. */
static void wrap(struct writer *writer, const unsigned char *behind, int tag)
{
    if (writer->error != 0)
        return;
    note(writer, mbedtls_asn1_write_len(&writer->at, writer->start, (size_t)(behind - writer->at)));
    note(writer, mbedtls_asn1_write_tag(&writer->at, writer->start, (unsigned char)tag));
}

static void put(struct writer *writer, const void *octets, size_t size, int tag)
{
    const unsigned char *behind = writer->at;
    put_raw(writer, octets, size);
    wrap(writer, behind, tag);
}

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

/* ecdsa-with-SHA256 has no parameters. */
static void put_algorithm(struct writer *writer)
{
    const unsigned char *behind = writer->at;
    put(writer, MBEDTLS_OID_ECDSA_SHA256, MBEDTLS_OID_SIZE(MBEDTLS_OID_ECDSA_SHA256),
        MBEDTLS_ASN1_OID);
    wrap(writer, behind, SEQUENCE);
}

static void put_date(struct writer *writer, time_t date)
{
    char text[DATE_X509_SIZE];
    date_write_x509(date, text);
    text[sizeof text - 2] = '\0'; /* 14 digits */
    char whole[DATE_X509_SIZE + 1];
    size_t size = (size_t)snprintf(whole, sizeof whole, "%sZ", text);
    if (date < YEAR_2050)
        put(writer, whole + 2, size - 2, MBEDTLS_ASN1_UTC_TIME);
    else
        put(writer, whole, size, MBEDTLS_ASN1_GENERALIZED_TIME);
}

/* ---- extensions ---- */

/* @behind is where the extension's value ends; the value is already there. */
static void wrap_extension(struct writer *writer, const unsigned char *behind, const char *oid,
                           size_t oid_size)
{
    wrap(writer, behind, MBEDTLS_ASN1_OCTET_STRING);
    put(writer, oid, oid_size, MBEDTLS_ASN1_OID);
    wrap(writer, behind, SEQUENCE);
}

/* Lists of one authority are numbered upward: the seconds of their making do. */
static void put_number(struct writer *writer, time_t now)
{
    const unsigned char *behind = writer->at;
    mbedtls_mpi number;
    mbedtls_mpi_init(&number);
    int result = mbedtls_mpi_lset(&number, (mbedtls_mpi_sint)now);
    note(writer,
         result != 0 ? result : mbedtls_asn1_write_mpi(&writer->at, writer->start, &number));
    mbedtls_mpi_free(&number);
    wrap_extension(writer, behind, OID_CRL_NUMBER, sizeof OID_CRL_NUMBER - 1);
}

static void put_authority_key(struct writer *writer, const mbedtls_x509_crt *authority)
{
    const unsigned char *behind = writer->at;
    put(writer, authority->subject_key_id.p, authority->subject_key_id.len,
        MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0);
    wrap(writer, behind, SEQUENCE);
    wrap_extension(writer, behind, MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER,
                   MBEDTLS_OID_SIZE(MBEDTLS_OID_AUTHORITY_KEY_IDENTIFIER));
}

static void put_extensions(struct writer *writer, const mbedtls_x509_crt *authority, time_t now)
{
    const unsigned char *behind = writer->at;
    put_number(writer, now);
    if (authority->subject_key_id.len > 0)
        put_authority_key(writer, authority);
    wrap(writer, behind, SEQUENCE);
    wrap(writer, behind, MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0);
}

/* ---- entries ---- */

static void put_revoked(struct writer *writer, const mbedtls_x509_crt *revoked, time_t now)
{
    const unsigned char *behind = writer->at;
    put_date(writer, now);
    put(writer, revoked->serial.p, revoked->serial.len, MBEDTLS_ASN1_INTEGER);
    wrap(writer, behind, SEQUENCE);
}

/* mbedTLS has one entry without content where the list has none. */
static void put_entries(struct writer *writer, const mbedtls_x509_crl *before,
                        const mbedtls_x509_crt *revoked, time_t now)
{
    const unsigned char *behind = writer->at;
    if (revoked != NULL)
        put_revoked(writer, revoked, now);
    for (const mbedtls_x509_crl_entry *entry = before == NULL ? NULL : &before->entry;
         entry != NULL; entry = entry->next) {
        if (entry->raw.len > 0)
            put(writer, entry->raw.p, entry->raw.len, SEQUENCE);
    }
    if (writer->at != behind) /* an empty sequence is not allowed here */
        wrap(writer, behind, SEQUENCE);
}

static size_t entries_size(const mbedtls_x509_crl *before)
{
    size_t size = ENTRY_MAX;
    for (const mbedtls_x509_crl_entry *entry = before == NULL ? NULL : &before->entry;
         entry != NULL; entry = entry->next)
        size += entry->raw.len + 8;
    return size;
}

/* ---- the list ---- */

/* Signs what stands from the front to the end, and puts the signature behind it. */
static void sign(struct writer *writer, mbedtls_pk_context *key)
{
    unsigned char hash[32];
    unsigned char signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE + 1] = {0}; /* no unused bits */
    size_t signature_size = 0;
    if (writer->error != 0)
        return;
    size_t size = (size_t)(writer->end - writer->at);
    int result = mbedtls_sha256(writer->at, size, hash, 0);
    if (result == 0)
        result = mbedtls_pk_sign(key, MBEDTLS_MD_SHA256, hash, sizeof hash, signature + 1,
                                 sizeof signature - 1, &signature_size, key_random, NULL);
    if (result != 0) {
        note(writer, result);
        return;
    }
    unsigned char *signed_part = writer->at;
    unsigned char *behind = writer->end + AROUND_MAX;
    struct writer tail = {.start = writer->end, .at = behind, .end = behind};
    put(&tail, signature, signature_size + 1, MBEDTLS_ASN1_BIT_STRING);
    put_algorithm(&tail);
    note(writer, tail.error);
    if (writer->error != 0)
        return;

    /* Both parts side by side, so that one sequence holds them. */
    memmove(tail.at - size, signed_part, size);
    writer->at = tail.at - size;
    writer->end = behind;
    wrap(writer, behind, SEQUENCE);
}

static void put_list(struct writer *writer, const struct authority *authority,
                     const mbedtls_x509_crl *before, const mbedtls_x509_crt *revoked, time_t until)
{
    time_t now = time(NULL);
    const unsigned char *behind = writer->at;
    put_extensions(writer, &authority->certificate, now);
    put_entries(writer, before, revoked, now);
    put_date(writer, until);
    put_date(writer, now - 60); /* for a clock that is a little behind */
    put_raw(writer, authority->certificate.subject_raw.p, authority->certificate.subject_raw.len);
    put_algorithm(writer);
    put(writer, "\1", 1, MBEDTLS_ASN1_INTEGER); /* version 2 */
    wrap(writer, behind, SEQUENCE);
}

static enum via_status save(const struct folder *folder, const struct writer *writer,
                            struct fault *fault)
{
    static const char begin[] = "-----BEGIN X509 CRL-----\n";
    static const char end[] = "-----END X509 CRL-----\n";
    size_t size = (size_t)(writer->end - writer->at);
    size_t room = size * 2 + 256;
    size_t used = 0;
    unsigned char *pem = malloc(room);
    if (pem == NULL)
        return fault_set(fault, VIA_NO_MEMORY, CRL_NAME ": out of memory");
    int result = mbedtls_pem_write_buffer(begin, end, writer->at, size, pem, room, &used);
    enum via_status status = result != 0
                                 ? fault_mbedtls(fault, CRL_NAME, result)
                                 : folder_write(folder, CRL_NAME, 0644, (const char *)pem, fault);
    free(pem);
    return status;
}

enum via_status crl_write(const struct folder *folder, const struct authority *authority,
                          const mbedtls_x509_crl *before, const mbedtls_x509_crt *revoked,
                          time_t until, struct fault *fault)
{
    /* Room for the part that is signed, and behind it for the signature. */
    size_t size = entries_size(before) + authority->certificate.subject_raw.len + AROUND_MAX;
    unsigned char *octets = malloc(size + AROUND_MAX);
    if (octets == NULL)
        return fault_set(fault, VIA_NO_MEMORY, CRL_NAME ": out of memory");
    struct writer writer = {.start = octets, .at = octets + size, .end = octets + size};
    put_list(&writer, authority, before, revoked, until);
    sign(&writer, authority_key(authority));
    enum via_status status = writer.error != 0 ? fault_mbedtls(fault, CRL_NAME, writer.error)
                                               : save(folder, &writer, fault);
    free(octets);
    return status;
}

enum via_status crl_load(mbedtls_x509_crl *crl, const struct folder *folder, struct fault *fault)
{
    mbedtls_x509_crl_init(crl);
    char *text = NULL;
    size_t size = 0;
    enum via_status status = folder_read(folder, CRL_NAME, &text, &size, fault);
    if (status != VIA_OK)
        return status;
    int result = mbedtls_x509_crl_parse(crl, (unsigned char *)text, size + 1);
    free(text);
    return result == 0 ? VIA_OK : fault_mbedtls(fault, CRL_NAME, result);
}
