/*
 * A program that knows nothing of hosts is sent to another one's broker by its environment; of one
 * with more rights than whoever started it that is not asked.
 */
#include "bridge/portfolio/broker_name.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/portfolio/name.h"

#define HOST_END '/' /* between a host's name and that of a port there */

const char *broker_name_asked_for(const char *name, bool *is_brokerp)
{
    const char *behind_host = strrchr(name, HOST_END);
    bool is_bare = name_is_same(name, BROKER_NAME);
    *is_brokerp = is_bare || (behind_host != NULL && name_is_same(behind_host + 1, BROKER_NAME));
    const char *instead = is_bare ? secure_getenv("VIADUCT_EVENTBROKER") : NULL;
    return instead != NULL && name_is_legal(instead) ? instead : name;
}
