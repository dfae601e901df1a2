/*
 * Texts of keys are wiped before their memory goes back.
 */
#include "certs/key.h"

#include <errno.h>
#include <mbedtls/ecp.h>
#include <mbedtls/platform_util.h>
#include <stdlib.h>
#include <sys/random.h>

#define PEM_SIZE 2048u /* a P-256 key takes 227 */

int key_random(void *user, unsigned char *octets, size_t size)
{
    (void)user;
    while (size > 0) {
        ssize_t n = getrandom(octets, size, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
        octets += n;
        size -= (size_t)n;
    }
    return 0;
}

enum via_status key_make(mbedtls_pk_context *key, struct fault *fault)
{
    mbedtls_pk_init(key);
    int result = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    if (result == 0)
        result =
            mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), key_random, NULL);
    return result == 0 ? VIA_OK : fault_mbedtls(fault, "no key could be made", result);
}

enum via_status key_load(mbedtls_pk_context *key, const struct folder *folder, const char *name,
                         struct fault *fault)
{
    mbedtls_pk_init(key);
    char *text = NULL;
    size_t size = 0;
    enum via_status status = folder_read(folder, name, &text, &size, fault);
    if (status != VIA_OK)
        return status;
    int result =
        mbedtls_pk_parse_key(key, (unsigned char *)text, size + 1, NULL, 0, key_random, NULL);
    mbedtls_platform_zeroize(text, size);
    free(text);
    if (result != 0)
        return fault_mbedtls(fault, name, result);
    if (!mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA))
        return fault_set(fault, VIA_UNSUPPORTED, "%s is no EC key: others are not made here", name);
    return VIA_OK;
}

enum via_status key_save(const mbedtls_pk_context *key, const struct folder *folder,
                         const char *name, struct fault *fault)
{
    unsigned char text[PEM_SIZE];
    int result = mbedtls_pk_write_key_pem(key, text, sizeof text);
    enum via_status status = result != 0
                                 ? fault_mbedtls(fault, name, result)
                                 : folder_write(folder, name, 0600, (const char *)text, fault);
    mbedtls_platform_zeroize(text, sizeof text);
    return status;
}
