/*
 * The folder that certificates and keys stand in: of one user, closed to others, and locked while a
 * program works in it. Files appear in it whole or not at all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "certs/fault.h"

#define FOLDER_FILE_MAX (1u << 20) /* octets of a file that is read */

struct folder {
    int fd;           /* owned; holds the lock */
    const char *path; /* borrowed */
};

enum folder_want {
    FOLDER_THERE, /* it is there, or VIA_NOT_FOUND */
    FOLDER_MADE   /* it is made, with what leads to it, if it is not there; 0700 */
};

/* VIA_DENIED when others than its owner may write in it, or the owner is neither us nor root. Waits
 * for another program's lock. */
VIA_MUST_USE enum via_status folder_open(struct folder *folder, const char *path,
                                         enum folder_want want, struct fault *fault);
void folder_close(struct folder *folder);

bool folder_has(const struct folder *folder, const char *name);
/* Whether nothing is in it. */
bool folder_is_empty(const struct folder *folder);
/* Closes it to all but its owner. */
VIA_MUST_USE enum via_status folder_shut(const struct folder *folder, struct fault *fault);

/* *textp is the caller's to free(), and ends with a NUL that *sizep does not count. */
VIA_MUST_USE enum via_status folder_read(const struct folder *folder, const char *name,
                                         char **textp, size_t *sizep, struct fault *fault);
/* In place of what is there. */
VIA_MUST_USE enum via_status folder_write(const struct folder *folder, const char *name,
                                          mode_t mode, const char *text, struct fault *fault);
