/*
 * The numbers of programs' own events alone have such names.
 */
#include "codecs/portfolio_event_names.h"

#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_pod.h"

uint8_t *portfolio_event_names_begin(uint8_t *octets)
{
    octets_put_u32(octets, PORTFOLIO_PROVIDER);
    return octets + PORTFOLIO_EVENT_NAMES_HEAD;
}

uint8_t *portfolio_event_name_put(uint8_t *octets, uint8_t number, const char *name)
{
    *octets = number;
    return octets_append(octets + 1, name, strlen(name) + 1);
}

bool portfolio_event_names_next(const void *octets, size_t size, size_t *atp, uint8_t *numberp,
                                const char **namep)
{
    const uint8_t *at = (const uint8_t *)octets + *atp;
    const size_t left = size < *atp ? 0 : size - *atp;
    if (left == 0 || *at < PORTFOLIO_CUSTOM ||
        !portfolio_name_is_legal((const char *)at + 1, left - 1))
        return false;
    *numberp = *at;
    *namep = (const char *)at + 1;
    *atp += 1 + strlen(*namep) + 1;
    return true;
}

bool portfolio_event_names_are(const void *octets, size_t size)
{
    size_t at = PORTFOLIO_EVENT_NAMES_HEAD;
    uint8_t number;
    const char *name;
    if (!portfolio_pod_is(octets, size))
        return false;
    while (portfolio_event_names_next(octets, size, &at, &number, &name)) {
    }
    return at == size;
}
