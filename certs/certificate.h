/* Certificates: what is wished for, signed by an authority or by themselves, and read back. */
#pragma once

#include <mbedtls/x509_crt.h>
#include <stdbool.h>
#include <time.h>

#include "certs/folder.h"

#define CERTIFICATE_NAMES_MAX 32u
#define CERTIFICATE_COMMON_NAME_MAX 64u /* X.520 */

enum certificate_usage {
    CERTIFICATE_CA,
    CERTIFICATE_SERVER,
    CERTIFICATE_CLIENT,
    CERTIFICATE_NEITHER /* for mail, so that servers and clients are to refuse it */
};

enum certificate_name_kind { CERTIFICATE_DNS, CERTIFICATE_IP, CERTIFICATE_URI };

struct certificate_wish {
    const char *common_name; /* certificate_is_common_name() */
    enum certificate_usage usage;
    time_t not_before;
    time_t not_after;
    size_t n_names;
    struct {
        enum certificate_name_kind kind;
        const char *text; /* borrowed */
    } names[CERTIFICATE_NAMES_MAX];
};

/* Letters, digits, blanks and -._@: alone, at most 64: what needs no escape in any tool. */
bool certificate_is_common_name(const char *text);

/* Adds @text as an address if it looks like one, as a URI if it has a scheme, else as a DNS name.
 * VIA_INVALID when it is none of them; VIA_TOO_LARGE when there are too many. */
VIA_MUST_USE enum via_status certificate_add_name(struct certificate_wish *wish, const char *text,
                                                  struct fault *fault);

struct authority;

/* Makes @wish true for @key and writes it to @folder. @authority signs; NULL: @key itself does. */
VIA_MUST_USE enum via_status certificate_issue(const struct certificate_wish *wish,
                                               mbedtls_pk_context *key,
                                               const struct authority *authority,
                                               const struct folder *folder, const char *name,
                                               struct fault *fault);

/* mbedtls_x509_crt_free() it, whatever comes back. */
VIA_MUST_USE enum via_status certificate_load(mbedtls_x509_crt *certificate,
                                              const struct folder *folder, const char *name,
                                              struct fault *fault);

/* Whether @certificate is for all of @wish's names, and for its usage. */
bool certificate_covers(const mbedtls_x509_crt *certificate, const struct certificate_wish *wish);
