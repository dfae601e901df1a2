/*
 * Whether a peer's certificate is to be believed: chain, dates, usage, name, revocation, pin. TLS
 * itself only carries the certificates and proves that the peer has the key (libwebsockets lets an
 * untrusted one in); what they are worth is decided here, the same with mbedTLS and OpenSSL, and
 * each refusal says in words what was wrong, with whose certificate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

/* Whom we trust: certificates of authorities and their revocation lists. */
struct tls_trust;

/* @ca: a PEM file, NULL for the system's. @crl: a PEM file or NULL. VIA_BAD_CERTIFICATE: a file
 * holds nothing of the kind; VIA_NOT_FOUND and the like: it cannot be read. @words says which, and
 * why. */
VIA_MUST_USE enum via_status tls_trust_create(struct tls_trust **trustp, const char *ca,
                                              const char *crl, char *words, size_t words_size);
struct tls_trust *tls_trust_destroy(struct tls_trust *trust);
/* Whether a revocation list is out of date or not valid yet, so that nobody could be judged; @words
 * says since when. */
bool tls_trust_is_stale(const struct tls_trust *trust, char *words, size_t words_size);

#define TLS_CHAIN_MAX 8u           /* certificates that a peer may send */
#define TLS_CERTIFICATE_MAX 16384u /* octets of one */

/* What the peer sent: its own certificate first. DER, borrowed. */
struct tls_chain {
    struct {
        const uint8_t *der;
        size_t size;
    } certificates[TLS_CHAIN_MAX];
    size_t n_certificates;
};

enum tls_usage { TLS_SERVER, TLS_CLIENT };

struct tls_verdict {
    enum via_status status; /* VIA_OK, VIA_DENIED (no certificate), VIA_BAD_CERTIFICATE */
    char identity[256];     /* the first SAN that is a DNS name or a URI, else the CN; "" */
    char serial[80];        /* hexadecimal */
    char fault[512];        /* what was wrong; "" */
    int64_t expires;        /* when the first of its chain ends, in seconds since 1970 */
};

/*
 * Judges @chain of a peer that acts as @usage. @name: the host we meant to reach, a name or an
 * address, NULL for a client's certificate. @pin: "sha256/BASE64" of the SubjectPublicKeyInfo, or
 * NULL. It must be right in addition to everything else.
 */
void tls_verify(const struct tls_trust *trust, const struct tls_chain *chain, enum tls_usage usage,
                const char *name, const char *pin, struct tls_verdict *verdict);

/*
 * Whether a certificate and its key can be read and belong together; @words says what is wrong. A
 * server's must also be meant for servers: TLS would not show another, and refuse every client.
 */
VIA_MUST_USE enum via_status tls_check_identity(const char *cert, const char *key,
                                                enum tls_usage usage, char *words,
                                                size_t words_size);

/* The pin of a certificate: "sha256/BASE64". */
#define TLS_PIN_SIZE 52u
VIA_MUST_USE enum via_status tls_pin(const uint8_t *der, size_t size, char pin[TLS_PIN_SIZE]);
