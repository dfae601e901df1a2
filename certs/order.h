/* Orders of the command line: what is to be made, and the work of each command. */
#pragma once

#include "certs/certificate.h"

#define ORDER_DAYS_CA 3650u
#define ORDER_DAYS_CERTIFICATE 365u
#define ORDER_DAYS_CRL 365u
#define ORDER_DAYS_LEFT 30u /* `dev` renews what has less */

struct order {
    const char *folder;
    const char *subject; /* a name, or the certificate to revoke */
    unsigned days;       /* 0: the command's own number */
    time_t not_before;   /* 0: an hour ago */
    time_t not_after;    /* 0: by days */
    enum certificate_usage usage;
    bool force; /* a new key in place of the one there is */
    bool renew; /* the same key in a new certificate */
    size_t n_names;
    const char *names[CERTIFICATE_NAMES_MAX];
};

/* Each prints what it made on stdout, one line a file. */
VIA_MUST_USE enum via_status order_ca(const struct order *order, struct fault *fault);
VIA_MUST_USE enum via_status order_certificate(const struct order *order, struct fault *fault);
VIA_MUST_USE enum via_status order_revoke(const struct order *order, struct fault *fault);
VIA_MUST_USE enum via_status order_crl(const struct order *order, struct fault *fault);
VIA_MUST_USE enum via_status order_dev(const struct order *order, struct fault *fault);

/* ---- for several commands ---- */

/* Fills the dates of @wish from what was ordered; @days where nothing was. */
void order_set_dates(const struct order *order, unsigned days, struct certificate_wish *wish);
/* "made FOLDER/NAME, good until DATE" */
void order_tell(const char *done, const struct folder *folder, const char *name, time_t until);
