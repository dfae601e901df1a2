/*
 * Decimal digits alone: no sign, no unit, nothing before or behind them. Of a program with more
 * rights than whoever started it the environment is not asked.
 */
#include "bridge/environment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "bridge/log.h"

bool environment_octets(const char *name, uint64_t least, uint64_t most, uint64_t *sizep)
{
    const char *text = secure_getenv(name);
    char *end;
    if (text == NULL || text[0] == '\0')
        return true;
    errno = 0;
    unsigned long long size = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || size < least ||
        size > most) {
        log_error("environment.octets", "%s=\"%s\" least=%" PRIu64 " most=%" PRIu64, name, text,
                  least, most);
        return false;
    }
    *sizep = size;
    return true;
}
