/*
 * A name is followed whole or not at all: else two servers would each have half of it.
 */
#include "codecs/phoenix_path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is said of names ---- */

void phoenix_info_write(const struct phoenix_oid *oid, char info[PHOENIX_INFO_SIZE])
{
    (void)snprintf(info, PHOENIX_INFO_SIZE, "port=%" PRIu32 " id=%" PRIu64, oid->port, oid->id);
}

/* The digits behind @name at *@textp, which it is moved past. */
static bool take_number(const char **textp, const char *name, uint64_t most, uint64_t *numberp)
{
    size_t size = strlen(name);
    if (strncmp(*textp, name, size) != 0)
        return false;
    const char *digits = *textp + size;
    bool has_lead = digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
    if (*digits < '0' || *digits > '9' || has_lead)
        return false;
    char *end;
    int before = errno;
    errno = 0;
    *numberp = strtoull(digits, &end, 10);
    bool fits = errno == 0 && *numberp <= most;
    errno = before;
    *textp = end;
    return fits;
}

bool phoenix_info_read(const char *info, struct phoenix_oid *oidp)
{
    uint64_t port = 0, id = 0;
    if (info == NULL || !take_number(&info, "port=", UINT32_MAX, &port) ||
        !take_number(&info, " id=", UINT64_MAX, &id) || *info != '\0')
        return false;
    *oidp = (struct phoenix_oid){.port = (uint32_t)port, .id = id};
    return true;
}

/* ---- the way ---- */

const char *phoenix_path_behind(const char *rest, int32_t used)
{
    if (used < 0 || (size_t)used > strlen(rest))
        return NULL;
    const char *next = rest + used;
    if (*next == '/')
        return next + 1;
    bool is_name = *next == '\0' || (used > 0 && next[-1] == '/');
    return is_name ? next : NULL;
}
