/* Private keys: EC P-256, in PEM, in a folder, for nobody else to read. */
#pragma once

#include <mbedtls/pk.h>

#include "certs/folder.h"

/* Random octets from the kernel, as mbedTLS asks for them. */
int key_random(void *user, unsigned char *octets, size_t size);

/* A new key. mbedtls_pk_free() it, whatever comes back. */
VIA_MUST_USE enum via_status key_make(mbedtls_pk_context *key, struct fault *fault);

VIA_MUST_USE enum via_status key_load(mbedtls_pk_context *key, const struct folder *folder,
                                      const char *name, struct fault *fault);
VIA_MUST_USE enum via_status key_save(const mbedtls_pk_context *key, const struct folder *folder,
                                      const char *name, struct fault *fault);
