/*
 * A key and its certificate belong together; whatever is signed with a pair that does not would be
 * refused by everyone, so it is found out here.
 */
#include "certs/authority.h"

#include "certs/certificate.h"
#include "certs/key.h"

enum via_status authority_load(struct authority *authority, const struct folder *folder,
                               struct fault *fault)
{
    mbedtls_x509_crt_init(&authority->certificate);
    mbedtls_pk_init(&authority->key);
    if (!folder_has(folder, AUTHORITY_KEY))
        return fault_set(fault, VIA_NOT_FOUND,
                         "%s has no " AUTHORITY_KEY ": make one with: viaduct-certs ca %s",
                         folder->path, folder->path);
    enum via_status status =
        certificate_load(&authority->certificate, folder, AUTHORITY_CERTIFICATE, fault);
    if (status == VIA_OK)
        status = key_load(&authority->key, folder, AUTHORITY_KEY, fault);
    if (status != VIA_OK)
        return status;
    if (mbedtls_pk_check_pair(&authority->certificate.pk, &authority->key, key_random, NULL) != 0)
        return fault_set(fault, VIA_BAD_CERTIFICATE, "%s/%s does not belong to %s", folder->path,
                         AUTHORITY_KEY, AUTHORITY_CERTIFICATE);
    return VIA_OK;
}

void authority_free(struct authority *authority)
{
    mbedtls_x509_crt_free(&authority->certificate);
    mbedtls_pk_free(&authority->key);
}

mbedtls_pk_context *authority_key(const struct authority *authority)
{
    union {
        const mbedtls_pk_context *borrowed;
        mbedtls_pk_context *key;
    } theirs = {.borrowed = &authority->key};
    return theirs.key;
}
