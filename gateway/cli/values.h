/*
 * Values on the command line: a JSON array to a parcel, a parcel to a JSON array.
 */
#pragma once

#include "codecs/buffer.h"
#include "gateway/cli/cli.h"

/* A parcel in the layout that services of @family read, with the values of @text (NULL: none). Says
 * on stderr what is wrong with them. */
enum cli_exit values_read(const struct cli *cli, const char *family, const char *text,
                          struct via_parcel **parcelp);

/* Adds @parcel's values to @out as JSON; NULL is an empty array. */
VIA_MUST_USE enum via_status values_write(struct buffer *out, struct via_parcel *parcel);
