/*
 * Certificates for tests, made on the spot: authorities, servers and clients, good and bad, and
 * revocation lists. Keys are P-256.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct certificates; /* a folder of them */

enum certificate_usage { FOR_ANYTHING, FOR_SERVER, FOR_CLIENT, FOR_AUTHORITY };

struct certificate_wish {
    const char *name;   /* of its files, and its CN unless cn is set */
    const char *cn;     /* NULL: name */
    const char *issuer; /* name of one made before; NULL: itself */
    const char *dns;    /* SAN, or NULL */
    const char *uri;    /* SAN, or NULL */
    const char *ip;     /* SAN, IPv4 or IPv6, or NULL */
    enum certificate_usage usage;
    int from_days, to_days; /* from today; both 0: from yesterday to tomorrow */
    bool may_not_sign;      /* keyUsage without digitalSignature */
    uint8_t serial;
};

struct certificates *certificates_create(void);
struct certificates *certificates_destroy(struct certificates *certificates);

void certificates_make(struct certificates *certificates, const struct certificate_wish *wish);
/* Paths stay good as long as the folder. */
const char *certificates_cert(struct certificates *certificates, const char *name);
const char *certificates_key(struct certificates *certificates, const char *name);
/* A revocation list of @issuer's, with one serial; valid from @from_days to @to_days. */
const char *certificates_revoke(struct certificates *certificates, const char *name,
                                const char *issuer, uint8_t serial, int from_days, int to_days);
/* A file with the certificates of two names, one behind the other: a chain. */
const char *certificates_join(struct certificates *certificates, const char *name,
                              const char *first, const char *second);
