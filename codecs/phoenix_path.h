/*
 * Paths of Phoenix, wherever they are walked: what the directory says of a registered name, and how
 * far a server has followed what is behind it.
 */
#pragma once

#include <viaduct/status.h>

#include "codecs/phoenix_fields.h"

#define PHOENIX_FAMILY "phoenix"
#define PHOENIX_ROOT "/"
#define PHOENIX_HOPS_MAX 64u  /* servers asked for one path */
#define PHOENIX_INFO_SIZE 48u /* octets of what is said of a name, with its NUL */

/* The info of a name that stands for @oid: "port=N id=N". */
void phoenix_info_write(const struct phoenix_oid *oid, char info[PHOENIX_INFO_SIZE]);
/* False: @info, which may be NULL, is none of these, and @oidp is as it was. */
VIA_MUST_USE bool phoenix_info_read(const char *info, struct phoenix_oid *oidp);

/* The rest of a path behind the @used octets, 0 or more, that a server has followed of @rest, and
 * behind a slash there; NULL: it cannot have, as they end within a name or behind the path. */
VIA_MUST_USE const char *phoenix_path_behind(const char *rest, int32_t used);
