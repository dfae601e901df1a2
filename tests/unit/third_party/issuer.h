/*
 * Certificates for the tests of the third-party libraries: made at run time, in a folder of the
 * test's own that goes with the process's end.
 */
#pragma once

#include <stddef.h>

/* A key and a certificate, and the files NAME.pem and NAME.key they stand in. */
struct issued {
    char cert_path[256];
    char key_path[256];
    char cert_pem[4096];
    size_t der_size;
    unsigned char der[2048];
};

enum issued_as { ISSUED_AS_CA, ISSUED_AS_PEER };

/* Makes @name's certificate, signed by @issuer, or by itself for NULL; fails the test if it can't.
 * A peer's is good for localhost. */
void issuer_make(struct issued *issued, const char *name, enum issued_as as,
                 const struct issued *issuer);

/* A file @name with the certificates of both, in this order. */
void issuer_write_chain(char path[256], const char *name, const struct issued *first,
                        const struct issued *second);

/* Removes what was made. */
void issuer_clean(void);
