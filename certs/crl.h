/* The revocation list of a folder's authority, crl.pem; it is also the record of what is revoked.
 */
#pragma once

#include <mbedtls/x509_crl.h>
#include <time.h>

#include "certs/authority.h"

#define CRL_NAME "crl.pem"

/* VIA_NOT_FOUND when there is none yet. mbedtls_x509_crl_free() it, whatever comes back. */
VIA_MUST_USE enum via_status crl_load(mbedtls_x509_crl *crl, const struct folder *folder,
                                      struct fault *fault);

/*
 * Writes the list anew: what @before holds (NULL: nothing), and @revoked (NULL: nothing more). It
 * is good until @until; whoever checks then refuses everyone, until it is written anew.
 */
VIA_MUST_USE enum via_status crl_write(const struct folder *folder,
                                       const struct authority *authority,
                                       const mbedtls_x509_crl *before,
                                       const mbedtls_x509_crt *revoked, time_t until,
                                       struct fault *fault);
