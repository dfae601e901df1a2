/*
 * The audit: who was refused what, and why, as one JSON line each, in a file or on standard error.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <viaduct/status.h>

#include "gateway/principal.h"

struct audit {
    FILE *file;         /* owned unless it is standard error */
    uint64_t n_refused; /* since the start */
    uint64_t n_lost;    /* that could not be written, since one last could */
    bool torn;          /* the last line has no end */
};

/* @path NULL: standard error. VIA_IO: it cannot be opened. */
VIA_MUST_USE enum via_status audit_open(struct audit *audit, const char *path);
void audit_close(struct audit *audit);

/* @what was refused to @who: in words that name the limit or rule. */
void audit_refusal(struct audit *audit, const struct principal *who, const char *what,
                   const char *why);
