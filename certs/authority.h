/* The authority of a folder: ca.pem and ca.key. */
#pragma once

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "certs/folder.h"

#define AUTHORITY_CERTIFICATE "ca.pem"
#define AUTHORITY_KEY "ca.key"

struct authority {
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
};

/* VIA_NOT_FOUND when the folder has none. authority_free() it, whatever comes back. */
VIA_MUST_USE enum via_status authority_load(struct authority *authority,
                                            const struct folder *folder, struct fault *fault);
void authority_free(struct authority *authority);

/* For mbedTLS, which does not change the key it signs with, but whose parameter is not const. */
mbedtls_pk_context *authority_key(const struct authority *authority);
