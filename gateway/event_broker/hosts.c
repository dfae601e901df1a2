/*
 * A host is whoever its certificate says.
 */
#include "gateway/event_broker/hosts.h"

#include <stdlib.h>
#include <string.h>

void hosts_deinit(struct hosts *hosts)
{
    for (unsigned i = 0; i < hosts->n; i++)
        free(hosts->identities[i]);
}

uint32_t hosts_number(struct hosts *hosts, const char *identity)
{
    for (unsigned i = 0; i < hosts->n; i++)
        if (strcmp(hosts->identities[i], identity) == 0)
            return i + 1;
    char *copy = hosts->n == HOSTS_MAX ? NULL : strdup(identity);
    if (copy == NULL)
        return HOSTS_MAX + 1;
    hosts->identities[hosts->n++] = copy;
    return hosts->n;
}
